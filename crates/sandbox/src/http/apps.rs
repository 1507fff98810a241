//! The page where a person sees which apps may use their account, and disconnects them.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;

use super::page::{html, redirect};
use super::session::{signed_in, to_sign_in};
use crate::access::Permission;
use crate::account::Account;
use crate::clock;
use crate::seal::Purpose;
use crate::world::{World, locked};

const PATH: &str = "/account/connected_apps";

#[derive(Template)]
#[template(path = "connected_apps.html")]
struct ConnectedApps<'a> {
    account: &'a Account,
    apps: Vec<App>,
    form: String,
    /// The name of an app that was disconnected just now.
    disconnected: Option<String>,
}

/// An app with everything that one person granted it.
pub(super) struct App {
    pub(super) key: String,
    pub(super) name: String,
    pub(super) since: String,
    pub(super) permissions: Vec<Permission>,
}

#[derive(Deserialize)]
pub(super) struct Done {
    disconnected: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Disconnect {
    form: String,
    app: String,
}

pub(super) async fn page(
    State(world): State<Arc<World>>,
    Query(done): Query<Done>,
    headers: HeaderMap,
) -> Response {
    let Some(account) = signed_in(&world, &headers) else { return to_sign_in(PATH) };
    let template = ConnectedApps {
        account,
        apps: connected(&world, &account.id),
        form: world.key.seal(Purpose::Form, &account.id),
        disconnected: done.disconnected.map(|key| world.app_name(&key)),
    };
    html(StatusCode::OK, &template)
}

pub(super) async fn disconnect(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    Form(disconnect): Form<Disconnect>,
) -> Response {
    let asked: Option<String> = world.key.open(Purpose::Form, &disconnect.form);
    let account = signed_in(&world, &headers).filter(|account| asked.as_ref() == Some(&account.id));
    let Some(account) = account else { return to_sign_in(PATH) };
    let fits =
        |grant: &crate::access::Grant| grant.account == account.id && grant.app == disconnect.app;
    if let Err(error) = world.revoke(fits) {
        tracing::error!(error = %error, "the sandbox could not record that an app was disconnected");
    }
    let app: String = url::form_urlencoded::byte_serialize(disconnect.app.as_bytes()).collect();
    redirect(StatusCode::SEE_OTHER, &format!("{PATH}?disconnected={app}"))
}

/// The apps of one account, by key.
pub(super) fn connected(world: &World, account: &str) -> Vec<App> {
    let access = locked(&world.access);
    let mut apps = BTreeMap::new();
    for grant in access.live().filter(|grant| grant.account == account) {
        let app = apps.entry(grant.app.clone()).or_insert_with(|| App {
            key: grant.app.clone(),
            name: world.app_name(&grant.app),
            since: clock::text(grant.at),
            permissions: Vec::new(),
        });
        app.permissions.extend(grant.permissions.iter());
        app.permissions.sort_unstable();
        app.permissions.dedup();
    }
    apps.into_values().collect()
}
