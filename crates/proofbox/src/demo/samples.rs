//! The sample files of the demo: a small press office, real files of several kinds in folders.
//! They are written once; what the user does to them afterwards stays.

use std::path::Path;

use anyhow::Context;

macro_rules! samples {
    ($($name:literal),+ $(,)?) => {
        [$(($name, include_bytes!(concat!("../../samples/", $name)).as_slice())),+]
    };
}

/// Each file's place below the folder, and its content.
const SAMPLES: [(&str, &[u8]); 7] = samples![
    "Welcome.txt",
    "Contracts/2026/Pylon repair.pdf",
    "Data/Bridge traffic 2026.csv",
    "Drafts/Annual report 2026.docx",
    "Press/2026-11 Statement on the harbour bridge.txt",
    "Press/Images/Bridge plan.svg",
    "Press/Images/Traffic chart.png",
];

/// Creates the folder with the samples, unless it is there already.
pub(super) fn ensure(folder: &Path) -> anyhow::Result<()> {
    if folder.exists() {
        return Ok(());
    }
    for (name, content) in SAMPLES {
        let path = folder.join(name);
        let parent = path.parent().unwrap_or(folder);
        std::fs::create_dir_all(parent)
            .and_then(|()| std::fs::write(&path, content))
            .with_context(|| format!("cannot create the sample file {}", path.display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn samples_are_what_their_names_say() {
        for (name, content) in super::SAMPLES {
            let start: &[u8] = match name.rsplit_once('.').unwrap().1 {
                "pdf" => b"%PDF-",
                "docx" => b"PK\x03\x04",
                "png" => b"\x89PNG",
                "svg" => b"<svg",
                _ => b"",
            };
            assert!(content.starts_with(start), "{name}");
        }
    }

    #[test]
    fn what_the_user_changed_stays() {
        let directory = tempfile::tempdir().unwrap();
        let folder = directory.path().join("files");
        super::ensure(&folder).unwrap();
        std::fs::write(folder.join("Welcome.txt"), "mine").unwrap();
        super::ensure(&folder).unwrap();
        assert_eq!(std::fs::read_to_string(folder.join("Welcome.txt")).unwrap(), "mine");
    }
}
