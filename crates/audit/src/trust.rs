//! Whose signature makes a checkpoint the log's: a key that the caller was given, a policy with
//! witnesses, or, for want of anything better, what the log says about itself.

use tlog::{BundleId, Checkpoint, CheckpointError, Policy, PolicyError, SignedNote, VerifierKey};

use crate::fetch::{self, FetchError};
use crate::{EntryRules, LogReader};

/// What a checkpoint is checked against.
#[derive(Clone, Debug)]
pub struct Trust {
    key: Option<VerifierKey>,
    policy: Option<Policy>,
    /// Whether the key is the log's own word.
    is_own_word: bool,
}

/// Why a checkpoint isn't trusted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrustError {
    /// The log didn't sign it.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The policy doesn't accept it.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// Nobody knows the log's key.
    #[error("the log's key is not known, so its signature cannot be checked; name it with --key")]
    NoKey,
}

impl Trust {
    /// What the caller knows: a key, a policy, both or nothing.
    pub fn new(key: Option<VerifierKey>, policy: Option<Policy>) -> Self {
        Self { key, policy, is_own_word: false }
    }

    /// Whether the caller said whose log it is.
    pub fn is_given(&self) -> bool {
        let names_logs = self.policy.as_ref().is_some_and(|policy| !policy.logs().is_empty());
        names_logs || (self.key.is_some() && !self.is_own_word)
    }

    /// The same, and where the caller didn't say whose log it is, by what its first entry says.
    pub async fn or_own_word<R: LogReader>(
        self,
        reader: &R,
        size: u64,
        rules: &dyn EntryRules,
    ) -> Result<Self, FetchError> {
        if self.is_given() || self.key.is_some() {
            return Ok(self);
        }
        let Some(id) = BundleId::at(0, size) else { return Ok(self) };
        let first = fetch::bundle(reader, id).await?;
        let named = first.entries().first().map(|entry| rules.keys(entry));
        let key = named.unwrap_or_default().into_iter().next();
        Ok(Self { key, is_own_word: true, ..self })
    }

    /// The same, and where the caller didn't say whose log it is, by the key that it had before.
    #[must_use]
    pub(crate) fn or_known(self, key: Option<VerifierKey>) -> Self {
        if self.is_given() { self } else { Self { is_own_word: key.is_some(), key, ..self } }
    }

    /// The key by which the log is known, unless a policy names it.
    pub fn key(&self) -> Option<&VerifierKey> {
        self.key.as_ref()
    }

    /// Whether the key is no better than the log's own word for it.
    pub fn is_own_word(&self) -> bool {
        self.is_own_word && self.key.is_some()
    }

    /// How many witnesses a policy names.
    pub fn witnesses(&self) -> usize {
        self.policy.as_ref().map_or(0, |policy| policy.witnesses().len())
    }

    /// The checkpoint in a note, if it is to be trusted.
    pub fn open(&self, note: &SignedNote) -> Result<Checkpoint, TrustError> {
        match (&self.key, &self.policy) {
            (Some(key), Some(policy)) => {
                Ok(policy.clone().with_log(key.clone()).check(note)?.checkpoint)
            }
            (None, Some(policy)) if !policy.logs().is_empty() => Ok(policy.check(note)?.checkpoint),
            (Some(key), None) => Ok(Checkpoint::open(note, key)?),
            (None, _) => Err(TrustError::NoKey),
        }
    }

    /// The checkpoint in a note that the log has signed, witnesses or not.
    pub fn open_unwitnessed(&self, note: &SignedNote) -> Result<Checkpoint, TrustError> {
        match (&self.key, &self.policy) {
            (Some(key), _) => Ok(Checkpoint::open(note, key)?),
            (None, Some(policy)) => {
                let opened = policy.logs().iter().map(|log| Checkpoint::open(note, &log.key));
                opened.into_iter().reduce(Result::or).map_or(Err(TrustError::NoKey), |r| Ok(r?))
            }
            (None, None) => Err(TrustError::NoKey),
        }
    }
}
