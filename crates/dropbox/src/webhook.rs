//! Notifications that Dropbox sends to a webhook: whose files changed, never what.
//!
//! They are signed with the app secret over the raw body, without a time or a number: one that is
//! repeated is as good as the first, and only leads to a look.

use hmac::{Hmac, KeyInit, Mac};
use secrecy::ExposeSecret;
use serde::Deserialize;
use sha2::Sha256;

use crate::{AccountId, Client};

/// Why a notification isn't taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotificationError {
    /// Without the app secret no signature can be checked.
    #[error("this app has no secret, so no notification can be checked")]
    NoSecret,
    /// It isn't from Dropbox, or was changed on the way.
    #[error("the notification isn't signed with the secret of this app")]
    BadSignature,
}

#[derive(Default, Deserialize)]
struct WireNotification {
    #[serde(default)]
    list_folder: WireAccounts,
}

#[derive(Default, Deserialize)]
struct WireAccounts {
    #[serde(default)]
    accounts: Vec<AccountId>,
}

impl Client {
    /// Whether notifications can be taken at all: there is an app secret.
    pub fn takes_notifications(&self) -> bool {
        self.app().secret.is_some()
    }

    /// The accounts that a notification names, once its signature is right: `X-Dropbox-Signature`,
    /// hexadecimal, over the body as it came. What isn't about files names none.
    pub fn notified_accounts(
        &self,
        signature: &str,
        body: &[u8],
    ) -> Result<Vec<AccountId>, NotificationError> {
        let secret = self.app().secret.as_ref().ok_or(NotificationError::NoSecret)?;
        let signature = hex::decode(signature).map_err(|_| NotificationError::BadSignature)?;
        let mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes());
        let mac = mac.map_err(|_| NotificationError::NoSecret)?.chain_update(body);
        // Takes the same time wherever the two differ.
        mac.verify_slice(&signature).map_err(|_| NotificationError::BadSignature)?;
        let notification: WireNotification = serde_json::from_slice(body).unwrap_or_default();
        Ok(notification.list_folder.accounts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{App, Hosts};

    const BODY: &str = r#"{"list_folder":{"accounts":["dbid:AAH4","dbid:BBI5"]}}"#;

    /// From `printf '%s' BODY | openssl dgst -sha256 -hmac h7g6f5e4d3c2b1a`.
    const SIGNATURE: &str = "c963953e0fd5582b6c78de70fea9522e17ecd2b7311f2935548df1da885a9c10";

    fn client(secret: Option<&str>) -> Client {
        let app = App { key: "appkey".to_owned(), secret: secret.map(Into::into) };
        Client::new(Hosts::dropbox(), app).unwrap()
    }

    fn signature(body: &str) -> String {
        let mac = Hmac::<Sha256>::new_from_slice(b"h7g6f5e4d3c2b1a").unwrap();
        hex::encode(mac.chain_update(body).finalize().into_bytes())
    }

    fn check(body: &str, signature: &str) -> Result<Vec<String>, NotificationError> {
        let accounts =
            client(Some("h7g6f5e4d3c2b1a")).notified_accounts(signature, body.as_bytes());
        Ok(accounts?.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn notification_names_its_accounts_if_its_signature_is_right() {
        assert_eq!(signature(BODY), SIGNATURE);
        assert_eq!(check(BODY, SIGNATURE).unwrap(), ["dbid:AAH4", "dbid:BBI5"]);
    }

    #[test]
    fn notification_that_was_changed_or_forged_names_nobody() {
        let forged = [&SIGNATURE.replace('a', "b"), &SIGNATURE[..62], "", "zz", SIGNATURE];
        for (number, signature) in forged.into_iter().enumerate() {
            let body = if number == 4 { "{}" } else { BODY };
            assert_eq!(check(body, signature), Err(NotificationError::BadSignature), "{signature}");
        }
        let without = client(None).notified_accounts(SIGNATURE, BODY.as_bytes());
        assert_eq!(without, Err(NotificationError::NoSecret));
    }

    #[test]
    fn notification_about_something_else_names_nobody() {
        for body in [r#"{"delta":{"users":[12345678]}}"#, "", "null", r#"{"list_folder":{}}"#] {
            assert_eq!(check(body, &signature(body)), Ok(Vec::new()), "{body}");
        }
    }
}
