//! The page at the root: accounts, what is in them, connected apps, recent requests.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::apps::{App, connected};
use super::page::html;
use crate::account::{Account, Place};
use crate::faults::{Pages, Quirks};
use crate::identifier::NodeId;
use crate::namespace::{Entry, Position, Scope};
use crate::request_log::Request;
use crate::world::{World, locked};

const ENTRIES_SHOWN_MAX: usize = 20;
const REQUESTS_SHOWN_MAX: usize = 20;

#[derive(Template)]
#[template(path = "home.html")]
struct Home {
    url: String,
    /// What is not as usual today, a sentence each.
    troubles: Vec<String>,
    accounts: Vec<Shown>,
    requests: Vec<Request>,
}

struct Shown {
    name: String,
    initials: String,
    email: String,
    id: String,
    place: String,
    files: u64,
    entries: Vec<Named>,
    more: bool,
    apps: Vec<App>,
}

struct Named {
    name: String,
    is_folder: bool,
}

pub(super) async fn page(State(world): State<Arc<World>>) -> Response {
    let accounts = world.accounts.iter().map(|account| shown(&world, account)).collect();
    let requests = locked(&world.requests).latest().take(REQUESTS_SHOWN_MAX).cloned().collect();
    let troubles = troubles(&world);
    html(StatusCode::OK, &Home { url: world.url.to_string(), troubles, accounts, requests })
}

/// Bad days look like mistakes to those who don't know of them.
fn troubles(world: &World) -> Vec<String> {
    let days = locked(&world.bad_days);
    let (waiting, mut troubles) = (days.waiting().len(), Vec::new());
    if waiting > 0 {
        let plural = if waiting == 1 { "fault waits" } else { "faults wait" };
        troubles.push(format!("A bad day: {waiting} {plural} for the next calls."));
    }
    if *days.quirks() != Quirks::default() || days.pages() != Pages::default() {
        troubles.push("A bad day: pages or quirks are not as usual.".to_owned());
    }
    troubles
}

fn shown(world: &World, account: &Account) -> Shown {
    let (entries, more) = top(account);
    Shown {
        name: account.person.display_name(),
        initials: initials(account),
        email: account.person.email.clone(),
        id: account.id.clone(),
        place: match &account.place {
            Place::Disk(folder) => format!("the folder {}", folder.display()),
            Place::Computed => "no place: computed from a seed, with edits in memory".to_owned(),
            Place::Memory => "memory; gone when the sandbox stops".to_owned(),
        },
        files: account.namespace().files(),
        entries,
        more,
        apps: connected(world, &account.id),
    }
}

fn initials(account: &Account) -> String {
    let person = &account.person;
    let first = |name: &str| name.chars().next();
    [first(&person.given_name), first(&person.surname)].into_iter().flatten().collect()
}

fn top(account: &Account) -> (Vec<Named>, bool) {
    let scope = Scope {
        is_root: true,
        folder: NodeId::ROOT,
        path: String::new(),
        recursive: false,
        include_deleted: false,
    };
    let mut names = Vec::new();
    let mut visit = |entry: Entry<'_>| {
        if let Entry::Present(item) = entry {
            let name = item.node.name().to_owned();
            names.push(Named { name, is_folder: item.node.is_folder() });
        }
    };
    let start = Position::Listing { since: 0, after: None };
    let slice = account.namespace().slice(&scope, &start, ENTRIES_SHOWN_MAX, &mut visit);
    (names, slice.is_ok_and(|slice| slice.has_more))
}
