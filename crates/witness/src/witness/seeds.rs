//! The secret of a witness: one key file under the same rules as a ledger's, from which both of
//! its keys follow. One file is one thing to keep safe, and switching ML-DSA-44 on later or off
//! again leads to the same keys.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use ledger::{MissingKey, derive_key, load_key};
use secrecy::ExposeSecret;
use tlog::{Cosigner, KeyName};

use super::store::DATABASE;
use super::{CosignatureKinds, OpenError};

/// The file with the seed.
const KEY_FILE: &str = "witness.key";

/// Tells the second seed apart from the first, which is the key file itself.
const ML_DSA_44_DOMAIN: &str = "proofbox/witness/ml-dsa-44/v1";

/// Everything that signs. Makes the directory and, as long as nothing was signed, the key.
pub(super) fn cosigners(
    directory: &Path,
    name: &KeyName,
    kinds: CosignatureKinds,
) -> Result<Vec<Cosigner>, OpenError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)
        .map_err(|source| OpenError::Directory { path: directory.to_owned(), source })?;
    let is_new = !directory.join(DATABASE).exists();
    let missing = if is_new { MissingKey::Create } else { MissingKey::Refuse };
    let seed = load_key(&directory.join(KEY_FILE), missing)?;
    let seed = seed.expose_secret();
    let mut cosigners = vec![Cosigner::ed25519(name.clone(), seed)];
    if kinds == CosignatureKinds::Both {
        let seed = derive_key(seed, ML_DSA_44_DOMAIN);
        cosigners.push(Cosigner::ml_dsa_44(name.clone(), &seed));
    }
    Ok(cosigners)
}
