use proptest::prelude::*;

use super::*;
use crate::model::asset::{EventKind, Fingerprint, Origin, PrivateFields};

fn statement() -> Statement {
    Statement {
        kind: EventKind::Publish,
        asset: "0000f1a5-6d2e-4b7c-8a90-1f2e3d4c5b6a".parse().unwrap(),
        event: "0000c0de-1234-4abc-9def-0123456789ab".parse().unwrap(),
        version: 7,
        fingerprint: Fingerprint { content_hash: [1; 32], sha256: Some([2; 32]) }.into(),
        declared_at: "2026-01-02T03:04:05Z".parse().unwrap(),
        accepted_at: "2026-01-02T03:04:07.125Z".parse().unwrap(),
        publisher: "7d444840-9dc0-41d1-b245-5ffdce74fad2".parse().unwrap(),
        origin: Origin::FilledIn,
        previous: Some(Previous { index: 12, leaf: tlog::Hash([3; 32]) }),
        attributes: None,
    }
}

fn values() -> Values {
    statement().values(&PrivateFields {
        name: Some("name".to_owned()),
        path: Some("/path".to_owned()),
        revision: Some("rev".to_owned()),
        editor: None,
    })
}

#[test]
fn statement_reads_back_from_its_openings() {
    let opened = Opened::public(&values(), &Salts::from_seed(&[5; 32]));
    let read = Opened::parse(&opened.to_extra()).unwrap();
    assert_eq!(read, opened);
    assert_eq!(read.statement().unwrap(), statement());
}

#[test]
fn which_fields_are_shown_does_not_change_the_entry() {
    let salts = Salts::from_seed(&[5; 32]);
    let all = Opened::showing(&values(), &salts, |_| true);
    let none = Opened::showing(&values(), &salts, |_| false);
    assert_eq!(all.entry(), none.entry());
    assert_eq!(all.entry(), Opened::public(&values(), &salts).entry());
    assert_eq!(none.statement().unwrap_err().0, Field::Kind);
}

#[test]
fn erasing_keeps_the_entry_and_every_other_salt() {
    let whole = Salts::from_seed(&[5; 32]);
    let entry = Opened::public(&values(), &whole).entry();
    for erased in Field::ALL {
        let mut salts = whole.clone();
        let value = values()[erased.position()].clone();
        salts.erase(erased, value.as_deref());
        let salts = Salts::from_bytes(&salts.to_bytes()).unwrap();
        for field in Field::ALL {
            let expected = whole.salt(field).filter(|_| field != erased);
            assert_eq!(salts.salt(field), expected, "{erased} erased, {field} asked for");
        }
        let mut left = values();
        left[erased.position()] = None;
        assert_eq!(Opened::showing(&left, &salts, |_| true).entry(), entry, "{erased}");
    }
}

#[test]
fn absent_and_empty_are_different() {
    let salt = [9; 32];
    assert_ne!(commitment(Field::Editor, &salt, None), commitment(Field::Editor, &salt, Some("")));
    assert_ne!(
        commitment(Field::Editor, &salt, Some("x")),
        commitment(Field::Name, &salt, Some("x"))
    );
}

#[test]
fn openings_that_the_format_does_not_allow_are_refused() {
    let extra = Opened::public(&values(), &Salts::from_seed(&[5; 32])).to_extra();
    let good = String::from_utf8(extra).unwrap();
    let salt = hex::encode(Salts::from_seed(&[5; 32]).salt(Field::Kind).unwrap());
    let kind = format!(r#"{{"name":"kind","salt":"{salt}","value":"Publish"}}"#);
    assert!(good.contains(&kind) && Opened::parse(good.as_bytes()).is_ok());
    let replaced = |new: &str| good.replacen(&kind, new, 1);
    let bad = [
        String::new(),
        "null".to_owned(),
        good.replacen(r#""v":1"#, r#""v":2"#, 1),
        good.replacen(r#""v":1"#, r#""v":1,"w":2"#, 1),
        good.replacen(&format!("{kind},"), "", 1),
        good.replacen(']', &format!(",{kind}]"), 1),
        good.replacen("kind", "asset", 1),
        good.replacen(&salt, &salt.to_uppercase(), 1),
        good.replacen(&salt, &salt[2..], 1),
        good.replacen(r#""value":"Publish""#, r#""value":7"#, 1),
        replaced(r#"{"name":"kind"}"#),
        replaced(&format!(r#"{{"name":"kind","salt":"{salt}"}}"#)),
        replaced(r#"{"name":"kind","value":"Publish"}"#),
        replaced(&format!(r#"{{"name":"kind","commitment":"{salt}","value":"Publish"}}"#)),
        replaced(&format!(r#"{{"name":"kind","salt":"{salt}","salt":"{salt}","value":null}}"#)),
        replaced(&format!(r#"{{"name":"kind","salt":"{salt}","value":null,"more":1}}"#)),
        format!("{good}{}", " ".repeat(tlog::EXTRA_BYTES_MAX)),
        format!("{good}x"),
    ];
    for text in bad {
        assert!(Opened::parse(text.as_bytes()).is_err(), "{text}");
    }
}

#[test]
fn values_that_are_not_written_canonically_make_no_statement() {
    let changed = |field: Field, value: &str| {
        let mut values = values();
        values[field.position()] = Some(value.to_owned());
        Opened::public(&values, &Salts::from_seed(&[5; 32])).statement()
    };
    let bad = [
        (Field::Kind, "publish"),
        (Field::Version, "07"),
        (Field::Version, "+7"),
        (Field::Version, "4294967296"),
        (Field::Asset, "0000F1A5-6D2E-4B7C-8A90-1F2E3D4C5B6A"),
        (Field::ContentHash, "01"),
        (Field::DeclaredAt, "2026-01-02"),
        (Field::AcceptedAt, "2026-01-02T03:04:05+01:00"),
        (Field::Origin, "guessed"),
        (Field::Previous, "12"),
        (Field::Previous, "012 AwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwM="),
    ];
    for (field, value) in bad {
        assert_eq!(changed(field, value).unwrap_err(), MalformedStatement(field), "{value}");
    }
}

#[test]
fn policy_reads_back_and_nothing_may_be_added_to_it() {
    let signer = tlog::Signer::from_seed("log.example/1".parse().unwrap(), &[7; 32]);
    let policy = Policy { key: signer.verifier_key(), second_key: None };
    assert_eq!(Policy::parse(&policy.entry()).unwrap(), policy);
    let second = |name: &str| tlog::Cosigner::ml_dsa_44(name.parse().unwrap(), &[8; 32]);
    let key = second("log.example/1").verifier_key();
    let both = Policy { second_key: Some(key.clone()), ..policy.clone() };
    assert_eq!(Policy::parse(&both.entry()).unwrap(), both);
    let other = Policy { second_key: Some(second("other").verifier_key()), ..policy.clone() };
    let twice = Policy { second_key: Some(policy.key.clone()), ..policy.clone() };
    let swapped = Policy { key, second_key: Some(policy.key.clone()) };
    for bad in [other, twice, swapped] {
        assert_eq!(Policy::parse(&bad.entry()), Err(MalformedEntry));
    }
    let mut longer = policy.entry();
    longer.extend(b"more promises\n");
    for bad in [&longer[..], &policy.entry()[1..], b"\x00", b"", &[0; 5_000]] {
        assert_eq!(Policy::parse(bad), Err(MalformedEntry));
    }
}

proptest! {
    #[test]
    fn any_values_read_back(texts in proptest::collection::vec(any::<Option<String>>(), FIELDS), shown: u16) {
        let values: Values = texts.try_into().unwrap();
        let salts = Salts::from_seed(&[8; 32]);
        let show = |field: Field| shown >> field.number() & 1 == 1;
        let opened = Opened::showing(&values, &salts, show);
        let read = Opened::parse(&opened.to_extra()).unwrap();
        prop_assert_eq!(&read, &opened);
        prop_assert_eq!(read.entry(), Opened::public(&values, &salts).entry());
        for (field, value) in Field::ALL.into_iter().zip(&values) {
            prop_assert_eq!(read.opened_value(field), show(field).then_some(value.as_deref()));
        }
    }

    #[test]
    fn arbitrary_bytes_are_an_error_and_no_panic(bytes: Vec<u8>) {
        prop_assert!(Opened::parse(&bytes).is_err());
        prop_assert!(Policy::parse(&bytes).is_err());
        prop_assert!(Salts::from_bytes(&bytes).is_err());
    }
}
