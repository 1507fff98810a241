//! The names that Dropbox gives to what would otherwise be in the way of something.

/// `Report.txt` becomes `Report (1).txt`.
pub(super) fn numbered(name: &str, number: u32) -> String {
    let (stem, extension) = split(name);
    format!("{stem} ({number}){extension}")
}

/// `Report.txt` becomes `Report (conflicted copy).txt`, then `Report (conflicted copy 1).txt`.
pub(super) fn conflicted(name: &str, number: u32) -> String {
    let (stem, extension) = split(name);
    match number {
        1 => format!("{stem} (conflicted copy){extension}"),
        more => format!("{stem} (conflicted copy {}){extension}", more - 1),
    }
}

/// The extension with its dot. A name that begins with its only dot has none.
fn split(name: &str) -> (&str, &str) {
    let at = name.rfind('.').filter(|at| *at > 0).unwrap_or(name.len());
    name.split_at(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_stay_at_the_end() {
        assert_eq!(numbered("Report.txt", 1), "Report (1).txt");
        assert_eq!(numbered(".profile", 2), ".profile (2)");
        assert_eq!(numbered("Folder", 3), "Folder (3)");
        assert_eq!(conflicted("a.b.c", 1), "a.b (conflicted copy).c");
        assert_eq!(conflicted("a.b", 2), "a (conflicted copy 1).b");
    }
}
