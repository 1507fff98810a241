//! What must be there: the simplest model of a file system that ignores case and gives out ids.

use std::collections::{BTreeMap, HashMap};

use super::operation::Step;
use super::reader::Entry;

#[derive(Clone, Debug, PartialEq, Eq)]
struct Thing {
    id: usize,
    name: String,
    /// Nothing for a folder.
    content: Option<String>,
}

/// It can't be done.
#[derive(Debug)]
pub(super) struct Refused;

/// By path in lower case.
#[derive(Default)]
pub(super) struct Truth {
    things: BTreeMap<String, Thing>,
    ids: usize,
}

impl Truth {
    /// What was there before anything happened.
    pub(super) fn of(entries: &[Entry]) -> Self {
        let mut truth = Self::default();
        for entry in entries {
            let (name, content) = (entry.name.clone(), entry.content_hash.clone());
            let thing = Thing { id: truth.new_id(), name, content };
            truth.things.insert(entry.path_lower.clone(), thing);
        }
        truth
    }

    pub(super) fn at_or_after(&self, lower: &str) -> Option<String> {
        self.things.range(lower.to_owned()..).next().map(|(path, _)| path.clone())
    }

    pub(super) fn apply(&mut self, step: &Step) -> Result<(), Refused> {
        match step {
            Step::Write { path, content } => self.write(path, content),
            Step::CreateFolder { path } => self.create_folder(path),
            Step::Move { from, to } => self.move_to(&from.to_lowercase(), to),
            Step::Delete { path } => {
                let taken = self.take(&path.to_lowercase());
                if taken.is_empty() { Err(Refused) } else { Ok(()) }
            }
        }
    }

    fn write(&mut self, path: &str, content: &str) -> Result<(), Refused> {
        self.make_parents(path)?;
        let new = Thing { id: self.new_id(), name: name(path), content: Some(String::new()) };
        let thing = self.things.entry(path.to_lowercase()).or_insert(new);
        *thing.content.as_mut().ok_or(Refused)? = content.to_owned();
        Ok(())
    }

    fn create_folder(&mut self, path: &str) -> Result<(), Refused> {
        self.make_parents(path)?;
        let new = Thing { id: self.new_id(), name: name(path), content: None };
        let thing = self.things.entry(path.to_lowercase()).or_insert(new);
        if thing.content.is_none() { Ok(()) } else { Err(Refused) }
    }

    fn move_to(&mut self, from: &str, to: &str) -> Result<(), Refused> {
        let lower = to.to_lowercase();
        let inside = lower.starts_with(&format!("{from}/"));
        if !self.things.contains_key(from) || inside {
            return Err(Refused);
        }
        if lower != from {
            if self.things.contains_key(&lower) {
                return Err(Refused);
            }
            self.make_parents(to)?;
        }
        for (path, thing) in self.take(from) {
            self.things.insert(format!("{lower}{}", &path[from.len()..]), thing);
        }
        self.things.get_mut(&lower).unwrap().name = name(to);
        Ok(())
    }

    /// All the folders on the way, or none of them.
    fn make_parents(&mut self, path: &str) -> Result<(), Refused> {
        let ends: Vec<usize> = path.match_indices('/').skip(1).map(|(end, _)| end).collect();
        let is_file = |folder: &str| {
            self.things.get(&folder.to_lowercase()).is_some_and(|thing| thing.content.is_some())
        };
        if ends.iter().any(|end| is_file(&path[..*end])) {
            return Err(Refused);
        }
        for folder in ends.into_iter().map(|end| &path[..end]) {
            let new = Thing { id: self.new_id(), name: name(folder), content: None };
            self.things.entry(folder.to_lowercase()).or_insert(new);
        }
        Ok(())
    }

    /// Something with all that is below it.
    fn take(&mut self, lower: &str) -> Vec<(String, Thing)> {
        let below = format!("{lower}/");
        let paths = self.things.range(below.clone()..).map(|(path, _)| path.clone());
        let mut paths: Vec<_> = paths.take_while(|path| path.starts_with(&below)).collect();
        paths.insert(0, lower.to_owned());
        paths.into_iter().filter_map(|path| self.things.remove_entry(&path)).collect()
    }

    fn new_id(&mut self) -> usize {
        self.ids += 1;
        self.ids
    }
}

/// What a listing has called the things so far: each id and each content by one text.
#[derive(Default)]
pub(super) struct Names {
    ids: HashMap<String, usize>,
    hashes: HashMap<String, String>,
}

impl Names {
    /// Holds a listing of everything against what must be there.
    pub(super) fn check(&mut self, truth: &Truth, entries: &[Entry]) {
        let listed: Vec<&str> = entries.iter().map(|entry| entry.path_lower.as_str()).collect();
        let expected: Vec<&str> = truth.things.keys().map(String::as_str).collect();
        assert_eq!(sorted(listed), expected);
        for entry in entries {
            let thing = &truth.things[&entry.path_lower];
            assert_eq!(entry.name, thing.name, "{entry:?}");
            assert_eq!(entry.tag == "folder", thing.content.is_none(), "{entry:?}");
            let id = entry.id.clone().unwrap();
            assert_eq!(*self.ids.entry(id).or_insert(thing.id), thing.id, "{entry:?}");
            if let (Some(hash), Some(content)) = (&entry.content_hash, &thing.content) {
                let known = self.hashes.entry(hash.clone()).or_insert_with(|| content.clone());
                assert_eq!(known, content, "{entry:?}");
            }
        }
    }
}

fn sorted(mut paths: Vec<&str>) -> Vec<&str> {
    paths.sort_unstable();
    paths
}

fn name(path: &str) -> String {
    path.rsplit('/').next().unwrap().to_owned()
}
