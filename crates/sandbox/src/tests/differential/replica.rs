//! What a client that follows Dropbox's rules to the letter believes is in an account.

use std::collections::BTreeMap;

use super::reader::Entry;

/// By `path_lower`. Names are left out: changes of case alone are not told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Replica(BTreeMap<String, Known>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Known {
    tag: String,
    id: Option<String>,
    rev: Option<String>,
    content_hash: Option<String>,
    shared_folder_id: Option<String>,
}

impl Replica {
    /// In order, as documented: a file replaces what is there with all its children, a folder
    /// leaves children, a deletion takes them along.
    pub(super) fn apply(&mut self, entries: Vec<Entry>) {
        for entry in entries {
            if entry.tag != "folder" {
                self.forget(&entry.path_lower);
            }
            if entry.tag != "deleted" {
                let Entry { tag, id, rev, content_hash, shared_folder_id, .. } = entry;
                let known = Known { tag, id, rev, content_hash, shared_folder_id };
                self.0.insert(entry.path_lower, known);
            }
        }
    }

    fn forget(&mut self, path: &str) {
        self.0.remove(path);
        let below = format!("{path}/");
        let known = self.0.range(below.clone()..).map(|(known, _)| known.clone());
        let gone: Vec<_> = known.take_while(|known| known.starts_with(&below)).collect();
        for path in gone {
            self.0.remove(&path);
        }
    }
}
