//! What a route of the API is: its name, its style, what a token must allow, and who answers. The
//! tables are with the answers, one for each part of the API.

use super::call::{Call, Caller};
use super::failure::Failure;
use super::reply::Reply;
use super::{files, people, sharing, users};
use crate::access::Permission;

pub(super) type Outcome = Result<Reply, Failure>;

pub(super) struct Route {
    pub(super) path: &'static str,
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
    /// Nothing is checked, and the answer takes its time.
    Longpoll,
}

pub(super) fn find(path: &str) -> Option<&'static Route> {
    TABLE.iter().flat_map(|part| part.iter()).find(|route| route.path == path)
}

pub(super) type Answer = fn(&Call, &Caller) -> Outcome;

pub(super) const fn rpc(path: &'static str, needed: Permission, answer: Answer) -> Route {
    Route { path, style: Style::Rpc, desk: Desk::Token(Some(needed), answer) }
}

pub(super) const fn upload(path: &'static str, needed: Permission, answer: Answer) -> Route {
    Route { path, style: Style::Upload, desk: Desk::Token(Some(needed), answer) }
}

pub(super) const fn download(path: &'static str, needed: Permission, answer: Answer) -> Route {
    Route { path, style: Style::Download, desk: Desk::Token(Some(needed), answer) }
}

const TABLE: [&[Route]; 4] = [files::ROUTES, sharing::ROUTES, users::ROUTES, PEOPLE];

const PEOPLE: &[Route] = {
    use Permission::AccountInfoRead;
    &[
        rpc("users/get_current_account", AccountInfoRead, people::current_account),
        Route {
            path: "auth/token/revoke",
            style: Style::Rpc,
            desk: Desk::Token(None, people::revoke),
        },
        rpc("check/user", AccountInfoRead, people::check_user),
        Route { path: "check/app", style: Style::Rpc, desk: Desk::App(people::check_app) },
    ]
};
