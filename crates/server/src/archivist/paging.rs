//! Pages of a list. A token carries the query that it continues and where the last page ended, under
//! an authentication code: it is good for that list and that caller alone, and cannot be made up.
//!
//! Published clients send the token alone or with every parameter again; both continue.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use url::form_urlencoded;

use crate::{State, error::Error, query::Asked};

/// The longest query or token that is looked at.
const QUERY_BYTES_MAX: usize = 16 * 1024;
const MAC_BYTES: usize = 16;

const BAD_TOKEN: &str = "The page token is not valid here. Start the list again without it.";

/// Keys of a query with their values.
pub(super) type Pairs = Vec<(String, String)>;

/// A request for a page.
pub(super) struct Page {
    /// What was asked, without the parameters of the page itself.
    pub(super) pairs: Pairs,
    /// Where the page before ended.
    pub(super) position: Option<String>,
    /// How many to return; 0 leaves it to us.
    pub(super) size: u32,
}

/// What a token says.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Token {
    query: Pairs,
    position: String,
    size: u32,
}

/// The list that a token belongs to: which one, and whose.
pub(super) struct List<'a> {
    state: &'a State,
    scope: String,
}

impl<'a> List<'a> {
    pub(super) fn new(state: &'a State, scope: String) -> Self {
        Self { state, scope }
    }

    /// Reads a query string.
    pub(super) fn read<P>(&self, asked: &Asked<P>) -> Result<Page, Error> {
        let query = asked.query.as_deref().unwrap_or_default();
        if query.len() > QUERY_BYTES_MAX {
            return Err(Error::BadQuery(
                "This query is too long. Ask for less at once.".to_owned(),
            ));
        }
        let (mut pairs, mut token, mut size) = (Vec::new(), None, None);
        for (key, value) in form_urlencoded::parse(query.as_bytes()) {
            match key.as_ref() {
                "page_token" if token.is_none() => token = Some(value.into_owned()),
                "page_size" if size.is_none() => size = Some(page_size(&value)?),
                key @ ("page_token" | "page_size") => {
                    return Err(Error::BadQuery(format!("{key} comes twice. Send it once.")));
                }
                _ => pairs.push((key.into_owned(), value.into_owned())),
            }
        }
        match token.filter(|token| !token.is_empty()) {
            None => Ok(Page { pairs, position: None, size: size.unwrap_or(0) }),
            Some(token) => self.resume(&token, &pairs, size),
        }
    }

    fn resume(
        &self,
        token: &str,
        pairs: &[(String, String)],
        size: Option<u32>,
    ) -> Result<Page, Error> {
        let token = self.open(token).ok_or_else(|| Error::BadQuery(BAD_TOKEN.to_owned()))?;
        if !pairs.is_empty() && sorted(pairs) != sorted(&token.query) {
            return Err(Error::BadQuery(
                "The page token continues another query. Repeat that query, or send the token alone."
                    .to_owned(),
            ));
        }
        let size = size.unwrap_or(token.size);
        Ok(Page { pairs: token.query, position: Some(token.position), size })
    }

    /// The token of the page after this one; empty if there is none.
    pub(super) fn next(&self, page: &Page, position: Option<String>) -> String {
        let Some(position) = position else { return String::new() };
        let token = Token { query: page.pairs.clone(), position, size: page.size };
        let text = serde_json::to_vec(&token).expect("invariant: texts are always JSON");
        let code = self.mac(&text).finalize().into_bytes();
        let code = code.get(..MAC_BYTES).expect("invariant: SHA-256 has more bytes");
        URL_SAFE_NO_PAD.encode([code, &text].concat())
    }

    fn open(&self, token: &str) -> Option<Token> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (code, text) = bytes.split_at_checked(MAC_BYTES)?;
        self.mac(text).verify_truncated_left(code).ok()?;
        serde_json::from_slice(text).ok()
    }

    fn mac(&self, text: &[u8]) -> Hmac<Sha256> {
        let key = self.state.ledger.derived_secret("proofbox/page-token/v1");
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&key)
            .expect("invariant: HMAC takes a key of any length");
        mac.update(&(self.scope.len() as u64).to_be_bytes());
        mac.update(self.scope.as_bytes());
        mac.update(text);
        mac
    }
}

fn sorted(pairs: &[(String, String)]) -> Vec<&(String, String)> {
    let mut pairs: Vec<_> = pairs.iter().collect();
    pairs.sort();
    pairs
}

fn page_size(text: &str) -> Result<u32, Error> {
    text.parse().map_err(|_| Error::BadQuery("page_size is a number, and not negative.".to_owned()))
}

impl Page {
    /// Takes a parameter that is no filter out of the query, without forgetting it for the token.
    pub(super) fn split(&self, names: &[&str]) -> (Pairs, Pairs) {
        self.pairs.iter().cloned().partition(|(key, _)| !names.contains(&key.as_str()))
    }
}
