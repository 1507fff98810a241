//! An instance in a temporary directory, with people and documents.

use std::collections::BTreeMap;

use axum::Router;
use http::{Method, StatusCode};
use jiff::Timestamp;
use ledger::{
    ApplicationRole, AssetChoice, AssetId, Clock, Commit, Database, EventId, Fingerprint,
    ItemUpdate, Ledger, NewApplication, NewSource, Options, Origin, Role, Source, TenancyId, User,
    Version,
};
use secrecy::{ExposeSecret, SecretString};
use sync::{Sync, SyncOptions};
use tempfile::TempDir;
use url::Url;

use super::ask::Ask;
use crate::{Config, Lookups, Reach, State};

/// Markup, a mark that turns the writing direction, an emoji: all of it is a legal file name.
pub(super) const NAME: &str = "<img src=x onerror=alert(1)> \u{202e}fdp.🔐 \"'&.pdf";
pub(super) const FOLDER: &str = "/Contracts & <b>Leases</b>";
pub(super) const EDITOR: &str = "dbid:editor-of-the-lease";

pub(super) const METRICS_TOKEN: &str = "read-me-if-you-can";

pub(super) struct House {
    pub(super) ledger: Ledger,
    pub(super) state: State,
    pub(super) router: Router,
    _directory: TempDir,
}

/// What an instance is built to.
pub(super) struct Plan {
    pub(super) public_url: String,
    pub(super) dropbox: Option<dropbox::Client>,
    pub(super) witnesses: Option<tlog::Policy>,
    pub(super) webhooks: Reach,
    pub(super) domains: Lookups,
    pub(super) clock: Clock,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            public_url: "http://localhost:8080".to_owned(),
            dropbox: None,
            witnesses: None,
            webhooks: Reach::Public,
            domains: Lookups::default(),
            clock: Clock::system(),
        }
    }
}

/// A document with three versions.
pub(super) struct Document {
    pub(super) asset: AssetId,
    pub(super) events: Vec<EventId>,
}

impl House {
    pub(super) fn open() -> Self {
        Self::build(Plan::default())
    }

    /// An instance at this address, with a Dropbox to connect if there is one.
    pub(super) fn at(public_url: &str, dropbox: Option<dropbox::Client>) -> Self {
        Self::build(Plan { public_url: public_url.to_owned(), dropbox, ..Plan::default() })
    }

    /// An instance whose log these witnesses watch.
    pub(super) fn watched_by(witnesses: tlog::Policy) -> Self {
        Self::build(Plan { witnesses: Some(witnesses), ..Plan::default() })
    }

    /// An instance whose webhooks go this far.
    pub(super) fn reaching(webhooks: Reach) -> Self {
        Self::build(Plan { webhooks, ..Plan::default() })
    }

    pub(super) fn build(plan: Plan) -> Self {
        let Plan { public_url, dropbox, witnesses, webhooks, domains, clock } = plan;
        let directory = TempDir::new().unwrap();
        let options = Options {
            directory: directory.path().to_owned(),
            database: Database::scratch(),
            origin: "proofs.example.org".to_owned(),
            clock,
            witnesses,
        };
        let ledger = Ledger::open(options).unwrap();
        let sync = Sync::start(ledger.clone(), dropbox, SyncOptions::default());
        let config = Config {
            public_url: public_url.parse().unwrap(),
            bind: "127.0.0.1:0".parse().unwrap(),
            dropbox_web: Url::parse("https://www.dropbox.com").unwrap(),
            metrics_token: Some(METRICS_TOKEN.into()),
            webhooks,
            domains,
        };
        let state = State::new(config, ledger.clone(), sync);
        let router = crate::router(state.clone());
        Self { ledger, state, router, _directory: directory }
    }

    pub(super) fn ask(&self, method: Method, path: &str) -> Ask {
        Ask::new(self.router.clone(), method, path)
    }

    pub(super) fn get(&self, path: &str) -> Ask {
        self.ask(Method::GET, path)
    }

    pub(super) fn post(&self, path: &str) -> Ask {
        self.ask(Method::POST, path)
    }

    /// The cookie of the first administrator, freshly signed in.
    pub(super) async fn signed_in(&self) -> String {
        let user = self.ledger.first_administrator().await.unwrap();
        self.signed_in_as(&user).await
    }

    pub(super) async fn signed_in_as(&self, user: &User) -> String {
        let link = self.sign_in_link(user).await;
        let reply = self.post(&link).send().await;
        assert_eq!(reply.location(), "/settings/integrations");
        reply.cookie().unwrap()
    }

    pub(super) async fn sign_in_link(&self, user: &User) -> String {
        let token = self.ledger.create_sign_in_link(user.id).await.unwrap().unwrap();
        format!("/sign-in/{}", token.expose_secret())
    }

    /// The administrator of another tenancy.
    pub(super) async fn stranger(&self) -> User {
        self.ledger.create_tenancy("Strangers".to_owned()).await.unwrap()
    }

    /// Somebody of the first tenancy who may only look.
    pub(super) async fn member(&self) -> User {
        let tenancy = self.tenancy().await;
        let member = self.ledger.create_user(tenancy, "Member".to_owned(), Role::Member).await;
        member.unwrap().unwrap()
    }

    pub(super) async fn tenancy(&self) -> TenancyId {
        self.ledger.first_tenancy().await.unwrap().id
    }

    /// An account that the tenancy has connected.
    pub(super) async fn source(&self, tenancy: TenancyId) -> Source {
        let source = NewSource {
            tenancy,
            account: "dbid:AAH4f99T0taONIb-OurWxbNQ6ywGRopQngc".to_owned(),
            account_name: "Ada <i>Example</i>".to_owned(),
            account_email: "ada@example.org".to_owned(),
            credentials: SecretString::from("refresh-token"),
            scope: "account_info.read files.metadata.read".to_owned(),
        };
        self.ledger.connect_source(source).await.unwrap()
    }

    /// A bearer token of the source's app registration.
    pub(super) async fn token(&self, source: &Source) -> String {
        let issued = self.ledger.issue_api_token(source.id).await.unwrap().unwrap();
        issued.token.expose_secret().to_owned()
    }

    /// An application of the first tenancy, and a token of it.
    pub(super) async fn application(&self, role: ApplicationRole) -> (String, String) {
        let new = NewApplication {
            display_name: "Scanner".to_owned(),
            custom_claims: BTreeMap::new(),
            role,
        };
        let made = self.ledger.create_application(self.tenancy().await, new, None).await.unwrap();
        let id = made.application.id;
        let issued = self.ledger.issue_application_token(id, made.secret.unwrap()).await;
        let token = issued.unwrap().unwrap().token;
        (id.to_string(), token.expose_secret().to_owned())
    }

    /// Records a document with three versions, the second filled in later.
    pub(super) async fn document(&self, source: &Source, key: &str) -> Document {
        let versions = [Origin::Observed, Origin::FilledIn, Origin::Observed];
        let versions = versions.into_iter().zip(1..).map(|(origin, n)| version(key, n, origin));
        let versions = versions.collect::<Vec<_>>();
        let last = versions.last().unwrap();
        let update = ItemUpdate {
            key: key.to_owned(),
            revision: last.revision.clone(),
            fingerprint: last.fingerprint,
            name: NAME.to_owned(),
            path: format!("{FOLDER}/{NAME}"),
            path_key: format!("{FOLDER}/{NAME}").to_lowercase(),
            generation: 1,
            asset: AssetChoice::Own,
            versions,
        };
        let commit = Commit { updates: vec![update], ..Commit::new(source.id) };
        let committed = self.ledger.commit(commit).await.unwrap();
        Document {
            asset: committed.events[0].asset,
            events: committed.events.iter().map(|event| event.event).collect(),
        }
    }
}

/// One of everything that the API registers, by its identity.
pub(super) struct Registered {
    pub(super) tenancy: String,
    pub(super) asset: String,
    pub(super) event: String,
    pub(super) blob: String,
    pub(super) application: String,
    pub(super) policy: String,
    pub(super) subject: String,
    pub(super) member: String,
    pub(super) invite: String,
}

impl Registered {
    pub(super) async fn new(house: &House) -> Self {
        let (application, token) = house.application(ApplicationRole::Administrator).await;
        let post = async |path: &str, body: serde_json::Value| {
            let reply = house.post(path).bearer(&token).json(&body).send().await;
            assert_eq!(reply.status, StatusCode::OK, "{path}: {}", reply.text());
            last_identity(&reply.json())
        };
        let upload = house.post("/archivist/v1/blobs").bearer(&token).file(b"A photograph.");
        let blob = last_identity(&upload.send().await.json());
        let attributes = serde_json::json!({
            "arc_display_name": "Door",
            "photograph": {
                "arc_attribute_type": "arc_attachment",
                "arc_blob_identity": format!("blobs/{blob}"),
            },
        });
        let asset = serde_json::json!({ "public": true, "attributes": attributes });
        let asset = post("/archivist/v2/assets", asset).await;
        let event = serde_json::json!({
            "operation": "Record",
            "behaviour": "RecordEvidence",
            "event_attributes": attributes,
        });
        let event = post(&format!("/archivist/v2/assets/{asset}/events"), event).await;
        let named = serde_json::json!({ "display_name": "Partner" });
        let policy = post("/archivist/iam/v1/access_policies", named.clone()).await;
        let subject = post("/archivist/iam/v1/subjects", named).await;
        let email = serde_json::json!({ "email": "grace@example.org" });
        let invite = post("/archivist/iam/v1/invites", email).await;
        let member = house.member().await.id.to_string();
        let tenancy = house.tenancy().await.to_string();
        Self { tenancy, asset, event, blob, application, policy, subject, member, invite }
    }
}

/// The last part of what an answer calls itself.
pub(super) fn last_identity(answer: &serde_json::Value) -> String {
    answer["identity"].as_str().unwrap().rsplit('/').next().unwrap().to_owned()
}

impl Document {
    pub(super) fn public(&self) -> String {
        format!("/publicassets/{}", self.asset)
    }

    pub(super) fn public_event(&self, version: usize) -> String {
        format!("{}/events/{}", self.public(), self.events[version - 1])
    }

    pub(super) fn archivist(&self, collection: &str) -> String {
        format!("/archivist/v2/{collection}/{}", self.asset)
    }

    pub(super) fn archivist_event(&self, collection: &str, version: usize) -> String {
        format!("{}/events/{}", self.archivist(collection), self.events[version - 1])
    }
}

/// The fingerprint that a version of an item has here.
pub(super) fn fingerprint(key: &str, version: u8) -> Fingerprint {
    use sha2::{Digest, Sha256};
    Fingerprint { content_hash: Sha256::digest(format!("{key} {version}")).into(), sha256: None }
}

fn version(key: &str, number: u8, origin: Origin) -> Version {
    Version {
        revision: format!("rev-{number}"),
        fingerprint: fingerprint(key, number),
        bytes: 1,
        declared_at: format!("2026-05-0{number}T14:02:51Z").parse::<Timestamp>().unwrap(),
        origin,
        editor: Some(EDITOR.to_owned()),
    }
}

/// Asserts that nothing private is in a public answer, in any spelling.
pub(super) fn assert_nothing_private(text: &str) {
    for private in ["onerror", "🔐", "ontracts", "Leases", ".pdf", EDITOR, "ada@", "dbid:", "rev-"]
    {
        assert!(!text.contains(private), "{private:?} in public: {text}");
    }
    // Three letters are in a long key by chance.
    let is_base64 = |letter: char| letter.is_ascii_alphanumeric() || "+/=".contains(letter);
    let words = text.split(|letter| !is_base64(letter)).filter(|word| word.len() < 40);
    for word in words {
        assert!(!word.contains("Ada") && !word.contains("fdp"), "{word:?} in public: {text}");
    }
}
