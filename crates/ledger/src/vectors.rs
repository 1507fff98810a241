//! The worked examples in docs/formats are made here and must stand there to the letter.

use std::fmt::Write;

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
        fingerprint: Fingerprint { content_hash: content_hash(), sha256: None },
        declared_at: "2026-01-02T03:04:05Z".parse().unwrap(),
        accepted_at: "2026-01-02T03:04:07.125Z".parse().unwrap(),
        publisher: "7d444840-9dc0-41d1-b245-5ffdce74fad2".parse().unwrap(),
        origin: Origin::Observed,
        previous: None,
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
    let policy = Policy { key: signer().verifier_key() };
    let mut block = policy.to_string();
    writeln!(block, "\nentry      {}", hex::encode(policy.entry())).unwrap();
    writeln!(block, "leaf hash  {}", hex::encode(leaf_hash(&policy.entry()).0)).unwrap();
    expect_block(ENTRY_PAGE, &block);
}

#[test]
fn receipt_page_shows_a_receipt_that_verifies() {
    let (signer, statement) = (signer(), statement());
    let entries = [
        Policy { key: signer.verifier_key() }.entry(),
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

#[test]
fn lookup_page_shows_what_the_code_makes() {
    let statement = statement();
    let answer = Answer {
        asset: statement.asset,
        event: statement.event,
        index: 1,
        version: 1,
        versions: 2,
        status: DocumentStatus::Published,
        published: statement.accepted_at,
        latest_event: "0000beef-4321-4cba-8fed-ba9876543210".parse().unwrap(),
        latest_published: "2026-02-03T04:05:06Z".parse().unwrap(),
        publisher: "Jürgen & Co.".to_owned(),
        verified_domain: None,
    };
    let nonce = std::array::from_fn(|n| u8::try_from(n).unwrap());
    let hash = content_hash();
    let id = LookupId::of(Algorithm::ContentHash, &hash);
    let key = LookupKey::of(Algorithm::ContentHash, &hash);
    let record = answer.seal(&id, &key, nonce).unwrap();
    let block = format!(
        "content      \"hello\\n\"\ncontent_hash {}\nlookup id    {id:?}\nprefix       {:016x}\n\
         tag          {}\nkey          {}\nnonce        {}\nplaintext    {}(and spaces)\n\
         body         {}\n",
        hex::encode(hash),
        id.prefix(),
        hex::encode(id.tag()),
        key.to_hex(),
        hex::encode(nonce),
        serde_json::to_string(&answer).unwrap(),
        hex::encode(&record.body),
    );
    expect_block(LOOKUP_PAGE, &block);
    assert_eq!(Answer::open(&key, &record.body), Ok(answer));
}
