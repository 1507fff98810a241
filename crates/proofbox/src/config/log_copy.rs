//! Where the copy of the log may be. What is in it is looked at when an instance starts, because
//! that needs the log's key.

use std::path::{Path, PathBuf};

/// By this file a data directory is known.
const DATABASE: &str = "proofbox.db";

/// The directory for the copy, unless the copy would be of no use or would publish too much there.
pub(super) fn place(text: &str, data: &Path) -> Result<PathBuf, String> {
    let copy = PathBuf::from(text);
    let (real_copy, real_data) = (real(&copy), real(data));
    let objection = if real_copy.starts_with(&real_data) {
        "it is in the data directory, and would go back in time together with it when an older \
         one is restored; name a directory elsewhere, best on another disk"
    } else if real_data.starts_with(&real_copy) {
        "the data directory is in it, and would be published with it; name a directory of its own"
    } else if copy.exists() && !copy.is_dir() {
        "it is not a directory; name another one"
    } else if copy.join(DATABASE).exists() {
        "it is the data directory of an instance; name a directory of its own"
    } else {
        return Ok(copy);
    };
    Err(objection.to_owned())
}

/// The path without links, as far as it exists.
fn real(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let known =
        |known: &Path| Some(known.canonicalize().ok()?.join(path.strip_prefix(known).ok()?));
    path.ancestors().find_map(known).unwrap_or_else(|| path.clone())
}
