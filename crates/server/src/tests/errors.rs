//! Every code of a failure is documented. Codes are found in the source, where each stands as a text
//! beside its status.

use std::{collections::BTreeSet, fs, path::Path};

/// Codes stand behind a status, or as the member `code`.
fn codes_in(text: &str, codes: &mut BTreeSet<String>) {
    for (before, after) in [("StatusCode::", "\")"), ("code: \"", "\"")] {
        for part in text.split(before).skip(1) {
            let line = part.split(['\n', ';']).next().unwrap_or_default();
            let end = line.find(after).map(|end| &line[..end]);
            let code = end.map(|line| line.rsplit('"').next().unwrap());
            let is_code = |code: &&str| code.chars().all(|c| c.is_ascii_lowercase() || c == '_');
            codes.extend(code.filter(is_code).filter(|code| !code.is_empty()).map(str::to_owned));
        }
    }
}

fn read(directory: &Path, codes: &mut BTreeSet<String>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("tests") {
            read(&path, codes);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            codes_in(&fs::read_to_string(&path).unwrap(), codes);
        }
    }
}

#[test]
fn every_code_is_in_the_documentation() {
    let room = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut codes = BTreeSet::new();
    read(&room.join("src"), &mut codes);
    assert!(codes.contains("not_found") && codes.contains("erased"), "{codes:?}");
    let documented = fs::read_to_string(room.join("../../docs/errors.md")).unwrap();
    let missing: Vec<_> =
        codes.iter().filter(|code| !documented.contains(&format!("`{code}`"))).collect();
    assert!(missing.is_empty(), "not in docs/errors.md: {missing:?}");
}
