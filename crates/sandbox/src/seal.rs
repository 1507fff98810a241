//! Text that only this sandbox can have written: cursors, tokens and session cookies carry their
//! meaning with them, under a message authentication code. So nothing has to be stored for each.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::Sha256;

const CODE_BYTES: usize = 16;

/// What a sealed text is for; one kind never passes as another.
#[derive(Clone, Copy)]
pub(crate) enum Purpose {
    AccessToken,
    RefreshToken,
    Cursor,
    Session,
    Form,
    Search,
    CopyReference,
    Link,
    UploadLink,
    LinkList,
    List,
    FormerToken,
    FormerSecret,
}

impl Purpose {
    fn label(self) -> &'static [u8] {
        match self {
            Self::AccessToken => b"access token\n",
            Self::RefreshToken => b"refresh token\n",
            Self::Cursor => b"cursor\n",
            Self::Session => b"session\n",
            Self::Form => b"form\n",
            Self::Search => b"search\n",
            Self::CopyReference => b"copy reference\n",
            Self::Link => b"link\n",
            Self::UploadLink => b"upload link\n",
            Self::LinkList => b"link list\n",
            Self::List => b"list\n",
            Self::FormerToken => b"former token\n",
            Self::FormerSecret => b"former secret\n",
        }
    }
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Key([u8; 32]);

impl Key {
    pub(crate) fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    pub(crate) fn seal(&self, purpose: Purpose, meaning: &impl Serialize) -> String {
        let meaning = serde_json::to_vec(meaning).unwrap_or_default();
        let code = self.code(purpose, &meaning).finalize().into_bytes();
        let mut bytes = Vec::with_capacity(CODE_BYTES + meaning.len());
        bytes.extend(code.iter().take(CODE_BYTES));
        bytes.extend(meaning);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    pub(crate) fn open<T: DeserializeOwned>(&self, purpose: Purpose, text: &str) -> Option<T> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (code, meaning) = bytes.split_at_checked(CODE_BYTES)?;
        self.code(purpose, meaning).verify_truncated_left(code).ok()?;
        serde_json::from_slice(meaning).ok()
    }

    /// 64 url-safe characters that name a number and can't be guessed.
    pub(crate) fn numbered(&self, purpose: Purpose, number: u64) -> String {
        let number = number.to_be_bytes();
        let code = self.code(purpose, &number).finalize().into_bytes();
        let mut bytes = [0_u8; 48];
        bytes.iter_mut().zip(number.iter().chain(&code)).for_each(|(to, from)| *to = *from);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    pub(crate) fn number(&self, purpose: Purpose, text: &str) -> Option<u64> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (number, rest) = bytes.split_first_chunk::<8>()?;
        self.code(purpose, number).verify_slice(rest.get(..32)?).ok()?;
        let number = u64::from_be_bytes(*number);
        (self.numbered(purpose, number) == text).then_some(number)
    }

    fn code(&self, purpose: Purpose, meaning: &[u8]) -> Hmac<Sha256> {
        let mut code = Hmac::<Sha256>::new_from_slice(&self.0)
            .expect("invariant: HMAC takes keys of any length");
        code.update(purpose.label());
        code.update(meaning);
        code
    }
}

/// Random text for authorization codes.
pub(crate) fn random_text() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sealed_text_opens_for_its_purpose_alone_and_unchanged() {
        let key = Key::random().unwrap();
        let sealed = key.seal(Purpose::Cursor, &(7, "seven"));
        assert_eq!(key.open(Purpose::Cursor, &sealed), Some((7, "seven".to_owned())));
        assert_eq!(key.open::<(u8, String)>(Purpose::AccessToken, &sealed), None);
        assert_eq!(key.open::<(u8, String)>(Purpose::Cursor, &format!("{sealed}A")), None);
        assert_eq!(Key::random().unwrap().open::<(u8, String)>(Purpose::Cursor, &sealed), None);

        let numbered = key.numbered(Purpose::RefreshToken, 5);
        assert_eq!(numbered.len(), 64);
        assert_eq!(key.number(Purpose::RefreshToken, &numbered), Some(5));
        assert_eq!(key.number(Purpose::Session, &numbered), None);
    }
}
