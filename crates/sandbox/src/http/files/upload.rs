//! `files/upload`, and what uploads have in common: where a file goes and on which conditions.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::account::Account;
use crate::content::Incoming;
use crate::content_hash::ContentHash;
use crate::edit::{Editor, Mode, Placed, Wish};
use crate::http::argument::{Pattern, Time, Union};
use crate::http::call::{Call, Caller};
use crate::http::failure::{Failure, trouble, write_error};
use crate::http::properties::{Group, attach};
use crate::http::reply::Reply;
use crate::http::routes::Outcome;
use crate::namespace::Item;
use crate::path::Location;
use crate::view::View;
use crate::wire;
use crate::world::World;

/// Dropbox's `CommitInfo`, and with it the argument of an upload.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CommitInfo {
    pub(super) path: String,
    mode: Option<WriteMode>,
    autorename: Option<bool>,
    client_modified: Option<Time>,
    #[serde(rename = "mute")]
    _mute: Option<bool>,
    property_groups: Option<Vec<Group>>,
    strict_conflict: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Upload {
    path: String,
    mode: Option<WriteMode>,
    autorename: Option<bool>,
    client_modified: Option<Time>,
    mute: Option<bool>,
    property_groups: Option<Vec<Group>>,
    strict_conflict: Option<bool>,
    content_hash: Option<String>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(try_from = "Union", into = "Value")]
struct WriteMode(Mode);

impl TryFrom<Union> for WriteMode {
    type Error = String;

    fn try_from(union: Union) -> Result<Self, String> {
        match union.tag.as_str() {
            "add" => Ok(Self(Mode::Add)),
            "overwrite" => Ok(Self(Mode::Overwrite)),
            "update" => union.text().map(|rev| Self(Mode::Update(rev))),
            _ => Err(union.unknown()),
        }
    }
}

impl From<WriteMode> for Value {
    fn from(mode: WriteMode) -> Self {
        match mode.0 {
            Mode::Add => json!("add"),
            Mode::Overwrite => json!("overwrite"),
            Mode::Update(rev) => json!({ ".tag": "update", "update": rev }),
        }
    }
}

impl CommitInfo {
    pub(super) fn wish(&self) -> Wish {
        Wish {
            mode: self.mode.clone().map_or(Mode::Add, |mode| mode.0),
            autorename: self.autorename.unwrap_or_default(),
            strict_conflict: self.strict_conflict.unwrap_or_default(),
            client_modified: self.client_modified.map(|time| time.0),
            id: None,
        }
    }

    /// Puts properties on a file that was just committed. Errors are an `InvalidPropertyGroupError`
    /// under `properties_error`, with which the file stays.
    pub(super) fn attach_properties(
        &self,
        world: &World,
        account: &Account,
        (_, node): &Placed,
    ) -> Result<(), Failure> {
        let groups = self.property_groups.as_deref().unwrap_or_default();
        attach(world, &account.id, node.id, groups)
    }
}

pub(super) fn upload(call: &Call, caller: &Caller) -> Outcome {
    let upload: Upload = call.argument()?;
    check_hash(upload.content_hash.as_deref(), &call.content)?;
    let commit = CommitInfo {
        path: upload.path,
        mode: upload.mode,
        autorename: upload.autorename,
        client_modified: upload.client_modified,
        _mute: upload.mute,
        property_groups: upload.property_groups,
        strict_conflict: upload.strict_conflict,
    };
    let content = Incoming::of(call.content.clone());
    let placed = commit_content(&caller.view, &commit, &content).map_err(flattened)?;
    commit.attach_properties(&call.world, &caller.account, &placed)?;
    Ok(Reply::Json(described(&caller.view, &placed)))
}

/// A hash that the client sent has to be that of what arrived.
pub(super) fn check_hash(sent: Option<&str>, content: &[u8]) -> Result<(), Failure> {
    let Some(sent) = sent else { return Ok(()) };
    if sent.len() != 64 || !sent.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        let text = format!("content_hash: '{sent}' is not 64 hexadecimal digits");
        return Err(Failure::Argument(text));
    }
    let fits = ContentHash::of(content).to_string() == sent.to_ascii_lowercase();
    if fits { Ok(()) } else { Err(Failure::tag("content_hash_mismatch")) }
}

/// Puts content where it belongs. Errors are a `WriteError` under `path`.
pub(super) fn commit_content(
    view: &View,
    commit: &CommitInfo,
    content: &Incoming,
) -> Result<Placed, Failure> {
    let place = writable(view, "path", &commit.path, "path")?;
    let editor = Editor::begin(&view.account);
    editor.write(&place, content, &commit.wish()).map_err(|error| trouble(error, "path"))
}

/// Where something is to be put. `under` is the tag of the error that has the `WriteError`.
pub(super) fn writable(
    view: &View,
    field: &str,
    address: &str,
    under: &str,
) -> Result<Location, Failure> {
    Pattern::WritePathOrId.check(field, address)?;
    let refused = |problem| Failure::under(under, &write_error(problem));
    let location = view.locate(address).map_err(refused)?;
    let malformed = || Failure::under(under, &json!({ ".tag": "malformed_path" }));
    let location = location.filter(|location| location.lower != view.root).ok_or_else(malformed)?;
    Location::parse_new_as(&location.display, view.account.naming()).map_err(refused)
}

/// An upload's `path` error has its reason beside the tag, with what would be needed to go on.
fn flattened(failure: Failure) -> Failure {
    match failure.endpoint() {
        Some(error) if error.get(".tag") == Some(&json!("path")) => Failure::Endpoint(json!({
            ".tag": "path",
            "reason": error.get("path"),
            "upload_session_id": "pid_upload_session:none",
        })),
        _ => failure,
    }
}

/// The metadata of something that was written, without a tag.
pub(super) fn described(view: &View, (lower, node): &Placed) -> Vec<u8> {
    let mut body = Vec::new();
    wire::implied(&mut body, &view.lens(), Item { lower, node });
    body
}

/// The same with a tag, for where it is one of several kinds.
pub(super) fn tagged(view: &View, (lower, node): &Placed) -> Vec<u8> {
    let mut body = Vec::new();
    wire::present(&mut body, &view.lens(), Item { lower, node });
    body
}
