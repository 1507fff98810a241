//! What a sandbox is started with. Nothing is read from the environment here: the command line is
//! the caller's.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use crate::webhooks::Webhook;

/// How a sandbox starts. The default is an empty account in memory on a free loopback port.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where to listen; port 0 takes a free one.
    pub bind: SocketAddr,
    /// What is in the account.
    pub backing: Backing,
    /// The directory in which the certificate authority for TLS is kept, so that clients need to be
    /// told only once. Without one it is made at each start.
    pub certificates: Option<PathBuf>,
    /// The apps that may ask for access. Empty: every app key, with any loopback redirect URI.
    pub app_keys: Vec<AppKey>,
    /// Where apps want to hear of changes. Each address is asked to echo a challenge until it does.
    pub webhooks: Vec<Webhook>,
    /// Whose Dropbox the backing is.
    pub account: Person,
    /// More people who can sign in. Each has a Dropbox in memory that starts empty.
    pub further_accounts: Vec<Person>,
    /// The team that everybody is in, if there is one.
    pub team: Option<Team>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            bind: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            backing: Backing::Memory,
            certificates: None,
            app_keys: Vec::new(),
            webhooks: Vec::new(),
            account: Person::default(),
            further_accounts: Vec::new(),
            team: None,
        }
    }
}

/// Where the files of an account come from.
#[derive(Clone, Debug)]
pub enum Backing {
    /// A folder that people edit with their own programs. What Dropbox would remember (ids,
    /// revisions, cursors, tokens) is kept in the state file, outside of the folder.
    Folder {
        /// The folder; it must exist.
        path: PathBuf,
        /// Created when missing, together with the directory it is in.
        state_file: PathBuf,
    },
    /// Nothing but what tests put there; gone when the sandbox stops.
    Memory,
    /// A tree that is computed from a seed; edits on top of it are kept in memory.
    Generated {
        /// The same seed gives the same names, contents and ids.
        seed: u64,
        /// Up to ten million.
        files: u64,
    },
}

/// An app as it would be registered in Dropbox's App Console.
#[derive(Clone, Debug)]
pub struct AppKey {
    /// The app key: OAuth's `client_id`.
    pub key: String,
    /// What people are told that it is called.
    pub name: String,
    /// The app secret. Without one every secret is accepted, as is none with PKCE.
    pub secret: Option<String>,
    /// Where people may be sent back to, compared exactly. None at all means every loopback address.
    pub redirect_uris: Vec<String>,
    /// The scopes that are enabled for it, as on the console's Permissions tab. None at all means
    /// every scope.
    pub scopes: Vec<String>,
}

impl From<&str> for AppKey {
    fn from(key: &str) -> Self {
        Self {
            key: key.to_owned(),
            name: key.to_owned(),
            secret: None,
            redirect_uris: Vec::new(),
            scopes: Vec::new(),
        }
    }
}

/// A team with a common space: each member has a folder of their own in its root, beside the
/// folders of the team. What is in the backing is the root as the first person sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Team {
    /// What the team is called.
    pub name: String,
    /// Folders that everybody has, by name.
    pub folders: Vec<String>,
}

/// Somebody with a Dropbox account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// First name.
    pub given_name: String,
    /// Family name.
    pub surname: String,
    /// What they sign in with; the account's ids are derived from it.
    pub email: String,
}

impl Person {
    /// A person by name and address.
    pub fn new(given_name: &str, surname: &str, email: &str) -> Self {
        Self {
            given_name: given_name.to_owned(),
            surname: surname.to_owned(),
            email: email.to_owned(),
        }
    }

    pub(crate) fn display_name(&self) -> String {
        format!("{} {}", self.given_name, self.surname)
    }
}

impl Default for Person {
    fn default() -> Self {
        Self::new("Ada", "Example", "ada@example.org")
    }
}
