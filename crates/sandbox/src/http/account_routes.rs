//! `account/…`, `contacts/…`, `openid/…` and `auth/token/from_oauth1`: what the sandbox has nothing
//! of, it says it has nothing of.

use serde::Deserialize;
use serde_json::{Value, json};

use super::argument::Union;
use super::call::{Call, Caller};
use super::failure::Failure;
use super::reply::Reply;
use super::routes::{Desk, Outcome, Route, Style, download, rpc};
use crate::access::Permission::{AccountInfoRead, AccountInfoWrite, ContactsWrite};

pub(super) const ROUTES: &[Route] = &[
    rpc("account/set_profile_photo", AccountInfoWrite, set_photo),
    rpc("account/delete_profile_photo", AccountInfoWrite, delete_photo),
    download("account/get_photo", AccountInfoRead, photo),
    rpc("contacts/delete_manual_contacts", ContactsWrite, delete_contacts),
    rpc("contacts/delete_manual_contacts_batch", ContactsWrite, delete_some_contacts),
    Route { path: "openid/userinfo", style: Style::Rpc, desk: Desk::Token(None, user_info) },
    Route { path: "auth/token/from_oauth1", style: Style::Rpc, desk: Desk::App(from_oauth1) },
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetPhoto {
    photo: Union,
}

/// The picture is not looked at, and not kept.
fn set_photo(call: &Call, _caller: &Caller) -> Outcome {
    let argument: SetPhoto = call.argument()?;
    if argument.photo.tag != "base64_data" {
        return Err(Failure::Argument(format!("photo: {}", argument.photo.unknown())));
    }
    Err(Failure::tag("file_type_error"))
}

fn delete_photo(call: &Call, _caller: &Caller) -> Outcome {
    let _argument: Value = call.argument()?;
    Ok(Reply::json(&json!({})))
}

fn photo(call: &Call, _caller: &Caller) -> Outcome {
    let _argument: Value = call.argument()?;
    Err(Failure::tag("account_photo_missing"))
}

fn delete_contacts(call: &Call, _caller: &Caller) -> Outcome {
    call.no_argument()?;
    Ok(Reply::void())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Contacts {
    email_addresses: Vec<String>,
}

fn delete_some_contacts(call: &Call, _caller: &Caller) -> Outcome {
    let argument: Contacts = call.argument()?;
    if argument.email_addresses.is_empty() {
        return Ok(Reply::void());
    }
    let missing = argument.email_addresses;
    Err(Failure::Endpoint(json!({ ".tag": "contacts_not_found", "contacts_not_found": missing })))
}

/// No app has a scope to be told this by.
fn user_info(_call: &Call, _caller: &Caller) -> Outcome {
    Err(Failure::under("openid_error", &json!({ ".tag": "incorrect_openid_scopes" })))
}

fn from_oauth1(call: &Call) -> Outcome {
    let _argument: Value = call.argument()?;
    Err(Failure::tag("invalid_oauth1_token_info"))
}
