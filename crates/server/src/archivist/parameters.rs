//! What may stand in the query of a list, for the document of the API. The keys are read by hand,
//! because there is no end to the names that attributes have: see `filter` and `paging`.

#![expect(dead_code, reason = "the members are read by name, and only their schemas are used")]

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::openapi::Parameters;

const COUNT: &[(&str, &str)] =
    &[("X-Request-Total-Count", "With true, the answer says in X-Total-Count how many match.")];

/// A list of assets.
#[derive(JsonSchema)]
pub(crate) struct AssetsQuery {
    #[serde(flatten)]
    page: PageQuery,
    /// How it is ordered: newest first, or by identity.
    order_by: Option<Order>,
    /// Words of names and paths.
    search: Option<String>,
    #[serde(flatten)]
    words: AssetWords,
    /// Attributes, each as `attributes.NAME=VALUE`; `*` for any value, `!=*` for none.
    #[serde(default)]
    #[schemars(schema_with = "attributes_of_assets")]
    attributes: BTreeMap<String, String>,
    /// Terms as `attributes.NAME=VALUE` joined by OR, of which one must hold.
    filters: Option<Vec<String>>,
}

/// A list of events.
#[derive(JsonSchema)]
pub(crate) struct EventsQuery {
    #[serde(flatten)]
    page: PageQuery,
    /// How it is ordered: newest first, or by identity.
    order_by: Option<Order>,
    /// What was done.
    operation: Option<String>,
    /// The kind of operation.
    behaviour: Option<String>,
    /// How far the event is from being beyond doubt.
    confirmation_status: Option<String>,
    /// What proves it.
    proof_mechanism: Option<String>,
    /// `UNEQUIVOCAL` means cosigned by the witnesses' quorum.
    minimum_trust: Option<String>,
    /// The place in the log.
    mmr_index: Option<u64>,
    /// Attributes, each as `event_attributes.NAME=VALUE`, `asset_attributes.NAME=VALUE` or
    /// `asset.attributes.NAME=VALUE`; `*` for any value, `!=*` for none.
    #[serde(default)]
    #[schemars(schema_with = "attributes_of_events")]
    attributes: BTreeMap<String, String>,
    /// Principals, as `principal_accepted.issuer=VALUE`, and times, as
    /// `timestamp_accepted_since=TIME`.
    #[serde(default)]
    #[schemars(schema_with = "principals_and_times")]
    more: BTreeMap<String, String>,
    /// Terms joined by OR, of which one must hold.
    filters: Option<Vec<String>>,
}

/// A list of what has a name.
#[derive(JsonSchema)]
pub(crate) struct NamedQuery {
    #[serde(flatten)]
    page: PageQuery,
    /// The exact name.
    display_name: Option<String>,
}

/// A list of members.
#[derive(JsonSchema)]
pub(crate) struct MembersQuery {
    #[serde(flatten)]
    page: PageQuery,
    /// Which ones: `MEMBER_STATE_ACTIVE` (without it), `MEMBER_STATE_INACTIVE` or `MEMBER_STATE_BOTH`.
    member_state: Option<String>,
}

/// A part of a list.
#[derive(JsonSchema)]
pub(crate) struct PageQuery {
    /// How many to answer with: 200 at most, and without it.
    page_size: Option<u32>,
    /// What the page before said under `next_page_token`; it carries the query.
    page_token: Option<String>,
}

/// What an asset says of itself in one word.
#[derive(JsonSchema)]
struct AssetWords {
    /// `TRACKED`, `NOT_TRACKED` or `ANY`.
    tracked: Option<String>,
    /// `PUBLIC` or `RESTRICTED`.
    privacy: Option<String>,
    /// `CONFIRMED`.
    confirmation_status: Option<String>,
    /// `MERKLE_LOG`.
    proof_mechanism: Option<String>,
}

/// How a list is ordered.
#[derive(JsonSchema)]
#[schemars(rename = "ListOrder")]
#[serde(rename_all = "UPPERCASE")]
enum Order {
    Default,
    SimpleHashV1,
    SimpleHashV2,
}

/// The private fields that a receipt opens.
#[derive(JsonSchema)]
pub(crate) struct OpenQuery {
    /// A private field to open; may come several times.
    open: Option<Vec<String>>,
}

impl Parameters for AssetsQuery {
    const HEADERS: &'static [(&'static str, &'static str)] = COUNT;
}

impl Parameters for EventsQuery {
    const HEADERS: &'static [(&'static str, &'static str)] = COUNT;
}

impl Parameters for NamedQuery {
    const HEADERS: &'static [(&'static str, &'static str)] = COUNT;
}

impl Parameters for MembersQuery {
    const HEADERS: &'static [(&'static str, &'static str)] = COUNT;
}

impl Parameters for PageQuery {
    const HEADERS: &'static [(&'static str, &'static str)] = COUNT;
}

impl Parameters for OpenQuery {}

fn attributes_of_assets(_: &mut SchemaGenerator) -> Schema {
    texts(r"^attributes\.")
}

fn attributes_of_events(_: &mut SchemaGenerator) -> Schema {
    texts(r"^(event_attributes|asset_attributes|asset\.attributes)\.")
}

fn principals_and_times(_: &mut SchemaGenerator) -> Schema {
    texts(
        r"^(principal_(accepted|declared)\.(issuer|subject|display_name|email)|timestamp_(accepted|committed|declared)_(since|before))$",
    )
}

/// Texts under names of one shape. In a query each is a parameter of its own.
fn texts(names: &str) -> Schema {
    json_schema!({
        "type": "object",
        "propertyNames": { "pattern": names },
        "additionalProperties": { "type": "string" },
    })
}
