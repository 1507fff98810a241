//! Subjects: other tenancies as one knows them. The subject of all zeros is the tenancy itself; what it
//! shows under `wallet_pub_key` is what others enter to name it, and a subject is confirmed once both
//! have named each other.

use ledger::{IamId, IamItem, IamKind, TenancyId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    iam::{Kept, checked_name},
    tenant,
};
use crate::{State, error::Error};

const KEYS_MAX: usize = 16;
const KEY_CHARS_MAX: usize = 1_024;

const SELF_IS_FIXED: Error = Error::Protocol {
    status: http::StatusCode::FORBIDDEN,
    code: "subject_is_self",
    message: "This subject is your own tenancy, which nobody can change or delete here. Rename the \
              tenancy under Settings instead.",
};

/// A subject, as it is written and as it is kept.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "SubjectToMake")]
pub(crate) struct Subject {
    display_name: String,
    #[serde(default)]
    wallet_pub_key: Vec<String>,
    #[serde(default)]
    tessera_pub_key: Vec<String>,
}

/// What of a subject is changed.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "SubjectChange")]
pub(crate) struct ToChange {
    display_name: Option<String>,
    wallet_pub_key: Option<Vec<String>>,
    tessera_pub_key: Option<Vec<String>>,
}

/// Another tenancy as one knows it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Subject")]
pub(crate) struct SubjectBody {
    identity: String,
    display_name: String,
    wallet_pub_key: Vec<String>,
    wallet_address: Vec<String>,
    tessera_pub_key: Vec<String>,
    tenant: String,
    confirmation_status: &'static str,
}

/// A page of a list of subjects.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Subjects {
    subjects: Vec<SubjectBody>,
    next_page_token: String,
}

impl Subject {
    /// The tenancy that its first key names, if it names one.
    pub(super) fn names(&self) -> Option<TenancyId> {
        self.wallet_pub_key.first().and_then(|key| key.parse().ok())
    }
}

impl Kept for Subject {
    const KIND: IamKind = IamKind::Subject;
    type Change = ToChange;
    type Shown = SubjectBody;
    type Page = Subjects;

    fn display_name(&self) -> &str {
        &self.display_name
    }

    fn check(&self) -> Result<(), Error> {
        checked_name(&self.display_name)?;
        let keys = self.wallet_pub_key.iter().chain(&self.tessera_pub_key);
        let is_long = keys.clone().any(|key| key.chars().count() > KEY_CHARS_MAX);
        if keys.count() > KEYS_MAX || is_long {
            return Err(Error::BadRequest(format!(
                "A subject has at most {KEYS_MAX} keys of {KEY_CHARS_MAX} characters."
            )));
        }
        Ok(())
    }

    fn changed(self, change: ToChange) -> Self {
        Self {
            display_name: change.display_name.unwrap_or(self.display_name),
            wallet_pub_key: change.wallet_pub_key.unwrap_or(self.wallet_pub_key),
            tessera_pub_key: change.tessera_pub_key.unwrap_or(self.tessera_pub_key),
        }
    }

    fn page(subjects: Vec<SubjectBody>, next_page_token: String) -> Subjects {
        Subjects { subjects, next_page_token }
    }

    async fn show(
        self,
        state: &State,
        tenancy: TenancyId,
        id: IamId,
    ) -> Result<SubjectBody, Error> {
        let is_mutual = match self.names() {
            Some(partner) => has_named(state, partner, tenancy).await?,
            None => false,
        };
        Ok(SubjectBody {
            identity: format!("subjects/{id}"),
            display_name: self.display_name,
            wallet_pub_key: self.wallet_pub_key,
            wallet_address: Vec::new(),
            tessera_pub_key: self.tessera_pub_key,
            tenant: tenant(tenancy),
            confirmation_status: if is_mutual { "CONFIRMED" } else { "PENDING" },
        })
    }

    /// The tenancy itself.
    async fn given(
        state: &State,
        tenancy: TenancyId,
        id: IamId,
    ) -> Result<Option<SubjectBody>, Error> {
        if !is_self(id) {
            return Ok(None);
        }
        let found = state.ledger.tenancy(tenancy).await?.ok_or(Error::NotFound)?;
        Ok(Some(SubjectBody {
            identity: format!("subjects/{id}"),
            display_name: found.display_name,
            wallet_pub_key: vec![tenancy.to_string()],
            wallet_address: Vec::new(),
            tessera_pub_key: Vec::new(),
            tenant: tenant(tenancy),
            confirmation_status: "CONFIRMED",
        }))
    }

    fn may_change(id: IamId) -> Result<(), Error> {
        if is_self(id) { Err(SELF_IS_FIXED) } else { Ok(()) }
    }
}

fn is_self(id: IamId) -> bool {
    Uuid::from(id).is_nil()
}

/// Whether a tenancy has a subject that names another one.
async fn has_named(state: &State, tenancy: TenancyId, other: TenancyId) -> Result<bool, Error> {
    for IamItem { body, .. } in state.ledger.iam_items(tenancy, IamKind::Subject).await? {
        if Subject::read(&body)?.names() == Some(other) {
            return Ok(true);
        }
    }
    Ok(false)
}
