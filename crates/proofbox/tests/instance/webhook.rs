//! Notifications over HTTP, from the sandbox to the binary. Nobody waits for changes here, so that
//! whatever is recorded came by a notification.

use std::process::Command;
use std::time::{Duration, Instant};

use sandbox::{Backing, Fault, Mischief, Webhook};
use serde_json::json;
use testkit::{APP_KEY, Proofbox, Walk};

use super::beside::{Beside, binary};

const SECRET: &str = "h7g6f5e4d3c2b1a";
/// Longer than anything here takes.
const NEVER_MS: u64 = 120_000;
const CONTINUE: &str = "files/list_folder/continue";

struct Followed {
    beside: Beside,
    proofbox: Proofbox,
    walk: Walk,
    integration: String,
    /// How many documents there have to be.
    documents: u64,
}

impl Followed {
    async fn new() -> Self {
        let beside = Beside::new(Backing::Memory).await;
        let admin = beside.dropbox.admin();
        admin.inject(Fault::delay("files/list_folder/longpoll", 1_000, NEVER_MS));
        let mut command =
            Proofbox::command(Command::new(binary()), &beside.data(), beside.dropbox_url());
        let proofbox = Proofbox::start_command(command.env("DROPBOX_APP_SECRET", SECRET)).unwrap();
        let uri = format!("{}/webhooks/dropbox", proofbox.url()).parse().unwrap();
        let secret = Some(SECRET.to_owned());
        admin.register_webhook(Webhook { secret, ..Webhook::new(APP_KEY, uri) }).await.unwrap();
        let (walk, integration) = beside.linked(&proofbox).await;
        walk.until_up_to_date(&integration, 0).await.unwrap();
        Self { beside, proofbox, walk, integration, documents: 0 }
    }

    fn disturb(&self, mischief: Mischief) {
        self.beside.dropbox.admin().disturb_webhook(APP_KEY, mischief, 1).unwrap();
    }

    fn write(&mut self) {
        self.documents += 1;
        let (path, content) = (format!("/{}.txt", self.documents), self.documents.to_string());
        self.beside.dropbox.files().write(&path, content).unwrap();
    }

    async fn until_recorded(&self) {
        self.walk.until_up_to_date(&self.integration, self.documents).await.unwrap();
    }

    async fn notify(&self, body: &str, mischief: Option<Mischief>) -> Option<u16> {
        self.beside.dropbox.admin().notify(APP_KEY, body, mischief).await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn t43_notifications_twice_late_lost_forged_and_about_nobody_do_no_harm() {
    let mut followed = Followed::new().await;
    for mischief in [Mischief::Duplicate, Mischief::Delay(200)] {
        followed.disturb(mischief);
        followed.write();
        followed.until_recorded().await;
    }
    for body in [
        r#"{"list_folder":{"accounts":["dbid:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"]}}"#,
        r#"{"delta":{"users":[12345678]}}"#,
        "{}",
        "",
    ] {
        assert_eq!(followed.notify(body, None).await, Some(200), "{body}");
        assert_eq!(followed.notify(body, Some(Mischief::Tamper)).await, Some(403), "{body}");
    }
    // What the sweep does every quarter of an hour finds what nobody was told of.
    followed.disturb(Mischief::Lose);
    followed.write();
    let path = format!("/api/integrations/{}/sync", followed.integration);
    followed.walk.post(&path, &json!({})).await.unwrap();
    followed.until_recorded().await;
    for _ in 0..52 {
        followed.write();
    }
    followed.until_recorded().await;
    let assets = followed.walk.assets().await.unwrap();
    assert_eq!(assets.len() as u64, followed.documents);
    assert!(followed.proofbox.stop().unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn t44_notification_of_1000_accounts_is_answered_within_a_second_while_all_is_slow() {
    let mut followed = Followed::new().await;
    followed.beside.dropbox.admin().inject(Fault::delay(CONTINUE, 2, 2_000));
    let account = followed.walk.integration(&followed.integration).await.unwrap();
    let ours = account["account"]["id"].as_str().unwrap().to_owned();
    let others = (1..1_000).map(|number| format!("dbid:{number:035}"));
    let accounts: Vec<_> = others.chain([ours]).collect();
    let body = json!({ "list_folder": { "accounts": accounts } }).to_string();
    followed.write();
    for _ in 0..100 {
        let started = Instant::now();
        assert_eq!(followed.notify(&body, None).await, Some(200));
        assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
    }
    followed.until_recorded().await;
    let readings = followed.beside.dropbox.admin().count(CONTINUE);
    assert!(readings <= 6, "{readings} readings for 100 notifications");
    assert!(followed.proofbox.stop().unwrap().success());
}
