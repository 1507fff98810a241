//! `account/…` and `contacts/…`, of which the sandbox has nothing and says so, and `openid/userinfo`.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::argument::Union;
use super::call::{Call, Caller};
use super::failure::Failure;
use super::reply::Reply;
use super::routes::{Outcome, Route, download, rpc};
use crate::access::Permission::{
    AccountInfoRead, AccountInfoWrite, ContactsWrite, Email, OpenId, Profile,
};

const ISSUER: &str = "https://www.dropbox.com";

pub(super) const ROUTES: &[Route] = &[
    rpc("account/set_profile_photo", AccountInfoWrite, set_photo),
    rpc("account/delete_profile_photo", AccountInfoWrite, delete_photo),
    download("account/get_photo", AccountInfoRead, photo),
    rpc("contacts/delete_manual_contacts", ContactsWrite, delete_contacts),
    rpc("contacts/delete_manual_contacts_batch", ContactsWrite, delete_some_contacts),
    rpc("openid/userinfo", OpenId, user_info),
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
    let _argument: NoParameters = call.argument()?;
    Ok(Reply::json(&json!({})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "every field that Dropbox takes is named, whether it matters here")]
struct GetPhoto {
    dbx_account_id: String,
    size: String,
    circle_crop: bool,
    expect_account_photo: bool,
}

fn photo(call: &Call, _caller: &Caller) -> Outcome {
    let argument: GetPhoto = call.argument()?;
    let is_expected = argument.expect_account_photo;
    let missing =
        if is_expected { "expected_account_photo_missing" } else { "account_photo_missing" };
    Err(Failure::tag(missing))
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

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct NoParameters {}

/// As much as the scopes of the token tell.
fn user_info(call: &Call, caller: &Caller) -> Outcome {
    if call.no_argument().is_err() {
        let _argument: NoParameters = call.argument()?;
    }
    let person = &caller.account.person;
    let mut told = Map::new();
    let mut tell = |name: &str, value: Value| told.insert(name.to_owned(), value);
    if caller.permissions.has(Profile) {
        tell("family_name", json!(person.surname));
        tell("given_name", json!(person.given_name));
    }
    if caller.permissions.has(Email) {
        tell("email", json!(person.email));
        tell("email_verified", json!(true));
    }
    tell("iss", json!(ISSUER));
    tell("sub", json!(caller.account.id));
    Ok(Reply::json(&told))
}
