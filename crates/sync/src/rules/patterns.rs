//! Patterns beside the folder rules: which files inside linked folders are left out, and which of
//! these are taken in again, in the language of `.gitignore`.
//!
//! A line is a pattern; a later line beats an earlier one; `!` takes in again. Patterns are matched
//! against the whole path from the root of the account, by the keys that Dropbox gives
//! (`path_lower`), so that case never matters. They only ever leave out: what no folder rule links
//! stays unlinked whatever a pattern says.

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use serde::{Deserialize, Serialize};

use super::{InvalidRules, Verdict};

/// The most patterns of an integration.
pub const PATTERNS_MAX: usize = 200;
/// The longest pattern.
pub const PATTERN_CHARS_MAX: usize = 500;

/// The patterns of an integration, ready to match.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct Patterns {
    lines: Vec<String>,
    matcher: Gitignore,
}

impl Patterns {
    /// Takes lines in their order. Empty ones and comments are kept, and match nothing.
    pub fn new(lines: Vec<String>) -> Result<Self, InvalidRules> {
        if lines.len() > PATTERNS_MAX {
            return Err(InvalidRules::TooManyPatterns(lines.len()));
        }
        let mut builder = GitignoreBuilder::new("/");
        builder.case_insensitive(true).map_err(|error| bad("", &error))?;
        // Git takes `[a` for these two characters, which nobody means.
        builder.allow_unclosed_class(false);
        for line in &lines {
            if line.chars().count() > PATTERN_CHARS_MAX || line.contains(['\n', '\0']) {
                return Err(InvalidRules::Pattern(line.clone(), "too long".to_owned()));
            }
            builder.add_line(None, line).map_err(|error| bad(line, &error))?;
        }
        let matcher = builder.build().map_err(|error| bad("", &error))?;
        Ok(Self { lines, matcher })
    }

    /// The lines.
    pub fn lines(&self) -> &[String] {
        &self.lines
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// What they decide about a file in a linked folder: what they say about the file itself, else
    /// about the nearest folder above it that they say something about.
    pub(crate) fn verdict(&self, path_key: &str) -> Verdict {
        if self.matcher.is_empty() || !path_key.starts_with('/') {
            return Verdict::Include;
        }
        let found = self.matcher.matched_path_or_any_parents(path_key, false);
        if found.is_ignore() { Verdict::Exclude } else { Verdict::Include }
    }
}

impl Default for Patterns {
    fn default() -> Self {
        Self { lines: Vec::new(), matcher: Gitignore::empty() }
    }
}

impl PartialEq for Patterns {
    fn eq(&self, other: &Self) -> bool {
        self.lines == other.lines
    }
}

impl Eq for Patterns {}

impl TryFrom<Vec<String>> for Patterns {
    type Error = InvalidRules;

    fn try_from(lines: Vec<String>) -> Result<Self, InvalidRules> {
        Self::new(lines)
    }
}

impl From<Patterns> for Vec<String> {
    fn from(patterns: Patterns) -> Self {
        patterns.lines
    }
}

fn bad(line: &str, error: &ignore::Error) -> InvalidRules {
    InvalidRules::Pattern(line.to_owned(), error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn included<'a>(lines: &[&str], paths: &[&'a str]) -> Vec<&'a str> {
        let patterns =
            Patterns::new(lines.iter().map(|line| (*line).to_owned()).collect()).unwrap();
        let kept = paths.iter().filter(|path| patterns.verdict(path) == Verdict::Include);
        kept.copied().collect()
    }

    #[test]
    fn patterns_are_those_of_gitignore() {
        let paths = ["/a.tmp", "/d/b.tmp", "/d/keep.tmp", "/d/drafts/x.pdf", "/d/c.pdf"];
        assert_eq!(included(&["*.tmp", "!keep.tmp"], &paths), paths[2..]);
        assert_eq!(
            included(&["drafts/"], &paths),
            ["/a.tmp", "/d/b.tmp", "/d/keep.tmp", "/d/c.pdf"]
        );
        assert_eq!(included(&["/*.tmp"], &paths), paths[1..]);
        assert_eq!(included(&["/d/**", "!/d/*.pdf"], &paths), ["/a.tmp", "/d/c.pdf"]);
        assert_eq!(included(&["# nothing", ""], &paths), paths);
    }

    #[test]
    fn case_never_matters() {
        assert!(included(&["*.TMP"], &["/a.tmp"]).is_empty());
    }

    #[test]
    fn only_some_kinds_of_files_can_be_taken_in() {
        let only_pdf = ["*", "!*/", "!*.pdf"];
        assert_eq!(included(&only_pdf, &["/d/a.pdf", "/d/b.doc"]), ["/d/a.pdf"]);
    }

    #[test]
    fn pattern_that_cannot_be_read_is_refused_by_its_text() {
        let refused = Patterns::new(vec!["[a".to_owned()]);
        assert!(
            matches!(&refused, Err(InvalidRules::Pattern(line, _)) if line == "[a"),
            "{refused:?}"
        );
        let many = Patterns::new(vec![String::new(); PATTERNS_MAX + 1]);
        assert!(matches!(many, Err(InvalidRules::TooManyPatterns(_))));
    }
}
