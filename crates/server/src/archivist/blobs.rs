//! Blobs and attachments: content that somebody attaches to an asset or event. What kind of content it
//! is, is found in the content; what the sender says about it is not believed.
//!
//! A blob is its tenancy's. It is an attachment of an asset or event that names it: whoever sees that name
//! may have it, and of a public one everybody. It is always served as a file to save, never as a page of ours.

use std::collections::{BTreeMap, BTreeSet};

use axum::{
    Json,
    extract::{Multipart, State as Shared, multipart::MultipartError},
    response::IntoResponse,
};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use ledger::{
    AssetId, AttributeValue, Attributes, Blob, BlobId, EventId, FullEvent, NewBlob, TenancyId,
    model::blob::BLOB_BYTES_MAX,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{once::once_key, owner::Nothing, public::published, rfc3339, shares::Sight, tenant};
use crate::{
    State,
    caller::Caller,
    error::Error,
    openapi::{As, Bytes},
    query::{FromPath, Ids, Strict, TOO_LARGE, identity, unreadable},
};

/// The largest body of an upload: the blob and what is around it.
pub(super) const UPLOAD_BYTES_MAX: usize = BLOB_BYTES_MAX + 64 * 1024;

/// About content that somebody uploaded.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Blob")]
pub(crate) struct BlobBody {
    hash: HashBody,
    identity: String,
    issuer: &'static str,
    mime_type: String,
    size: u64,
    subject: String,
    tenantid: String,
    timestamp_accepted: String,
    scanned_status: &'static str,
    scanned_bad_reason: &'static str,
    scanned_timestamp: &'static str,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "BlobHash")]
struct HashBody {
    alg: &'static str,
    value: String,
}

/// Whether the caller takes a blob that nobody scanned. We scan none.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Scanned {
    /// Takes content that nobody scanned, with strict too.
    allow_insecure: Option<bool>,
    /// Refuses content that nobody scanned; and nobody scans any here.
    strict: Option<bool>,
}

pub(super) async fn upload(
    Shared(state): Shared<State>,
    caller: Caller,
    headers: HeaderMap,
    mut form: Multipart,
) -> Result<Json<BlobBody>, Error> {
    let content = file_of(&mut form).await?;
    let once = once_key(&headers, "POST blobs", &content)?;
    let new = NewBlob {
        sha256: Sha256::digest(&content).into(),
        mime_type: mime_type(&content).to_owned(),
        subject: caller.principal(&state).subject,
        content,
    };
    let blob = state.ledger.add_blob(caller.tenancy(), new, once).await?;
    Ok(Json(body("blobs", caller.tenancy(), blob)))
}

async fn file_of(form: &mut Multipart) -> Result<Vec<u8>, Error> {
    while let Some(field) = form.next_field().await.map_err(|error| broken(&error))? {
        if field.name() == Some("file") {
            let bytes = field.bytes().await.map_err(|error| broken(&error))?;
            if bytes.len() > BLOB_BYTES_MAX {
                return Err(TOO_LARGE);
            }
            return Ok(bytes.into());
        }
    }
    Err(Error::BadRequest("Send the content as a form with a part named file.".to_owned()))
}

fn broken(error: &MultipartError) -> Error {
    unreadable(error.status(), error)
}

fn mime_type(content: &[u8]) -> &'static str {
    let is_text = || {
        let is_control = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
        str::from_utf8(content).is_ok_and(|text| !text.is_empty() && !text.contains(is_control))
    };
    match infer::get(content) {
        Some(kind) => kind.mime_type(),
        None if is_text() => "text/plain",
        None => "application/octet-stream",
    }
}

pub(super) async fn download(
    Shared(state): Shared<State>,
    caller: Caller,
    Ids(BlobPath(id)): Ids<BlobPath>,
    Strict(scanned): Strict<Scanned>,
) -> Result<As<Bytes>, Error> {
    scanned.check()?;
    let blob = state.ledger.blob(caller.tenancy(), id).await?.ok_or(Error::NotFound)?;
    file(&state, blob).await
}

pub(super) async fn info(
    Shared(state): Shared<State>,
    caller: Caller,
    Ids(BlobPath(id)): Ids<BlobPath>,
    Strict(Nothing {}): Strict<Nothing>,
) -> Result<Json<BlobBody>, Error> {
    let blob = state.ledger.blob(caller.tenancy(), id).await?.ok_or(Error::NotFound)?;
    Ok(Json(body("blobs", caller.tenancy(), blob)))
}

pub(super) async fn attachment<P: Place>(
    Shared(state): Shared<State>,
    caller: Caller,
    Ids(place): Ids<P>,
    Strict(scanned): Strict<Scanned>,
) -> Result<As<Bytes>, Error> {
    scanned.check()?;
    let sight = Sight::of(&state, &caller, place.asset()).await?;
    file(&state, attached(&state, &sight, &place).await?).await
}

pub(super) async fn attachment_info<P: Place>(
    Shared(state): Shared<State>,
    caller: Caller,
    Ids(place): Ids<P>,
    Strict(Nothing {}): Strict<Nothing>,
) -> Result<Json<BlobBody>, Error> {
    let sight = Sight::of(&state, &caller, place.asset()).await?;
    let mut blob = attached(&state, &sight, &place).await?;
    if sight.seen.is_some() {
        // Who sent it is the owner's alone.
        blob.subject.clear();
    }
    Ok(Json(body("attachments", sight.owner(), blob)))
}

pub(super) async fn public_attachment<P: Place>(
    Shared(state): Shared<State>,
    Ids(place): Ids<P>,
    Strict(scanned): Strict<Scanned>,
) -> Result<As<Bytes>, Error> {
    scanned.check()?;
    let sight = Sight::of_everybody(published(&state, place.asset()).await?);
    file(&state, attached(&state, &sight, &place).await?).await
}

/// Who sent it is not public.
pub(super) async fn public_attachment_info<P: Place>(
    Shared(state): Shared<State>,
    Ids(place): Ids<P>,
    Strict(Nothing {}): Strict<Nothing>,
) -> Result<Json<BlobBody>, Error> {
    let sight = Sight::of_everybody(published(&state, place.asset()).await?);
    let blob = attached(&state, &sight, &place).await?;
    let blob = Blob { subject: String::new(), ..blob };
    Ok(Json(body("attachments", sight.owner(), blob)))
}

/// A blob that the asset or event at this place names, as far as its reader sees that. It is the blob of
/// whoever recorded that name: naming another tenancy's opens nothing.
async fn attached(state: &State, sight: &Sight, place: &impl Place) -> Result<Blob, Error> {
    let (id, wanted) = (place.blob(), format!("blobs/{}", place.blob()));
    let recorders = if let Some(event) = place.event() {
        let full = state.ledger.full_event(place.asset(), event).await?;
        let FullEvent { said, recorder, .. } =
            full.and_then(|full| sight.event(full)).ok_or(Error::NotFound)?;
        let both = [said.event_attributes, said.asset_attributes];
        let is_named = both.iter().any(|attributes| !naming(attributes, &wanted).is_empty());
        is_named.then_some(recorder).into_iter().collect()
    } else {
        let naming = naming(&sight.asset().attributes(), &wanted);
        state.ledger.attribute_recorders(place.asset(), naming).await?
    };
    for tenancy in recorders {
        if let Some(blob) = state.ledger.blob(tenancy, id).await? {
            return Ok(blob);
        }
    }
    Err(Error::NotFound)
}

/// The attributes by which this blob is attached.
fn naming(attributes: &Attributes, wanted: &str) -> BTreeSet<String> {
    let is_it = |dict: &BTreeMap<String, String>| {
        dict.get("arc_blob_identity").is_some_and(|identity| identity == wanted)
    };
    let names = attributes.iter().filter(|(_, value)| match value {
        AttributeValue::Dict(dict) => is_it(dict),
        AttributeValue::List(list) => list.iter().any(is_it),
        AttributeValue::Text(text) => text == wanted,
    });
    names.map(|(name, _)| name.to_owned()).collect()
}

async fn file(state: &State, blob: Blob) -> Result<As<Bytes>, Error> {
    let content = state.ledger.blob_content(blob.id).await?.ok_or(Error::NotFound)?;
    let kind = HeaderValue::from_str(&blob.mime_type).map_err(Error::internal)?;
    let fixed = HeaderValue::from_static;
    let headers: [(HeaderName, HeaderValue); 3] = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_DISPOSITION, fixed("attachment")),
        (header::CONTENT_SECURITY_POLICY, fixed("default-src 'none'; sandbox")),
    ];
    Ok((headers, content).into_response().into())
}

impl Scanned {
    fn check(&self) -> Result<(), Error> {
        if self.strict == Some(true) && self.allow_insecure != Some(true) {
            return Err(Error::BadQuery(
                "Nobody scanned this content, so there is none with strict=true. Leave it out, and \
                 scan what you get."
                    .to_owned(),
            ));
        }
        Ok(())
    }
}

fn body(collection: &str, tenancy: TenancyId, blob: Blob) -> BlobBody {
    BlobBody {
        hash: HashBody { alg: "SHA256", value: hex::encode(blob.sha256) },
        identity: format!("{collection}/{}", blob.id),
        issuer: "local",
        mime_type: blob.mime_type,
        size: blob.size,
        subject: blob.subject,
        tenantid: tenant(tenancy),
        timestamp_accepted: rfc3339(blob.accepted_at),
        scanned_status: "NOT_SCANNED",
        scanned_bad_reason: "",
        scanned_timestamp: "",
    }
}

/// The path of a blob.
pub(super) struct BlobPath(BlobId);

impl FromPath for BlobPath {
    type Raw = String;

    fn from_path(raw: String) -> Result<Self, Error> {
        identity(&raw).map(Self)
    }
}

/// Where a blob is attached.
pub(super) trait Place: FromPath + Send + Sync {
    fn asset(&self) -> AssetId;
    fn event(&self) -> Option<EventId>;
    fn blob(&self) -> BlobId;
}

/// An attachment of an asset.
pub(super) struct OfAsset(AssetId, BlobId);

/// An attachment of an event.
pub(super) struct OfEvent(AssetId, EventId, BlobId);

impl FromPath for OfAsset {
    type Raw = (String, String);

    fn from_path((asset, blob): Self::Raw) -> Result<Self, Error> {
        Ok(Self(identity(&asset)?, identity(&blob)?))
    }
}

impl FromPath for OfEvent {
    type Raw = (String, String, String);

    fn from_path((asset, event, blob): Self::Raw) -> Result<Self, Error> {
        Ok(Self(identity(&asset)?, identity(&event)?, identity(&blob)?))
    }
}

impl Place for OfAsset {
    fn asset(&self) -> AssetId {
        self.0
    }

    fn event(&self) -> Option<EventId> {
        None
    }

    fn blob(&self) -> BlobId {
        self.1
    }
}

impl Place for OfEvent {
    fn asset(&self) -> AssetId {
        self.0
    }

    fn event(&self) -> Option<EventId> {
        Some(self.1)
    }

    fn blob(&self) -> BlobId {
        self.2
    }
}
