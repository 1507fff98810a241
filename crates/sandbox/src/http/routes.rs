//! What a route of the API is: its name, its host, its style, what a token must allow, and who answers. The
//! tables are with the answers, one for each part of the API.

use super::call::{Call, Caller};
use super::failure::Failure;
use super::reply::Reply;
use super::{
    account_routes, file_requests, files, former_tokens, paper, people, properties, riviera,
    sharing, users,
};
use crate::access::Permission;
use crate::host::Host;

pub(super) type Outcome = Result<Reply, Failure>;

pub(super) struct Route {
    pub(super) path: &'static str,
    /// Where it lives; elsewhere it is unknown.
    host: Host,
    pub(super) style: Style,
    pub(super) desk: Desk,
}

/// Where the argument and the content are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// The argument is the body.
    Rpc,
    /// The argument is in a header, the body is content.
    Upload,
    /// The argument is in a header, the content comes back.
    Download,
}

/// Who answers, and what is checked before.
pub(super) enum Desk {
    /// A token, with a permission if one is named.
    Token(Option<Permission>, fn(&Call, &Caller) -> Outcome),
    /// A token, or an app by its key and secret: for what needs no account.
    Either(Permission, fn(&Call, Option<&Caller>) -> Outcome),
    /// An app by its key and secret.
    App(fn(&Call) -> Outcome),
    /// Nothing is checked, and the answer may take its time.
    Longpoll,
}

pub(super) fn find(path: &str) -> Option<&'static Route> {
    all().find(|route| route.path == path)
}

fn all() -> impl Iterator<Item = &'static Route> {
    TABLE.iter().flat_map(|part| part.iter())
}

/// The names of all routes of the API that a sandbox answers: `files/list_folder`.
pub fn routes() -> impl Iterator<Item = &'static str> {
    all().map(|route| route.path)
}

pub(super) type Answer = fn(&Call, &Caller) -> Outcome;

pub(super) const fn rpc(path: &'static str, needed: Permission, answer: Answer) -> Route {
    Route::new(path, Style::Rpc, Desk::Token(Some(needed), answer))
}

pub(super) const fn upload(path: &'static str, needed: Permission, answer: Answer) -> Route {
    Route::new(path, Style::Upload, Desk::Token(Some(needed), answer))
}

pub(super) const fn download(path: &'static str, needed: Permission, answer: Answer) -> Route {
    Route::new(path, Style::Download, Desk::Token(Some(needed), answer))
}

impl Route {
    /// A route on the host of its style: content goes to and comes from a host of its own.
    pub(super) const fn new(path: &'static str, style: Style, desk: Desk) -> Self {
        let host = match (&desk, style) {
            (Desk::Longpoll, _) => Host::Notify,
            (_, Style::Rpc) => Host::Api,
            (_, Style::Upload | Style::Download) => Host::Content,
        };
        Self { path, host, style, desk }
    }

    /// The same on a host that its style does not tell.
    pub(super) const fn on(self, host: Host) -> Self {
        Self { host, ..self }
    }
}

/// Where a route of the API lives. Names that are none are unknown on the host for all others.
pub(super) fn host_of(path: &str) -> Host {
    find(path).map_or(Host::Api, |route| route.host)
}

const TABLE: [&[Route]; 10] = [
    files::ROUTES,
    sharing::ROUTES,
    users::ROUTES,
    file_requests::ROUTES,
    properties::ROUTES,
    account_routes::ROUTES,
    former_tokens::ROUTES,
    paper::ROUTES,
    riviera::ROUTES,
    PEOPLE,
];

const PEOPLE: &[Route] = {
    use Permission::AccountInfoRead;
    &[
        rpc("users/get_current_account", AccountInfoRead, people::current_account),
        Route::new("auth/token/revoke", Style::Rpc, Desk::Token(None, people::revoke)),
        rpc("check/user", AccountInfoRead, people::check_user),
        Route::new("check/app", Style::Rpc, Desk::App(people::check_app)),
    ]
};

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::tests::Inside;

    fn all() -> impl Iterator<Item = &'static Route> {
        TABLE.iter().flat_map(|part| part.iter())
    }

    #[test]
    fn every_route_is_there_once() {
        let names: BTreeSet<_> = all().map(|route| route.path).collect();
        assert_eq!(names.len(), all().count());
    }

    #[tokio::test]
    async fn every_route_wants_the_permission_that_it_names() {
        let sandbox = crate::Sandbox::start(crate::Options::default()).await.unwrap();
        for route in all() {
            let (Desk::Token(Some(needed), _) | Desk::Either(needed, _)) = &route.desk else {
                continue;
            };
            let inside = Inside::without(&sandbox, *needed);
            let (status, body) = inside.call(route.path, String::new()).await;
            let answer = String::from_utf8_lossy(&body).into_owned();
            assert_eq!(status, 401, "{}: {answer}", route.path);
            let scope = format!("\"required_scope\":\"{}\"", needed.scope());
            assert!(answer.contains(&scope), "{}: {answer}", route.path);
        }
    }
}
