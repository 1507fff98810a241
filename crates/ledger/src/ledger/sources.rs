//! Sources: connecting, reading, choosing, disconnecting, and their app registrations.

use secrecy::SecretString;

use crate::error::StoreError;
use crate::ids::{SourceId, TenancyId};
use crate::ledger::Ledger;
use crate::model::access::ApiToken;
use crate::model::change::UnrecordedItem;
use crate::model::source::{DisconnectedBy, NewSource, Source};

impl Ledger {
    /// Connects an account. The same account of the same tenancy is the same source again, with
    /// new credentials and what it had: rules, cursor, items, documents.
    pub async fn connect_source(&self, source: NewSource) -> Result<Source, StoreError> {
        todo!()
    }

    /// A tenancy's sources, oldest first.
    pub async fn sources(&self, tenancy: TenancyId) -> Result<Vec<Source>, StoreError> {
        todo!()
    }

    /// One of a tenancy's sources.
    pub async fn source(
        &self,
        tenancy: TenancyId,
        id: SourceId,
    ) -> Result<Option<Source>, StoreError> {
        todo!()
    }

    /// Every source of every tenancy that has something linked, for whoever syncs them.
    pub async fn linked_sources(&self) -> Result<Vec<Source>, StoreError> {
        todo!()
    }

    /// What reaches the account; `None` once disconnected.
    pub async fn credentials(&self, id: SourceId) -> Result<Option<SecretString>, StoreError> {
        todo!()
    }

    /// Gives the integration another name. `None` if there is no such source.
    pub async fn rename_source(
        &self,
        id: SourceId,
        display_name: String,
    ) -> Result<Option<Source>, StoreError> {
        todo!()
    }

    /// Chooses what is linked, and with it where reading goes on: the cursor is replaced by the
    /// one given, `None` to read from the start. Empty rules link nothing.
    pub async fn set_rules(
        &self,
        id: SourceId,
        rules: String,
        cursor: Option<String>,
    ) -> Result<Option<Source>, StoreError> {
        todo!()
    }

    /// Ends the connection: credentials, the app registration's secret and its tokens are deleted;
    /// documents, items, rules and cursor stay.
    pub async fn disconnect_source(
        &self,
        id: SourceId,
        by: DisconnectedBy,
    ) -> Result<Option<Source>, StoreError> {
        todo!()
    }

    /// Makes a new secret for the app registration, shown this once, and ends the old one and its
    /// tokens. `None` if there is no such source or it is disconnected.
    pub async fn regenerate_secret(
        &self,
        id: SourceId,
    ) -> Result<Option<SecretString>, StoreError> {
        todo!()
    }

    /// Whether this is the app registration's secret, and still valid.
    pub async fn check_client_secret(
        &self,
        client_id: SourceId,
        secret: &str,
    ) -> Result<bool, StoreError> {
        todo!()
    }

    /// Makes a bearer token for an app registration, valid for an hour. `None` if there is no such
    /// registration.
    pub async fn issue_api_token(
        &self,
        client_id: SourceId,
    ) -> Result<Option<ApiToken>, StoreError> {
        todo!()
    }

    /// Whose bearer token this is, while it is valid.
    pub async fn api_token(
        &self,
        token: &str,
    ) -> Result<Option<(SourceId, TenancyId)>, StoreError> {
        todo!()
    }

    /// How many documents a source has made.
    pub async fn source_documents(&self, id: SourceId) -> Result<u64, StoreError> {
        todo!()
    }

    /// How many items of a source cannot be recorded.
    pub async fn unrecorded_count(&self, id: SourceId) -> Result<u64, StoreError> {
        todo!()
    }

    /// Items of a source that cannot be recorded, in the order of their keys.
    pub async fn unrecorded(
        &self,
        id: SourceId,
        after_key: Option<String>,
        limit: u32,
    ) -> Result<Vec<UnrecordedItem>, StoreError> {
        todo!()
    }
}
