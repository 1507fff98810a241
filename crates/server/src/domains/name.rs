//! A domain as somebody wrote it, brought into the one spelling that it has in the DNS.

use url::Host;

use crate::error::Error;

/// So that the name of its record is still a name.
const NAME_BYTES_MAX: usize = 253 - "_proofbox-challenge.".len();
const LABEL_BYTES_MAX: usize = 63;
/// More than any name has, before it is looked at closer.
const TEXT_BYTES_MAX: usize = 1_024;

/// The domain in ASCII and lower case, if somebody can control it alone.
pub(crate) fn parsed(text: &str) -> Result<String, Error> {
    let refused = |why: &str| Error::BadRequest(format!("{why} Nothing was claimed."));
    let text = text.trim();
    let text = text.strip_suffix('.').unwrap_or(text);
    if text.len() > TEXT_BYTES_MAX || text.contains(['/', ':', '@', '%', '?', '#']) {
        return Err(refused("Write the domain alone, like example.org."));
    }
    // The rules of browsers for international names, and for what is a number in disguise.
    let name = match Host::parse(text) {
        Ok(Host::Domain(name)) => name,
        Ok(Host::Ipv4(_) | Host::Ipv6(_)) => {
            return Err(refused("An address of a machine is no domain. Write its name."));
        }
        Err(_) => return Err(refused("That is no domain. Write it like example.org.")),
    };
    if name.len() > NAME_BYTES_MAX || !name.split('.').all(is_label) {
        return Err(refused("That is no domain. Write it like example.org."));
    }
    if psl::suffix_str(&name) == Some(name.as_str()) {
        return Err(refused(
            "Others register their domains below that one, so nobody controls it alone. Write your \
             own domain, like example.org.",
        ));
    }
    Ok(name)
}

fn is_label(label: &str) -> bool {
    let is_known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=LABEL_BYTES_MAX).contains(&label.len())
        && label.bytes().all(is_known)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domain_has_one_spelling() {
        for (text, name) in [
            ("example.org", "example.org"),
            (" Example.ORG. ", "example.org"),
            ("docs.example.co.uk", "docs.example.co.uk"),
            ("Bücher.example", "xn--bcher-kva.example"),
            ("bu\u{308}cher.example", "xn--bcher-kva.example"),
            ("XN--BCHER-KVA.example", "xn--bcher-kva.example"),
            ("例え.テスト", "xn--r8jz45g.xn--zckzah"),
            ("example。org", "example.org"),
            ("someone.github.io", "someone.github.io"),
            ("3com.com", "3com.com"),
        ] {
            assert_eq!(parsed(text).unwrap(), name, "{text}");
        }
    }

    #[test]
    fn what_nobody_controls_alone_and_what_is_no_domain_is_refused() {
        let long = format!("{}.org", "a.".repeat(120));
        for text in [
            "",
            ".",
            "org",
            "co.uk",
            "github.io",
            "localhost",
            "127.0.0.1",
            "127.1",
            "0x7f000001",
            "2130706433",
            "[::1]",
            "::1",
            "https://example.org",
            "example.org/path",
            "example.org:443",
            "me@example.org",
            "example..org",
            "example.org..",
            ".example.org",
            "-example.org",
            "example-.org",
            "_dmarc.example.org",
            "*.example.org",
            "exam ple.org",
            "exam\0ple.org",
            "exam%70le.org",
            "xn--zzzzzzzz-.example",
            "example.org\r\nX: y",
            &long,
            &"ä".repeat(2_000),
            &format!("{}.org", "a".repeat(64)),
        ] {
            let error = parsed(text).expect_err(text).to_string();
            assert!(error.ends_with("Nothing was claimed."), "{text}: {error}");
        }
    }
}
