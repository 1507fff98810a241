//! The two key files, and what is sealed with the second: `log.key` signs checkpoints,
//! `secrets.key` encrypts credentials at rest. Both are files and not rows, so that a copy of the
//! database alone can neither sign nor reach anybody's account.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use secrecy::{ExposeSecret, SecretBox, SecretString};
use sha2::Sha256;

use crate::error::{KeyProblem, OpenError, StoreError};

/// The file with the seed of the log's key.
pub(crate) const LOG_KEY: &str = "log.key";
/// The file with the key for secrets at rest.
pub(crate) const SECRETS_KEY: &str = "secrets.key";

const KEY_BYTES: usize = 32;
/// 64 digits and a line end; a longer file is not one of ours.
const FILE_BYTES_MAX: u64 = 128;
const NONCE_BYTES: usize = 24;

/// Whether a missing key file may be made.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// Nothing was written with it yet.
    Create,
    /// The data beside it needs the one that was there.
    Refuse,
}

/// Reads a key file, or makes it: 64 hexadecimal digits that only their owner may read. A file that
/// others may read, or that holds something else, is refused.
pub fn load(path: &Path, missing: Missing) -> Result<SecretBox<[u8; 32]>, OpenError> {
    let failed = |problem| OpenError::Key { path: path.to_owned(), problem };
    match File::open(path) {
        Ok(file) => read(file).map_err(failed),
        Err(error) if error.kind() == io::ErrorKind::NotFound => match missing {
            Missing::Create => create(path).map_err(failed),
            Missing::Refuse => Err(failed(KeyProblem::Missing)),
        },
        Err(error) => Err(failed(KeyProblem::System(error))),
    }
}

fn read(file: File) -> Result<SecretBox<[u8; 32]>, KeyProblem> {
    let mode = file.metadata().map_err(KeyProblem::System)?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(KeyProblem::Mode(mode));
    }
    let mut text = String::new();
    match file.take(FILE_BYTES_MAX).read_to_string(&mut text) {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            return Err(KeyProblem::Content);
        }
        Err(error) => return Err(KeyProblem::System(error)),
    }
    let digits = text.strip_suffix('\n').unwrap_or(&text);
    let mut key = [0; KEY_BYTES];
    hex::decode_to_slice(digits, &mut key).map_err(|_| KeyProblem::Content)?;
    Ok(SecretBox::new(Box::new(key)))
}

/// Writes a new key and makes sure that it stays: what is signed or sealed with it must not
/// outlive it.
fn create(path: &Path) -> Result<SecretBox<[u8; 32]>, KeyProblem> {
    let key = random().map_err(KeyProblem::System)?;
    let write = || {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        writeln!(file, "{}", hex::encode(key))?;
        file.sync_all()?;
        path.parent().map_or(Ok(()), |directory| File::open(directory)?.sync_all())
    };
    write().map_err(KeyProblem::System)?;
    Ok(SecretBox::new(Box::new(key)))
}

/// 32 random bytes from the system.
fn random() -> io::Result<[u8; KEY_BYTES]> {
    let mut bytes = [0; KEY_BYTES];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(bytes)
}

/// A new secret to hand out: 256 random bits as 64 hexadecimal digits.
pub(crate) fn new_secret() -> Result<SecretString, StoreError> {
    let bytes = random().map_err(StoreError::Randomness)?;
    Ok(hex::encode(bytes).into())
}

/// A new secret for the messages of a webhook, in the spelling of Standard Webhooks.
pub(crate) fn new_webhook_secret() -> Result<SecretString, StoreError> {
    let bytes = random().map_err(StoreError::Randomness)?;
    Ok(format!("whsec_{}", STANDARD.encode(bytes)).into())
}

/// A secret made from another one, about which it tells nothing. Each use has its own domain.
pub fn derive(key: &[u8; 32], domain: &str) -> [u8; 32] {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key)
        .expect("invariant: HMAC takes a key of any length");
    mac.update(domain.as_bytes());
    mac.finalize().into_bytes().into()
}

/// Encrypts what must not be readable in the file.
pub(crate) struct Vault {
    key: SecretBox<[u8; 32]>,
}

impl Vault {
    pub(crate) fn new(key: SecretBox<[u8; 32]>) -> Self {
        Self { key }
    }

    /// Seals a secret for one place, `table/row/column`: moved elsewhere it does not open.
    pub(crate) fn seal(&self, place: &str, secret: &SecretString) -> Result<Vec<u8>, StoreError> {
        let mut nonce = [0; NONCE_BYTES];
        getrandom::fill(&mut nonce)
            .map_err(|error| StoreError::Randomness(io::Error::other(error)))?;
        let message = secret.expose_secret().as_bytes();
        let sealed = self
            .cipher()
            .encrypt(&XNonce::from(nonce), Payload { msg: message, aad: place.as_bytes() })
            .expect("invariant: the cipher seals anything below 256 GiB");
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// Opens what was sealed for this place.
    pub(crate) fn open(&self, place: &str, sealed: &[u8]) -> Result<SecretString, StoreError> {
        let unreadable =
            || StoreError::Damaged(format!("{place} does not open with the key in {SECRETS_KEY}"));
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_BYTES>().ok_or_else(unreadable)?;
        let message = self
            .cipher()
            .decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad: place.as_bytes() })
            .map_err(|_| unreadable())?;
        String::from_utf8(message).map(Into::into).map_err(|_| unreadable())
    }

    /// A secret for another use, which tells nothing about this one.
    pub(crate) fn derive(&self, domain: &str) -> [u8; 32] {
        derive(self.key.expose_secret(), domain)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&(*self.key.expose_secret()).into())
    }
}
