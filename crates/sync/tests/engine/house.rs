//! A sandbox, a ledger in a temporary directory and a running engine, with an account connected.

use std::collections::BTreeMap;
use std::time::Duration;

use dropbox::{Access, App, Authorization, AuthorizeRequest, Client, Hosts, Reauthentication};
use ledger::{
    AssetQuery, Content, Database, Event, EventKind, Ledger, Location, Origin, Source, SourceId,
    TenancyId,
};
use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;
use sandbox::{Admin, Files, Options, Sandbox};
use secrecy::SecretString;
use sync::{ConnectError, FolderId, Health, Rule, Rules, State, Sync, SyncOptions, Verdict};
use tempfile::TempDir;
use tokio::time::timeout;
use url::Url;

/// How long anything here may take; far more than it does.
const PATIENCE: Duration = Duration::from_secs(20);
pub(crate) const APP: &str = "proofbox-test";

pub(crate) struct House {
    pub(crate) sandbox: Sandbox,
    pub(crate) files: Files,
    pub(crate) admin: Admin,
    pub(crate) ledger: Ledger,
    pub(crate) sync: Sync,
    pub(crate) tenancy: TenancyId,
    pub(crate) options: SyncOptions,
    database: Database,
    directory: TempDir,
}

/// A code that Dropbox sent somebody back with, and what is needed to use it.
pub(crate) struct Consent {
    pub(crate) code: String,
    pub(crate) verifier: SecretString,
    pub(crate) redirect_uri: Url,
}

impl House {
    pub(crate) async fn new() -> Self {
        Self::with(Options::default(), options()).await
    }

    pub(crate) async fn with(account: Options, options: SyncOptions) -> Self {
        let directory = TempDir::new().unwrap();
        let sandbox = Sandbox::start(account).await.unwrap();
        let (files, admin) = (sandbox.files(), sandbox.admin());
        let database = Database::scratch();
        let ledger = open(&directory, &database);
        let tenancy = ledger.first_tenancy().await.unwrap().id;
        let sync = Sync::start(ledger.clone(), Some(client(&sandbox)), options);
        Self { sandbox, files, admin, ledger, sync, tenancy, options, database, directory }
    }

    /// Stops the engine and the ledger, and starts them again over the same data.
    pub(crate) async fn restart(&mut self) {
        self.restart_with(Some(client(&self.sandbox))).await;
    }

    pub(crate) async fn restart_with(&mut self, client: Option<Client>) {
        self.sync.shutdown().await;
        self.ledger.close().await;
        self.ledger = open(&self.directory, &self.database);
        self.sync = Sync::start(self.ledger.clone(), client, self.options);
    }

    pub(crate) async fn connect(&self) -> Source {
        let consent = self.consent().await;
        self.use_code(&consent).await.unwrap()
    }

    pub(crate) async fn use_code(&self, consent: &Consent) -> Result<Source, ConnectError> {
        let Consent { code, verifier, redirect_uri } = consent;
        self.sync.connect(self.tenancy, code, verifier, redirect_uri).await
    }

    /// Signs in at the sandbox and allows what is asked for.
    pub(crate) async fn consent(&self) -> Consent {
        self.consent_of("ada@example.org").await
    }

    /// The same as one of the people of the sandbox.
    pub(crate) async fn consent_of(&self, email: &str) -> Consent {
        self.consent_to(Access::Metadata, email).await
    }

    /// Connects and allows reading contents, which turns SHA-256 on.
    pub(crate) async fn allow_content(
        &self,
        source: &Source,
        email: &str,
    ) -> Result<Source, ConnectError> {
        let Consent { code, verifier, redirect_uri } =
            self.consent_to(Access::Content, email).await;
        self.sync.allow_content(self.tenancy, source.id, &code, &verifier, &redirect_uri).await
    }

    /// Links one folder, made if it is missing, with SHA-256. Doesn't wait.
    pub(crate) async fn reading(&self, folder: &str) -> Source {
        if self.files.metadata(folder).is_none() {
            self.files.create_folder(folder).unwrap();
        }
        let source = self.connect().await;
        self.allow_content(&source, "ada@example.org").await.unwrap();
        let rules = self.rules(&[(folder, Verdict::Include)]);
        self.sync.link(self.tenancy, source.id, rules).await.unwrap()
    }

    async fn consent_to(&self, access: Access, email: &str) -> Consent {
        let (authorization, redirect_uri) = self.authorization_to(access);
        let (browser, cookie) = self.signed_in(email).await;
        let at = |path: &str| self.sandbox.url().join(path).unwrap();
        let get = |url: Url| browser.get(url).header(COOKIE, &cookie).send();
        let page = get(authorization.url).await.unwrap();
        let page = if page.status().is_redirection() {
            page
        } else {
            let form = hidden(&page.text().await.unwrap(), "form");
            let form = [("form", form.as_str()), ("choice", "allow")];
            let allow = browser.post(at("oauth2/authorize")).header(COOKIE, &cookie);
            allow.form(&form).send().await.unwrap()
        };
        let back: Url = page.headers()[LOCATION].to_str().unwrap().parse().unwrap();
        let code = back.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();
        Consent { code, verifier: authorization.verifier, redirect_uri }
    }

    /// Where to ask for consent, and where the answer leads.
    pub(crate) fn authorization(&self) -> (Authorization, Url) {
        self.authorization_to(Access::Metadata)
    }

    fn authorization_to(&self, access: Access) -> (Authorization, Url) {
        let redirect_uri: Url = "http://127.0.0.1:9/callback".parse().unwrap();
        let reauthentication = Reauthentication::IfNeeded;
        let request =
            AuthorizeRequest { redirect_uri: redirect_uri.clone(), reauthentication, access };
        (self.sync.authorize(&request).unwrap(), redirect_uri)
    }

    /// A browser in which somebody has signed in at the sandbox, and the cookie that says so.
    pub(crate) async fn signed_in(&self, email: &str) -> (reqwest::Client, String) {
        let browser = reqwest::Client::builder().redirect(Policy::none()).build().unwrap();
        let form = [("email", email), ("password", "any"), ("cont", "")];
        let login = browser.post(self.sandbox.url().join("login").unwrap());
        let signed_in = login.form(&form).send().await.unwrap();
        (browser, signed_in.headers()[SET_COOKIE].to_str().unwrap().to_owned())
    }

    /// Connects and links one folder, made if it is missing, and waits until it is recorded.
    pub(crate) async fn linked(&self, folder: &str) -> Source {
        if !folder.is_empty() && self.files.metadata(folder).is_none() {
            self.files.create_folder(folder).unwrap();
        }
        let source = self.connect().await;
        let rules = self.rules(&[(folder, Verdict::Include)]);
        let source = self.sync.link(self.tenancy, source.id, rules).await.unwrap();
        self.until_state(source.id, |state| *state == State::UpToDate).await;
        source
    }

    /// Checks the whole data directory, which it closes.
    pub(crate) async fn assert_clean(self) {
        self.sync.shutdown().await;
        self.ledger.close().await;
        let (directory, database) = (self.directory.path().join("data"), self.database);
        let report = ledger::fsck(Location { directory, database }, &|_, _| ()).unwrap();
        assert!(report.findings.is_empty(), "{:?}", report.findings);
    }

    pub(crate) fn rules(&self, verdicts: &[(&str, Verdict)]) -> Rules {
        let rule = |(path, verdict): &(&str, Verdict)| {
            let folder = self.files.metadata(path).map(|metadata| FolderId::new(metadata.id));
            let folder = if path.is_empty() { FolderId::root() } else { folder.unwrap() };
            Rule { folder, path: (*path).to_owned(), verdict: *verdict }
        };
        Rules::new(verdicts.iter().map(rule).collect()).unwrap()
    }

    pub(crate) async fn health(&self, source: SourceId) -> Health {
        self.sync.health(self.tenancy, source).await.unwrap().unwrap()
    }

    /// Waits until an integration is in some state, and gives its health then.
    pub(crate) async fn until_state(
        &self,
        source: SourceId,
        wanted: impl Fn(&State) -> bool,
    ) -> Health {
        self.until_health(source, |health| wanted(&health.state)).await
    }

    pub(crate) async fn until_health(
        &self,
        source: SourceId,
        wanted: impl Fn(&Health) -> bool,
    ) -> Health {
        let mut watch = self.sync.watch();
        let reached = async {
            loop {
                let health = self.health(source).await;
                if wanted(&health) {
                    return health;
                }
                let _ = watch.recv().await;
            }
        };
        if let Ok(health) = timeout(PATIENCE, reached).await {
            return health;
        }
        panic!("it stays so: {:?}", self.health(source).await);
    }

    /// Waits until the documents are these: path as it is shown to their owner, and how each of
    /// their versions came about, oldest first.
    pub(crate) async fn until_documents(&self, expected: &[(&str, &str)]) {
        let expected =
            expected.iter().map(|(path, history)| (path.to_string(), history.to_string()));
        let expected: Vec<_> = expected.collect();
        let (mut events, mut health) = (self.ledger.changes(), self.sync.watch());
        let reached = async {
            while self.documents().await != expected {
                tokio::select! {
                    _ = events.recv() => {}
                    _ = health.recv() => {}
                }
            }
        };
        if timeout(PATIENCE, reached).await.is_err() {
            assert_eq!(self.documents().await, expected);
        }
    }

    /// Every document by path, sorted, with its history: `new`, `publish` or `filled`.
    pub(crate) async fn documents(&self) -> Vec<(String, String)> {
        let page = self.ledger.assets(self.tenancy, AssetQuery::default()).await.unwrap();
        let mut documents = Vec::new();
        for (asset, private) in page.assets {
            let events = self.ledger.events(asset.id, None, 100).await.unwrap().unwrap();
            let history: Vec<_> = events.iter().rev().map(kind).collect();
            let path = private.and_then(|private| private.path).unwrap_or_default();
            documents.push((path, history.join(" ")));
        }
        documents.sort();
        documents
    }

    /// The contents that the document at a path has published, oldest first.
    pub(crate) async fn published(&self, path: &str) -> Vec<Content> {
        let page = self.ledger.assets(self.tenancy, AssetQuery::default()).await.unwrap();
        let is_it = |private: &Option<ledger::PrivateFields>| {
            private.as_ref().and_then(|private| private.path.as_deref()) == Some(path)
        };
        let found = page.assets.iter().find(|(_, private)| is_it(private));
        let Some((asset, _)) = found else { return Vec::new() };
        let events = self.ledger.events(asset.id, None, 100).await.unwrap().unwrap();
        events.iter().rev().map(|event| event.fingerprint).collect()
    }

    /// Waits until the document at a path has published these, each with both of its hashes.
    pub(crate) async fn until_published(&self, path: &str, contents: &[&[u8]]) {
        let expected: Vec<_> = contents.iter().map(|content| both(content)).collect();
        let mut changes = self.ledger.changes();
        let reached = async {
            while self.published(path).await != expected {
                let _ = changes.recv().await;
            }
        };
        if timeout(PATIENCE, reached).await.is_err() {
            assert_eq!(self.published(path).await, expected, "{path}");
        }
    }

    /// Holds the next reading of changes until what follows is done.
    pub(crate) fn hold_the_next_reading(&self) {
        self.admin.inject(sandbox::Fault::delay("files/list_folder/continue", 1, 150));
    }

    /// How often each route of the API was called, without the waiting.
    pub(crate) fn calls(&self) -> BTreeMap<String, u64> {
        let mut counts = self.admin.request_counts();
        counts.retain(|route, _| !route.ends_with("longpoll"));
        counts
    }
}

/// Both hashes of a content.
pub(crate) fn both(content: &[u8]) -> Content {
    let digests = dropbox::digest(content).unwrap();
    Content { content_hash: Some(digests.content_hash.0), sha256: Some(digests.sha256) }
}

/// Fast where Dropbox's own pace doesn't matter.
pub(crate) fn options() -> SyncOptions {
    SyncOptions {
        backoff_first: Duration::from_millis(5),
        backoff_max: Duration::from_millis(40),
        ..SyncOptions::default()
    }
}

fn open(directory: &TempDir, database: &Database) -> Ledger {
    let options = ledger::Options {
        directory: directory.path().join("data"),
        database: database.clone(),
        origin: "proofbox.test/log".to_owned(),
        clock: ledger::Clock::system(),
        witnesses: None,
    };
    Ledger::open(options).unwrap()
}

fn client(sandbox: &Sandbox) -> Client {
    let app = App { key: APP.to_owned(), secret: None };
    Client::new(Hosts::single(sandbox.url().clone()), app).unwrap()
}

fn kind(event: &Event) -> &'static str {
    match (event.kind, event.origin) {
        (EventKind::NewAsset, _) => "new",
        (EventKind::Publish, Origin::FilledIn) => "filled",
        (EventKind::Publish, Origin::Observed) => "publish",
        (EventKind::Withdraw, _) => "withdraw",
        (EventKind::Record, _) | (EventKind::Publish, Origin::Registered) => "registered",
    }
}

fn hidden(page: &str, name: &str) -> String {
    let start = format!("name=\"{name}\" value=\"");
    let rest = page.split_once(&start).unwrap_or_else(|| panic!("no {name} in {page}")).1;
    rest.split('"').next().unwrap().replace("&#38;", "&")
}
