//! The log's key as the command line takes it: one key, or all the lines that a log publishes at
//! `/log/vkey`, so that its answer can be passed on as it is. What a key proves is not here.

use tlog::{MalformedKey, VerifierKey};

/// The first of the lines. It is the key by which a log is known; the others come with the log,
/// which names them in its first entry.
pub(crate) fn parse(text: &str) -> Result<VerifierKey, MalformedKey> {
    text.trim().lines().next().unwrap_or_default().trim_end().parse()
}

#[cfg(test)]
mod tests {
    use tlog::Cosigner;

    use super::parse;

    #[test]
    fn published_lines_are_taken_as_they_are_and_the_first_counts() {
        let key = |seed| Cosigner::ed25519("log.example".parse().unwrap(), &[seed; 32]);
        let [first, second] = [1, 2].map(|seed| key(seed).verifier_key());
        for text in [format!("{first}"), format!("{first}\n"), format!("{first}\r\n{second}\n")] {
            assert_eq!(parse(&text).unwrap(), first, "{text:?}");
        }
        for text in [String::new(), "\n".to_owned(), format!("{first} {second}")] {
            assert!(parse(&text).is_err(), "{text:?}");
        }
    }
}
