//! Filters out of a query string, in the published words. A key that is not one of them is refused,
//! so that a misspelt filter never answers for everything.
//!
//! ```text
//!  attributes.k=v              the attribute is this text          attributes.dict.k=v   a text in a dict
//!  attributes.k=*              it is there and not empty           attributes.list[].k=v in one of a list
//!  attributes.k!=*             it is not there, or empty
//!  filters=attributes.a=1 OR attributes.b='x y'                    one of these; may come several times
//! ```

use jiff::Timestamp;
use ledger::model::filter::{
    Bound, Field, Filter, Holder, Path, PrincipalPart, Term, Test, When, Word,
};

use crate::error::Error;

/// The most terms of one query.
const TERMS_MAX: usize = 64;
/// How much of a key an error repeats.
const ECHO_MAX: usize = 64;

/// Whether assets or events are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Listed {
    Assets,
    Events,
}

/// The filter that these keys and values say. Keys with another meaning were taken out before.
pub(super) fn parse(listed: Listed, pairs: &[(String, String)]) -> Result<Filter, Error> {
    let mut filter = Filter::default();
    let mut seen: Vec<&str> = Vec::new();
    for (key, value) in pairs {
        // As published: of a repeated key the first one counts.
        if key != "filters" && seen.contains(&key.as_str()) {
            continue;
        }
        seen.push(key);
        add(listed, key, value, &mut filter)?;
    }
    let terms: usize = filter.groups.iter().map(Vec::len).sum();
    if terms > TERMS_MAX {
        return Err(Error::BadQuery(format!(
            "A query has at most {TERMS_MAX} terms. Ask for less."
        )));
    }
    Ok(filter)
}

fn add(listed: Listed, key: &str, value: &str, filter: &mut Filter) -> Result<(), Error> {
    if key == "filters" {
        filter.groups.push(any_of(listed, value)?);
        return Ok(());
    }
    if let Some(bound) = bound(listed, key, value)? {
        filter.bounds.push(bound);
        return Ok(());
    }
    if key == "tracked" && matches!(value, "ANY" | "") {
        return Ok(());
    }
    filter.groups.push(vec![term(listed, key, value)?]);
    Ok(())
}

/// The terms of a `filters` value. They are separated by OR; a value with spaces is quoted.
pub(super) fn any_of(listed: Listed, text: &str) -> Result<Vec<Term>, Error> {
    let malformed = || {
        Error::BadQuery(format!(
            "{:?} is not a filter. Write terms as attributes.key=value, join them with OR, and put \
             values with spaces in single quotes.",
            shortened(text)
        ))
    };
    let words = words(text).ok_or_else(malformed)?;
    let mut terms = Vec::new();
    for (place, word) in words.iter().enumerate() {
        let is_joint = place % 2 == 1;
        match (is_joint, word) {
            (true, Token::Bare(or)) if or.eq_ignore_ascii_case("or") => {}
            (false, Token::Term { key, value }) => terms.push(term(listed, key, value)?),
            _ => return Err(malformed()),
        }
    }
    if words.len() % 2 == 1 { Ok(terms) } else { Err(malformed()) }
}

enum Token {
    Bare(String),
    Term { key: String, value: String },
}

/// Splits at spaces outside quotes. In quotes, `\'` is a quote.
fn words(text: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let end = rest.find([' ', '=']).unwrap_or(rest.len());
        let (key, after) = rest.split_at(end);
        let Some(value) = after.strip_prefix('=') else {
            tokens.push(Token::Bare(key.to_owned()));
            rest = after.trim_start();
            continue;
        };
        let (value, after) = if let Some(quoted) = value.strip_prefix('\'') {
            quoted_value(quoted)?
        } else {
            let end = value.find(' ').unwrap_or(value.len());
            let (value, after) = value.split_at(end);
            (value.to_owned(), after)
        };
        if !(after.is_empty() || after.starts_with(' ')) {
            return None;
        }
        tokens.push(Token::Term { key: key.to_owned(), value });
        rest = after.trim_start();
    }
    Some(tokens)
}

fn quoted_value(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '\'' => return Some((value, text.get(at + 1..).unwrap_or_default())),
            '\\' => value.push(characters.next()?.1),
            other => value.push(other),
        }
    }
    None
}

fn term(listed: Listed, key: &str, value: &str) -> Result<Term, Error> {
    let (name, test) = match (key.strip_suffix('!'), value) {
        (Some(name), "*") => (name, Test::Absent),
        (Some(_), _) => {
            return Err(Error::BadQuery(
                "A filter with != takes * alone: it asks for what is not there.".to_owned(),
            ));
        }
        (None, "*") => (key, Test::Present),
        (None, value) => (key, Test::Is(value.to_owned())),
    };
    let field = field(listed, name)?;
    check_word(&field, name, &test)?;
    Ok(Term { field, test })
}

fn field(listed: Listed, name: &str) -> Result<Field, Error> {
    let unknown = || {
        Error::BadQuery(format!(
            "{:?} is not a parameter of this list. Parameters are spelt exactly; see the \
             documentation of the API.",
            shortened(name)
        ))
    };
    let word = match (listed, name) {
        (Listed::Assets, "tracked") => Word::Tracked,
        (Listed::Assets, "privacy") => Word::Privacy,
        (Listed::Assets, "chain_id") => Word::ChainId,
        (_, "confirmation_status") => Word::ConfirmationStatus,
        (_, "proof_mechanism") => Word::ProofMechanism,
        (Listed::Events, "operation") => Word::Operation,
        (Listed::Events, "behaviour") => Word::Behaviour,
        (Listed::Events, "from" | "transaction_id") => Word::Transaction,
        (Listed::Events, name) if name.starts_with("principal_") => {
            return principal(name).map(Field::Word).ok_or_else(unknown);
        }
        (listed, name) => return attribute(listed, name).ok_or_else(unknown),
    };
    Ok(Field::Word(word))
}

fn principal(name: &str) -> Option<Word> {
    let (whose, part) = name.split_once('.')?;
    let part = match part {
        "issuer" => PrincipalPart::Issuer,
        "subject" => PrincipalPart::Subject,
        "display_name" => PrincipalPart::DisplayName,
        "email" => PrincipalPart::Email,
        _ => return None,
    };
    match whose {
        "principal_declared" => Some(Word::Declared(part)),
        "principal_accepted" => Some(Word::Accepted(part)),
        _ => None,
    }
}

fn attribute(listed: Listed, name: &str) -> Option<Field> {
    let (holder, path) = match listed {
        Listed::Assets => (Holder::Asset, name.strip_prefix("attributes.")?),
        Listed::Events => name
            .strip_prefix("event_attributes.")
            .map(|path| (Holder::Event, path))
            .or_else(|| Some((Holder::EventOnAsset, name.strip_prefix("asset_attributes.")?)))
            .or_else(|| Some((Holder::Asset, name.strip_prefix("asset.attributes.")?)))?,
    };
    let segments: Vec<&str> = path.split('.').collect();
    if segments.iter().any(|segment| segment.is_empty()) {
        return None;
    }
    let path = match segments.as_slice() {
        [name] => Path::Text((*name).to_owned()),
        [name, key] => match name.strip_suffix("[]") {
            Some("") => return None,
            Some(list) => Path::List(list.to_owned(), (*key).to_owned()),
            None => Path::Dict((*name).to_owned(), (*key).to_owned()),
        },
        _ => return None,
    };
    Some(Field::Attribute(holder, path))
}

/// Words of an enumeration are taken by name alone.
fn check_word(field: &Field, name: &str, test: &Test) -> Result<(), Error> {
    let names: &[&str] = match field {
        Field::Word(Word::Tracked) => &["TRACKED", "NOT_TRACKED"],
        Field::Word(Word::Privacy) => &["PUBLIC", "RESTRICTED"],
        Field::Word(Word::ProofMechanism) => &["KHIPU", "SIMPLE_HASH", "MERKLE_LOG"],
        Field::Word(Word::ConfirmationStatus) => {
            &["PENDING", "CONFIRMED", "FAILED", "STORED", "COMMITTED", "UNEQUIVOCAL"]
        }
        _ => return Ok(()),
    };
    match test {
        Test::Is(value) if names.contains(&value.as_str()) => Ok(()),
        _ => Err(Error::BadQuery(format!("{name} takes one of {}.", names.join(", ")))),
    }
}

fn bound(listed: Listed, key: &str, value: &str) -> Result<Option<Bound>, Error> {
    let Some(rest) = key.strip_prefix("timestamp_").filter(|_| listed == Listed::Events) else {
        return Ok(None);
    };
    let Some((when, side)) = rest.split_once('_') else { return Ok(None) };
    let when = match when {
        "accepted" => When::Accepted,
        "committed" => When::Committed,
        "declared" => When::Declared,
        _ => return Ok(None),
    };
    let at = time(key, value)?;
    Ok(match side {
        "since" => Some(Bound::Since(when, at)),
        "before" => Some(Bound::Before(when, at)),
        _ => None,
    })
}

/// A time in a query.
pub(super) fn time(key: &str, value: &str) -> Result<Timestamp, Error> {
    value.parse().map_err(|_| {
        Error::BadQuery(format!("{key} is a time such as 2026-05-12T14:03:07Z (RFC 3339)."))
    })
}

fn shortened(text: &str) -> String {
    text.chars().take(ECHO_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(listed: Listed, key: &str, value: &str) -> Result<Term, String> {
        let pairs = [(key.to_owned(), value.to_owned())];
        match parse(listed, &pairs) {
            Ok(filter) => Ok(filter.groups[0][0].clone()),
            Err(error) => Err(error.to_string()),
        }
    }

    fn is(path: Path, text: &str) -> Term {
        Term { field: Field::Attribute(Holder::Asset, path), test: Test::Is(text.to_owned()) }
    }

    #[test]
    fn attributes_are_named_by_their_path() {
        let term = |key: &str| one(Listed::Assets, key, "v").unwrap();
        assert_eq!(term("attributes.a"), is(Path::Text("a".into()), "v"));
        assert_eq!(term("attributes.a.b"), is(Path::Dict("a".into(), "b".into()), "v"));
        assert_eq!(term("attributes.a[].b"), is(Path::List("a".into(), "b".into()), "v"));
        assert_eq!(one(Listed::Assets, "attributes.a", "*").unwrap().test, Test::Present);
        assert_eq!(one(Listed::Assets, "attributes.a!", "*").unwrap().test, Test::Absent);
    }

    #[test]
    fn what_is_not_a_parameter_is_refused() {
        for (listed, key, value) in [
            (Listed::Assets, "atributes.a", "v"),
            (Listed::Assets, "attributes.", "v"),
            (Listed::Assets, "attributes.a.", "v"),
            (Listed::Assets, "attributes..a", "v"),
            (Listed::Assets, "attributes.a.b.c", "v"),
            (Listed::Assets, "attributes.[].a", "v"),
            (Listed::Assets, "attributes.a!", "v"),
            (Listed::Assets, "operation", "Record"),
            (Listed::Assets, "timestamp_accepted_since", "2026-01-01T00:00:00Z"),
            (Listed::Assets, "tracked", "YES"),
            (Listed::Assets, "privacy", "2"),
            (Listed::Events, "attributes.a", "v"),
            (Listed::Events, "tracked", "TRACKED"),
            (Listed::Events, "principal_declared.phone", "v"),
            (Listed::Events, "principal_declared", "v"),
            (Listed::Events, "timestamp_accepted_since", "yesterday"),
            (Listed::Events, "timestamp_accepted_until", "2026-01-01T00:00:00Z"),
            (Listed::Events, "filters", "attributes.a=1"),
        ] {
            assert!(one(listed, key, value).is_err(), "{key}={value}");
        }
    }

    #[test]
    fn filters_join_terms_with_or_and_quote_values() {
        let terms = |text: &str| any_of(Listed::Assets, text).map_err(|error| error.to_string());
        let two = terms("attributes.a=1 OR attributes.b='it\\'s x y'").unwrap();
        assert_eq!(two, [is(Path::Text("a".into()), "1"), is(Path::Text("b".into()), "it's x y")]);
        assert_eq!(terms("attributes.a=1 or attributes.a=2").unwrap().len(), 2);
        for malformed in [
            "",
            "attributes.a",
            "attributes.a=1 OR",
            "OR attributes.a=1",
            "attributes.a=1 attributes.b=2",
            "attributes.a=1 AND attributes.b=2",
            "attributes.a='1",
            "attributes.a='1'2",
        ] {
            assert!(terms(malformed).is_err(), "{malformed}");
        }
    }

    #[test]
    fn of_a_repeated_key_the_first_counts_and_filters_add_up() {
        let pairs = [
            ("attributes.a", "1"),
            ("attributes.a", "2"),
            ("filters", "attributes.b=1"),
            ("filters", "attributes.b=2"),
        ];
        let pairs: Vec<_> = pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
        let filter = parse(Listed::Assets, &pairs).unwrap();
        assert_eq!(filter.groups.len(), 3);
        assert_eq!(filter.groups[0], [is(Path::Text("a".into()), "1")]);
    }
}
