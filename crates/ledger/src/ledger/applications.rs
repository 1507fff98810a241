//! Applications, and access policies and subjects.

use secrecy::{ExposeSecret, SecretString};

use crate::error::StoreError;
use crate::ids::{ApplicationId, IamId, TenancyId, random_uuid};
use crate::ledger::Ledger;
use crate::model::access::ApiToken;
use crate::model::applications::{
    APPLICATIONS_MAX, Application, ApplicationChange, NewApplication, WithSecret,
};
use crate::model::iam::{IAM_ITEMS_MAX, IamItem, IamKind};
use crate::model::registered::{OnceKey, RegisterError};
use crate::registry::{made_before, remember, tenancy_row};
use crate::store::{applications, iam};

impl Ledger {
    /// Makes an application. A request that is repeated with its key gives it without its secret.
    pub async fn create_application(
        &self,
        tenancy: TenancyId,
        new: NewApplication,
        once: Option<OnceKey>,
    ) -> Result<WithSecret, RegisterError> {
        self.write(move |batch| {
            let row = tenancy_row(batch, tenancy)?;
            let missing = || StoreError::Damaged("an application is missing".to_owned());
            let once = once.map(|key| (row, key));
            if let Some([id]) = made_before(batch, once)? {
                let application =
                    applications::get(batch.db, tenancy, ApplicationId::from_bytes(id))?;
                return Ok(WithSecret {
                    application: application.ok_or(RegisterError::Gone)?,
                    secret: None,
                });
            }
            if applications::count(batch.db, tenancy, None)? >= APPLICATIONS_MAX.into() {
                return Err(RegisterError::Full("the tenancy has 1,000 applications"));
            }
            let id = ApplicationId::from_bytes(random_uuid(batch.random.take()?));
            let secret = Some(applications::insert(batch.db, tenancy, id, &new, batch.now)?);
            remember(batch, once, &[id.as_bytes()])?;
            let application = applications::get(batch.db, tenancy, id)?.ok_or_else(missing)?;
            Ok(WithSecret { application, secret })
        })
        .await
    }

    /// A tenancy's application.
    pub async fn application(
        &self,
        tenancy: TenancyId,
        id: ApplicationId,
    ) -> Result<Option<Application>, StoreError> {
        self.read(move |db| applications::get(db, tenancy, id)).await
    }

    /// A tenancy's applications, all or those with a name, after a place in the order in which they
    /// were made; each with its place.
    pub async fn applications(
        &self,
        tenancy: TenancyId,
        named: Option<String>,
        after: i64,
        limit: usize,
    ) -> Result<Vec<(i64, Application)>, StoreError> {
        self.scan(move |db| applications::list(db, tenancy, named.as_deref(), after, limit)).await
    }

    /// How many applications a tenancy has, all or those with a name.
    pub async fn count_applications(
        &self,
        tenancy: TenancyId,
        named: Option<String>,
    ) -> Result<u64, StoreError> {
        self.scan(move |db| applications::count(db, tenancy, named.as_deref())).await
    }

    /// Changes an application; `None` if the tenancy has no such one.
    pub async fn change_application(
        &self,
        tenancy: TenancyId,
        id: ApplicationId,
        change: ApplicationChange,
    ) -> Result<Option<Application>, StoreError> {
        self.write(move |batch| {
            let Some(old) = applications::get(batch.db, tenancy, id)? else { return Ok(None) };
            applications::update(batch.db, &old, &change)?;
            applications::get(batch.db, tenancy, id)
        })
        .await
    }

    /// Gives an application another secret, and ends every token of the old one.
    pub async fn rotate_application_secret(
        &self,
        tenancy: TenancyId,
        id: ApplicationId,
    ) -> Result<Option<WithSecret>, StoreError> {
        self.write(move |batch| {
            if applications::get(batch.db, tenancy, id)?.is_none() {
                return Ok(None);
            }
            let secret = applications::rotate(batch.db, id, batch.now)?;
            let application = applications::get(batch.db, tenancy, id)?;
            Ok(application.map(|application| WithSecret { application, secret: Some(secret) }))
        })
        .await
    }

    /// Deletes an application, its secret and its tokens; `false` if the tenancy has no such one.
    pub async fn delete_application(
        &self,
        tenancy: TenancyId,
        id: ApplicationId,
    ) -> Result<bool, StoreError> {
        self.write(move |batch| {
            let is_there = applications::get(batch.db, tenancy, id)?.is_some();
            if is_there {
                applications::delete(batch.db, id)?;
            }
            Ok(is_there)
        })
        .await
    }

    /// Issues a token of one hour to whoever knows an application's secret.
    pub async fn issue_application_token(
        &self,
        id: ApplicationId,
        secret: SecretString,
    ) -> Result<Option<ApiToken>, StoreError> {
        let now = self.inner.clock.now();
        let known = self
            .read({
                let secret = secret.clone();
                move |db| applications::check_secret(db, id, secret.expose_secret(), now)
            })
            .await?;
        if !known {
            return Ok(None);
        }
        self.write(move |batch| {
            // The secret may have been rotated since.
            if !applications::check_secret(batch.db, id, secret.expose_secret(), batch.now)? {
                return Ok(None);
            }
            applications::issue_token(batch.db, id, batch.now)
        })
        .await
    }

    /// The application that a token was issued to, while both are good.
    pub async fn application_of_token(
        &self,
        token: &str,
    ) -> Result<Option<Application>, StoreError> {
        let (token, now) = (token.to_owned(), self.inner.clock.now());
        self.read(move |db| applications::of_token(db, &token, now)).await
    }

    /// Adds an access policy or a subject.
    pub async fn add_iam_item(
        &self,
        tenancy: TenancyId,
        kind: IamKind,
        body: String,
        once: Option<OnceKey>,
    ) -> Result<IamId, RegisterError> {
        self.write(move |batch| {
            let row = tenancy_row(batch, tenancy)?;
            let once = once.map(|key| (row, key));
            if let Some([id]) = made_before(batch, once)? {
                return Ok(IamId::from_bytes(id));
            }
            if iam::list(batch.db, tenancy, kind)?.len() >= IAM_ITEMS_MAX {
                return Err(RegisterError::Full("the tenancy has 1,000 of these"));
            }
            let id = IamId::from_bytes(random_uuid(batch.random.take()?));
            iam::insert(batch.db, tenancy, kind, id, &body)?;
            remember(batch, once, &[id.as_bytes()])?;
            Ok(id)
        })
        .await
    }

    /// The body of an access policy or a subject.
    pub async fn iam_item(
        &self,
        tenancy: TenancyId,
        kind: IamKind,
        id: IamId,
    ) -> Result<Option<String>, StoreError> {
        self.read(move |db| iam::get(db, tenancy, kind, id)).await
    }

    /// All of a tenancy's access policies or subjects.
    pub async fn iam_items(
        &self,
        tenancy: TenancyId,
        kind: IamKind,
    ) -> Result<Vec<IamItem>, StoreError> {
        let items = self.scan(move |db| iam::list(db, tenancy, kind)).await?;
        Ok(items.into_iter().map(|(place, id, body)| IamItem { place, id, body }).collect())
    }

    /// Replaces the body of an access policy or a subject; `false` if the tenancy has no such one.
    pub async fn change_iam_item(
        &self,
        tenancy: TenancyId,
        kind: IamKind,
        id: IamId,
        body: String,
    ) -> Result<bool, StoreError> {
        self.write(move |batch| {
            let is_there = iam::get(batch.db, tenancy, kind, id)?.is_some();
            if is_there {
                iam::update(batch.db, id, &body)?;
            }
            Ok(is_there)
        })
        .await
    }

    /// Deletes an access policy or a subject; `false` if the tenancy has no such one.
    pub async fn delete_iam_item(
        &self,
        tenancy: TenancyId,
        kind: IamKind,
        id: IamId,
    ) -> Result<bool, StoreError> {
        self.write(move |batch| {
            let is_there = iam::get(batch.db, tenancy, kind, id)?.is_some();
            if is_there {
                iam::delete(batch.db, id)?;
            }
            Ok(is_there)
        })
        .await
    }
}
