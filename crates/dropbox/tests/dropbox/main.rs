//! The client against servers that answer what Dropbox answers, each for one situation.

// Lints that are relaxed in tests look for this attribute, also where everything is a test.
#[cfg(test)]
mod content_hash;
#[cfg(test)]
mod double;
#[cfg(test)]
mod download;
#[cfg(test)]
mod failures;
#[cfg(test)]
mod listing;
#[cfg(test)]
mod oauth;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod tokens;
