//! `auth/token/from_oauth1`: tokens from before OAuth 2, which apps may still have, and what they are
//! exchanged for. The administration makes them; here they open nothing but this.

use axum::http::header;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::call::Call;
use super::failure::Failure;
use super::people::{basic, names_an_app};
use super::reply::Reply;
use super::routes::{Desk, Outcome, Route, Style};
use crate::access::{Consent, Permissions};
use crate::seal::Purpose;
use crate::world::World;

pub(super) const ROUTES: &[Route] =
    &[Route::new("auth/token/from_oauth1", Style::Rpc, Desk::App(exchange))];

/// What a former token says under its seal.
#[derive(Serialize, Deserialize)]
pub(super) struct FormerLink {
    pub(super) app: String,
    pub(super) account: String,
}

/// A token and its secret, as an app of those days had them.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FormerToken {
    oauth1_token: String,
    oauth1_token_secret: String,
}

impl FormerToken {
    pub(super) fn of(world: &World, link: &FormerLink) -> Self {
        let oauth1_token = world.key.seal(Purpose::FormerToken, link);
        let oauth1_token_secret = world.key.seal(Purpose::FormerSecret, &oauth1_token);
        Self { oauth1_token, oauth1_token_secret }
    }

    fn link(&self, world: &World) -> Option<FormerLink> {
        let token: String = world.key.open(Purpose::FormerSecret, &self.oauth1_token_secret)?;
        let is_of_it = token == self.oauth1_token;
        world.key.open(Purpose::FormerToken, &self.oauth1_token).filter(|_| is_of_it)
    }
}

/// The token is good for everything that is enabled for the app, and as long as any other.
fn exchange(call: &Call) -> Outcome {
    let world = &call.world;
    if !names_an_app(world, &call.headers)? {
        return Err(Failure::unauthorized("invalid_access_token"));
    }
    let argument: FormerToken = call.argument()?;
    let link = argument.link(world).ok_or_else(|| Failure::tag("invalid_oauth1_token_info"))?;
    let value = call.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let app = value.and_then(basic).and_then(|(key, _)| world.app(&key));
    let app =
        app.filter(|app| app.key == link.app).ok_or_else(|| Failure::tag("app_id_mismatch"))?;
    let permissions = Permissions::enabled(&app);
    let consent = Consent { app: app.key, account: link.account, permissions, with_pkce: false };
    let grant = world.grant(consent)?;
    let token = world.access_token(&grant, grant.permissions.clone());
    Ok(Reply::json(&json!({ "oauth2_token": token })))
}
