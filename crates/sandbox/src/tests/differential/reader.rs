//! Whoever follows one folder: a page at a time, on bad days too.

use axum::body::Bytes;
use axum::http::StatusCode;
use rand::RngExt;
use rand::rngs::SmallRng;
use serde::Deserialize;
use serde_json::json;

use super::operation::Place;
use super::replica::Replica;
use crate::tests::inside::Inside;
use crate::{Admin, Fault};

const LIST: &str = "files/list_folder";
const CONTINUE: &str = "files/list_folder/continue";
/// More than any listing here takes.
const PAGES_MAX: usize = 100_000;

#[derive(Debug, Deserialize)]
pub(super) struct Entry {
    #[serde(rename = ".tag")]
    pub(super) tag: String,
    pub(super) name: String,
    pub(super) path_lower: String,
    pub(super) id: Option<String>,
    pub(super) rev: Option<String>,
    pub(super) content_hash: Option<String>,
    pub(super) shared_folder_id: Option<String>,
}

#[derive(Deserialize)]
struct Page {
    entries: Vec<Entry>,
    cursor: String,
    has_more: bool,
}

/// A folder and how it is read. It need not be there.
#[derive(Clone, Debug)]
pub(super) struct Reader {
    path: String,
    recursive: bool,
    include_deleted: bool,
    limit: u32,
    known: Option<(Replica, Position)>,
}

#[derive(Clone, Debug)]
struct Position {
    cursor: String,
    has_more: bool,
}

impl Reader {
    pub(super) fn everything() -> Self {
        let path = String::new();
        Self { path, recursive: true, include_deleted: false, limit: 2_000, known: None }
    }

    pub(super) fn random(place: &Place, dice: &mut SmallRng) -> Self {
        let everything = dice.random_range(0..3) == 0;
        let limit = if dice.random() { dice.random_range(1..=9) } else { 2_000 };
        Self {
            path: if everything { String::new() } else { place.path(dice) },
            recursive: dice.random_range(0..3) != 0,
            include_deleted: dice.random_range(0..4) == 0,
            limit,
            known: None,
        }
    }

    /// Reads a page, perhaps in vain: the call fails, its answer is lost, or the reader forgets
    /// how far it got.
    pub(super) async fn step(&mut self, inside: &Inside, admin: &Admin, dice: &mut SmallRng) {
        if dice.random_range(0..16) == 0 {
            let status = [429, 500, 503][dice.random_range(0..3)];
            admin.inject(Fault::answer(self.route(), 1, status, ""));
        }
        let news = self.known.as_ref().filter(|(_, position)| !position.has_more);
        let news = news.map(|(_, position)| inside.has_news(&position.cursor));
        let (status, body) = self.ask(inside).await;
        match (status, dice.random_range(0..32)) {
            (StatusCode::OK, 0) => {}
            (StatusCode::OK, 1) => self.take_in_and_forget(&body),
            (StatusCode::OK, _) => {
                let told = self.take_in(&body);
                assert!(told == 0 || news != Some(false), "a longpoll kept news back: {self:?}");
            }
            (StatusCode::CONFLICT, _) => self.known = None,
            (status, _) => assert!(status.as_u16() >= 429, "{status}: {body:?}"),
        }
    }

    /// On a good day it ends where a fresh listing begins.
    pub(super) async fn check(&mut self, inside: &Inside) {
        let followed = self.finish(inside).await;
        let mut fresh = Self { limit: 2_000, known: None, ..self.clone() };
        assert_eq!(followed, fresh.finish(inside).await, "{self:?}");
    }

    /// Everything that can be known, entry by entry, for who begins now.
    pub(super) async fn list(mut self, inside: &Inside) -> Vec<Entry> {
        let mut entries = Vec::new();
        loop {
            let (status, body) = self.ask(inside).await;
            assert_eq!(status, StatusCode::OK, "{body:?}");
            let page: Page = serde_json::from_slice(&body).unwrap();
            entries.extend(page.entries);
            let position = Position { cursor: page.cursor, has_more: page.has_more };
            self.known = Some((Replica::default(), position));
            if !page.has_more {
                return entries;
            }
        }
    }

    /// Reads until a longpoll would wait; nothing where there is no folder.
    async fn finish(&mut self, inside: &Inside) -> Option<Replica> {
        let mut refusals = 0;
        for _ in 0..PAGES_MAX {
            let (status, body) = self.ask(inside).await;
            if status == StatusCode::CONFLICT {
                // First a cursor that counts no more, then a folder that is not there.
                refusals += 1;
                self.known = None;
            } else {
                self.take_in(&body);
            }
            let over = self.known.as_ref().is_some_and(|(_, position)| {
                !position.has_more && !inside.has_news(&position.cursor)
            });
            if over || refusals == 2 {
                break;
            }
        }
        self.known.take().map(|(replica, _)| replica)
    }

    fn route(&self) -> &'static str {
        if self.known.is_some() { CONTINUE } else { LIST }
    }

    async fn ask(&self, inside: &Inside) -> (StatusCode, Bytes) {
        let argument = match &self.known {
            Some((_, position)) => json!({ "cursor": position.cursor }),
            None => json!({
                "path": self.path,
                "recursive": self.recursive,
                "include_deleted": self.include_deleted,
                "limit": self.limit,
            }),
        };
        inside.call(self.route(), argument.to_string()).await
    }

    /// How many entries the page had.
    fn take_in(&mut self, body: &Bytes) -> usize {
        let page: Page = serde_json::from_slice(body).unwrap();
        let told = page.entries.len();
        let mut replica = self.known.take().map(|(replica, _)| replica).unwrap_or_default();
        replica.apply(page.entries);
        let position = Position { cursor: page.cursor, has_more: page.has_more };
        self.known = Some((replica, position));
        told
    }

    /// As after a crash between storing what a page says and storing its cursor.
    fn take_in_and_forget(&mut self, body: &Bytes) {
        let before = self.known.as_ref().map(|(_, position)| position.clone());
        self.take_in(body);
        match (before, &mut self.known) {
            (Some(before), Some((_, position))) => *position = before,
            _ => self.known = None,
        }
    }
}
