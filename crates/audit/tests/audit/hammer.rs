//! Load with verification: everything holds on a whole log, and nothing wrong goes unnoticed.

use std::time::Duration;

use audit::{HammerOptions, HammerReport, Published, Trust, hammer};

use super::sample::{Memory, Rules, key};
use super::serving::Served;

async fn run(served: &Served, readers: usize, milliseconds: u64) -> HammerReport {
    let log = Published::find(served.url()).await.unwrap().impatient();
    let options = HammerOptions {
        trust: Trust::new(Some(key()), None),
        readers,
        duration: Duration::from_millis(milliseconds),
        seed: 1,
    };
    hammer(log, &Rules, options).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_proof_of_a_whole_log_holds() {
    for size in [1, 257, 70_000] {
        let served = Served::under("", Memory::of(size)).await;
        let report = run(&served, 4, 300).await;
        assert_eq!((report.failures, report.errors, report.samples.len()), (0, 0, 0));
        assert!(report.proofs > 10, "{report:?}");
        assert!(report.requests >= report.proofs && report.bytes > 0);
        assert!(report.p50 <= report.p99 && report.p99 < Duration::from_secs(5));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn log_that_grows_is_held_to_what_it_was() {
    let served = Served::under("", Memory::of(1_000)).await;
    let grow = async {
        served.until_asked(50).await;
        let mut log = Memory::of(1_000);
        log.0.extend(Memory::of(3_000).0);
        served.show(log);
    };
    let (report, ()) = tokio::join!(run(&served, 2, 2_500), grow);
    assert_eq!((report.sizes, report.failures), ((1_000, 3_000), 0), "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_entry_and_wrong_hash_are_failures() {
    for path in ["tile/entries/000.p/9", "tile/0/000.p/9"] {
        let mut log = Memory::of(9);
        log.change(path, |bytes| *bytes.last_mut().unwrap() ^= 1);
        let report = run(&Served::under("", log).await, 2, 200).await;
        assert!(report.failures > 0, "{report:?}");
        assert!(report.samples.iter().any(|sample| sample.contains("root")), "{report:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn outage_is_an_error_and_no_failure() {
    let served = Served::under("", Memory::of(9)).await;
    let outage = async {
        served.until_asked(20).await;
        served.fail(u32::MAX);
    };
    let (report, ()) = tokio::join!(run(&served, 2, 500), outage);
    assert!(report.errors > 0 && report.failures == 0, "{report:?}");
}
