//! What cosignatures change, and what the ledger makes of heads that others remember.

use tlog::{Checkpoint, Cosigner, Hash, Policy, Receipt, Signature, SignedNote};

use super::Bench;
use super::bench::file;
use crate::entry::{self, Opened};
use crate::{Commit, CommitError, Committed, Remembered, StoreError};

const TIME_S: u64 = 1_700_000_050;

fn witness(name: &str, seed: u8) -> Cosigner {
    Cosigner::ed25519(name.parse().unwrap(), &[seed; 32])
}

/// Two of these three must sign.
fn witnesses() -> [Cosigner; 3] {
    let post_quantum = Cosigner::ml_dsa_44("third".parse().unwrap(), &[3; 32]);
    [witness("w", 1), witness("w2", 2), post_quantum]
}

fn policy() -> Policy {
    let lines = witnesses().map(|witness| {
        let key = witness.verifier_key();
        format!("witness {} {key}\n", key.name())
    });
    let text = lines.concat() + "group enough 2 w w2 third\nquorum enough\n";
    Policy::parse(text.as_bytes()).unwrap()
}

async fn witnessed_bench() -> Bench {
    Bench::new().await.reopen_with(Some(policy()), &[]).await
}

async fn publish(bench: &Bench, key: &str) -> Committed {
    bench.commit(vec![file(key, &format!("/{key}"), "r1", key)]).await
}

async fn note(bench: &Bench) -> SignedNote {
    SignedNote::parse(&bench.ledger.checkpoint().await.unwrap()).unwrap()
}

async fn head(bench: &Bench) -> Checkpoint {
    Checkpoint::open(&note(bench).await, &bench.ledger.log_key()).unwrap()
}

async fn cosign(bench: &Bench, by: &Cosigner) -> Result<bool, StoreError> {
    let (head, note) = (head(bench).await, note(bench).await);
    let signature = by.cosign(&note, TIME_S).unwrap();
    bench.ledger.add_cosignatures(head.size, vec![signature]).await
}

async fn receipt(bench: &Bench, committed: &Committed) -> (Receipt, Hash) {
    let text = bench.ledger.receipt(committed.events[0].event).await.unwrap().unwrap();
    let receipt = Receipt::parse(&text).unwrap();
    let leaf = Opened::parse(receipt.extra.as_deref().unwrap()).unwrap().leaf();
    (receipt, leaf)
}

#[tokio::test]
async fn quorum_of_cosignatures_makes_an_event_witnessed_and_its_receipt_shows_them() {
    let bench = witnessed_bench().await;
    let [first, _, third] = witnesses();
    let committed = publish(&bench, "a").await;
    let index = committed.events[0].index;
    assert!(!cosign(&bench, &first).await.unwrap(), "one is not enough");
    assert_eq!(bench.ledger.witnessed_size().await.unwrap(), 0);
    assert!(cosign(&bench, &third).await.unwrap());
    assert_eq!(bench.ledger.witnessed_size().await.unwrap(), 2);
    let at = bench.ledger.witnessed_at(index).await.unwrap();
    assert_eq!(at.map(jiff::Timestamp::as_second), Some(1_700_000_000));
    let seen = bench.ledger.witnesses().await.unwrap();
    let sizes: Vec<_> =
        seen.iter().map(|seen| seen.newest.map(|(size, at)| (size, at.as_second()))).collect();
    let newest = Some((2, TIME_S.cast_signed()));
    assert_eq!(sizes, [newest, None, newest]);

    let known = policy().with_log(bench.ledger.log_key());
    let (old, leaf) = receipt(&bench, &committed).await;
    assert_eq!(old.verify_witnessed(&leaf, &known).unwrap().cosignatures.len(), 2);

    let later = publish(&bench, "b").await;
    let (new, leaf) = receipt(&bench, &later).await;
    assert!(new.verify_witnessed(&leaf, &known).is_err(), "not witnessed yet");
    assert_eq!(new.verify(&leaf, &bench.ledger.log_key()).unwrap().size, 3);
    let (again, leaf) = receipt(&bench, &committed).await;
    assert_eq!(again.verify_witnessed(&leaf, &known).unwrap().checkpoint.size, 2);
    let text = bench.ledger.witnessed_checkpoint().await.unwrap().unwrap();
    let text = SignedNote::parse(&text).unwrap();
    assert_eq!(known.check(&text).unwrap().checkpoint.size, 2);
}

#[tokio::test]
async fn wrong_cosignature_is_refused_and_strangers_are_ignored() {
    let bench = witnessed_bench().await;
    publish(&bench, "a").await;
    let [first, second, _] = witnesses();
    let stale = note(&bench).await;
    publish(&bench, "b").await;
    let wrong = second.cosign(&stale, TIME_S).unwrap();
    let right = first.cosign(&note(&bench).await, TIME_S).unwrap();
    let error = bench.ledger.add_cosignatures(3, vec![right, wrong]).await.unwrap_err();
    assert!(error.to_string().contains("the cosignature of w2 is not kept"), "{error}");
    assert!(bench.ledger.witnesses().await.unwrap().iter().all(|seen| seen.newest.is_none()));

    assert!(!cosign(&bench, &witness("stranger", 4)).await.unwrap());
    let none: Vec<Signature> = Vec::new();
    assert!(!bench.ledger.add_cosignatures(99, none).await.unwrap(), "no such checkpoint");
    assert!(!note(&bench).await.to_string().contains("stranger"));
}

#[tokio::test]
async fn other_quorum_than_before_has_to_sign_again() {
    let bench = witnessed_bench().await;
    let committed = publish(&bench, "a").await;
    let [first, second, third] = witnesses();
    assert!(!cosign(&bench, &first).await.unwrap() && cosign(&bench, &second).await.unwrap());
    let bench = bench.reopen_with(Some(policy()), &[]).await;
    assert_eq!(bench.ledger.witnessed_size().await.unwrap(), 2);
    let text = format!("witness t {}\nquorum t\n", third.verifier_key());
    let other = Policy::parse(text.as_bytes()).unwrap();
    let bench = bench.reopen_with(Some(other), &[]).await;
    assert_eq!(bench.ledger.witnessed_size().await.unwrap(), 0);
    let (receipt, leaf) = receipt(&bench, &committed).await;
    assert!(receipt.verify(&leaf, &bench.ledger.log_key()).is_ok());
    assert!(cosign(&bench, &third).await.unwrap());
}

#[tokio::test]
async fn head_that_somebody_remembers_decides_whether_anything_is_signed() {
    let bench = witnessed_bench().await;
    publish(&bench, "a").await;
    let ours = head(&bench).await;
    let place = || "the witness w.example".to_owned();
    let remembered = |size, root| Remembered { place: place(), size, root };
    let same = remembered(2, Some(ours.root));
    let bench = bench.reopen_with(None, &[same, remembered(1, None)]).await;
    assert_eq!(bench.ledger.read_only(), None);

    for (known, words) in [
        (remembered(3, None), "older copy"),
        (remembered(7, Some(Hash([1; 32]))), "older copy"),
        (remembered(2, Some(Hash([1; 32]))), "another history"),
        (remembered(1, Some(Hash([1; 32]))), "another history"),
    ] {
        let opened = Bench::new().await;
        publish(&opened, "a").await;
        let opened = opened.reopen_with(None, &[known]).await;
        let reason = opened.ledger.read_only().unwrap();
        assert!(reason.contains(words) && reason.contains("the witness w.example"), "{reason}");
        let updates = vec![file("b", "/b", "r1", "b")];
        let commit = Commit { updates, ..Commit::new(opened.source.id) };
        let error = opened.ledger.commit(commit).await.unwrap_err();
        assert!(matches!(error, CommitError::ReadOnly(_)), "{error}");
        assert_eq!(head(&opened).await.size, 2, "everything can be read");
    }
}

#[tokio::test]
async fn head_that_contradicts_ours_stops_all_signing_for_good() {
    let bench = witnessed_bench().await;
    publish(&bench, "a").await;
    let place = "the witness w.example".to_owned();
    let harmless = Remembered { place: place.clone(), size: 1, root: None };
    assert_eq!(bench.ledger.stop_signing(harmless).await.unwrap(), None);
    publish(&bench, "b").await;

    let known = Remembered { place, size: 9, root: Some(Hash([9; 32])) };
    let reason = bench.ledger.stop_signing(known).await.unwrap().unwrap();
    assert_eq!(bench.ledger.read_only().as_ref(), Some(&reason));
    let updates = vec![file("c", "/c", "r1", "c")];
    let commit = Commit { updates, ..Commit::new(bench.source.id) };
    let error = bench.ledger.commit(commit).await.unwrap_err();
    assert_eq!(error.to_string(), reason);
    assert!(reason.contains("restore the newest copy"), "{reason}");

    let bench = bench.reopen().await;
    let reason = bench.ledger.read_only().unwrap();
    assert!(reason.contains("high-water file knows one of 9 entries"), "{reason}");
}

#[tokio::test]
async fn same_size_with_another_root_stops_signing_for_good_too() {
    let bench = witnessed_bench().await;
    for key in ["a", "b", "c"] {
        publish(&bench, key).await;
        let size = head(&bench).await.size;
        let root = Some(Hash([9; 32]));
        let known = Remembered { place: "the witness".to_owned(), size, root };
        if key == "c" {
            assert!(bench.ledger.stop_signing(known).await.unwrap().is_some());
        }
    }
    let bench = bench.reopen().await;
    assert!(bench.ledger.read_only().unwrap().contains("another history"));
}

#[tokio::test]
async fn checkpoint_carries_a_post_quantum_signature_by_the_key_that_entry_0_names() {
    let bench = Bench::new().await;
    publish(&bench, "a").await;
    let second = bench.ledger.second_log_key().unwrap();
    let first = note(&bench).await;
    assert_eq!(first.signatures().len(), 2);
    assert_eq!(first.verify(std::slice::from_ref(&second)).unwrap().len(), 1);
    bench.pass(60_000);
    assert_eq!(note(&bench).await, first, "made once for each checkpoint");
    publish(&bench, "b").await;
    let newer = note(&bench).await;
    let verified = newer.verify(std::slice::from_ref(&second)).unwrap();
    assert_eq!(verified[0].time_s, Some(1_700_000_060));

    let bundle = tlog::BundleId::new(0, 1).unwrap();
    let bytes = bench.ledger.entry_bundle(bundle).await.unwrap().unwrap();
    let policy = entry::Policy::parse(tlog::decode_bundle(bundle, &bytes).unwrap()[0]).unwrap();
    assert_eq!(policy.second_key, Some(second));
    let known = Remembered { place: "a witness".to_owned(), size: 9, root: None };
    let bench = bench.reopen_with(None, &[known]).await;
    assert_eq!(note(&bench).await.signatures().len(), 1, "a read-only log signs nothing");
}

#[tokio::test]
async fn consistency_is_proved_between_signed_sizes_and_no_others() {
    let bench = witnessed_bench().await;
    for key in ["a", "b", "c"] {
        publish(&bench, key).await;
    }
    let proof = bench.ledger.consistency_proof(2, 4).await.unwrap().unwrap();
    assert_eq!(proof.len(), 1);
    assert_eq!(bench.ledger.consistency_proof(0, 4).await.unwrap(), Some(Vec::new()));
    assert_eq!(bench.ledger.consistency_proof(2, 5).await.unwrap(), None);
    assert_eq!(bench.ledger.consistency_proof(4, 2).await.unwrap(), None);
}
