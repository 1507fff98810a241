//! Reading a policy's file, line by line.
//!
//! The file is bytes: names are compared as such and need not be UTF-8. A name is defined once,
//! before it is used, and is a member of one group at most, so that every witness counts once.

use std::collections::HashMap;

use crate::{MalformedKey, SignatureType, VerifierKey, text::parse_decimal};

use super::{KnownLog, Member, Policy, Quorum, Witness};

/// The longest policy that is read: room for the most logs and witnesses with the longest keys.
pub const POLICY_BYTES_MAX: usize = 1024 * 1024;

/// The most logs, the most witnesses, and the most groups of a policy. Every reader must take 32.
pub const POLICY_EACH_MAX: usize = 128;

/// Why bytes are no policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MalformedPolicy {
    /// The policy is longer than [`POLICY_BYTES_MAX`].
    #[error("the policy is longer than {POLICY_BYTES_MAX} bytes")]
    TooLong,
    /// The last line isn't ended.
    #[error("the policy doesn't end in a newline")]
    NoFinalNewline,
    /// Nothing says which witnesses must have signed, or that none must.
    #[error("the policy has no quorum line; write \"quorum none\" to ask for no witness")]
    NoQuorum,
    /// A line can't be read.
    #[error("line {line} of the policy is wrong")]
    Line {
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        #[source]
        fault: PolicyFault,
    },
}

/// What is wrong with a line of a policy. Names are shown as UTF-8, as well as that goes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyFault {
    /// A control character other than the tab.
    #[error("it has a control character")]
    ControlCharacter,
    /// It begins with none of the four words.
    #[error("it begins with none of log, witness, group, quorum")]
    Keyword,
    /// Too few or too many words.
    #[error("it doesn't have the form {0}")]
    Form(&'static str),
    /// The key can't be read.
    #[error("its key is malformed")]
    Key(#[from] MalformedKey),
    /// The key is of a kind that no log, or no witness, signs with.
    #[error("its key is of a kind for something else")]
    KeyKind,
    /// Another log, or another witness, has the same key.
    #[error("its key stands on an earlier line")]
    DuplicateKey,
    /// The name is defined already, or it is `none`.
    #[error("the name {0} is taken")]
    DuplicateName(String),
    /// No line before defines the name.
    #[error("nothing before it is called {0}")]
    UnknownName(String),
    /// The name stands in another group, or twice in this one.
    #[error("{0} is a member of a group already")]
    DuplicateMember(String),
    /// Not `all`, `any`, or a number from 1 to the number of members.
    #[error("it must ask for all, any, or a number from 1 to the {members} of its members")]
    Threshold {
        /// How many members the group has.
        members: usize,
    },
    /// There is a quorum line already.
    #[error("it is the second quorum line")]
    SecondQuorum,
    /// More than [`POLICY_EACH_MAX`].
    #[error("it is one more than the {POLICY_EACH_MAX} of its kind that a policy may have")]
    TooMany,
}

const LOG: &str = "log <vkey> [<url>]";
const WITNESS: &str = "witness <name> <vkey> [<url>]";
const GROUP: &str = "group <name> all|any|<number> <name>...";
const QUORUM: &str = "quorum <name>";

/// Nobody's name: it stands for asking no witness.
const NONE: &[u8] = b"none";

/// What the lines so far have defined.
#[derive(Default)]
struct Definitions<'t> {
    logs: Vec<KnownLog>,
    witnesses: Vec<Witness>,
    members: Vec<Member>,
    names: HashMap<&'t [u8], Name>,
    quorum: Option<Quorum>,
}

/// A name that was defined.
struct Name {
    /// Its place among the members.
    at: usize,
    is_grouped: bool,
}

impl Policy {
    /// Reads a policy's file.
    pub fn parse(text: &[u8]) -> Result<Self, MalformedPolicy> {
        if text.len() > POLICY_BYTES_MAX {
            return Err(MalformedPolicy::TooLong);
        }
        let lines = text.strip_suffix(b"\n").ok_or(MalformedPolicy::NoFinalNewline)?;
        let mut defined = Definitions::default();
        for (line, text) in (1..).zip(lines.split(|&byte| byte == b'\n')) {
            defined.read(text).map_err(|fault| MalformedPolicy::Line { line, fault })?;
        }
        let Definitions { logs, witnesses, members, quorum, .. } = defined;
        let quorum = quorum.ok_or(MalformedPolicy::NoQuorum)?;
        Ok(Self { logs, witnesses, members, quorum })
    }
}

impl<'t> Definitions<'t> {
    fn read(&mut self, line: &'t [u8]) -> Result<(), PolicyFault> {
        if line.iter().any(|&byte| byte.is_ascii_control() && byte != b'\t') {
            return Err(PolicyFault::ControlCharacter);
        }
        let words = line.split(|byte| b" \t".contains(byte)).filter(|word| !word.is_empty());
        let words: Vec<_> = words.collect();
        let Some((keyword, words)) = words.split_first() else { return Ok(()) };
        match *keyword {
            [b'#', ..] => Ok(()),
            b"log" => self.read_log(words),
            b"witness" => self.read_witness(words),
            b"group" => self.read_group(words),
            b"quorum" => self.read_quorum(words),
            _ => Err(PolicyFault::Keyword),
        }
    }

    fn read_log(&mut self, words: &[&'t [u8]]) -> Result<(), PolicyFault> {
        let (key, url) = match words {
            [key] => (key, None),
            [key, url] => (key, Some(lossy(url))),
            _ => return Err(PolicyFault::Form(LOG)),
        };
        let kinds = [SignatureType::Ed25519, SignatureType::MlDsa44Cosignature];
        let key = parse_key(key, kinds)?;
        expect_new(&key, self.logs.iter().map(|log| &log.key))?;
        expect_room(self.logs.len())?;
        self.logs.push(KnownLog { key, url });
        Ok(())
    }

    fn read_witness(&mut self, words: &[&'t [u8]]) -> Result<(), PolicyFault> {
        let (name, key, url) = match words {
            [name, key] => (name, key, None),
            [name, key, url] => (name, key, Some(lossy(url))),
            _ => return Err(PolicyFault::Form(WITNESS)),
        };
        let kinds = [SignatureType::Ed25519Cosignature, SignatureType::MlDsa44Cosignature];
        let key = parse_key(key, kinds)?;
        expect_new(&key, self.witnesses.iter().map(|witness| &witness.key))?;
        expect_room(self.witnesses.len())?;
        self.define(name, Member::Witness(self.witnesses.len()))?;
        self.witnesses.push(Witness { name: lossy(name), key, url });
        Ok(())
    }

    fn read_group(&mut self, words: &[&'t [u8]]) -> Result<(), PolicyFault> {
        let [name, threshold, names @ ..] = words else { return Err(PolicyFault::Form(GROUP)) };
        if names.is_empty() {
            return Err(PolicyFault::Form(GROUP));
        }
        expect_room(self.members.len() - self.witnesses.len())?;
        let threshold = parse_threshold(threshold, names.len())?;
        let members = names.iter().map(|name| self.take(name)).collect::<Result<_, _>>()?;
        self.define(name, Member::Group { threshold, members })
    }

    fn read_quorum(&mut self, words: &[&'t [u8]]) -> Result<(), PolicyFault> {
        let [name] = words else { return Err(PolicyFault::Form(QUORUM)) };
        if self.quorum.is_some() {
            return Err(PolicyFault::SecondQuorum);
        }
        let quorum =
            if *name == NONE { Quorum::Nobody } else { Quorum::Member(self.find(name)?.at) };
        self.quorum = Some(quorum);
        Ok(())
    }

    fn define(&mut self, name: &'t [u8], member: Member) -> Result<(), PolicyFault> {
        let defined = Name { at: self.members.len(), is_grouped: false };
        if name == NONE || self.names.contains_key(name) {
            return Err(PolicyFault::DuplicateName(lossy(name)));
        }
        self.names.insert(name, defined);
        self.members.push(member);
        Ok(())
    }

    fn find(&mut self, name: &[u8]) -> Result<&mut Name, PolicyFault> {
        self.names.get_mut(name).ok_or_else(|| PolicyFault::UnknownName(lossy(name)))
    }

    /// The place of a name that becomes a group's member.
    fn take(&mut self, name: &[u8]) -> Result<usize, PolicyFault> {
        let found = self.find(name)?;
        if found.is_grouped {
            return Err(PolicyFault::DuplicateMember(lossy(name)));
        }
        found.is_grouped = true;
        Ok(found.at)
    }
}

fn parse_key(word: &[u8], kinds: [SignatureType; 2]) -> Result<VerifierKey, PolicyFault> {
    let text = str::from_utf8(word).map_err(|_| MalformedKey::Form)?;
    let key: VerifierKey = text.parse()?;
    if kinds.contains(&key.signature_type()) { Ok(key) } else { Err(PolicyFault::KeyKind) }
}

/// The same key under another name is still the same.
fn expect_new<'k>(
    key: &VerifierKey,
    mut others: impl Iterator<Item = &'k VerifierKey>,
) -> Result<(), PolicyFault> {
    let is_known = others.any(|other| other.has_same_public_key(key));
    if is_known { Err(PolicyFault::DuplicateKey) } else { Ok(()) }
}

fn expect_room(count: usize) -> Result<(), PolicyFault> {
    if count < POLICY_EACH_MAX { Ok(()) } else { Err(PolicyFault::TooMany) }
}

fn parse_threshold(word: &[u8], members: usize) -> Result<usize, PolicyFault> {
    let number = match word {
        b"all" => Some(members),
        b"any" => Some(1),
        _ => str::from_utf8(word).ok().and_then(parse_decimal).and_then(|k| k.try_into().ok()),
    };
    number.filter(|k| (1..=members).contains(k)).ok_or(PolicyFault::Threshold { members })
}

fn lossy(word: &[u8]) -> String {
    String::from_utf8_lossy(word).into_owned()
}
