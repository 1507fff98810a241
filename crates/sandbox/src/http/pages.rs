//! Lists in pages. Which list it is, whose, of what, and how much of it was told, travels in the
//! cursor, so that nothing has to be remembered for it.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::call::{Call, Caller};
use super::failure::Failure;
use crate::seal::Purpose;

/// What of a list was not told yet.
#[derive(Serialize, Deserialize)]
pub(super) struct Rest {
    list: String,
    account: String,
    /// Of what it is the list, where there are several of its kind.
    pub(super) about: String,
    limit: usize,
    told: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Continue {
    cursor: String,
}

impl Rest {
    /// All of it. Pages have up to `limit` entries.
    pub(super) fn all(list: &str, caller: &Caller, about: &str, limit: usize) -> Self {
        let account = caller.account.id.clone();
        Self { list: list.to_owned(), account, about: about.to_owned(), limit, told: 0 }
    }

    /// What the cursor says that a call has as its argument. It has to be of this list.
    pub(super) fn of(list: &str, call: &Call, caller: &Caller) -> Result<Self, Failure> {
        let Continue { cursor } = call.argument()?;
        let rest: Option<Self> = call.world.key.open(Purpose::List, &cursor);
        let ours = rest.filter(|rest| rest.list == list && rest.account == caller.account.id);
        ours.ok_or_else(|| Failure::tag("invalid_cursor"))
    }

    /// The next page, and the cursor of what comes after it, if there is more.
    pub(super) fn page<T>(mut self, call: &Call, all: Vec<T>) -> (Vec<T>, Option<String>) {
        let end = self.told.saturating_add(self.limit);
        let more = end < all.len();
        let page = all.into_iter().skip(self.told).take(self.limit).collect();
        self.told = end;
        (page, more.then(|| call.world.key.seal(Purpose::List, &self)))
    }

    /// The next page as most lists tell it: the cursor is missing on the last one.
    pub(super) fn entries(self, call: &Call, all: Vec<Value>) -> Value {
        let (entries, cursor) = self.page(call, all);
        with_cursor(json!({ "entries": entries }), cursor)
    }

    /// The same of members; those without an account come last.
    pub(super) fn members(self, call: &Call, all: Members) -> Value {
        let users = all.users.into_iter().map(|user| (true, user));
        let all = users.chain(all.invitees.into_iter().map(|invitee| (false, invitee)));
        let (page, cursor) = self.page(call, all.collect());
        let (users, invitees): (Vec<_>, Vec<_>) = page.into_iter().partition(|(user, _)| *user);
        let all = Members {
            users: users.into_iter().map(|(_, user)| user).collect(),
            invitees: invitees.into_iter().map(|(_, invitee)| invitee).collect(),
        };
        with_cursor(all.described(), cursor)
    }
}

/// Who has something.
pub(super) struct Members {
    pub(super) users: Vec<Value>,
    pub(super) invitees: Vec<Value>,
}

impl Members {
    pub(super) fn described(&self) -> Value {
        json!({ "users": self.users, "groups": [], "invitees": self.invitees })
    }
}

fn with_cursor(mut answer: Value, cursor: Option<String>) -> Value {
    if let (Some(cursor), Some(fields)) = (cursor, answer.as_object_mut()) {
        fields.insert("cursor".to_owned(), json!(cursor));
    }
    answer
}
