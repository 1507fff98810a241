//! Reads and writes the lines that cases are made of.

use dropbox::{
    ContentHash, DeletedMetadata, Entry, FileMetadata, FolderAccess, FolderMetadata, Id,
    OtherMetadata, Rev, Revisions,
};
use jiff::Timestamp;
use ledger::{AssetChoice, Item, ItemUpdate, Origin, Presence, Settled, Version};
use uuid::Uuid;

use crate::reconcile::{
    Answers, Known, Outcome, Phase, Plan, Question, Scope, interest, reconcile,
};
use crate::rules::placed::{Placed, PlacedRule, Presence as Place};
use crate::rules::{FolderId, Rule, Verdict};

/// One page to reconcile.
pub(super) struct Case {
    placed: Placed,
    known: Vec<Item>,
    entries: Vec<Entry>,
    answers: Answers,
    phase: Phase,
    generation: u32,
}

/// A page of changes below `/d`. Rules are `+ /path` and `- /path`, known files are
/// `key revision content /path [gone]`.
pub(super) fn case(rules: &[&str], knew: &[&str], page: &[&str]) -> Case {
    Case {
        placed: Placed::new(rules.iter().map(|line| rule(line)).collect()),
        known: knew.iter().map(|line| known(line)).collect(),
        entries: page.iter().map(|line| entry(line)).collect(),
        answers: Answers::default(),
        phase: Phase::Changes,
        generation: 1,
    }
}

impl Case {
    /// The page belongs to a listing of everything.
    pub(super) fn listing(mut self, generation: u32) -> Self {
        self.phase = Phase::Listing;
        self.generation = generation;
        self
    }

    pub(super) fn confirmed(mut self) -> Self {
        self.answers.linked_folders_confirmed = true;
        self
    }

    /// Takes an answer: `gone x`, `found x r1 A /path`, `revisions x r2=B r1=A [more]` or
    /// `no revisions x`.
    pub(super) fn told(mut self, line: &str) -> Self {
        let words: Vec<_> = line.split(' ').collect();
        match words[..] {
            ["gone", key] => drop(self.answers.whereabouts.insert(key.to_owned(), None)),
            ["found", key, rev, content, path] => {
                let found = file(key, rev, content, Some(path));
                self.answers.whereabouts.insert(key.to_owned(), Some(found));
            }
            ["no", "revisions", key] => drop(self.answers.revisions.insert(key.to_owned(), None)),
            ["revisions", key, ref revisions @ ..] => {
                let revisions = Some(list(key, revisions));
                self.answers.revisions.insert(key.to_owned(), revisions);
            }
            _ => panic!("not an answer: {line}"),
        }
        self
    }

    pub(super) fn asks(self, expected: &[&str]) -> Self {
        let Outcome::Ask(questions) = self.outcome() else { panic!("nothing is asked") };
        let questions: Vec<_> = questions.iter().map(question).collect();
        assert_eq!(questions, expected);
        self
    }

    /// Checks the plan, but for what a new file's own place held below it: see `empties`.
    pub(super) fn means(self, expected: &[&str]) {
        let plan = self.plan();
        let places = plan.updates.iter().map(|update| format!("emptied {}", update.path_key));
        let places: Vec<_> = places.collect();
        let lines = lines(&plan).into_iter().filter(|line| !places.contains(line));
        assert_eq!(lines.collect::<Vec<_>>(), expected);
    }

    pub(super) fn settles(self, expected: &[&str]) {
        let settled: Vec<_> = self.plan().settled.iter().map(settled).collect();
        assert_eq!(settled, expected);
    }

    pub(super) fn empties(self, expected: &[&str]) {
        assert_eq!(self.plan().emptied, expected);
    }

    fn plan(&self) -> Plan {
        match self.outcome() {
            Outcome::Plan(plan) => plan,
            Outcome::Ask(questions) => panic!("asks {questions:?}"),
        }
    }

    fn outcome(&self) -> Outcome {
        let interest = interest(&self.entries, &self.answers);
        let wanted = self.known.iter().filter(|item| {
            interest.keys.contains(&item.key) || interest.path_keys.contains(&item.path_key)
        });
        let known = Known::new(wanted.cloned());
        let scope = Scope {
            placed: &self.placed,
            root_key: "/d",
            generation: self.generation,
            phase: self.phase,
            beginning: ledger::Beginning::Now,
        };
        reconcile(scope, &self.entries, &known, &self.answers)
    }
}

fn rule(line: &str) -> PlacedRule {
    let (sign, path) = line.split_once(' ').unwrap();
    let verdict = if sign == "+" { Verdict::Include } else { Verdict::Exclude };
    let rule = Rule { folder: FolderId::new(format!("id:{path}")), path: path.into(), verdict };
    PlacedRule { rule, path_key: path.to_owned(), presence: Place::Here }
}

fn known(line: &str) -> Item {
    let words: Vec<_> = line.split(' ').collect();
    let path = words[3];
    Item {
        key: words[0].to_owned(),
        asset: Some(Uuid::from_u128(1).into()),
        revision: words[1].to_owned(),
        fingerprint: content(words[2]),
        name: name(path),
        path: path.to_owned(),
        path_key: path.to_lowercase(),
        presence: if words.len() > 4 { Presence::Gone } else { Presence::Present },
        generation: 1,
        awaits: false,
    }
}

fn entry(line: &str) -> Entry {
    let words: Vec<_> = line.split(' ').collect();
    match words[..] {
        ["file", key, rev, content, path] => Entry::File(file(key, rev, content, Some(path))),
        ["unmounted", key, rev, content] => Entry::File(file(key, rev, content, None)),
        ["paper", key, path] => Entry::File(FileMetadata {
            content_hash: None,
            is_downloadable: false,
            ..file(key, "r1", "A", Some(path))
        }),
        ["folder", key, path] => folder(key, path, FolderAccess::Full),
        ["denied", key, path] => folder(key, path, FolderAccess::Denied),
        ["deleted", path] => Entry::Deleted(DeletedMetadata {
            name: name(path),
            path_lower: Some(path.to_lowercase()),
            path_display: Some(path.to_owned()),
        }),
        ["unknown", path] => Entry::Other(OtherMetadata {
            tag: "hologram".to_owned(),
            name: Some(name(path)),
            path_lower: Some(path.to_lowercase()),
            path_display: Some(path.to_owned()),
        }),
        ["unknown"] => Entry::Other(OtherMetadata {
            tag: "hologram".to_owned(),
            name: Some("of a secret plan".to_owned()),
            path_lower: None,
            path_display: None,
        }),
        _ => panic!("not an entry: {line}"),
    }
}

fn file(key: &str, rev: &str, letter: &str, path: Option<&str>) -> FileMetadata {
    // Revisions are numbered, so that their numbers can be their times.
    let second: i64 = rev.trim_start_matches('r').parse().unwrap();
    let time = Timestamp::from_second(second).unwrap();
    FileMetadata {
        id: Id::new(key),
        name: path.map(name).unwrap_or_default(),
        path_lower: path.map(str::to_lowercase),
        path_display: path.map(str::to_owned),
        rev: Rev::new(rev),
        size: 1,
        content_hash: Some(ContentHash(content(letter))),
        client_modified: time,
        server_modified: time,
        is_downloadable: true,
        modified_by: None,
    }
}

fn folder(key: &str, path: &str, access: FolderAccess) -> Entry {
    Entry::Folder(FolderMetadata {
        id: Id::new(key),
        name: name(path),
        path_lower: Some(path.to_lowercase()),
        path_display: Some(path.to_owned()),
        access,
    })
}

fn list(key: &str, revisions: &[&str]) -> Revisions {
    let entries = revisions.iter().filter_map(|revision| revision.split_once('='));
    Revisions {
        entries: entries.map(|(rev, letter)| file(key, rev, letter, None)).collect(),
        is_deleted: false,
        has_more: revisions.last() == Some(&"more"),
    }
}

fn content(letter: &str) -> [u8; 32] {
    [letter.as_bytes()[0]; 32]
}

fn name(path: &str) -> String {
    path.rsplit('/').next().unwrap_or_default().to_owned()
}

fn question(question: &Question) -> String {
    match question {
        Question::LinkedFolders => "linked folders".to_owned(),
        Question::Whereabouts(key) => format!("where {key}"),
        Question::Revisions(key) => format!("revisions {key}"),
    }
}

fn lines(plan: &Plan) -> Vec<String> {
    let updates = plan.updates.iter().map(update);
    let gone = plan.gone.iter().map(|key| format!("gone {key}"));
    let unrecorded =
        plan.unrecorded.iter().map(|item| format!("unrecorded {} {}", item.key, item.path));
    let emptied = plan.emptied.iter().map(|path| format!("emptied {path}"));
    updates.chain(gone).chain(unrecorded).chain(emptied).collect()
}

fn settled(settled: &Settled) -> String {
    match settled {
        Settled::Key(key) => key.clone(),
        Settled::At(path_key) => format!("at {path_key}"),
        Settled::Within(path_key) => format!("within {path_key}"),
        Settled::Unmet { generation } => format!("before {generation}"),
    }
}

fn update(update: &ItemUpdate) -> String {
    let asset = match &update.asset {
        AssetChoice::Own => "own".to_owned(),
        AssetChoice::Replaces { key } => format!("replaces {key}"),
    };
    let versions: String = update.versions.iter().map(version).collect();
    format!("{} at {} {}: {asset}{versions}", update.key, update.path_key, update.revision)
}

fn version(version: &Version) -> String {
    let letter = char::from(version.fingerprint.content_hash[0]);
    let filled = if version.origin == Origin::FilledIn { "(filled)" } else { "" };
    format!(" {}={letter}{filled}", version.revision)
}
