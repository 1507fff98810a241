//! What people and programs do to files, chosen by chance.

use rand::RngExt;
use rand::rngs::SmallRng;

use super::truth::Truth;

const NAMES: [&str; 12] =
    ["a", "B", "c d", "é", "😀", "e.txt", "F.txt", "g.paper", "報告", "a.b", "a b", "a0"];
/// Few enough for files to have the same content by chance.
const CONTENTS: u32 = 20;

/// One thing that happens, done by people and by [`Truth`].
#[derive(Clone, Debug)]
pub(super) enum Step {
    Write {
        path: String,
        content: String,
    },
    CreateFolder {
        path: String,
    },
    Move {
        from: String,
        to: String,
    },
    Delete {
        path: String,
    },
    /// A file becomes what it was so many versions ago, or comes back.
    Restore {
        path: String,
        back: usize,
    },
    Share {
        path: String,
    },
    /// The others keep what is in the folder, or do not.
    Unshare {
        path: String,
        leave_a_copy: bool,
    },
}

impl Step {
    /// The same elsewhere: what somebody else does in a folder that both have. Nothing where it
    /// concerns more than that folder, or who does it.
    pub(super) fn translated(&self, place: impl Fn(&str) -> Option<String>) -> Option<Self> {
        Some(match self {
            Self::Write { path, content } => {
                Self::Write { path: place(path)?, content: content.clone() }
            }
            Self::CreateFolder { path } => Self::CreateFolder { path: place(path)? },
            Self::Move { from, to } => Self::Move { from: place(from)?, to: place(to)? },
            Self::Delete { path } => Self::Delete { path: place(path)? },
            Self::Restore { .. } | Self::Share { .. } | Self::Unshare { .. } => return None,
        })
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
        match dice.random_range(0..25) {
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
            20 => vec![Step::Restore { path, back: dice.random_range(0..4) }],
            21 => deleted_and_restored(&truth.a_file(dice), dice),
            22 => vec![Step::Share { path: truth.a_folder(dice).unwrap_or(path) }],
            23 => {
                let path = truth.a_shared_folder(dice).unwrap_or(path);
                vec![Step::Unshare { path, leave_a_copy: dice.random() }]
            }
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

/// It may be deleted by itself or with the folder that it is in.
fn deleted_and_restored(file: &str, dice: &mut SmallRng) -> Vec<Step> {
    let folder = file.rsplit_once('/').map(|(folder, _)| folder);
    let folder = folder.filter(|folder| !folder.is_empty() && dice.random_range(0..4) == 0);
    let deleted = folder.unwrap_or(file).to_owned();
    let restored = Step::Restore { path: file.to_owned(), back: dice.random_range(0..3) };
    vec![Step::Delete { path: deleted }, restored]
}

/// What happens to a folder while it is elsewhere is news when it is back.
fn away_and_back(path: &str, aside: &str, within: &str) -> Vec<Step> {
    let lost = within.strip_prefix(&path.to_lowercase()).map(|rest| format!("{aside}{rest}"));
    let lost = lost.map(|path| Step::Delete { path });
    let (away, back) = (Step::moved(path, aside), Step::moved(aside, path));
    [Some(away), lost, Some(back)].into_iter().flatten().collect()
}
