//! Which folders a sandbox is started over without being asked twice. Clients write into the folder,
//! so a whole home or a whole disk has to be meant.

use std::path::{Path, PathBuf};

/// Where people's home directories are, on the systems that we know.
const HOMES: [&str; 2] = ["/home", "/Users"];

/// What to do with a folder that holds more than documents.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Caution {
    Refuse,
    Yes,
}

impl From<bool> for Caution {
    /// From the flag `--yes`.
    fn from(yes: bool) -> Self {
        if yes { Self::Yes } else { Self::Refuse }
    }
}

/// Refuses the root of the disk and home directories, and what holds one, unless that is meant.
pub(crate) fn check(folder: &Path, caution: Caution) -> anyhow::Result<()> {
    let Ok(folder) = folder.canonicalize() else { return Ok(()) };
    let home = std::env::home_dir().and_then(|home| home.canonicalize().ok());
    anyhow::ensure!(
        caution == Caution::Yes || !holds_a_home(&folder, home),
        "{} is a home directory or holds one, and whoever may call the sandbox may change files \
         in it. Name a folder of documents, or add --yes if you mean it.",
        folder.display()
    );
    Ok(())
}

fn holds_a_home(folder: &Path, home: Option<PathBuf>) -> bool {
    let is_home = |folder: &Path| {
        folder == Path::new("/root")
            || folder
                .parent()
                .is_some_and(|parent| HOMES.iter().any(|homes| parent == Path::new(homes)))
    };
    folder.parent().is_none()
        || HOMES.iter().any(|homes| folder == Path::new(homes))
        || is_home(folder)
        || home.is_some_and(|home| home.starts_with(folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn homes_and_what_holds_them_are_told_from_folders() {
        let check = |folder: &str, expected: bool| {
            let home = Some(PathBuf::from("/srv/people/ada"));
            assert_eq!(holds_a_home(Path::new(folder), home), expected, "{folder}");
        };
        for home in ["/", "/home", "/home/ada", "/Users/ada", "/root", "/srv", "/srv/people/ada"] {
            check(home, true);
        }
        for folder in ["/home/ada/Documents", "/srv/people/ada/Work", "/tmp", "/root/files"] {
            check(folder, false);
        }
    }
}
