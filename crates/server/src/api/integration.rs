//! One integration as its owner sees it: the app registration, the account, what is linked, and how
//! it is at this moment.

use jiff::Timestamp;
use ledger::{Source, SourceSettings, TenancyId};
use schemars::JsonSchema;
use serde::Serialize;
use sync::{Health, Rule, Rules, Verdict};

use crate::{State, archivist::rfc3339, error::Error};

/// A secret is shown once, when it is made; afterwards only that there is one.
const SECRET_HINT: &str = "••••";

/// A link to a Dropbox account, and how it is.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Integration {
    identity: String,
    kind: &'static str,
    display_name: String,
    client_id: String,
    /// Null once it is disconnected: then there is no secret.
    secret_hint: Option<&'static str>,
    secret_valid_until: Option<String>,
    account: Account,
    folders: Vec<Folder>,
    rules: Vec<Rule>,
    /// What is left out inside linked folders, a line of .gitignore each.
    patterns: Vec<String>,
    settings: SourceSettings,
    /// Whether the account allows reading contents, which SHA-256 takes.
    content_access: bool,
    /// Null while the server starts.
    health: Option<Health>,
    created_at: String,
}

/// Whose files they are.
#[derive(Serialize, JsonSchema)]
struct Account {
    id: String,
    name: String,
    email: String,
}

/// A folder that there is a rule for.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "LinkedFolder")]
struct Folder {
    path: String,
    verdict: Verdict,
}

impl Integration {
    pub(crate) async fn read(state: &State, source: Source) -> Result<Self, Error> {
        let health = state.sync.health(source.tenancy, source.id).await?;
        let rules = Rules::parse(&source.rules).map_err(Error::internal)?;
        Ok(Self::new(source, &rules, health))
    }

    pub(crate) async fn read_all(state: &State, tenancy: TenancyId) -> Result<Vec<Self>, Error> {
        let sources = state.ledger.sources(tenancy).await?;
        let mut all = Vec::with_capacity(sources.len());
        for source in sources {
            all.push(Self::read(state, source).await?);
        }
        Ok(all)
    }

    fn new(source: Source, rules: &Rules, health: Option<Health>) -> Self {
        Self {
            content_access: sync::allows_content(&source),
            identity: source.id.to_string(),
            kind: "dropbox",
            display_name: source.display_name,
            client_id: source.id.to_string(),
            secret_hint: source.secret_valid_until.map(|_: Timestamp| SECRET_HINT),
            secret_valid_until: source.secret_valid_until.map(rfc3339),
            account: Account {
                id: source.account,
                name: source.account_name,
                email: source.account_email,
            },
            folders: folders(rules),
            patterns: rules.patterns().lines().to_vec(),
            rules: rules.iter().cloned().collect(),
            settings: source.settings,
            health,
            created_at: rfc3339(source.created_at),
        }
    }
}

fn folders(rules: &Rules) -> Vec<Folder> {
    rules.iter().map(|rule| Folder { path: rule.path.clone(), verdict: rule.verdict }).collect()
}
