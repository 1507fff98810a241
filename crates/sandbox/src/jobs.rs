//! Work that a client asked to be done later. It is done at once all the same; what is kept is the
//! outcome, until somebody asks for it.

use std::collections::{HashMap, VecDeque};

use serde_json::Value;

const JOBS_KEPT_MAX: usize = 10_000;

/// Outcomes by job, the oldest forgotten first.
#[derive(Default)]
pub(crate) struct Jobs {
    outcomes: HashMap<String, (String, Value)>,
    order: VecDeque<String>,
}

impl Jobs {
    /// `outcome` is what a check of the job answers to its owner.
    pub(crate) fn keep(&mut self, id: String, account: &str, outcome: Value) {
        if self.order.len() == JOBS_KEPT_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.outcomes.remove(&oldest);
        }
        self.order.push_back(id.clone());
        self.outcomes.insert(id, (account.to_owned(), outcome));
    }

    pub(crate) fn outcome(&self, id: &str, account: &str) -> Option<&Value> {
        self.outcomes.get(id).filter(|(owner, _)| owner == account).map(|(_, outcome)| outcome)
    }
}
