//! Names that Dropbox gives to things. All of them are opaque: compared and stored, never parsed.

use serde::{Deserialize, Serialize};

/// Declares an opaque identifier: a string that can't be mistaken for another kind.
macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes the text as Dropbox gave it.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The text as Dropbox gave it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<$name> for String {
            fn from(identifier: $name) -> Self {
                identifier.0
            }
        }
    };
}

identifier! {
    /// A file or folder, through renames and moves: `id:…`.
    Id
}

identifier! {
    /// One revision of one file.
    Rev
}

identifier! {
    /// A Dropbox account: `dbid:…`.
    AccountId
}

identifier! {
    /// A tree of its own: a person's home, a team's space.
    NamespaceId
}
