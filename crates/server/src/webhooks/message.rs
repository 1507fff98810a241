//! A message: what it says, its id, and its signature.

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use ledger::FullEvent;
use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use sha2::Sha256;

use crate::{
    archivist::{EventBody, View, rfc3339},
    error::Error,
};

const SECRET_PREFIX: &str = "whsec_";

/// What is sent to a webhook.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "WebhookMessage")]
pub(crate) struct Message {
    #[serde(skip)]
    id: String,
    /// `event.recorded`, or `test`.
    r#type: &'static str,
    timestamp: String,
    /// The event as its owner sees it, without private fields; null in a test.
    data: Option<EventBody>,
}

impl Message {
    /// An event. Its id is the same however often it is sent.
    pub(crate) fn of(full: &FullEvent, witnessed: u64) -> Self {
        Self {
            id: format!("evt_{}", full.event.id),
            r#type: "event.recorded",
            timestamp: rfc3339(full.event.accepted_at),
            data: Some(EventBody::new(full, View::Owner, witnessed, None)),
        }
    }

    /// Something that means nothing but that messages arrive.
    pub(crate) fn test(now: Timestamp) -> Self {
        let id = format!("test_{}", uuid::Uuid::new_v4());
        Self { id, r#type: "test", timestamp: rfc3339(now), data: None }
    }

    /// The message on its way: headers and body.
    pub(super) fn seal(&self, secret: &SecretString, now: Timestamp) -> Result<Sealed, Error> {
        let body = serde_json::to_vec(self).map_err(Error::internal)?;
        let (id, timestamp) = (self.id.clone(), now.as_second().to_string());
        let signature = sign(secret, &id, &timestamp, &body).ok_or(Error::NotFound)?;
        Ok(Sealed { id, timestamp, signature, body })
    }
}

/// A message with its signature.
pub(super) struct Sealed {
    pub(super) id: String,
    pub(super) timestamp: String,
    pub(super) signature: String,
    pub(super) body: Vec<u8>,
}

/// HMAC-SHA-256 over id, time and body, under the key that the secret spells.
fn sign(secret: &SecretString, id: &str, timestamp: &str, body: &[u8]) -> Option<String> {
    let key = STANDARD.decode(secret.expose_secret().strip_prefix(SECRET_PREFIX)?).ok()?;
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&key).ok()?;
    for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
        mac.update(part);
    }
    Some(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the Standard Webhooks libraries.
    #[test]
    fn a_signature_is_the_one_that_the_standard_asks_for() {
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".into();
        let (id, timestamp) = ("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330");
        let signature = sign(&secret, id, timestamp, br#"{"test": 2432232314}"#).unwrap();
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}
