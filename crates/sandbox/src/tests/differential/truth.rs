//! What must be there: the simplest model of a file system that ignores case and gives out ids.

use std::collections::{BTreeMap, HashMap, HashSet};

use rand::prelude::{IndexedRandom, IteratorRandom};
use rand::rngs::SmallRng;

use super::operation::Step;
use super::reader::Entry;

#[derive(Clone, Debug, PartialEq, Eq)]
struct Thing {
    id: usize,
    name: String,
    /// Nothing for a folder.
    content: Option<String>,
    is_shared: bool,
}

impl Thing {
    fn new(id: usize, path: &str, content: Option<String>) -> Self {
        Self { id, name: name(path), content, is_shared: false }
    }

    fn is_folder(&self) -> bool {
        self.content.is_none()
    }
}

/// It can't be done.
#[derive(Debug)]
pub(super) struct Refused;

/// By path in lower case.
#[derive(Default)]
pub(super) struct Truth {
    things: BTreeMap<String, Thing>,
    /// What was last at a path: its id, if it was a file.
    gone: HashMap<String, Option<usize>>,
    /// What each file has been, oldest first; moving makes another version of it.
    versions: HashMap<usize, Vec<String>>,
    ids: usize,
}

impl Truth {
    /// What was there before anything happened.
    pub(super) fn of(entries: &[Entry]) -> Self {
        let mut truth = Self::default();
        for entry in entries {
            let content = entry.content_hash.clone();
            let thing = Thing::new(truth.new_id(), &entry.name, content.clone());
            truth.versions.entry(thing.id).or_default().extend(content);
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
                self.let_go(&shared_among(&taken));
                if taken.is_empty() { Err(Refused) } else { Ok(()) }
            }
            Step::Restore { path, back } => self.restore(path, *back),
            Step::Share { path } => self.share(path),
            Step::Unshare { path, .. } => {
                let thing = self.things.get_mut(&path.to_lowercase()).ok_or(Refused)?;
                if std::mem::take(&mut thing.is_shared) { Ok(()) } else { Err(Refused) }
            }
        }
    }

    fn write(&mut self, path: &str, content: &str) -> Result<(), Refused> {
        let id = self.new_id();
        self.write_as(id, path, content)
    }

    /// `id` is for what is made where nothing was.
    fn write_as(&mut self, id: usize, path: &str, content: &str) -> Result<(), Refused> {
        self.make_parents(path)?;
        let new = Thing::new(id, path, Some(String::new()));
        let thing = self.things.entry(path.to_lowercase()).or_insert(new);
        let current = thing.content.as_mut().ok_or(Refused)?;
        if current != content {
            content.clone_into(current);
            self.versions.entry(thing.id).or_default().push(content.to_owned());
        }
        Ok(())
    }

    /// A file that lives on elsewhere is not the one that comes back.
    fn restore(&mut self, path: &str, back: usize) -> Result<(), Refused> {
        let lower = path.to_lowercase();
        let id = match self.things.get(&lower) {
            Some(thing) => (!thing.is_folder()).then_some(thing.id),
            None => self.gone.get(&lower).copied().flatten(),
        };
        let id = id.ok_or(Refused)?;
        let versions = self.versions.get(&id).ok_or(Refused)?;
        let content = versions.iter().rev().nth(back).cloned().ok_or(Refused)?;
        let lives_on = self.things.values().any(|thing| thing.id == id);
        let new = if lives_on { self.new_id() } else { id };
        self.write_as(new, path, &content)
    }

    /// Shared folders are not in each other. Where nothing is, a folder is made.
    fn share(&mut self, path: &str) -> Result<(), Refused> {
        let lower = path.to_lowercase();
        let inside = self.is_in_a_shared_folder(&lower);
        let below = format!("{lower}/");
        let shared = |(known, thing): (&String, &Thing)| {
            thing.is_shared && (*known == lower || known.starts_with(&below))
        };
        if inside || self.things.iter().any(shared) {
            return Err(Refused);
        }
        self.create_folder(path)?;
        self.things.get_mut(&lower).unwrap().is_shared = true;
        Ok(())
    }

    fn is_in_a_shared_folder(&self, lower: &str) -> bool {
        let mut ends = lower.match_indices('/').skip(1);
        ends.any(|(end, _)| self.things.get(&lower[..end]).is_some_and(|thing| thing.is_shared))
    }

    pub(super) fn shared_folders(&self) -> Vec<String> {
        let shared = self.things.iter().filter(|(_, thing)| thing.is_shared);
        shared.map(|(path, _)| path.clone()).collect()
    }

    pub(super) fn a_shared_folder(&self, dice: &mut SmallRng) -> Option<String> {
        self.shared_folders().choose(dice).cloned()
    }

    pub(super) fn a_folder(&self, dice: &mut SmallRng) -> Option<String> {
        let folders = self.things.iter().filter(|(_, thing)| thing.is_folder());
        folders.map(|(path, _)| path).choose(dice).cloned()
    }

    /// A file, or a path at which there is none.
    pub(super) fn a_file(&self, dice: &mut SmallRng) -> String {
        let files = self.things.iter().filter(|(_, thing)| !thing.is_folder());
        files.map(|(path, _)| path).choose(dice).cloned().unwrap_or_else(|| "/none".to_owned())
    }

    fn create_folder(&mut self, path: &str) -> Result<(), Refused> {
        self.make_parents(path)?;
        let new = Thing::new(self.new_id(), path, None);
        let thing = self.things.entry(path.to_lowercase()).or_insert(new);
        if thing.is_folder() { Ok(()) } else { Err(Refused) }
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
        let taken = if lower == *from { self.take_out(from) } else { self.take(from) };
        let enters = self.is_in_a_shared_folder(&lower);
        let shared = shared_among(&taken);
        let (let_in, carried) = if enters { (shared, Vec::new()) } else { (Vec::new(), shared) };
        for (path, mut thing) in taken {
            // A shared folder that is put into another becomes a part of that one, as a copy.
            thing.is_shared &= !enters;
            if let_in.iter().any(|shared| is_at_or_below(&path, shared)) {
                thing.id = self.new_id();
            }
            // What is in a folder that others have too stays the version that it is.
            let is_carried = carried.iter().any(|shared| is_at_or_below(&path, shared));
            if let Some(content) = thing.content.clone().filter(|_| lower != *from && !is_carried) {
                self.versions.entry(thing.id).or_default().push(content);
            }
            self.things.insert(format!("{lower}{}", &path[from.len()..]), thing);
        }
        self.let_go(&let_in);
        self.things.get_mut(&lower).unwrap().name = name(to);
        Ok(())
    }

    /// What was in shared folders that others still have doesn't come back.
    fn let_go(&mut self, shared: &[String]) {
        let live: HashSet<usize> = self.things.values().map(|thing| thing.id).collect();
        for (path, id) in &self.gone {
            let id = id.filter(|id| !live.contains(id));
            if let Some(id) = id.filter(|_| shared.iter().any(|top| is_at_or_below(path, top))) {
                self.versions.remove(&id);
            }
        }
    }

    /// All the folders on the way, or none of them.
    fn make_parents(&mut self, path: &str) -> Result<(), Refused> {
        let ends: Vec<usize> = path.match_indices('/').skip(1).map(|(end, _)| end).collect();
        let is_file = |folder: &str| {
            self.things.get(&folder.to_lowercase()).is_some_and(|thing| !thing.is_folder())
        };
        if ends.iter().any(|end| is_file(&path[..*end])) {
            return Err(Refused);
        }
        for folder in ends.into_iter().map(|end| &path[..end]) {
            let new = Thing::new(self.new_id(), folder, None);
            self.things.entry(folder.to_lowercase()).or_insert(new);
        }
        Ok(())
    }

    /// Something with all that is below it, which is gone from there.
    fn take(&mut self, lower: &str) -> Vec<(String, Thing)> {
        let taken = self.take_out(lower);
        let file = |thing: &Thing| (!thing.is_folder()).then_some(thing.id);
        self.gone.extend(taken.iter().map(|(path, thing)| (path.clone(), file(thing))));
        taken
    }

    fn take_out(&mut self, lower: &str) -> Vec<(String, Thing)> {
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
            assert_eq!(entry.tag == "folder", thing.is_folder(), "{entry:?}");
            assert_eq!(entry.shared_folder_id.is_some(), thing.is_shared, "{entry:?}");
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

fn shared_among(taken: &[(String, Thing)]) -> Vec<String> {
    let shared = taken.iter().filter(|(_, thing)| thing.is_shared);
    shared.map(|(path, _)| path.clone()).collect()
}

fn is_at_or_below(path: &str, top: &str) -> bool {
    path.strip_prefix(top).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn name(path: &str) -> String {
    path.rsplit('/').next().unwrap().to_owned()
}
