//! Files that others have shared with the caller by name: they are listed, described by their ids,
//! and given up.

use serde::Deserialize;
use serde_json::Value;

use super::file_members::{LISTED_MAX, LISTED_USUAL, OneFile, file, shape};
use crate::http::argument::{Union, between};
use crate::http::call::{Call, Caller};
use crate::http::failure::Failure;
use crate::http::pages::Rest;
use crate::http::reply::Reply;
use crate::http::routes::Outcome;
use crate::identifier::NodeId;
use crate::shared_folders::Access;
use crate::world::{World, locked};

const LIST: &str = "received files";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Received {
    limit: Option<usize>,
    #[serde(rename = "actions")]
    _actions: Option<Vec<Union>>,
}

pub(super) fn list(call: &Call, caller: &Caller) -> Outcome {
    let argument: Received = call.argument()?;
    let limit = argument.limit.unwrap_or(LISTED_USUAL);
    between("limit", limit, 1, LISTED_MAX)?;
    Ok(page(call, caller, Rest::all(LIST, caller, "", limit)))
}

pub(super) fn go_on(call: &Call, caller: &Caller) -> Outcome {
    Ok(page(call, caller, Rest::of(LIST, call, caller)?))
}

fn page(call: &Call, caller: &Caller, rest: Rest) -> Reply {
    let keys = keys_of_received(&call.world, caller);
    let all = keys.iter().filter_map(|key| received_shape(&call.world, key)).collect();
    Reply::json(&rest.entries(call, all))
}

/// Whoever has a file in their own tree can't give up its membership.
pub(super) fn relinquish(call: &Call, caller: &Caller) -> Outcome {
    let argument: OneFile = call.argument()?;
    if give_up(&call.world, caller, &argument.file)? {
        return Ok(Reply::void());
    }
    file(caller, &argument.file)?;
    Err(Failure::tag("no_permission"))
}

/// Takes the caller out of those with whom a file is shared. Whether they were among them.
pub(super) fn give_up(world: &World, caller: &Caller, address: &str) -> Result<bool, Failure> {
    let Some(key) = received_as(world, caller, address) else { return Ok(false) };
    let mut all = locked(&world.file_members);
    all.change(&key, |members| members.retain(|(whom, _)| *whom != caller.account.id))?;
    Ok(true)
}

/// What others have shared with the caller: whose it is, and the file.
fn keys_of_received(world: &World, caller: &Caller) -> Vec<(String, NodeId)> {
    let all = locked(&world.file_members);
    let has = |members: &[(String, Access)]| members.iter().any(|(id, _)| *id == caller.account.id);
    let ours = all.rows().iter().filter(|(_, members)| has(members));
    ours.map(|(key, _)| key.clone()).collect()
}

pub(super) fn received_as(
    world: &World,
    caller: &Caller,
    address: &str,
) -> Option<(String, NodeId)> {
    let id = NodeId::parse(address.strip_prefix("id:")?)?;
    keys_of_received(world, caller).into_iter().find(|(_, file)| *file == id)
}

pub(super) fn received_shape(world: &World, (owner, id): &(String, NodeId)) -> Option<Value> {
    let account = world.account(owner)?;
    let name = account.namespace().by_id(*id)?.node.name().to_owned();
    Some(shape(*id, &name, Access::Viewer, &account.person.display_name()))
}
