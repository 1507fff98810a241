//! Paths as Dropbox has them: case-insensitive and case-preserving, in NFC, with names that it
//! refuses. What a path means (which file is there) is the namespace's business.

use std::ops::RangeInclusive;

use thiserror::Error;
use unicode_normalization::UnicodeNormalization;

use crate::faults::{Emoji, Normalization};

const NAME_CHARACTERS_MAX: usize = 255;

/// Names that Dropbox keeps for itself or leaves to an operating system.
const DISALLOWED: [&str; 7] = [
    ".dropbox",
    ".dropbox.cache",
    ".dropbox.attr",
    "desktop.ini",
    "thumbs.db",
    ".ds_store",
    "icon\r",
];

const LAST_OF_BASIC_PLANE: char = '\u{ffff}';

/// The rules for names that have changed over the years.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Naming {
    pub(crate) emoji: Emoji,
    pub(crate) normalization: Normalization,
}

/// A well-formed path: how it is shown, and the key under which it is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Location {
    /// Empty for the root, otherwise `/A/b`.
    pub(crate) display: String,
    pub(crate) lower: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum PathProblem {
    #[error("not a path that Dropbox accepts")]
    Malformed,
    #[error("a name that Dropbox does not allow")]
    Disallowed,
}

impl Location {
    /// Reads `/A/b` or the empty root. Repeated slashes count as one, as real clients rely on.
    pub(crate) fn parse(text: &str) -> Result<Self, PathProblem> {
        Self::parse_as(text, Naming::default())
    }

    /// The same by other rules for names.
    pub(crate) fn parse_as(text: &str, naming: Naming) -> Result<Self, PathProblem> {
        if text.is_empty() {
            return Ok(Self { display: String::new(), lower: String::new() });
        }
        if !text.starts_with('/') || text.ends_with('/') {
            return Err(PathProblem::Malformed);
        }
        let mut display = String::with_capacity(text.len());
        for name in text.split('/').filter(|name| !name.is_empty()) {
            let name = normalized(name, naming)?;
            display.push('/');
            display.push_str(&name);
        }
        let lower = lower(&display);
        Ok(Self { display, lower })
    }

    /// Like [`Self::parse`], for a place where something is to be written.
    pub(crate) fn parse_new(text: &str) -> Result<Self, PathProblem> {
        Self::parse_new_as(text, Naming::default())
    }

    /// The same by other rules for names.
    pub(crate) fn parse_new_as(text: &str, naming: Naming) -> Result<Self, PathProblem> {
        let location = Self::parse_as(text, naming)?;
        if location.lower.is_empty() {
            return Err(PathProblem::Malformed);
        }
        let disallowed = location.lower.split('/').any(|name| DISALLOWED.contains(&name));
        if disallowed { Err(PathProblem::Disallowed) } else { Ok(location) }
    }
}

/// A single name in NFC, if Dropbox takes it.
fn normalized(name: &str, naming: Naming) -> Result<String, PathProblem> {
    let name: String = match naming.normalization {
        Normalization::Nfc => name.nfc().collect(),
        Normalization::Off => name.to_owned(),
    };
    let no_emoji = naming.emoji == Emoji::Reject;
    let forbidden = |symbol| {
        matches!(symbol, '\\' | '\0' | '\u{7f}') || (no_emoji && symbol > LAST_OF_BASIC_PLANE)
    };
    let refused = name.chars().count() > NAME_CHARACTERS_MAX
        || name.ends_with(' ')
        || name == "."
        || name == ".."
        || name.contains(forbidden);
    if refused { Err(PathProblem::Malformed) } else { Ok(name) }
}

pub(crate) fn is_disallowed(name: &str) -> bool {
    DISALLOWED.contains(&lower(name).as_str())
}

/// The part after the last slash.
pub(crate) fn name(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

/// The folder that holds a path; the root for the root.
pub(crate) fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

/// Whether `path` is below `folder` at any depth. Keys only.
pub(crate) fn is_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// The ancestors of a path and the path itself, topmost first, without the root.
pub(crate) fn prefixes(path: &str) -> impl Iterator<Item = &str> {
    let ends = path.match_indices('/').map(|(at, _)| at).skip(1).chain([path.len()]);
    ends.filter_map(|end| path.get(..end)).filter(|prefix| !prefix.is_empty())
}

/// What follows the first names of a path, so many of them; with its slash.
pub(crate) fn beyond(path: &str, names: usize) -> &str {
    let begin = path.match_indices('/').nth(names).map_or(path.len(), |(at, _)| at);
    path.get(begin..).unwrap_or_default()
}

/// Lower case as Dropbox's servers make it: letter by letter, by an old Unicode.
pub(crate) fn lower(text: &str) -> String {
    text.chars().map(lower_letter).collect()
}

fn lower_letter(letter: char) -> char {
    if letter.is_ascii() {
        return letter.to_ascii_lowercase();
    }
    if letter == 'İ' {
        return 'i';
    }
    if CASED_LATER.iter().any(|range| range.contains(&letter)) {
        return letter;
    }
    let mut lowered = letter.to_lowercase();
    match (lowered.next(), lowered.next()) {
        (Some(single), None) => single,
        _ => letter,
    }
}

/// Letters that got their lower case after Unicode 4.1, the version in Dropbox's tables.
const CASED_LATER: [RangeInclusive<char>; 17] = [
    '\u{243}'..='\u{24e}',
    '\u{370}'..='\u{37f}',
    '\u{3cf}'..='\u{3cf}',
    '\u{3fd}'..='\u{3ff}',
    '\u{4c0}'..='\u{4c0}',
    '\u{4fa}'..='\u{4ff}',
    '\u{510}'..='\u{52f}',
    '\u{10c7}'..='\u{10cd}',
    '\u{13a0}'..='\u{13f5}',
    '\u{1c90}'..='\u{1cbf}',
    '\u{1e9e}'..='\u{1e9e}',
    '\u{1efa}'..='\u{1efe}',
    '\u{2132}'..='\u{2132}',
    '\u{2183}'..='\u{2183}',
    '\u{2c60}'..='\u{2c7f}',
    '\u{2ceb}'..='\u{2cf2}',
    '\u{a640}'..='\u{abff}',
];

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Result<(&str, &str), PathProblem>) {
        let location = Location::parse(text);
        let parts = location.as_ref().map(|path| (path.display.as_str(), path.lower.as_str()));
        assert_eq!(parts.map_err(|problem| *problem), expected, "{text:?}");
    }

    #[test]
    fn paths_are_kept_as_written_and_found_without_case() {
        check("", Ok(("", "")));
        check("/Ab/C d.TXT", Ok(("/Ab/C d.TXT", "/ab/c d.txt")));
        check("//Twice//slashed", Ok(("/Twice/slashed", "/twice/slashed")));
        check("/cafe\u{301}", Ok(("/caf\u{e9}", "/caf\u{e9}")));
        check("/😀/\u{202e}gpj", Ok(("/😀/\u{202e}gpj", "/😀/\u{202e}gpj")));
    }

    #[test]
    fn lower_case_is_that_of_an_old_python() {
        assert_eq!(lower("ΣΣΣ"), "σσσ");
        assert_eq!(lower("\u{a64a}"), "\u{a64a}");
        assert_eq!(lower("İI"), "ii");
        assert_eq!(lower("ẞ"), "ẞ");
    }

    #[test]
    fn malformed_paths_are_refused() {
        let long = format!("/{}", "a".repeat(256));
        for text in ["a", "/", "/a/", "/a ", "/a /b", "/..", "/a\\b", "/a\0", &long] {
            check(text, Err(PathProblem::Malformed));
        }
        assert_eq!(Location::parse_new("/x/Thumbs.db"), Err(PathProblem::Disallowed));
    }

    #[test]
    fn prefixes_name_every_folder_on_the_way() {
        assert_eq!(prefixes("/a/b/c").collect::<Vec<_>>(), ["/a", "/a/b", "/a/b/c"]);
        assert_eq!(prefixes("").count(), 0);
    }
}
