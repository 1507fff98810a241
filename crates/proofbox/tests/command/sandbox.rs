//! What the sandbox is not started over.

use super::run::{Place, Ran};

#[test]
fn the_disk_and_a_home_directory_are_shown_only_with_yes() {
    let place = Place::new();
    std::fs::create_dir_all(place.path("home/Documents")).unwrap();
    let run = |words: &str| -> Ran {
        let mut command = place.command(words.split(' '));
        command.env("HOME", place.path("home")).output().unwrap().into()
    };
    for words in [
        "sandbox --folder / --state state",
        "sandbox --folder home --state state",
        "sandbox --folder . --state state",
        "demo home",
    ] {
        let ran = run(words);
        assert_eq!(ran.code, Some(1), "{ran}");
        assert!(ran.err.contains("add --yes if you mean it"), "{ran}");
    }
    // It gets further: the state would be in the folder.
    let meant = run("sandbox --folder home --state home/state --yes");
    assert!(meant.err.contains("must not be inside"), "{meant}");
}
