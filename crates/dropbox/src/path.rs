//! How a call names a file or folder. Lower-casing and normalisation are Dropbox's: none here.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Id, Rev};

/// A file or folder named by its path, its id, or one of its revisions; or the root.
///
/// The root is the empty string: Dropbox refuses `/`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PathRef(String);

impl PathRef {
    /// The root of everything that the account sees.
    pub fn root() -> Self {
        Self(String::new())
    }

    /// Whether this is the root.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The text that is sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PathRef {
    type Err = InvalidPath;

    /// Takes `/a/b`, `id:…`, `rev:…` and `ns:…`; nothing, or `/`, is the root. Slashes at the end go.
    fn from_str(text: &str) -> Result<Self, InvalidPath> {
        let named = ["id:", "rev:", "ns:", "/"].iter().any(|start| text.starts_with(start));
        if !text.is_empty() && !named {
            return Err(InvalidPath);
        }
        Ok(Self(text.trim_end_matches('/').to_owned()))
    }
}

impl TryFrom<String> for PathRef {
    type Error = InvalidPath;

    fn try_from(text: String) -> Result<Self, InvalidPath> {
        text.parse()
    }
}

impl From<PathRef> for String {
    fn from(path: PathRef) -> Self {
        path.0
    }
}

impl From<&Id> for PathRef {
    fn from(id: &Id) -> Self {
        Self(id.as_str().to_owned())
    }
}

impl From<&Rev> for PathRef {
    fn from(rev: &Rev) -> Self {
        Self(format!("rev:{rev}"))
    }
}

impl fmt::Display for PathRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text that names nothing in Dropbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a Dropbox path starts with \"/\" or \"id:\", or is empty for the root")]
pub struct InvalidPath;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_is_sent_as_the_empty_string_never_as_a_slash() {
        for text in ["", "/", "//"] {
            let path: PathRef = text.parse().unwrap();
            assert!(path.is_root());
            assert_eq!(serde_json::to_string(&path).unwrap(), "\"\"");
        }
    }

    #[test]
    fn slashes_at_the_end_go_and_the_rest_is_kept_to_the_byte() {
        assert_eq!("/Ünï/😀 a/".parse::<PathRef>().unwrap().as_str(), "/Ünï/😀 a");
        assert_eq!("id:abc".parse::<PathRef>().unwrap().as_str(), "id:abc");
        assert_eq!(PathRef::from(&Rev::new("a1c10ce0dd78")).as_str(), "rev:a1c10ce0dd78");
    }

    #[test]
    fn text_that_names_nothing_is_refused() {
        assert_eq!("Documents".parse::<PathRef>(), Err(InvalidPath));
    }
}
