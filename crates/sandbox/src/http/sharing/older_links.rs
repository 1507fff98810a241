//! The deprecated forms of shared links.

use serde::Deserialize;
use serde_json::{Value, json};

use super::address::url;
use super::link_settings::visibility;
use super::links::{links_of, new_link, shareable};
use crate::clock;
use crate::edit::Placed;
use crate::http::argument::Union;
use crate::http::call::{Call, Caller};
use crate::http::reply::Reply;
use crate::http::routes::Outcome;
use crate::shared_links::SharedLink;
use crate::world::locked;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "every field that Dropbox takes is named, whether it matters here")]
struct Create {
    path: String,
    short_url: Option<bool>,
    pending_upload: Option<Union>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    path: Option<String>,
}

/// A link that is there already is given again.
pub(super) fn create(call: &Call, caller: &Caller) -> Outcome {
    let argument: Create = call.argument()?;
    let placed = shareable(&caller.view, &argument.path)?;
    let existing = locked(&call.world.shared_links).to(&caller.account.id, placed.1.id).cloned();
    let link = match existing {
        Some(link) => link,
        None => new_link(caller, &placed)?,
    };
    locked(&call.world.shared_links).put(link.clone())?;
    let mut answer = described(call, caller, &link, &placed);
    // Nothing else can come here, so that nothing has to be told apart.
    answer.as_object_mut().map(|fields| fields.remove(".tag"));
    Ok(Reply::json(&answer))
}

pub(super) fn list(call: &Call, caller: &Caller) -> Outcome {
    let argument: List = call.argument()?;
    let only = match argument.path.as_deref().filter(|path| !path.is_empty()) {
        Some(path) => Some(shareable(&caller.view, path)?.1.id),
        None => None,
    };
    let all = links_of(call, caller);
    let fitting = all.iter().filter(|(link, _)| only.is_none_or(|id| id == link.node));
    let links: Vec<Value> =
        fitting.map(|(link, placed)| described(call, caller, link, placed)).collect();
    Ok(Reply::json(&json!({ "links": links })))
}

/// Dropbox's `PathLinkMetadata`.
fn described(call: &Call, caller: &Caller, link: &SharedLink, placed: &Placed) -> Value {
    let mut answer = json!({
        ".tag": "path",
        "url": url(&call.world, link, placed),
        "visibility": { ".tag": visibility(link) },
        "path": caller.view.frame().strip(&placed.0),
    });
    if let (Some(at), Some(fields)) = (link.expires_at, answer.as_object_mut()) {
        fields.insert("expires".to_owned(), json!(clock::text(at)));
    }
    answer
}
