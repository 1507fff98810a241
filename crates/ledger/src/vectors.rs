//! The worked examples in docs/formats are made here and must stand there to the letter.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use tlog::{
    Checkpoint, Frontier, Hash, NodeId, Receipt, Signer, VerifierKey, leaf_hash, prove_inclusion,
};

use crate::entry::{Field, Opened, Policy, Salts, Statement, event_entry};
use crate::lookup::{Algorithm, Answer, LookupId, LookupKey};
use crate::model::asset::{DocumentStatus, EventKind, Fingerprint, Origin, PrivateFields};

const ENTRY_PAGE: &str = include_str!("../../../docs/formats/entry.md");
const RECEIPT_PAGE: &str = include_str!("../../../docs/formats/receipt.md");
const LOOKUP_PAGE: &str = include_str!("../../../docs/formats/lookup.md");

const CONTENT: &str = "hello\n";

/// Asserts that a page shows a block, and prints it where it does not.
fn expect_block(page: &str, block: &str) {
    let block = format!("```text\n{block}```\n");
    assert!(page.contains(&block), "the page should show:\n{block}");
}

fn seed() -> [u8; 32] {
    std::array::from_fn(|n| u8::try_from(n).unwrap())
}

fn content_hash() -> [u8; 32] {
    Sha256::digest(Sha256::digest(CONTENT)).into()
}

fn statement() -> Statement {
    Statement {
        kind: EventKind::NewAsset,
        asset: "0000f1a5-6d2e-4b7c-8a90-1f2e3d4c5b6a".parse().unwrap(),
        event: "0000c0de-1234-4abc-9def-0123456789ab".parse().unwrap(),
        version: 1,
        fingerprint: Fingerprint { content_hash: content_hash(), sha256: None }.into(),
        declared_at: "2026-01-02T03:04:05Z".parse().unwrap(),
        accepted_at: "2026-01-02T03:04:07.125Z".parse().unwrap(),
        publisher: "7d444840-9dc0-41d1-b245-5ffdce74fad2".parse().unwrap(),
        origin: Origin::Observed,
        previous: None,
        attributes: None,
    }
}

fn private() -> PrivateFields {
    PrivateFields {
        name: Some("Grüße.txt".to_owned()),
        path: Some("/Letters/Grüße.txt".to_owned()),
        revision: Some("015db1c8d9a0b0c000000".to_owned()),
        editor: None,
    }
}

fn entry(statement: &Statement) -> [u8; 33] {
    let (salts, values) = (Salts::from_seed(&seed()), statement.values(&private()));
    let mut commitments = [[0; 32]; 16];
    for ((slot, field), value) in commitments.iter_mut().zip(Field::ALL).zip(&values) {
        *slot = salts.commitment(field, value.as_deref());
    }
    event_entry(&commitments)
}

/// The key of the vectors that other implementations of the log use.
fn signer() -> Signer {
    let seed = Sha256::digest("log key seed").into();
    Signer::from_seed("log.example.com/test".parse().unwrap(), &seed)
}

#[test]
fn entry_page_shows_what_the_code_makes() {
    let (salts, statement) = (Salts::from_seed(&seed()), statement());
    let values = statement.values(&private());
    let mut block = format!("seed       {}\n\n", hex::encode(seed()));
    for (field, value) in Field::ALL.into_iter().zip(&values) {
        writeln!(block, "field      {} {field}", field.number()).unwrap();
        let value = value.as_deref();
        writeln!(block, "value      {}", value.unwrap_or("(absent)")).unwrap();
        writeln!(block, "salt       {}", hex::encode(salts.salt(field).unwrap())).unwrap();
        let commitment = salts.commitment(field, value);
        writeln!(block, "commitment {}\n", hex::encode(commitment)).unwrap();
    }
    let entry = entry(&statement);
    writeln!(block, "entry      {}", hex::encode(entry)).unwrap();
    writeln!(block, "leaf hash  {}", hex::encode(leaf_hash(&entry).0)).unwrap();
    expect_block(ENTRY_PAGE, &block);
}

#[test]
fn entry_page_shows_the_policy() {
    let policy = Policy { key: signer().verifier_key(), second_key: None };
    let mut block = policy.to_string();
    writeln!(block, "\nentry      {}", hex::encode(policy.entry())).unwrap();
    writeln!(block, "leaf hash  {}", hex::encode(leaf_hash(&policy.entry()).0)).unwrap();
    expect_block(ENTRY_PAGE, &block);
}

#[test]
fn receipt_page_shows_a_receipt_that_verifies() {
    let (signer, statement) = (signer(), statement());
    let entries = [
        Policy { key: signer.verifier_key(), second_key: None }.entry(),
        entry(&statement).to_vec(),
        b"any other entry".to_vec(),
    ];
    let mut nodes = std::collections::HashMap::new();
    let mut frontier = Frontier::new();
    for entry in &entries {
        frontier.push(leaf_hash(entry), &mut |node: NodeId, hash: Hash| {
            nodes.insert(node, hash);
        });
    }
    let head =
        Checkpoint { origin: signer.name().into(), size: frontier.size(), root: frontier.root() };
    let path = prove_inclusion(1, head.size, |node| nodes.get(&node).copied().ok_or(())).unwrap();
    let opened = Opened::public(&statement.values(&private()), &Salts::from_seed(&seed()));
    let extra = Some(opened.to_extra());
    let receipt = Receipt { extra, index: 1, path, checkpoint: head.sign(&signer) };
    expect_block(RECEIPT_PAGE, &format!("{}\n", signer.verifier_key()));
    expect_block(RECEIPT_PAGE, &receipt.to_string());
    expect_block(
        RECEIPT_PAGE,
        &format!("{}\n", String::from_utf8(opened.to_extra()).unwrap().replace("},{", "},\n{")),
    );

    // And back, as a reader of the page would do it.
    let key: VerifierKey = signer.verifier_key().to_string().parse().unwrap();
    let receipt = Receipt::parse(&receipt.to_string()).unwrap();
    let opened = Opened::parse(receipt.extra.as_deref().unwrap()).unwrap();
    receipt.verify(&opened.leaf(), &key).unwrap();
    assert_eq!(opened.statement().unwrap(), statement);
}

/// The same example stands in the tests of the pages, which open what is sealed here.
#[test]
fn lookup_page_shows_what_the_code_makes() {
    let event = "5d1f7a52-09a4-4a4b-8a53-6a5d3b8f9c22".parse().unwrap();
    let published = "2026-05-12T12:03:07Z".parse().unwrap();
    let answer = Answer {
        asset: "0b2c7d6e-7d3f-4a0e-9b1c-2f6f0a9d5e11".parse().unwrap(),
        event,
        index: 18_204,
        version: 4,
        versions: 4,
        status: DocumentStatus::Published,
        published,
        latest_event: event,
        latest_published: published,
        publisher: "Example Press".to_owned(),
        verified_domain: Some("example.org".to_owned()),
    };
    let hash = "7a028b6c8f2168a7002e4ae21c7b2bce9a2e41598ad13070371621bd91870b2d";
    let hash: [u8; 32] = hex::decode(hash).unwrap().try_into().unwrap();
    let nonce = std::array::from_fn(|n| u8::try_from(n).unwrap());
    let id = LookupId::of(Algorithm::ContentHash, &hash);
    let key = LookupKey::of(Algorithm::ContentHash, &hash);
    let record = answer.seal(&id, &key, nonce).unwrap();
    let mut block = String::new();
    writeln!(block, "content hash {}", hex::encode(hash)).unwrap();
    writeln!(block, "lookup id    {id:?}").unwrap();
    writeln!(block, "key          {}", key.to_hex()).unwrap();
    writeln!(block, "nonce        {}", hex::encode(nonce)).unwrap();
    writeln!(block, "plaintext    {}", serde_json::to_string(&answer).unwrap()).unwrap();
    writeln!(block, "             and 102 spaces").unwrap();
    writeln!(block, "tag          {}", hex::encode(id.tag())).unwrap();
    writeln!(block, "body         {}", STANDARD.encode(&record.body)).unwrap();
    expect_block(LOOKUP_PAGE, &block);
    assert_eq!(Answer::open(&key, &record.body), Ok(answer));
}
