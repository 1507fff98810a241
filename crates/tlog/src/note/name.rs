//! The names of keys.

use std::{fmt, str::FromStr};

use crate::text::has_control_character;

/// The longest name of a key or an origin: a cosignature writes its length into one byte.
pub const NAME_BYTES_MAX: usize = 255;

/// A key's name: usually the address of its owner without the scheme, like `log.example/1`. It
/// stands in a signature's line and in the text of a key, so it has no spaces and no `+`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyName(String);

/// A text can't name a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a key's name has 1 to {NAME_BYTES_MAX} bytes and no space, '+' or control character")]
pub struct MalformedName;

impl KeyName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for KeyName {
    type Err = MalformedName;

    fn from_str(name: &str) -> Result<Self, MalformedName> {
        let right_length = (1..=NAME_BYTES_MAX).contains(&name.len());
        let wrong_character = |c: char| c.is_whitespace() || c == '+';
        if right_length && !name.contains(wrong_character) && !has_control_character(name) {
            Ok(Self(name.to_owned()))
        } else {
            Err(MalformedName)
        }
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}
