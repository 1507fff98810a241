//! Parsers against random and damaged input: they refuse or read, never panic, and what they read
//! is written back the same.

use proptest::prelude::*;
use tlog::{
    AddCheckpoint, BundleId, Checkpoint, Frontier, Hash, LatestSize, Receipt, Signature,
    SignedNote, TileId, VerifierKey, decode_bundle,
};

use crate::notes::{LOG_KEY, WITNESS_KEY};

const RECEIPT: &str = include_str!("../vectors/log257/proofs/5.tlog-proof");
const NOTE: &str = include_str!("../vectors/log8/checkpoint");
const REQUEST: &str = include_str!("../vectors/log8/add-checkpoint.txt");

/// Reads the text as everything that a text can be.
fn read_as_anything(text: &str) {
    if let Ok(hash) = text.parse::<Hash>() {
        assert_eq!(hash.to_string(), text);
    }
    if let Ok(key) = text.parse::<VerifierKey>() {
        assert_eq!(key.to_string().parse(), Ok(key));
    }
    if let Ok(note) = SignedNote::parse(text) {
        assert_eq!(note.with([]).unwrap().to_string(), text);
    }
    if let Ok(receipt) = Receipt::parse(text) {
        assert_eq!(receipt.to_string(), text);
    }
    if let Ok(lines) = Signature::parse_lines(text) {
        let written: Vec<_> = lines.iter().map(|line| format!("{line}\n")).collect();
        assert_eq!(written.concat(), text);
    }
    if let Ok(request) = AddCheckpoint::parse(text) {
        assert_eq!(request.to_string(), text);
        assert!(request.origin().is_ok());
    }
    if let Ok(size) = text.parse::<LatestSize>() {
        assert_eq!(size.to_string(), text);
    }
    if let Ok(checkpoint) = Checkpoint::parse(text) {
        assert!(text.starts_with(&checkpoint.text()));
    }
    if let Ok(tile) = TileId::parse(text) {
        assert_eq!(tile.path(), text);
    }
    if let Ok(bundle) = BundleId::parse(text) {
        assert_eq!(bundle.path(), text);
    }
}

/// A valid text in which a few stretches were replaced by others or by junk.
fn damaged() -> impl Strategy<Value = String> {
    let originals = vec![RECEIPT, NOTE, REQUEST, LOG_KEY, WITNESS_KEY, "tile/0/x001/x234/067.p/5"];
    let junk = prop_oneof![
        "\\PC{0,8}",
        "[\n\r\t +=—/x0-9]{0,6}",
        Just("\n\n".to_owned()),
        Just("\0".to_owned()),
        Just("extra AA==\n".to_owned()),
    ];
    let cut = (any::<prop::sample::Index>(), 0..5_usize, junk);
    (prop::sample::select(originals), prop::collection::vec(cut, 1..4)).prop_map(
        |(original, cuts)| {
            let mut characters: Vec<char> = original.chars().collect();
            for (at, length, junk) in cuts {
                let begin = at.index(characters.len() + 1);
                let end = (begin + length).min(characters.len());
                characters.splice(begin..end, junk.chars());
            }
            characters.into_iter().collect()
        },
    )
}

#[test]
fn undamaged_texts_are_read() {
    for text in [RECEIPT, NOTE, REQUEST, LOG_KEY, "tile/0/x001/x234/067.p/5"] {
        read_as_anything(text);
    }
    assert!(Receipt::parse(RECEIPT).is_ok() && SignedNote::parse(NOTE).is_ok());
}

#[test]
fn every_truncation_is_refused_or_read() {
    for text in [RECEIPT, NOTE, REQUEST, LOG_KEY] {
        for (end, _) in text.char_indices() {
            read_as_anything(&text[..end]);
        }
    }
    for (end, _) in NOTE.char_indices() {
        let cut = SignedNote::parse(&NOTE[..end]);
        assert!(cut.is_err() || cut.unwrap().signatures().len() == 1);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn random_text_never_panics(text in "\\PC{0,200}") {
        read_as_anything(&text);
    }

    #[test]
    fn damaged_text_never_panics(text in damaged()) {
        read_as_anything(&text);
    }

    #[test]
    fn random_bytes_never_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..600),
        width in 1..=256_u16,
        size in any::<u64>(),
    ) {
        let id = BundleId::new(0, width).unwrap();
        if let Ok(entries) = decode_bundle(id, &bytes) {
            prop_assert_eq!(tlog::encode_bundle(&entries).unwrap(), bytes.clone());
        }
        let _ = tlog::Tile::new(TileId::new(0, 0, width).unwrap(), &bytes);
        if let Ok(frontier) = Frontier::from_bytes(size & 0xffff, &bytes) {
            prop_assert_eq!(frontier.to_bytes(), bytes);
        }
        let _ = Frontier::from_bytes(size, &[]);
    }
}
