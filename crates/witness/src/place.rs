//! A witness as it is reached: one address, and the keys that a policy trusts there. A witness
//! with two keys stands in a policy twice, and is asked once.
//!
//! Every answer comes from outside: it is bounded in time and length, read once, and whatever it
//! claims is for the caller to check.

mod answer;

use std::time::Duration;

use reqwest::redirect;
use tlog::{
    AddCheckpoint, Checkpoint, KeyName, NOTE_BYTES_MAX, Origin, Policy, Signature, SignedNote,
    VerifierKey,
};
use url::{Host, Url};

pub(crate) use answer::{Answer, Trouble};

/// How long a witness may take to accept a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A policy's address that no checkpoint can be brought to.
#[derive(Debug, thiserror::Error)]
pub enum UnusableWitness {
    /// Not a web address.
    #[error(
        "the witness {name} has the address {url}, which cannot be used: write it like \
         https://witness.example.org, without a query"
    )]
    Address {
        /// What the policy calls the witness.
        name: String,
        /// What it says.
        url: String,
    },
    /// TLS or the proxy settings of the environment can't be used.
    #[error("the HTTP client can't be set up")]
    Client(#[source] reqwest::Error),
}

/// Where a witness is.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// For messages, as it stands in a sentence.
    pub(crate) name: String,
    base: Url,
    keys: Vec<VerifierKey>,
    http: reqwest::Client,
}

impl Place {
    /// The places of a policy's witnesses. Those without an address have none: their signatures
    /// are checked where they turn up, and nobody asks for them.
    pub(crate) fn all(policy: &Policy, timeout: Duration) -> Result<Vec<Self>, UnusableWitness> {
        let mut places: Vec<Self> = Vec::new();
        for witness in policy.witnesses() {
            let Some(url) = &witness.url else { continue };
            let base = base(url).ok_or_else(|| UnusableWitness::Address {
                name: witness.name.clone(),
                url: url.clone(),
            })?;
            if let Some(place) = places.iter_mut().find(|place| place.base == base) {
                place.keys.push(witness.key.clone());
                continue;
            }
            let http = client(&base, timeout).map_err(UnusableWitness::Client)?;
            let name = format!("the witness {}", witness.key.name());
            places.push(Self { name, base, keys: vec![witness.key.clone()], http });
        }
        Ok(places)
    }

    /// Submits a checkpoint.
    pub(crate) async fn submit(&self, request: &AddCheckpoint) -> Result<Answer, Trouble> {
        let request = self.http.post(self.address("add-checkpoint")).body(request.to_string());
        answer::read(request.send().await).await
    }

    /// The checkpoint that the witness shows for a log. It is worth what its signatures are.
    pub(crate) async fn shown(&self, log: &Origin) -> Result<Option<SignedNote>, Trouble> {
        let request = self.http.get(self.address(&log.monitoring_path()));
        let body = answer::read_shown(request.send().await, NOTE_BYTES_MAX).await?;
        Ok(body.and_then(|body| SignedNote::parse(&body).ok()))
    }

    /// Those of the signatures that are by this witness. A wrong one of its keys spoils them all,
    /// and one of an unknown key is nobody's.
    pub(crate) fn verified(
        &self,
        checkpoint: &SignedNote,
        signatures: Vec<Signature>,
    ) -> Result<Vec<Signature>, Trouble> {
        let ours = |signature: &Signature| {
            self.keys
                .iter()
                .any(|key| key.name() == signature.name() && key.id() == signature.key_id())
        };
        let known: Vec<_> = signatures.into_iter().filter(ours).collect();
        let cosigned = checkpoint.with(known.clone()).map_err(|error| Trouble::of(&error))?;
        match cosigned.verify(&self.keys) {
            Ok(verified) if verified.iter().all(|verified| verified.time_s.is_some()) => Ok(known),
            Ok(_) => Err(Trouble::new("it doesn't say when it signed")),
            Err(error) => Err(Trouble::of(&error)),
        }
    }

    /// Relative to the prefix, whatever path that has.
    fn address(&self, path: &str) -> Url {
        self.base.join(path).expect("invariant: a path of letters and slashes can be joined")
    }
}

/// A note's checkpoint if the log itself has signed it: then it proves what was signed, whoever
/// shows it.
pub(crate) fn signed_by(log: &VerifierKey, note: &SignedNote) -> Option<Checkpoint> {
    Checkpoint::open(note, log).ok()
}

/// A checkpoint with the log's own signatures alone: a witness has no use for those of others.
pub(crate) fn without_cosignatures(note: &SignedNote, log: &KeyName) -> Option<SignedNote> {
    let own = note.signatures().iter().filter(|signature| signature.name() == log);
    SignedNote::parse(&format!("{}\n{}", note.text(), crate::lines(own))).ok()
}

/// The address with a slash at its end, so that paths go below it.
fn base(url: &str) -> Option<Url> {
    let mut url = Url::parse(url).ok()?;
    let is_plain = url.query().is_none() && url.fragment().is_none() && url.has_host();
    if !is_plain || !matches!(url.scheme(), "http" | "https") {
        return None;
    }
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    Some(url)
}

fn client(base: &Url, timeout: Duration) -> Result<reqwest::Client, reqwest::Error> {
    let mut http = reqwest::Client::builder()
        .user_agent(concat!("Proofbox/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(timeout)
        // A witness that moved is for the operator to find, not for the witness to say.
        .redirect(redirect::Policy::none());
    if is_on_this_machine(base) {
        // A proxy of the environment would look for it on its own.
        http = http.no_proxy();
    }
    http.build()
}

fn is_on_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
