//! Filters on assets and events. Pure: what a filter means is here, how to find rows quickly is the
//! store's business, and it always asks here in the end.

use std::borrow::Cow;

use jiff::Timestamp;

use super::asset::{Asset, DocumentStatus, EventKind, FullEvent};
use super::attributes::{AttributeValue, Attributes};
use super::registered::{Sharing, Tracking};

const DOCUMENT_STATUS: &str = "document_status";

/// Which attributes a field is looked for in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// Those of the asset, as they are now.
    Asset,
    /// Those that an event says of itself.
    Event,
    /// Those that an event sets on its asset.
    EventOnAsset,
}

/// Where in an attribute a text is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Path {
    /// The attribute is the text.
    Text(String),
    /// A text of the attribute's dict: `name.key`.
    Dict(String, String),
    /// A text of one of the dicts in the attribute's list: `name[].key`.
    List(String, String),
}

/// A word that an asset or event has exactly one of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// `TRACKED` or `NOT_TRACKED`, of the asset.
    Tracked,
    /// `CONFIRMED`: what is shown is signed.
    ConfirmationStatus,
    /// `MERKLE_LOG`.
    ProofMechanism,
    /// Empty: there is no chain.
    ChainId,
    /// `PUBLIC` or `RESTRICTED`, of the asset.
    Privacy,
    /// An event's operation.
    Operation,
    /// An event's behaviour.
    Behaviour,
    /// Empty: there are no transactions.
    Transaction,
    /// A part of the principal that the caller named.
    Declared(PrincipalPart),
    /// A part of the principal that was let in.
    Accepted(PrincipalPart),
}

/// A part of a principal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrincipalPart {
    /// Who vouches.
    Issuer,
    /// Who it is.
    Subject,
    /// What to call it.
    DisplayName,
    /// Its address.
    Email,
}

/// What a test looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Field {
    /// An attribute.
    Attribute(Holder, Path),
    /// A word.
    Word(Word),
}

/// What a field must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Test {
    /// This text.
    Is(String),
    /// There, and not empty.
    Present,
    /// Not there, or empty.
    Absent,
}

/// One test of one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// What is looked at.
    pub field: Field,
    /// What it must be.
    pub test: Test,
}

/// Which of an event's three times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// When it happened, as declared.
    Declared,
    /// When it was accepted.
    Accepted,
    /// When it was signed.
    Committed,
}

/// A bound on one of an event's times; the bound itself is outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// Later than this.
    Since(When, Timestamp),
    /// Earlier than this.
    Before(When, Timestamp),
}

/// Every group must hold, and a group holds when one of its terms does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// The groups.
    pub groups: Vec<Vec<Term>>,
    /// Bounds on times, which all must hold; of events alone.
    pub bounds: Vec<Bound>,
    /// Only events before this place in the log.
    pub below: Option<u64>,
    /// Only the event at this place in the log.
    pub index: Option<u64>,
}

/// What is known of a field: its texts, or nothing yet.
pub(crate) enum Known<'a> {
    /// All of its texts.
    Texts(Vec<Cow<'a, str>>),
    /// It differs from asset to asset.
    Varies,
}

impl Filter {
    /// Whether an asset passes.
    pub fn matches_asset(&self, asset: &Asset) -> bool {
        self.matches_state(&asset.attributes(), asset.tracking(), asset.sharing)
    }

    /// Whether an asset in this state passes.
    pub(crate) fn matches_state(
        &self,
        attributes: &Attributes,
        tracking: Tracking,
        sharing: Sharing,
    ) -> bool {
        self.decide(|field| asset_field((tracking, sharing), attributes, field)) == Some(true)
    }

    /// Whether an event passes; `asset` is the one that it belongs to.
    pub fn matches_event(&self, event: &FullEvent, asset: &Asset) -> bool {
        let place = event.event.log_index;
        let is_within = self.bounds.iter().all(|bound| bound.holds(event))
            && self.below.is_none_or(|below| place < below)
            && self.index.is_none_or(|index| place == index);
        is_within && {
            let attributes = asset.attributes();
            let known = |field: &Field| event_field(event, asset, &attributes, field);
            self.decide(known) == Some(true)
        }
    }

    /// Whether assets that follow linked files pass: all, none, or it depends (`None`).
    pub(crate) fn decide_followed(&self) -> Option<bool> {
        let attributes = super::asset::followed();
        self.decide(|field| followed_field(&attributes, field))
    }

    /// The same for those of them that have a status.
    pub(crate) fn decide_followed_that_is(&self, status: DocumentStatus) -> Option<bool> {
        let mut attributes = super::asset::followed();
        attributes.set(DOCUMENT_STATUS, status.as_str());
        self.decide(|field| match field {
            Field::Attribute(Holder::Asset, path @ Path::Text(name)) if name == DOCUMENT_STATUS => {
                Known::Texts(path.texts(&attributes))
            }
            field => followed_field(&attributes, field),
        })
    }

    /// The same for events of such assets that are of a kind.
    pub(crate) fn decide_followed_events(&self, kind: EventKind) -> Option<bool> {
        let (attributes, said) = (super::asset::followed(), kind.followed_said());
        self.decide(|field| match field {
            Field::Attribute(Holder::Event, path) => {
                Known::Texts(path.texts(&said.event_attributes))
            }
            Field::Word(Word::Operation) => one(said.operation.as_str()),
            Field::Word(Word::Behaviour) => one(said.behaviour.as_str()),
            Field::Attribute(Holder::EventOnAsset, _)
            | Field::Word(Word::Declared(_) | Word::Accepted(_)) => Known::Varies,
            field => followed_field(&attributes, field),
        })
    }

    /// Whether everything passes.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether nothing that is shown can pass, whatever its attributes.
    pub(crate) fn passes_nothing(&self) -> bool {
        self.decide(|field| match field {
            Field::Word(
                word @ (Word::ConfirmationStatus
                | Word::ProofMechanism
                | Word::ChainId
                | Word::Transaction),
            ) => shared_word(*word),
            _ => Known::Varies,
        }) == Some(false)
    }

    /// Attributes that must have exactly a text now: any of these finds all that pass.
    pub(crate) fn exact(&self) -> impl Iterator<Item = (&str, &str)> {
        self.groups.iter().filter_map(|group| match group.as_slice() {
            [
                Term {
                    field: Field::Attribute(Holder::Asset, Path::Text(name)),
                    test: Test::Is(text),
                },
            ] => Some((name.as_str(), text.as_str())),
            _ => None,
        })
    }

    /// Three-valued: a field that varies leaves open what depends on it.
    fn decide<'a>(&self, known: impl Fn(&Field) -> Known<'a>) -> Option<bool> {
        let group = |terms: &Vec<Term>| any(terms.iter().map(|term| term.decide(&known)));
        all(self.groups.iter().map(group))
    }
}

fn all(mut parts: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    parts
        .try_fold(Some(true), |so_far, part| match part {
            Some(false) => Err(Some(false)),
            Some(true) => Ok(so_far),
            None => Ok(None),
        })
        .unwrap_or_else(|decided| decided)
}

fn any(mut parts: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    parts
        .try_fold(Some(false), |so_far, part| match part {
            Some(true) => Err(Some(true)),
            Some(false) => Ok(so_far),
            None => Ok(None),
        })
        .unwrap_or_else(|decided| decided)
}

impl Term {
    fn decide<'a>(&self, known: impl Fn(&Field) -> Known<'a>) -> Option<bool> {
        let Known::Texts(texts) = known(&self.field) else { return None };
        let is_present = texts.iter().any(|text| !text.is_empty());
        Some(match &self.test {
            Test::Is(wanted) => texts.iter().any(|text| text == wanted),
            Test::Present => is_present,
            Test::Absent => !is_present,
        })
    }
}

impl Bound {
    fn holds(self, event: &FullEvent) -> bool {
        let time = |when| match when {
            When::Declared => event.event.declared_at,
            When::Accepted => event.event.accepted_at,
            When::Committed => event.event.checkpoint.map_or(Timestamp::UNIX_EPOCH, |seen| seen.at),
        };
        match self {
            Self::Since(when, at) => time(when) > at,
            Self::Before(when, at) => time(when) < at,
        }
    }
}

impl Path {
    /// The texts at the path. A dict or list as a whole is present, and equal to no text.
    fn texts<'a>(&self, attributes: &'a Attributes) -> Vec<Cow<'a, str>> {
        let name = match self {
            Self::Text(name) | Self::Dict(name, _) | Self::List(name, _) => name,
        };
        match (self, attributes.get(name)) {
            (Self::Text(_), Some(AttributeValue::Text(text))) => vec![Cow::Borrowed(text)],
            // A text that nobody can ask for stands for "something is there".
            (Self::Text(_), Some(value)) if value.texts().next().is_some() => {
                vec![Cow::Borrowed("\0")]
            }
            (Self::Dict(_, key), Some(AttributeValue::Dict(dict))) => {
                dict.get(key).map(|text| Cow::Borrowed(text.as_str())).into_iter().collect()
            }
            (Self::List(_, key), Some(AttributeValue::List(list))) => {
                let texts = list.iter().filter_map(|dict| dict.get(key));
                texts.map(|text| Cow::Borrowed(text.as_str())).collect()
            }
            _ => Vec::new(),
        }
    }
}

fn one<'a>(text: impl Into<Cow<'a, str>>) -> Known<'a> {
    Known::Texts(vec![text.into()])
}

fn asset_field<'a>(
    (tracking, sharing): (Tracking, Sharing),
    attributes: &'a Attributes,
    field: &Field,
) -> Known<'a> {
    match field {
        Field::Attribute(Holder::Asset, path) => Known::Texts(path.texts(attributes)),
        Field::Attribute(..) => Known::Texts(Vec::new()),
        Field::Word(word) => match word {
            Word::Tracked => one(tracked(tracking)),
            Word::Privacy => one(privacy(sharing)),
            word => shared_word(*word),
        },
    }
}

fn event_field<'a>(
    event: &'a FullEvent,
    asset: &Asset,
    attributes: &'a Attributes,
    field: &Field,
) -> Known<'a> {
    let principals = &event.principals;
    match field {
        Field::Attribute(Holder::Event, path) => {
            Known::Texts(path.texts(&event.said.event_attributes))
        }
        Field::Attribute(Holder::EventOnAsset, path) => {
            Known::Texts(path.texts(&event.said.asset_attributes))
        }
        Field::Word(Word::Operation) => one(event.said.operation.as_str()),
        Field::Word(Word::Behaviour) => one(event.said.behaviour.as_str()),
        Field::Word(Word::Declared(part)) => one(part.of(&principals.declared)),
        Field::Word(Word::Accepted(part)) => one(part.of(&principals.accepted)),
        field => asset_field((asset.tracking(), asset.sharing), attributes, field),
    }
}

/// What is the same of every asset that follows a linked file.
fn followed_field<'a>(attributes: &'a Attributes, field: &Field) -> Known<'a> {
    const VARYING: [&str; 4] =
        ["document_hash_alg", "document_hash_value", DOCUMENT_STATUS, "document_version"];
    match field {
        Field::Attribute(Holder::Asset, Path::Text(name)) if VARYING.contains(&name.as_str()) => {
            Known::Varies
        }
        Field::Attribute(Holder::Asset, path) => Known::Texts(path.texts(attributes)),
        Field::Attribute(..) => Known::Texts(Vec::new()),
        Field::Word(Word::Tracked) => one(tracked(Tracking::Tracked)),
        Field::Word(Word::Privacy) => one(privacy(Sharing::Public)),
        Field::Word(word) => shared_word(*word),
    }
}

/// Words that are the same of everything that is shown.
fn shared_word<'a>(word: Word) -> Known<'a> {
    match word {
        Word::ConfirmationStatus => one("CONFIRMED"),
        Word::ProofMechanism => one("MERKLE_LOG"),
        _ => Known::Texts(Vec::new()),
    }
}

/// The published word for it.
pub fn tracked(tracking: Tracking) -> &'static str {
    match tracking {
        Tracking::Tracked => "TRACKED",
        Tracking::NotTracked => "NOT_TRACKED",
    }
}

fn privacy(sharing: Sharing) -> &'static str {
    match sharing {
        Sharing::Public => "PUBLIC",
        Sharing::Private => "RESTRICTED",
    }
}

impl PrincipalPart {
    fn of(self, principal: &super::registered::Principal) -> &str {
        match self {
            Self::Issuer => &principal.issuer,
            Self::Subject => &principal.subject,
            Self::DisplayName => &principal.display_name,
            Self::Email => &principal.email,
        }
    }
}
