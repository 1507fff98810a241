//! Rules with the places where their folders are: decides about a path.
//!
//! Paths are compared by the keys that Dropbox gives (`path_lower`), which nothing here computes.
//! Asking Dropbox where the folders are isn't here: that is `pass::place`.

use serde::{Deserialize, Serialize};

use super::{FolderId, InvalidRules, Patterns, Rule, Rules, Verdict};

/// One rule, and where its folder was found. Stored as the rules of the source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PlacedRule {
    #[serde(flatten)]
    pub(crate) rule: Rule,
    /// Dropbox's key of the folder's path. The root's is empty.
    pub(crate) path_key: String,
    pub(crate) presence: Presence,
}

/// Whether a rule's folder is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Presence {
    Here,
    /// It is gone; the path is the last one known.
    Gone,
}

/// All rules of a source, placed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub(crate) struct Placed {
    folders: Vec<PlacedRule>,
    patterns: Patterns,
}

/// How a source keeps them: a bare list where there are no patterns.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Stored {
    Folders(Vec<PlacedRule>),
    WithPatterns { folders: Vec<PlacedRule>, patterns: Patterns },
}

impl From<Stored> for Placed {
    fn from(stored: Stored) -> Self {
        match stored {
            Stored::Folders(folders) => Self::new(folders),
            Stored::WithPatterns { folders, patterns } => Self { folders, patterns },
        }
    }
}

impl From<Placed> for Stored {
    fn from(placed: Placed) -> Self {
        let Placed { folders, patterns } = placed;
        if patterns.is_empty() {
            return Self::Folders(folders);
        }
        Self::WithPatterns { folders, patterns }
    }
}

impl Placed {
    pub(crate) fn new(rules: Vec<PlacedRule>) -> Self {
        Self { folders: rules, patterns: Patterns::default() }
    }

    /// The same rules with their folders found elsewhere.
    pub(crate) fn found_at(&self, folders: Vec<PlacedRule>) -> Self {
        Self { folders, patterns: self.patterns.clone() }
    }

    /// Rules whose folders haven't been looked for yet.
    pub(crate) fn unplaced(rules: &Rules) -> Self {
        let unplaced = |rule: &Rule| {
            let path_key = String::new();
            PlacedRule { rule: rule.clone(), path_key, presence: Presence::Gone }
        };
        let folders = rules.iter().map(unplaced).collect();
        Self { folders, patterns: rules.patterns().clone() }
    }

    /// Reads what [`Placed::to_text`] wrote.
    pub(crate) fn parse(text: &str) -> Result<Self, InvalidRules> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        serde_json::from_str(text).map_err(|error| InvalidRules::Unreadable(error.to_string()))
    }

    /// The text that a source keeps. [`Rules::parse`] reads it too.
    pub(crate) fn to_text(&self) -> String {
        serde_json::to_string(self).expect("invariant: strings and enums always serialise")
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &PlacedRule> {
        self.folders.iter()
    }

    /// The decision about whatever is at this path: that of the most specific rule, unless a
    /// pattern leaves it out.
    ///
    /// An excluded folder that is gone keeps its place: should one of that name come back before
    /// its rule has been placed anew, publishing it for ever would be the worse mistake.
    pub(crate) fn verdict(&self, path_key: &str) -> Verdict {
        match self.folder_verdict(path_key) {
            Verdict::Include => self.patterns.verdict(path_key),
            Verdict::Exclude => Verdict::Exclude,
        }
    }

    /// The decision of the folder rules alone.
    pub(crate) fn folder_verdict(&self, path_key: &str) -> Verdict {
        self.folders
            .iter()
            .filter(|placed| placed.applies() && covers(&placed.path_key, path_key))
            // Two rules have one path when a folder took the place of one that is gone: the one
            // that is there decides.
            .max_by_key(|placed| (placed.path_key.len(), placed.presence == Presence::Here))
            .map_or(Verdict::Exclude, |placed| placed.rule.verdict)
    }

    /// The folders to list, each with everything below: linked, and not inside another such one.
    pub(crate) fn roots(&self) -> impl Iterator<Item = &PlacedRule> {
        self.folders.iter().filter(|placed| {
            placed.rule.verdict == Verdict::Include
                && !self.folders.iter().any(|other| other.holds(placed))
        })
    }

    /// Whether this listing needs more than its root to decide about a path.
    pub(crate) fn has_exclusions(&self) -> bool {
        self.folders.iter().any(|placed| placed.rule.verdict == Verdict::Exclude)
    }

    /// Whether something at or above a rule's folder is at this path.
    pub(crate) fn touched_by(&self, path_key: &str) -> bool {
        self.folders
            .iter()
            .any(|placed| !placed.rule.folder.is_root() && covers(path_key, &placed.path_key))
    }

    /// Whether the folder has a rule that believes it to be elsewhere.
    pub(crate) fn misplaced(&self, folder: &FolderId, path_key: &str) -> bool {
        self.folders.iter().any(|placed| {
            placed.rule.folder == *folder
                && (placed.path_key != path_key || placed.presence == Presence::Gone)
        })
    }
}

impl PlacedRule {
    fn applies(&self) -> bool {
        self.presence == Presence::Here || self.rule.verdict == Verdict::Exclude
    }

    /// Whether the listing of this linked folder shows the other one as well.
    fn holds(&self, other: &Self) -> bool {
        self.rule.verdict == Verdict::Include
            && self.presence == Presence::Here
            && self.rule.folder != other.rule.folder
            && covers(&self.path_key, &other.path_key)
    }
}

/// Whether a path is the folder's or below it.
pub(crate) fn covers(folder_key: &str, path_key: &str) -> bool {
    path_key
        .strip_prefix(folder_key)
        .is_some_and(|rest| folder_key.is_empty() || rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rules from lines such as `+ /a`, `- /a/b`, `+ /gone !`.
    fn placed(lines: &[&str]) -> Placed {
        Placed::new(lines.iter().map(|line| placed_rule(line)).collect())
    }

    fn placed_rule(line: &str) -> PlacedRule {
        let mut words = line.split(' ');
        let verdict = if words.next() == Some("+") { Verdict::Include } else { Verdict::Exclude };
        let path = words.next().unwrap().trim_end_matches('/').to_owned();
        let presence = if words.next() == Some("!") { Presence::Gone } else { Presence::Here };
        let folder = if path.is_empty() { FolderId::root() } else { FolderId::new(id(&path)) };
        PlacedRule { rule: Rule { folder, path: path.clone(), verdict }, path_key: path, presence }
    }

    fn id(path: &str) -> String {
        format!("id:{}", path.replace('/', "_"))
    }

    fn included(rules: &[&str], paths: &[&str]) -> Vec<String> {
        let rules = placed(rules);
        let paths = paths.iter().filter(|path| rules.verdict(path) == Verdict::Include);
        paths.map(|path| (*path).to_owned()).collect()
    }

    #[test]
    fn most_specific_rule_wins() {
        let rules = ["- /a/b", "+ /", "+ /a/b/c"];
        let paths = ["/x", "/a/x", "/a/b/x", "/a/b/c/x", "/a/bb/x"];
        assert_eq!(included(&rules, &paths), ["/x", "/a/x", "/a/b/c/x", "/a/bb/x"]);
    }

    #[test]
    fn new_subfolder_follows_its_parent() {
        assert_eq!(included(&["+ /a"], &["/a/new/deep/x", "/b/x"]), ["/a/new/deep/x"]);
    }

    #[test]
    fn without_rules_nothing_is_linked() {
        assert!(included(&[], &["/x"]).is_empty());
    }

    #[test]
    fn excluded_folder_that_is_gone_keeps_its_place_and_a_linked_one_does_not() {
        assert_eq!(included(&["+ /", "- /a !"], &["/a/x", "/x"]), ["/x"]);
        assert!(included(&["+ /a !"], &["/a/x"]).is_empty());
    }

    #[test]
    fn folder_in_the_place_of_an_excluded_one_that_is_gone_decides_there_in_any_order() {
        for rules in [["+ /a", "- /a !"], ["- /a !", "+ /a"]] {
            assert_eq!(included(&rules, &["/a/x"]), ["/a/x"]);
        }
    }

    #[test]
    fn roots_are_the_topmost_linked_folders() {
        let check = |rules: &[&str], expected: &[&str]| {
            let rules = placed(rules);
            let roots: Vec<_> = rules.roots().map(|root| root.path_key.as_str()).collect();
            assert_eq!(roots, expected);
        };
        check(&["+ /a", "- /a/b", "+ /a/b/c", "+ /d"], &["/a", "/d"]);
        check(&["- /", "+ /a"], &["/a"]);
        check(&["+ /a", "+ /"], &[""]);
        check(&["+ /a !", "+ /a/b"], &["/a", "/a/b"]);
    }

    #[test]
    fn rules_are_touched_by_what_happens_at_or_above_their_folder() {
        let rules = placed(&["+ /a/b"]);
        assert!(rules.touched_by("/a") && rules.touched_by("/a/b"));
        assert!(!rules.touched_by("/a/b/c") && !rules.touched_by("/a/bb"));
        assert!(rules.misplaced(&FolderId::new(id("/a/b")), "/c"));
        assert!(!rules.misplaced(&FolderId::new(id("/a/b")), "/a/b"));
    }

    #[test]
    fn stored_places_read_as_rules_too() {
        let rules = placed(&["+ /a", "- /a/b !"]);
        assert_eq!(Placed::parse(&rules.to_text()), Ok(rules.clone()));
        let decided = rules.iter().map(|placed| placed.rule.clone()).collect();
        assert_eq!(Rules::parse(&rules.to_text()), Rules::new(decided));
    }
}
