//! What a client that follows Dropbox's rules to the letter believes is in an account.

use std::collections::BTreeMap;

use serde_json::Value;

/// By `path_lower`: what is there, by tag, id, revision and content.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Model(BTreeMap<String, [String; 4]>);

impl Model {
    pub(crate) fn of(entries: &[Value]) -> Self {
        let mut model = Self::default();
        model.apply(entries);
        model
    }

    /// In order, as documented: a file replaces what is there with all its children, a folder
    /// leaves children, a deletion takes them along.
    pub(crate) fn apply(&mut self, entries: &[Value]) {
        for entry in entries {
            let text = |name: &str| entry[name].as_str().unwrap_or_default().to_owned();
            let path = text("path_lower");
            if entry[".tag"] != "folder" {
                self.forget(&path);
            }
            if entry[".tag"] != "deleted" {
                let known = [text(".tag"), text("id"), text("rev"), text("content_hash")];
                self.0.insert(path, known);
            }
        }
    }

    fn forget(&mut self, path: &str) {
        let below = format!("{path}/");
        self.0.retain(|known, _| known != path && !known.starts_with(&below));
    }
}
