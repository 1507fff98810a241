//! What people and programs do to files, chosen by chance.

use rand::RngExt;
use rand::rngs::SmallRng;

use super::truth::Truth;
use crate::{Files, FilesError};

const NAMES: [&str; 12] =
    ["a", "B", "c d", "é", "😀", "e.txt", "F.txt", "g.paper", "報告", "a.b", "a b", "a0"];
/// Few enough for files to have the same content by chance.
const CONTENTS: u32 = 20;

/// One thing that happens, done by [`Files`] and by [`Truth`].
#[derive(Clone, Debug)]
pub(super) enum Step {
    Write { path: String, content: String },
    CreateFolder { path: String },
    Move { from: String, to: String },
    Delete { path: String },
}

impl Step {
    pub(super) fn perform(&self, files: &Files) -> Result<(), FilesError> {
        match self {
            Self::Write { path, content } => files.write(path, content.clone()),
            Self::CreateFolder { path } => files.create_folder(path),
            Self::Move { from, to } => files.move_to(from, to),
            Self::Delete { path } => files.delete(path),
        }
    }

    fn moved(from: &str, to: &str) -> Self {
        Self::Move { from: from.to_owned(), to: to.to_owned() }
    }

    fn write(path: String, dice: &mut SmallRng) -> Self {
        Self::Write { path, content: dice.random_range(0..CONTENTS).to_string() }
    }
}

/// Where things happen: below which folder, how deep, under how many names.
pub(super) struct Place {
    base: &'static str,
    names: usize,
    depth: usize,
}

impl Place {
    pub(super) fn random(dice: &mut SmallRng) -> Self {
        let names = dice.random_range(2..=NAMES.len());
        Self { base: "", names, depth: dice.random_range(1..=5) }
    }

    /// In a tree that is there already.
    pub(super) fn computed() -> Self {
        Self { base: "/Department 0000", names: 7, depth: 3 }
    }

    /// A path where there may be something.
    pub(super) fn path(&self, dice: &mut SmallRng) -> String {
        let mut path = self.base.to_owned();
        for _ in 0..dice.random_range(1..=self.depth) {
            path.push('/');
            path.push_str(NAMES[dice.random_range(0..self.names)]);
        }
        if dice.random_range(0..8) == 0 { path.to_uppercase() } else { path }
    }

    /// Something that is there, as far as there is anything.
    fn existing(&self, truth: &Truth, dice: &mut SmallRng) -> String {
        let path = self.path(dice);
        truth.at_or_after(&path.to_lowercase()).unwrap_or(path)
    }

    /// The next thing that somebody does; it may take several steps, and make no sense.
    pub(super) fn steps(&self, truth: &Truth, dice: &mut SmallRng) -> Vec<Step> {
        let aside = format!("{}/aside~", self.base);
        let path = self.existing(truth, dice);
        match dice.random_range(0..21) {
            0..=5 => vec![Step::write(self.path(dice), dice)],
            6..=8 => vec![Step::write(path, dice)],
            9 => vec![Step::CreateFolder { path: self.path(dice) }],
            10 | 11 => vec![Step::Delete { path }],
            12 => vec![Step::moved(&path, &path.to_uppercase())],
            13..=15 => vec![Step::moved(&path, &self.path(dice))],
            16 => swap(&path, &self.existing(truth, dice), &aside),
            17 => vec![Step::Delete { path: path.clone() }, Step::CreateFolder { path }],
            18 => vec![Step::Delete { path: path.clone() }, Step::write(path, dice)],
            19 => saved_over(path, aside, dice),
            _ => {
                let within = format!("{path}{}", &self.path(dice)[self.base.len()..]);
                let within = truth.at_or_after(&within.to_lowercase()).unwrap_or(within);
                away_and_back(&path, &aside, &within)
            }
        }
    }
}

/// Two files, two folders, or a file and a folder trade places.
fn swap(one: &str, other: &str, aside: &str) -> Vec<Step> {
    vec![Step::moved(one, aside), Step::moved(other, one), Step::moved(aside, other)]
}

/// As editors do it: a new file takes the place of the old one.
fn saved_over(path: String, aside: String, dice: &mut SmallRng) -> Vec<Step> {
    let renamed = Step::moved(&aside, &path);
    vec![Step::write(aside, dice), Step::Delete { path }, renamed]
}

/// What happens to a folder while it is elsewhere is news when it is back.
fn away_and_back(path: &str, aside: &str, within: &str) -> Vec<Step> {
    let lost = within.strip_prefix(&path.to_lowercase()).map(|rest| format!("{aside}{rest}"));
    let lost = lost.map(|path| Step::Delete { path });
    let (away, back) = (Step::moved(path, aside), Step::moved(aside, path));
    [Some(away), lost, Some(back)].into_iter().flatten().collect()
}
