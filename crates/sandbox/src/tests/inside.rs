//! A client without sockets: the same routes, called in this process.

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{Request, StatusCode};
use futures_util::FutureExt;
use serde_json::Value;

use crate::access::{Consent, Permission, Permissions};
use crate::{Sandbox, http};

const SCOPE: &str = "account_info.read files.content.read files.content.write \
                     files.metadata.read files.metadata.write sharing.read sharing.write";

/// Somebody who may do everything with an account.
pub(crate) struct Inside {
    router: Router,
    authorization: String,
}

impl Inside {
    pub(super) fn of(sandbox: &Sandbox) -> Self {
        Self::as_person(sandbox, 0)
    }

    /// One of the people, by their place among all.
    pub(super) fn as_person(sandbox: &Sandbox, person: usize) -> Self {
        Self::allowed(sandbox, person, Permissions::parse(SCOPE).unwrap())
    }

    /// Somebody who may do everything but one thing.
    pub(crate) fn without(sandbox: &Sandbox, permission: Permission) -> Self {
        let all = Permissions::all();
        let scopes = all.iter().filter(|other| *other != permission).map(Permission::scope);
        let scopes: Vec<_> = scopes.collect();
        Self::allowed(sandbox, 0, Permissions::parse(&scopes.join(" ")).unwrap())
    }

    fn allowed(sandbox: &Sandbox, person: usize, permissions: Permissions) -> Self {
        let world = sandbox.world();
        let consent = Consent {
            app: "inside".to_owned(),
            account: world.accounts[person].id.clone(),
            permissions: permissions.clone(),
            with_pkce: false,
        };
        let grant = world.grant(consent).unwrap();
        let token = world.access_token(&grant, permissions);
        let router = http::router(std::sync::Arc::clone(world));
        Self { router, authorization: format!("Bearer {token}") }
    }

    pub(crate) async fn call(&self, route: &str, argument: String) -> (StatusCode, Bytes) {
        let request = Request::post(format!("/2/{route}"))
            .header("host", "127.0.0.1")
            .header("content-type", "application/json")
            .header("authorization", &self.authorization);
        let request = request.body(Body::from(argument)).unwrap();
        let response = http::answer(&self.router, request).await;
        let status = response.status();
        (status, to_bytes(response.into_body(), usize::MAX).await.unwrap())
    }

    /// What a call that has to succeed answers; whatever it says where it does not.
    pub(super) async fn json(&self, route: &str, argument: Value) -> Result<Value, String> {
        let (status, body) = self.call(route, argument.to_string()).await;
        match status {
            StatusCode::OK => Ok(serde_json::from_slice(&body).unwrap()),
            StatusCode::CONFLICT => Err(String::from_utf8_lossy(&body).into_owned()),
            _ => panic!("{route} {argument}: {status} {body:?}"),
        }
    }

    /// Whether a longpoll of this cursor answers without waiting.
    pub(super) fn has_news(&self, cursor: &str) -> bool {
        let argument = serde_json::json!({ "cursor": cursor, "timeout": 480 }).to_string();
        let request = Request::post("/2/files/list_folder/longpoll").header("host", "127.0.0.1");
        let request = request.header("content-type", "application/json");
        let request = request.body(Body::from(argument)).unwrap();
        http::answer(&self.router, request).now_or_never().is_some()
    }
}
