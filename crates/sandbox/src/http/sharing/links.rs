//! Making, changing, listing and revoking shared links.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::address::{find, target};
use super::link_settings::{Settings, described};
use crate::edit::Placed;
use crate::http::argument::Pattern;
use crate::http::call::{Call, Caller};
use crate::http::failure::Failure;
use crate::http::files::find as find_file;
use crate::http::reply::Reply;
use crate::http::routes::Outcome;
use crate::path;
use crate::seal::{Purpose, random_text};
use crate::shared_links::{Audience, SharedLink};
use crate::view::{Found, View};
use crate::world::locked;

const LINKS_ON_A_PAGE: usize = 200;
const NAME_CHARACTERS: usize = 21;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Create {
    path: String,
    settings: Option<Settings>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Modify {
    url: String,
    settings: Settings,
    remove_expiration: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Revoke {
    url: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    path: Option<String>,
    cursor: Option<String>,
    direct_only: Option<bool>,
}

/// How far a list of links has come.
#[derive(Serialize, Deserialize)]
struct Cursor {
    account: String,
    skip: usize,
}

pub(super) fn create(call: &Call, caller: &Caller) -> Outcome {
    let argument: Create = call.argument()?;
    let placed = shareable(&caller.view, &argument.path)?;
    let existing = locked(&call.world.shared_links).to(&caller.account.id, placed.1.id).cloned();
    let frame = Some(caller.view.frame());
    if let Some(link) = existing {
        let metadata = described(&call.world, &link, &placed, frame);
        let there = json!({ ".tag": "metadata", "metadata": metadata });
        return Err(Failure::under("shared_link_already_exists", &there));
    }
    let mut link = new_link(caller, &placed)?;
    let settings = argument.settings.unwrap_or_default();
    settings.apply(&mut link, caller.account.has_team(), call.world.clock.now_s())?;
    locked(&call.world.shared_links).put(link.clone())?;
    Ok(Reply::json(&described(&call.world, &link, &placed, frame)))
}

/// What can be shared: everything that is there but the root.
pub(super) fn shareable(view: &View, address: &str) -> Result<Placed, Failure> {
    Pattern::ReadPath.check("path", address)?;
    match find_file(view, address)? {
        Found::Present(lower, node) => Ok((lower, node)),
        _ => Err(Failure::lookup("not_found")),
    }
}

pub(super) fn new_link(caller: &Caller, placed: &Placed) -> Result<SharedLink, Failure> {
    let text = random_text().map_err(|_| Failure::Internal)?;
    let (name, key) = text.split_at_checked(NAME_CHARACTERS).ok_or(Failure::Internal)?;
    Ok(SharedLink {
        name: name.to_owned(),
        key: key.to_owned(),
        account: caller.account.id.clone(),
        node: placed.1.id,
        audience: Audience::Anybody,
        expires_at: None,
        allow_download: true,
    })
}

pub(super) fn modify(call: &Call, caller: &Caller) -> Outcome {
    let argument: Modify = call.argument()?;
    let (mut link, placed) = own(call, caller, &argument.url)?;
    if argument.remove_expiration.unwrap_or_default() {
        link.expires_at = None;
    }
    argument.settings.apply(&mut link, caller.account.has_team(), call.world.clock.now_s())?;
    locked(&call.world.shared_links).put(link.clone())?;
    let frame = Some(caller.view.frame());
    Ok(Reply::json(&described(&call.world, &link, &placed, frame)))
}

pub(super) fn revoke(call: &Call, caller: &Caller) -> Outcome {
    let argument: Revoke = call.argument()?;
    let (link, _) = own(call, caller, &argument.url)?;
    locked(&call.world.shared_links).forget(&link.name)?;
    Ok(Reply::void())
}

/// A link of the caller's own.
fn own(call: &Call, caller: &Caller, url: &str) -> Result<(SharedLink, Placed), Failure> {
    let link = find(&call.world, url).ok_or_else(|| Failure::tag("shared_link_not_found"))?;
    if link.account != caller.account.id {
        return Err(Failure::tag("shared_link_access_denied"));
    }
    let placed = target(&call.world, &link).ok_or_else(|| Failure::tag("shared_link_not_found"))?;
    Ok((link, placed))
}

pub(super) fn list(call: &Call, caller: &Caller) -> Outcome {
    let argument: List = call.argument()?;
    let only = match argument.path.as_deref().filter(|path| !path.is_empty()) {
        Some(path) => Some(shareable(&caller.view, path)?.0),
        None => None,
    };
    let direct_only = argument.direct_only.unwrap_or_default();
    // A link to a folder shows what is in it too.
    let concerns = |lower: &str| match &only {
        None => true,
        Some(path) => lower == path || (!direct_only && path::is_below(path, lower)),
    };
    let skip = argument.cursor.map_or(Ok(0), |cursor| skipped(call, caller, &cursor))?;
    let frame = caller.view.frame();
    let all = links_of(call, caller);
    let mut fitting = all.iter().filter(|(_, placed)| concerns(&placed.0)).skip(skip);
    let links: Vec<Value> = fitting
        .by_ref()
        .take(LINKS_ON_A_PAGE)
        .map(|(link, placed)| described(&call.world, link, placed, Some(frame)))
        .collect();
    let mut answer = json!({ "links": links, "has_more": false });
    if let (Some(_), Some(fields)) = (fitting.next(), answer.as_object_mut()) {
        let cursor = Cursor { account: caller.account.id.clone(), skip: skip + LINKS_ON_A_PAGE };
        fields.insert("has_more".to_owned(), json!(true));
        let cursor = call.world.key.seal(Purpose::LinkList, &cursor);
        fields.insert("cursor".to_owned(), json!(cursor));
    }
    Ok(Reply::json(&answer))
}

fn skipped(call: &Call, caller: &Caller, cursor: &str) -> Result<usize, Failure> {
    let cursor: Option<Cursor> = call.world.key.open(Purpose::LinkList, cursor);
    let cursor = cursor.filter(|cursor| cursor.account == caller.account.id);
    cursor.map(|cursor| cursor.skip).ok_or_else(|| Failure::tag("reset"))
}

/// The links of the caller that lead somewhere from where they stand.
pub(super) fn links_of(call: &Call, caller: &Caller) -> Vec<(SharedLink, Placed)> {
    let links: Vec<SharedLink> =
        locked(&call.world.shared_links).of(&caller.account.id).cloned().collect();
    let root = &caller.view.root;
    let led = links.into_iter().filter_map(|link| {
        let placed = target(&call.world, &link)?;
        Some((link, placed))
    });
    led.filter(|(_, placed)| root.is_empty() || path::is_below(&placed.0, root)).collect()
}
