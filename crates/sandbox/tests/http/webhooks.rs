//! Webhooks, received by a small server that checks what it gets.

use std::sync::{Arc, Mutex};

use hmac::{Hmac, KeyInit, Mac};
use sandbox::{AppKey, Mischief, Options, Sandbox, Webhook};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use url::Url;

use crate::client::{APP, Client, Reply};

const SECRET: &str = "geheim";

/// Somebody who is told of changes: echoes challenges and answers 200, or what is asked of it.
struct Receiver {
    uri: Url,
    statuses: Arc<Mutex<Vec<u16>>>,
    received: mpsc::UnboundedReceiver<Received>,
}

struct Received {
    body: String,
    signature: String,
}

impl Received {
    fn is_genuine(&self) -> bool {
        let mut code = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
        code.update(self.body.as_bytes());
        self.signature == hex::encode(code.finalize().into_bytes())
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

impl Receiver {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let uri = format!("http://{}/hook?tenant=a", listener.local_addr().unwrap());
        let statuses = Arc::<Mutex<Vec<u16>>>::default();
        let (sender, received) = mpsc::unbounded_channel();
        let wanted = Arc::clone(&statuses);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                answer(stream, &wanted, &sender).await;
            }
        });
        Self { uri: uri.parse().unwrap(), statuses, received }
    }

    async fn next(&mut self) -> Received {
        self.received.recv().await.unwrap()
    }
}

async fn answer(
    stream: TcpStream,
    statuses: &Mutex<Vec<u16>>,
    sender: &mpsc::UnboundedSender<Received>,
) {
    let mut stream = BufReader::new(stream);
    let (mut first, mut signature, mut length) = (String::new(), String::new(), 0);
    stream.read_line(&mut first).await.unwrap();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.unwrap();
        let Some((name, value)) = line.trim().split_once(": ") else { break };
        match name {
            "x-dropbox-signature" => value.clone_into(&mut signature),
            "content-length" => length = value.parse().unwrap(),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.unwrap();
    let (status, reply) = if let Some((_, rest)) = first.split_once("challenge=") {
        assert!(first.starts_with("GET /hook?tenant=a&challenge="), "{first}");
        (200, rest.split(' ').next().unwrap().to_owned())
    } else {
        assert!(first.starts_with("POST /hook?tenant=a "), "{first}");
        let body = String::from_utf8(body).unwrap();
        sender.send(Received { body, signature }).unwrap();
        (statuses.lock().unwrap().pop().unwrap_or(200), String::new())
    };
    let reply = format!(
        "HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{reply}",
        reply.len()
    );
    stream.write_all(reply.as_bytes()).await.unwrap();
}

async fn linked() -> (Sandbox, Client) {
    let known = AppKey { secret: Some(SECRET.to_owned()), ..AppKey::from(APP) };
    let options = Options { app_keys: vec![known], ..Options::default() };
    let sandbox = Sandbox::start(options).await.unwrap();
    let client = Client::linked(&sandbox).await;
    (sandbox, client)
}

fn webhook(receiver: &Receiver) -> Webhook {
    Webhook { retry_ms: 5, ..Webhook::new(APP, receiver.uri.clone()) }
}

#[tokio::test]
async fn change_is_told_with_the_account_and_a_signature() {
    let (sandbox, client) = linked().await;
    let mut receiver = Receiver::start().await;
    sandbox.admin().register_webhook(webhook(&receiver)).await.unwrap();
    sandbox.files().write("/a.txt", "a").unwrap();
    let told = receiver.next().await;
    assert!(told.is_genuine());
    let account = client.ok("users/get_current_account", json!(null)).await;
    let told = told.json();
    assert_eq!(told["list_folder"]["accounts"], json!([account["account_id"]]));
    assert!(told["delta"]["users"][0].is_u64());
}

#[tokio::test]
async fn only_accounts_that_are_linked_to_the_app_are_told_of() {
    let (sandbox, mut client) = linked().await;
    let mut receiver = Receiver::start().await;
    sandbox.admin().register_webhook(webhook(&receiver)).await.unwrap();
    sandbox.admin().disconnect(APP).unwrap();
    sandbox.files().write("/unheard.txt", "a").unwrap();
    tokio::task::yield_now().await;
    client.link(crate::client::SCOPE).await;
    sandbox.files().write("/heard.txt", "a").unwrap();
    receiver.next().await;
    assert!(receiver.received.try_recv().is_err(), "one change, one notification");
}

#[tokio::test]
async fn what_is_not_answered_with_200_is_sent_again() {
    let (sandbox, _client) = linked().await;
    let mut receiver = Receiver::start().await;
    sandbox.admin().register_webhook(webhook(&receiver)).await.unwrap();
    receiver.statuses.lock().unwrap().extend([503, 302, 500]);
    sandbox.files().write("/a.txt", "a").unwrap();
    let first = receiver.next().await;
    for _ in 0..3 {
        let again = receiver.next().await;
        assert_eq!((again.is_genuine(), &again.body), (true, &first.body));
    }
}

#[tokio::test]
async fn notifications_get_lost_come_twice_or_forged_on_demand() {
    let (sandbox, _client) = linked().await;
    let admin = sandbox.admin();
    let mut receiver = Receiver::start().await;
    admin.register_webhook(webhook(&receiver)).await.unwrap();
    for mischief in [Mischief::Duplicate, Mischief::Tamper, Mischief::Delay(1)] {
        admin.disturb_webhook(APP, mischief, 1).unwrap();
    }
    sandbox.files().write("/a.txt", "a").unwrap();
    let (first, second) = (receiver.next().await, receiver.next().await);
    assert_eq!((&first.body, first.is_genuine()), (&second.body, second.is_genuine()));
    sandbox.files().write("/b.txt", "b").unwrap();
    assert!(!receiver.next().await.is_genuine());
    sandbox.files().write("/c.txt", "c").unwrap();
    assert!(receiver.next().await.is_genuine());

    assert_eq!(admin.notify(APP, "", None).await.unwrap(), Some(200));
    assert_eq!(receiver.next().await.body, "");
    admin.disturb_webhook(APP, Mischief::Lose, 1).unwrap();
    sandbox.files().write("/d.txt", "d").unwrap();
    let lost = async || {
        let state = admin.webhooks().remove(0);
        state.deliveries.iter().any(|each| each.mischief == Some(Mischief::Lose))
    };
    while !lost().await {
        tokio::task::yield_now().await;
    }
    assert!(receiver.received.try_recv().is_err());
}

#[tokio::test]
async fn address_has_to_echo_a_challenge_and_be_on_this_machine() {
    let (sandbox, client) = linked().await;
    let put = async |app: &str, uri: &str| {
        let webhook = json!({ "app": app, "uri": uri });
        Reply::of(client.put("/sandbox/webhooks").json(&webhook)).await.status
    };
    let receiver = Receiver::start().await;
    assert_eq!(put(APP, receiver.uri.as_str()).await, 200);
    assert_eq!(put(APP, sandbox.url().as_str()).await, 502, "a page is no echo");
    assert_eq!(put(APP, "http://192.0.2.1/hook").await, 400);
    assert_eq!(put("stranger", receiver.uri.as_str()).await, 400);
    let list = Reply::of(client.get("/sandbox/webhooks")).await.json();
    assert_eq!(list["webhooks"][0]["uri"], receiver.uri.as_str());
    assert!(list["webhooks"][0].get("secret").is_none());

    let body = json!({ "app": APP, "body": "{}", "mischief": "tamper" });
    let sent = Reply::of(client.post("/sandbox/webhooks/notify").json(&body)).await.json();
    assert_eq!(sent["status"], 200);
    let delay = json!({ "app": APP, "mischief": { "delay": 5 }, "calls": 2 });
    let disturbed = client.post("/sandbox/webhooks/mischief").json(&delay);
    assert_eq!(Reply::of(disturbed).await.status, 200);
    let gone = client.delete(&format!("/sandbox/webhooks?app={APP}"));
    assert_eq!(Reply::of(gone).await.status, 200);
    let unheard = client.post("/sandbox/webhooks/notify").json(&body);
    assert_eq!(Reply::of(unheard).await.status, 404);
}

#[tokio::test]
async fn webhook_of_the_command_line_waits_for_whoever_starts_later() {
    let mut receiver = Receiver::start().await;
    let known = AppKey { secret: Some(SECRET.to_owned()), ..AppKey::from(APP) };
    let sandbox = Sandbox::start(Options {
        app_keys: vec![known],
        webhooks: vec![webhook(&receiver)],
        ..Options::default()
    })
    .await
    .unwrap();
    let _client = Client::linked(&sandbox).await;
    sandbox.files().write("/a.txt", "a").unwrap();
    assert!(receiver.next().await.is_genuine());
}

#[tokio::test]
async fn a_webhook_survives_a_restart_and_tells_what_nobody_heard() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::create_dir(directory.path().join("folder")).unwrap();
    let start = async || {
        let known = AppKey { secret: None, ..AppKey::from(APP) };
        let options = crate::folder::options(directory.path());
        Sandbox::start(Options { app_keys: vec![known], ..options }).await.unwrap()
    };
    let mut receiver = Receiver::start().await;
    let sandbox = start().await;
    let _client = Client::linked(&sandbox).await;
    let secret = Some(SECRET.to_owned());
    let patient = Webhook { retry_ms: 3_600_000, secret, ..webhook(&receiver) };
    sandbox.admin().register_webhook(patient).await.unwrap();
    receiver.statuses.lock().unwrap().push(503);
    sandbox.files().write("/a.txt", "a").unwrap();
    let unheard = receiver.next().await;
    sandbox.shutdown().await;

    let sandbox = start().await;
    let again = receiver.next().await;
    assert!(again.is_genuine());
    assert_eq!(again.json()["list_folder"], unheard.json()["list_folder"]);
    while sandbox.admin().webhooks()[0].deliveries.is_empty() {
        tokio::task::yield_now().await;
    }
    sandbox.shutdown().await;

    let sandbox = start().await;
    sandbox.files().write("/b.txt", "b").unwrap();
    receiver.next().await;
    assert!(receiver.received.try_recv().is_err(), "what was heard is not told again");
    sandbox.admin().remove_webhook(APP).unwrap();
    sandbox.shutdown().await;
    assert!(start().await.admin().webhooks().is_empty());
}
