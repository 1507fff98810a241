//! The Document Profile: what an asset with `arc_profile = Document` must say, and what kind of
//! event each of its events is. Pure.
//!
//! The published API called these "suggested"; here they hold, because Instaproof and receipts
//! depend on them.

use crate::model::asset::{Content, DocumentStatus, EventKind};
use crate::model::attributes::Attributes;
use crate::model::registered::{RegisterError, Said};

/// Algorithms with the number of hexadecimal digits of their hashes.
const HASH_ALGORITHMS: [(&str, usize); 2] = [(SHA256, 64), (CONTENT_HASH, 64)];

const SHA256: &str = "sha256";
const CONTENT_HASH: &str = "dropbox-content-hash";

const PROFILE: &str = "arc_profile";
const DISPLAY_TYPE: &str = "arc_display_type";
const HASH_VALUE: &str = "document_hash_value";
const HASH_ALG: &str = "document_hash_alg";
const STATUS: &str = "document_status";
const VERSION: &str = "document_version";

/// What an event does, and the content that it publishes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Effect {
    pub(crate) kind: EventKind,
    pub(crate) content: Content,
    /// Where the document stands afterwards, if the event says so.
    pub(crate) status: Option<DocumentStatus>,
}

/// Whether attributes are a document's.
pub(crate) fn is_document(attributes: &Attributes) -> bool {
    attributes.text(PROFILE) == Some("Document")
}

/// The effect of the event that creates an asset.
pub(crate) fn creation(attributes: &Attributes) -> Result<Effect, RegisterError> {
    let kind = EventKind::NewAsset;
    if !is_document(attributes) {
        return Ok(Effect { kind, content: Content::NONE, status: None });
    }
    check_version(attributes)?;
    let status = status(attributes)?.unwrap_or(DocumentStatus::Published);
    Ok(Effect { kind, content: content(attributes)?, status: Some(status) })
}

/// The effect of a later event on an asset with these attributes so far.
pub(crate) fn later(so_far: &Attributes, said: &Said) -> Result<Effect, RegisterError> {
    let (kind, attributes) = (EventKind::Record, &said.asset_attributes);
    if attributes.get(PROFILE).is_some() && attributes.get(PROFILE) != so_far.get(PROFILE) {
        return invalid("arc_profile is chosen when an asset is made and cannot change");
    }
    if !is_document(so_far) {
        return Ok(Effect { kind, content: Content::NONE, status: None });
    }
    match said.event_attributes.text(DISPLAY_TYPE) {
        Some("Publish") => publish(attributes),
        Some("Withdraw") => withdraw(attributes),
        _ => other(attributes),
    }
}

fn publish(attributes: &Attributes) -> Result<Effect, RegisterError> {
    check_version(attributes)?;
    if status(attributes)? != Some(DocumentStatus::Published) {
        return invalid("a Publish event needs the asset attribute document_status = Published");
    }
    let status = Some(DocumentStatus::Published);
    Ok(Effect { kind: EventKind::Publish, content: content(attributes)?, status })
}

fn withdraw(attributes: &Attributes) -> Result<Effect, RegisterError> {
    if status(attributes)? != Some(DocumentStatus::Withdrawn) {
        return invalid("a Withdraw event needs the asset attribute document_status = Withdrawn");
    }
    keeps(attributes, &[HASH_VALUE, HASH_ALG, VERSION])?;
    let status = Some(DocumentStatus::Withdrawn);
    Ok(Effect { kind: EventKind::Withdraw, content: Content::NONE, status })
}

fn other(attributes: &Attributes) -> Result<Effect, RegisterError> {
    keeps(attributes, &[HASH_VALUE, HASH_ALG, STATUS, VERSION])?;
    Ok(Effect { kind: EventKind::Record, content: Content::NONE, status: None })
}

/// Refuses changes to what only a Publish or Withdraw event may change.
fn keeps(attributes: &Attributes, names: &[&str]) -> Result<(), RegisterError> {
    match names.iter().find(|name| attributes.get(name).is_some()) {
        None => Ok(()),
        Some(name) => invalid(&format!(
            "{name} of a document changes with a Publish event alone (or a Withdraw event, for its \
             status): set the event attribute arc_display_type"
        )),
    }
}

fn content(attributes: &Attributes) -> Result<Content, RegisterError> {
    let (Some(value), Some(algorithm)) = (attributes.text(HASH_VALUE), attributes.text(HASH_ALG))
    else {
        return invalid("a document needs document_hash_value and document_hash_alg");
    };
    let hash = hash(algorithm, value)?;
    Ok(match algorithm {
        SHA256 => Content { content_hash: None, sha256: Some(hash) },
        _ => Content { content_hash: Some(hash), sha256: None },
    })
}

/// A document's hash in bytes, if it is written as its algorithm writes hashes.
fn hash(algorithm: &str, value: &str) -> Result<[u8; 32], RegisterError> {
    let known = HASH_ALGORITHMS.iter().find(|(name, _)| *name == algorithm);
    let Some((_, digits)) = known else {
        return invalid("document_hash_alg is neither sha256 nor dropbox-content-hash");
    };
    let bytes = hex::decode(value).ok().and_then(|bytes| bytes.try_into().ok());
    let is_lower_case = !value.contains(|digit: char| digit.is_ascii_uppercase());
    bytes.filter(|_| is_lower_case).ok_or_else(|| {
        RegisterError::Invalid(format!(
            "document_hash_value is not the {digits} lower-case hexadecimal digits of a hash by \
             {algorithm}"
        ))
    })
}

fn status(attributes: &Attributes) -> Result<Option<DocumentStatus>, RegisterError> {
    if attributes.get(STATUS).is_none() {
        return Ok(None);
    }
    let all = [DocumentStatus::Published, DocumentStatus::Withdrawn];
    let text = attributes.text(STATUS);
    match all.into_iter().find(|status| Some(status.as_str()) == text) {
        Some(status) => Ok(Some(status)),
        None => invalid("document_status is neither Published nor Withdrawn"),
    }
}

fn check_version(attributes: &Attributes) -> Result<(), RegisterError> {
    match attributes.get(VERSION) {
        Some(_) if attributes.text(VERSION).is_none_or(str::is_empty) => {
            invalid("document_version is not a text with something in it")
        }
        _ => Ok(()),
    }
}

fn invalid<T>(what: &str) -> Result<T, RegisterError> {
    Err(RegisterError::Invalid(what.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "ab36b9c2b3d5d0a1f7c4e8d90123456789abcdef0123456789abcdef01234567";

    fn document() -> Attributes {
        Attributes::from([
            ("arc_profile", "Document"),
            ("document_hash_alg", "sha256"),
            ("document_hash_value", HASH),
        ])
    }

    fn said(kind: &str, asset_attributes: Attributes) -> Said {
        Said {
            asset_attributes,
            behaviour: "RecordEvidence".to_owned(),
            event_attributes: Attributes::from([("arc_display_type", kind)]),
            operation: "Record".to_owned(),
        }
    }

    #[test]
    fn a_document_needs_a_hash_that_is_written_as_its_algorithm_writes_it() {
        assert_eq!(creation(&document()).unwrap().status, Some(DocumentStatus::Published));
        for (name, value) in [
            ("document_hash_value", "ab"),
            ("document_hash_value", &HASH.to_uppercase()),
            ("document_hash_value", &HASH.replace('a', "g")),
            ("document_hash_alg", "md5"),
            ("document_status", "Draft"),
            ("document_version", ""),
        ] {
            let mut attributes = document();
            attributes.set(name, value);
            assert!(creation(&attributes).is_err(), "{name} = {value}");
        }
        assert!(creation(&Attributes::from([("arc_profile", "Document")])).is_err());
    }

    #[test]
    fn a_withdrawn_document_is_published_again_with_a_new_version() {
        let withdrawn = Attributes::from([("document_status", "Withdrawn")]);
        let withdrawal = later(&document(), &said("Withdraw", withdrawn)).unwrap();
        assert_eq!(withdrawal.kind, EventKind::Withdraw);
        let mut again = document();
        again.set("document_status", "Published");
        let publication = later(&document(), &said("Publish", again)).unwrap();
        assert_eq!(publication.kind, EventKind::Publish);
        assert_eq!(publication.content.value(), Some(HASH.to_owned()));
    }

    #[test]
    fn a_document_changes_by_publish_and_withdraw_alone() {
        let changed = Attributes::from([("document_hash_value", HASH)]);
        assert!(later(&document(), &said("Inspect", changed.clone())).is_err());
        assert!(later(&document(), &said("Withdraw", changed)).is_err());
        assert!(later(&document(), &said("Publish", document())).is_err(), "no status");
        let note = Attributes::from([("note", "looked at")]);
        assert_eq!(later(&document(), &said("Inspect", note)).unwrap().kind, EventKind::Record);
        let other = Attributes::from([("arc_profile", "Other")]);
        assert!(later(&document(), &said("Inspect", other)).is_err());
    }

    #[test]
    fn assets_without_the_profile_say_what_they_like() {
        let plain = Attributes::from([("document_hash_value", "anything")]);
        assert_eq!(creation(&plain).unwrap().content, Content::NONE);
        assert_eq!(later(&plain, &said("Publish", plain.clone())).unwrap().kind, EventKind::Record);
    }
}
