//! Folder rules: which folders get a history and which don't, as their owner chose them.
//!
//! A rule names a folder by its id, so that it follows a rename. The most specific rule wins, and a
//! folder without a rule follows its parent; so a new subfolder needs no decision. Where the
//! folders are at the moment isn't here: that is [`placed`].

mod patterns;
pub(crate) mod placed;

use std::collections::HashSet;
use std::fmt;

use dropbox::{Id, PathRef};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::patterns::{PATTERN_CHARS_MAX, PATTERNS_MAX, Patterns};

/// The most rules that one integration may have.
pub const RULES_MAX: usize = 1_000;

/// A folder as Dropbox knows it through renames and moves. The root of all is the empty text.
#[derive(
    Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
#[schemars(inline)]
pub struct FolderId(String);

/// Whether a folder's files get a history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "RuleVerdict")]
pub enum Verdict {
    /// Files in the folder are recorded.
    Include,
    /// They leave no trace.
    Exclude,
}

/// What the owner decided about one folder and everything below it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Rule {
    /// The folder.
    pub folder: FolderId,
    /// Where it was when it was last seen, to show it.
    pub path: String,
    /// The decision.
    pub verdict: Verdict,
}

/// All decisions for one integration. No rules: nothing is recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    folders: Vec<Rule>,
    patterns: Patterns,
}

/// How a source keeps its rules: a bare list where there are no patterns.
#[derive(Deserialize)]
#[serde(untagged)]
enum Stored {
    Folders(Vec<Rule>),
    WithPatterns { folders: Vec<Rule>, patterns: Patterns },
}

/// Rules that can't be kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRules {
    /// Two decisions about one folder.
    #[error("there are two rules for the folder {0}; keep one of them")]
    Twice(String),
    /// More than [`RULES_MAX`].
    #[error("there are {0} rules; an integration can have {RULES_MAX}")]
    TooMany(usize),
    /// Not a folder's id.
    #[error("{0} is not a folder's id; choose the folder from the list again")]
    NotAnId(String),
    /// A pattern that can't be read; its text, and what is wrong with it.
    #[error("the pattern {0:?} can't be read: {1}")]
    Pattern(String, String),
    /// More than [`PATTERNS_MAX`].
    #[error("there are {0} patterns; an integration can have {PATTERNS_MAX}")]
    TooManyPatterns(usize),
    /// Text that isn't a list of rules.
    #[error("the stored rules can't be read: {0}")]
    Unreadable(String),
}

impl Rules {
    /// Takes the owner's decisions, in any order.
    pub fn new(rules: Vec<Rule>) -> Result<Self, InvalidRules> {
        if rules.len() > RULES_MAX {
            return Err(InvalidRules::TooMany(rules.len()));
        }
        let mut folders = HashSet::new();
        for rule in &rules {
            if !rule.folder.is_well_formed() {
                return Err(InvalidRules::NotAnId(rule.path.clone()));
            }
            if !folders.insert(&rule.folder) {
                return Err(InvalidRules::Twice(rule.path.clone()));
            }
        }
        Ok(Self { folders: rules, patterns: Patterns::default() })
    }

    /// Reads the rules that a source keeps. A source without any has no text or an empty one.
    pub fn parse(text: &str) -> Result<Self, InvalidRules> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        let stored = serde_json::from_str(text);
        match stored.map_err(|error| InvalidRules::Unreadable(error.to_string()))? {
            Stored::Folders(folders) => Self::new(folders),
            Stored::WithPatterns { folders, patterns } => {
                Ok(Self::new(folders)?.with_patterns(patterns))
            }
        }
    }

    /// The same folders with these patterns.
    #[must_use]
    pub fn with_patterns(self, patterns: Patterns) -> Self {
        Self { patterns, ..self }
    }

    /// What is left out inside linked folders.
    pub fn patterns(&self) -> &Patterns {
        &self.patterns
    }

    /// The decisions about folders.
    pub fn iter(&self) -> impl Iterator<Item = &Rule> {
        self.folders.iter()
    }

    /// Whether any folder is linked at all.
    pub fn link_anything(&self) -> bool {
        self.folders.iter().any(|rule| rule.verdict == Verdict::Include)
    }
}

impl FolderId {
    /// The root of everything that the account sees.
    pub fn root() -> Self {
        Self(String::new())
    }

    /// Takes the text as Dropbox gave it.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Whether this is the root.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The text as Dropbox gave it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The folder as a call names it.
    pub(crate) fn path_ref(&self) -> PathRef {
        if self.is_root() { PathRef::root() } else { PathRef::from(&Id::new(&self.0)) }
    }

    /// Only ids name folders in rules: a path would lose its folder at the first rename.
    fn is_well_formed(&self) -> bool {
        self.is_root() || (self.0.len() > 3 && self.0.starts_with("id:") && !self.0.contains('/'))
    }
}

impl From<&Id> for FolderId {
    fn from(id: &Id) -> Self {
        Self(id.as_str().to_owned())
    }
}

impl fmt::Display for FolderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(folder: &str, verdict: Verdict) -> Rule {
        Rule { folder: FolderId::new(folder), path: "/Somewhere".to_owned(), verdict }
    }

    #[test]
    fn rules_survive_being_stored() {
        let rules = Rules::new(vec![rule("", Verdict::Include), rule("id:abc", Verdict::Exclude)]);
        let text = placed::Placed::unplaced(rules.as_ref().unwrap()).to_text();
        assert_eq!(Rules::parse(&text), rules);
        let patterns = Patterns::new(vec!["*.tmp".to_owned()]).unwrap();
        let rules = rules.unwrap().with_patterns(patterns);
        let text = placed::Placed::unplaced(&rules).to_text();
        assert_eq!(Rules::parse(&text), Ok(rules));
        assert_eq!(Rules::parse(""), Ok(Rules::default()));
    }

    #[test]
    fn two_rules_for_one_folder_are_refused() {
        let rules = vec![rule("id:abc", Verdict::Include), rule("id:abc", Verdict::Exclude)];
        assert_eq!(Rules::new(rules), Err(InvalidRules::Twice("/Somewhere".to_owned())));
    }

    #[test]
    fn a_path_is_not_a_folder_of_a_rule() {
        for folder in ["/Contracts", "id:", "id:abc/sub", "rev:a1c10ce0dd78"] {
            let refused = Rules::new(vec![rule(folder, Verdict::Include)]);
            assert!(matches!(refused, Err(InvalidRules::NotAnId(_))), "{folder}");
        }
    }

    #[test]
    fn rules_that_only_exclude_link_nothing() {
        assert!(!Rules::new(vec![rule("", Verdict::Exclude)]).unwrap().link_anything());
    }
}
