//! Witnesses that answer whatever they like: nothing of it is stored, nothing of it stops the log,
//! and the honest one beside them is heard.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use http::{Method, StatusCode};
use tlog::{AddCheckpoint, Checkpoint, Cosigner, Hash, KeyName, Signer};
use tokio::net::TcpListener;
use tokio::time::sleep;
use witness::{Pace, remembered};

use super::house::{House, TIME_S};
use super::log::{Log, seed};
use super::site::{LOG, PACE, Site, knowing, policy, until};

/// A witness made of one function.
struct Hostile {
    url: String,
    asked: Arc<AtomicUsize>,
}

/// The key that the policies of these tests expect of the hostile witness at this place.
fn signer(at: usize) -> Cosigner {
    let name = format!("hostile.example.org/{at}");
    Cosigner::ed25519(name.parse().unwrap(), &seed(&name))
}

impl Hostile {
    async fn start<F>(answer: impl Fn(Request) -> F + Clone + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Response> + Send + 'static,
    {
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        let router = Router::new().fallback(move |request: Request| {
            count.fetch_add(1, Ordering::SeqCst);
            answer(request)
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, asked }
    }

    /// One that answers the same to everything.
    async fn saying(status: u16, body: impl Into<String>) -> Self {
        let body = body.into();
        Self::start(move |_| {
            let response = Response::builder().status(status).body(Body::from(body.clone()));
            async move { response.unwrap() }
        })
        .await
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

/// Submits often, whether there is news or not.
const OFTEN: Pace = Pace { idle_interval: Duration::from_millis(50), ..PACE };

/// Feeds a ledger to them beside an honest witness, until each was asked a few times.
async fn feed_beside_an_honest_one(hostile: &[Hostile], asked_min: usize) {
    let site = Site::new().await;
    let honest = House::open(knowing(&site.ledger.log_key())).await;
    let mut witnesses: Vec<_> = (0..)
        .zip(hostile)
        .map(|(at, hostile)| (signer(at).verifier_key(), hostile.url.as_str()))
        .collect();
    witnesses.push((honest.witness.keys()[0].clone(), &honest.url));
    let site = site.witnessed_by(policy(&witnesses)).await;
    let feeder = site.feed(OFTEN);
    site.publish("a").await;
    until("all were asked", async || {
        let seen = site.ledger.witnesses().await.unwrap();
        hostile.iter().all(|hostile| hostile.asked() >= asked_min)
            && seen.last().unwrap().newest.is_some_and(|(size, _)| size == 2)
    })
    .await;
    site.publish("b").await;
    feeder.shutdown().await;
    let seen = site.ledger.witnesses().await.unwrap();
    let kept: Vec<_> = seen.iter().filter(|seen| seen.newest.is_some()).collect();
    assert_eq!(kept.len(), 1, "only what the honest one signed is kept: {kept:?}");
    assert_eq!(site.ledger.read_only(), None, "nobody stops a log by saying so");
}

#[tokio::test(flavor = "multi_thread")]
async fn nonsense_of_every_kind_is_survived() {
    let mut hostile = Vec::new();
    for (status, body) in [
        (200, String::new()),
        (200, "no signature\n".into()),
        (200, "x".repeat(1 << 20)),
        (204, String::new()),
        (302, String::new()),
        (400, "no\n".into()),
        (403, "\u{1b}[2J\u{0}".into()),
        (404, "unknown\n".into()),
        (409, "not a size\n".into()),
        (409, "9223372036854775808\n".into()),
        (413, "x".repeat(1 << 20)),
        (422, "no\n".into()),
        (429, "slower\n".into()),
        (500, String::new()),
        (503, String::new()),
    ] {
        hostile.push(Hostile::saying(status, body).await);
    }
    feed_beside_an_honest_one(&hostile, 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn signature_that_is_wrong_or_by_a_stranger_is_not_kept() {
    let stranger = Cosigner::ed25519("hostile.example.org/0".parse().unwrap(), &[6; 32]);
    for (signer, over_another) in [(signer(0), true), (stranger, false)] {
        let signer = Arc::new(signer);
        let hostile = Hostile::start(move |request| {
            let signer = Arc::clone(&signer);
            async move {
                let body = axum::body::to_bytes(request.into_body(), usize::MAX).await.unwrap();
                let Ok(request) = AddCheckpoint::parse(str::from_utf8(&body).unwrap()) else {
                    return Response::builder().status(404).body(Body::empty()).unwrap();
                };
                let other = Log::of(3).checkpoint();
                let note = if over_another { &other } else { &request.checkpoint };
                let signature = signer.cosign(note, TIME_S.unsigned_abs()).unwrap();
                Response::new(Body::from(format!("{signature}\n")))
            }
        })
        .await;
        feed_beside_an_honest_one(&[hostile], 2).await;
    }
}

/// One that says a larger size, and shows this for it.
async fn claiming(status: u16, shown: String) -> Hostile {
    Hostile::start(move |request| {
        let response = match *request.method() {
            Method::POST => Response::builder().status(409).body(Body::from("1000000\n")),
            _ => Response::builder().status(status).body(Body::from(shown.clone())),
        };
        async move { response.unwrap() }
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn larger_size_does_not_stop_the_log_unless_its_own_signature_proves_it() {
    let origin: KeyName = LOG.parse().unwrap();
    let stranger = Signer::from_seed(origin.clone(), &[8; 32]);
    let head = Checkpoint { origin: (&origin).into(), size: 1_000_000, root: Hash([1; 32]) };
    let forged = head.sign(&stranger);
    let by_the_witness = forged.with([signer(3).cosign(&forged, 1).unwrap()]).unwrap();
    let hostile = [
        claiming(409, String::new()).await,
        claiming(404, String::new()).await,
        claiming(200, forged.to_string()).await,
        claiming(200, by_the_witness.to_string()).await,
        claiming(200, "nonsense\n".to_owned()).await,
        claiming(200, "x".repeat(1 << 20)).await,
    ];
    feed_beside_an_honest_one(&hostile, 4).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn witness_with_another_size_each_time_is_asked_a_few_times_and_not_for_ever() {
    let sizes = Arc::new(AtomicUsize::new(0));
    let hostile = Hostile::start(move |_| {
        let size = sizes.fetch_add(1, Ordering::SeqCst) % 2;
        let response = Response::builder().status(409).body(Body::from(format!("{}\n", size + 1)));
        async move { response.unwrap() }
    })
    .await;
    feed_beside_an_honest_one(&[hostile], 4).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_witness_is_given_up_and_holds_up_nobody() {
    let hostile = Hostile::start(|_| async {
        sleep(Duration::from_hours(1)).await;
        Response::new(Body::empty())
    })
    .await;
    feed_beside_an_honest_one(&[hostile], 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_submission_at_a_time_and_only_the_newest() {
    let under_way = Arc::new(AtomicUsize::new(0));
    let most = Arc::new(AtomicUsize::new(0));
    let (count, peak) = (Arc::clone(&under_way), Arc::clone(&most));
    let hostile = Hostile::start(move |_| {
        let (count, peak) = (Arc::clone(&count), Arc::clone(&peak));
        async move {
            peak.fetch_max(count.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            tokio::task::yield_now().await;
            count.fetch_sub(1, Ordering::SeqCst);
            Response::builder().status(StatusCode::SERVICE_UNAVAILABLE).body(Body::empty()).unwrap()
        }
    })
    .await;
    let site =
        Site::new().await.witnessed_by(policy(&[(signer(0).verifier_key(), &hostile.url)])).await;
    let feeder = site.feed(Pace { submission_interval: Duration::from_hours(1), ..PACE });
    until("it was asked", async || hostile.asked() == 1).await;
    for name in 0..20 {
        site.publish(&name.to_string()).await;
    }
    feeder.shutdown().await;
    assert_eq!((hostile.asked(), most.load(Ordering::SeqCst)), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn witness_that_asks_for_time_gets_it() {
    let hostile = Hostile::start(|_| async {
        let response = Response::builder().status(429).header("retry-after", "3600");
        response.body(Body::empty()).unwrap()
    })
    .await;
    let other = Hostile::saying(503, "").await;
    let both =
        [(signer(0).verifier_key(), hostile.url.as_str()), (signer(1).verifier_key(), &other.url)];
    let site = Site::new().await.witnessed_by(policy(&both)).await;
    let feeder = site.feed(Pace { backoff_max: Duration::from_hours(1), ..PACE });
    until("the other was asked again and again", async || other.asked() >= 4).await;
    feeder.shutdown().await;
    assert_eq!(hostile.asked(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn witness_that_never_answers_delays_a_start_by_no_more_than_the_deadline() {
    let hostile = Hostile::start(|_| async {
        sleep(Duration::from_hours(1)).await;
        Response::new(Body::empty())
    })
    .await;
    let site = Site::new().await;
    let policy = policy(&[(signer(0).verifier_key(), &hostile.url)]);
    let deadline = Duration::from_millis(200);
    let heads = remembered(&policy, &site.ledger.log_key(), None, deadline).await.unwrap();
    assert_eq!((heads.len(), hostile.asked()), (0, 1));
}
