//! What a tenancy lets another one see and do: its access policies as far as they name that one. Pure:
//! what a share opens is decided here; whose policies count, and that both tenancies know each other,
//! is found out before.
//!
//! Nothing is open that no share opens. Of a private asset that a share's filter holds for, the other
//! tenancy reads the attributes that are named, and the events of the kinds that are named; what
//! several shares open adds up. Recording is narrower: one share must allow the whole event.

use std::collections::BTreeSet;

use super::asset::{Asset, Content, FullEvent};
use super::attributes::Attributes;
use super::filter::Filter;
use super::registered::{Principals, Said, Sharing, Tracking};
use crate::ids::TenancyId;

/// The event attribute that says what kind an event is of.
const KIND: &str = "arc_display_type";

/// Names that are granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Names {
    /// Whatever it is called, and if it has no name.
    All,
    /// These alone.
    Only(BTreeSet<String>),
}

/// What a share grants on the assets that it is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grant {
    /// Attributes of the asset that may be read.
    pub attributes_read: Names,
    /// Attributes of the asset that an event may set.
    pub attributes_write: Names,
    /// Kinds of events that may be read.
    pub kinds_read: Names,
    /// Kinds of events that may be recorded.
    pub kinds_write: Names,
    /// Behaviours that a recorded event may have.
    pub behaviours: Names,
}

/// One permission of an access policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// Whose assets it is about.
    pub owner: TenancyId,
    /// Which of these, if they are private.
    pub filter: Filter,
    /// What it grants.
    pub grant: Grant,
}

/// Everything that others share with a tenancy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shares(pub Vec<Share>);

/// What one tenancy sees of another's asset, and of its events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    viewer: TenancyId,
    attributes: Names,
    kinds: Names,
}

impl Names {
    /// Whether something of this name is granted.
    pub fn has(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(names) => names.contains(name),
        }
    }

    /// Whether what may have no name is granted.
    fn has_kind(&self, kind: Option<&str>) -> bool {
        match (self, kind) {
            (Self::All, _) => true,
            (Self::Only(_), None) => false,
            (names, Some(kind)) => names.has(kind),
        }
    }

    fn is_empty(&self) -> bool {
        matches!(self, Self::Only(names) if names.is_empty())
    }

    fn add(&mut self, more: &Self) {
        match (&mut *self, more) {
            (Self::Only(names), Self::Only(more)) => names.extend(more.iter().cloned()),
            (Self::All, _) => {}
            (_, Self::All) => *self = Self::All,
        }
    }
}

/// Nothing.
impl Default for Names {
    fn default() -> Self {
        Self::Only(BTreeSet::new())
    }
}

/// As policies write it: `*` among them stands for all.
impl<'a> FromIterator<&'a str> for Names {
    fn from_iter<T: IntoIterator<Item = &'a str>>(names: T) -> Self {
        let names: BTreeSet<String> = names.into_iter().map(str::to_owned).collect();
        if names.contains("*") { Self::All } else { Self::Only(names) }
    }
}

impl Grant {
    /// Whether it lets anybody see or do anything.
    fn is_empty(&self) -> bool {
        let Self { attributes_read, attributes_write, kinds_read, kinds_write, behaviours: _ } =
            self;
        [attributes_read, attributes_write, kinds_read, kinds_write]
            .into_iter()
            .all(Names::is_empty)
    }

    /// Whether an event that says this may be recorded.
    fn allows(&self, said: &Said) -> bool {
        self.behaviours.has(&said.behaviour)
            && self.kinds_write.has_kind(said.event_attributes.text(KIND))
            && said.asset_attributes.iter().all(|(name, _)| self.attributes_write.has(name))
    }
}

impl Shares {
    /// Whose assets they are about.
    pub(crate) fn owners(&self) -> BTreeSet<TenancyId> {
        self.0.iter().map(|share| share.owner).collect()
    }

    /// What `viewer`, with whom all of this is shared, sees of an asset; `None` for nothing.
    pub fn seen(&self, viewer: TenancyId, asset: &Asset) -> Option<Seen> {
        let registered = asset.registered.as_ref()?;
        let state = (&registered.attributes, registered.tracking, asset.sharing);
        let mut seen = Seen { viewer, attributes: Names::default(), kinds: Names::default() };
        let mut is_shared = false;
        for Grant { attributes_read, kinds_read, .. } in self.on(asset.tenancy, state) {
            is_shared = true;
            seen.attributes.add(attributes_read);
            seen.kinds.add(kinds_read);
        }
        is_shared.then_some(seen)
    }

    /// Whether an event that says this may be recorded on an asset of this owner in this state:
    /// `None` if the asset is not even seen.
    pub(crate) fn may_record(
        &self,
        owner: TenancyId,
        state: (&Attributes, Tracking, Sharing),
        said: &Said,
    ) -> Option<bool> {
        let mut grants = self.on(owner, state).peekable();
        grants.peek()?;
        Some(grants.any(|grant| grant.allows(said)))
    }

    /// The one filter that finds all of an owner's assets that are shared, if one does.
    pub(crate) fn only_filter(&self, owner: TenancyId) -> Option<&Filter> {
        let mut shares = self.0.iter().filter(|share| share.owner == owner);
        shares.next().filter(|_| shares.next().is_none()).map(|share| &share.filter)
    }

    /// What is granted on an asset. Public ones are open anyway, and nobody else's to add to.
    fn on(
        &self,
        owner: TenancyId,
        (attributes, tracking, sharing): (&Attributes, Tracking, Sharing),
    ) -> impl Iterator<Item = &Grant> {
        let shares = self.0.iter().filter(move |share| {
            sharing == Sharing::Private
                && share.owner == owner
                && !share.grant.is_empty()
                && share.filter.matches_state(attributes, tracking, sharing)
        });
        shares.map(|share| &share.grant)
    }
}

impl Seen {
    /// The asset with what is seen of it.
    pub fn asset(&self, mut asset: Asset) -> Asset {
        if let Some(registered) = &mut asset.registered {
            registered.attributes = self.readable(&registered.attributes);
        }
        asset.last_event.fingerprint = self.content(asset.last_event.fingerprint);
        asset
    }

    /// An event of the asset with what is seen of it; `None` for nothing. What the viewer recorded
    /// itself it sees as it said it.
    pub fn event(&self, mut full: FullEvent) -> Option<FullEvent> {
        if full.recorder != self.viewer {
            if !self.kinds.has_kind(full.said.event_attributes.text(KIND)) {
                return None;
            }
            full.said.asset_attributes = self.readable(&full.said.asset_attributes);
            full.principals = Principals::default();
        }
        full.event.fingerprint = self.content(full.event.fingerprint);
        if !self.attributes.has("document_version") {
            full.event.version = 0;
        }
        Some(full)
    }

    /// Whether all of an event is seen but who made it: what a receipt proves.
    pub fn shows_all_of(&self, full: &FullEvent) -> bool {
        self.attributes == Names::All && self.kinds.has_kind(full.said.event_attributes.text(KIND))
    }

    fn readable(&self, attributes: &Attributes) -> Attributes {
        let pairs = attributes.iter().filter(|(name, _)| self.attributes.has(name));
        pairs.map(|(name, value)| (name.to_owned(), value.clone())).collect()
    }

    fn content(&self, content: Content) -> Content {
        if self.attributes.has("document_hash_value") { content } else { Content::NONE }
    }
}
