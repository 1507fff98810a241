//! `users/…` beside the account of the caller: other people, room, and what an account can do.

use serde::Deserialize;
use serde_json::{Value, json};

use super::argument::Union;
use super::call::{Call, Caller};
use super::failure::Failure;
use super::reply::Reply;
use super::routes::{Outcome, Route, rpc};
use crate::access::Permission::{AccountInfoRead, SharingRead};
use crate::account::Account;

/// What an account may fill: more than any test does.
const ALLOCATED_BYTES: u64 = 2 * 1024 * 1024 * 1024 * 1024;

pub(super) const ROUTES: &[Route] = &[
    rpc("users/get_account", SharingRead, get_account),
    rpc("users/get_account_batch", SharingRead, get_accounts),
    rpc("users/get_space_usage", AccountInfoRead, space_usage),
    rpc("users/features/get_values", AccountInfoRead, features),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GetAccount {
    account_id: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GetAccounts {
    account_ids: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Features {
    features: Vec<Union>,
}

fn get_account(call: &Call, caller: &Caller) -> Outcome {
    let argument: GetAccount = call.argument()?;
    check_id("account_id", &argument.account_id)?;
    let account = call.world.account(&argument.account_id);
    let account = account.ok_or_else(|| Failure::tag("no_account"))?;
    Ok(Reply::json(&basic(caller, account)))
}

fn get_accounts(call: &Call, caller: &Caller) -> Outcome {
    let argument: GetAccounts = call.argument()?;
    if argument.account_ids.is_empty() {
        return Err(Failure::Argument("account_ids: minimum item count is 1".to_owned()));
    }
    let account = |id: &String| {
        check_id("account_ids", id)?;
        let nobody = || Failure::Endpoint(json!({ ".tag": "no_account", "no_account": id }));
        let account = call.world.account(id).ok_or_else(nobody)?;
        Ok(basic(caller, account))
    };
    let accounts = argument.account_ids.iter().map(account).collect::<Result<Vec<_>, Failure>>()?;
    Ok(Reply::json(&accounts))
}

fn check_id(field: &str, id: &str) -> Result<(), Failure> {
    let length = id.chars().count();
    if length == 40 {
        return Ok(());
    }
    let bound = if length < 40 { "at least" } else { "at most" };
    let text = format!("{field}: '{id}' must be {bound} 40 characters, got {length}");
    Err(Failure::Argument(text))
}

/// Dropbox's `BasicAccount`: what somebody may know of somebody else.
fn basic(caller: &Caller, account: &Account) -> Value {
    let is_teammate = account.id == caller.account.id || account.is_teammate_of(&caller.account);
    let mut answer = json!({
        "account_id": account.id,
        "name": name(account),
        "email": account.person.email,
        "email_verified": true,
        "disabled": false,
        "is_teammate": is_teammate,
    });
    if let (Some(id), Some(fields)) = (account.team_member_id(), answer.as_object_mut()) {
        fields.insert("team_member_id".to_owned(), json!(id));
    }
    answer
}

pub(super) fn name(account: &Account) -> Value {
    let person = &account.person;
    let initial = |name: &str| name.chars().next().map(String::from).unwrap_or_default();
    json!({
        "given_name": person.given_name,
        "surname": person.surname,
        "familiar_name": person.given_name,
        "display_name": person.display_name(),
        "abbreviated_name": initial(&person.given_name) + &initial(&person.surname),
    })
}

fn space_usage(call: &Call, caller: &Caller) -> Outcome {
    call.no_argument()?;
    let used = caller.account.namespace().bytes();
    let allocation = if caller.account.has_team() {
        json!({
            ".tag": "team",
            "used": used,
            "allocated": ALLOCATED_BYTES,
            "user_within_team_space_allocated": 0,
            "user_within_team_space_limit_type": { ".tag": "off" },
            "user_within_team_space_used_cached": used,
        })
    } else {
        json!({ ".tag": "individual", "allocated": ALLOCATED_BYTES })
    };
    Ok(Reply::json(&json!({ "used": used, "allocation": allocation })))
}

fn features(call: &Call, caller: &Caller) -> Outcome {
    let argument: Features = call.argument()?;
    if argument.features.is_empty() {
        return Err(Failure::tag("empty_features_list"));
    }
    let has_team = caller.account.has_team();
    let value = |feature: &Union| {
        let enabled = match feature.tag.as_str() {
            "paper_as_files" | "file_locking" => true,
            "team_shared_dropbox" | "distinct_member_home" => has_team,
            _ => return json!({ ".tag": "other" }),
        };
        let value = json!({ ".tag": "enabled", "enabled": enabled });
        json!({ ".tag": feature.tag, feature.tag.as_str(): value })
    };
    let values: Vec<Value> = argument.features.iter().map(value).collect();
    Ok(Reply::json(&json!({ "values": values })))
}
