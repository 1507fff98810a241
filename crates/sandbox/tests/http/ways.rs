//! The ways in: TLS with the sandbox's own authority, HTTP/1.1 and 2, and the proxy that leads
//! clients of the real hosts here.

use reqwest::{Certificate, Client, Proxy, Version};
use sandbox::{Options, Sandbox};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::client::{self, Reply, linked, start};

/// A client that was told what `proofbox sandbox env` says, and knows only the real hosts.
fn unmodified(sandbox: &Sandbox) -> reqwest::ClientBuilder {
    let authority = Certificate::from_pem(sandbox.certificate().as_bytes()).unwrap();
    let proxy = Proxy::https(sandbox.url().as_str()).unwrap();
    Client::builder().tls_certs_only([authority]).proxy(proxy)
}

#[tokio::test]
async fn clients_of_the_real_hosts_reach_the_sandbox_through_the_proxy() {
    let (sandbox, linked) = linked().await;
    sandbox.files().write("/a.txt", "a").unwrap();
    for (builder, version) in [
        (unmodified(&sandbox), Version::HTTP_2),
        (unmodified(&sandbox).http1_only(), Version::HTTP_11),
    ] {
        let http = builder.build().unwrap();
        let request = http
            .post("https://api.dropboxapi.com/2/files/list_folder")
            .bearer_auth(&linked.access_token)
            .json(&json!({ "path": "" }));
        let response = request.send().await.unwrap();
        assert_eq!((response.status().as_u16(), response.version()), (200, version));
        let page = http.get("https://www.dropbox.com/oauth2/authorize?client_id=a").send().await;
        assert_eq!(page.unwrap().status(), 400, "a page about what lacks");
    }
    let routes: Vec<_> = sandbox.admin().requests().into_iter().map(|each| each.route).collect();
    assert!(routes.contains(&"api.dropboxapi.com:443".to_owned()), "{routes:?}");
}

#[tokio::test]
async fn each_route_is_on_its_host_and_administration_on_none() {
    let (sandbox, linked) = linked().await;
    let http = unmodified(&sandbox).build().unwrap();
    let post = async |url: &str| {
        let request = http.post(url).bearer_auth(&linked.access_token);
        let reply = Reply::of(request.json(&json!({ "cursor": "x" }))).await;
        (reply.status, reply.text)
    };
    let (status, text) = post("https://api.dropboxapi.com/2/files/list_folder/longpoll").await;
    assert_eq!(status, 404);
    assert_eq!(
        text,
        "Incorrect host for API function \"files/list_folder/longpoll\". You must issue the \
         request to \"notify.dropboxapi.com\"."
    );
    assert_eq!(post("https://notify.dropboxapi.com/2/files/list_folder/longpoll").await.0, 400);
    assert_eq!(post("https://content.dropboxapi.com/2/files/list_folder/continue").await.0, 404);
    assert_eq!(post("https://api.dropbox.com/2/files/list_folder/continue").await.0, 400);
    assert_eq!(post("https://api.dropbox.com/oauth2/token").await.0, 400);
    assert_eq!(post("https://www.dropbox.com/sandbox/links/revoke").await.0, 404);
    assert_eq!(post("https://api.dropboxapi.com/sandbox/links/revoke").await.0, 404);
    let style = http.get("https://www.dropbox.com/sandbox/style.css").send().await.unwrap();
    assert_eq!(style.status(), 200);
}

#[tokio::test]
async fn tls_and_plain_http_share_the_port() {
    let sandbox = start().await;
    let authority = Certificate::from_pem(sandbox.certificate().as_bytes()).unwrap();
    let http = Client::builder().tls_certs_only([authority]).build().unwrap();
    let mut secured = sandbox.url().clone();
    secured.set_scheme("https").unwrap();
    for host in ["127.0.0.1", "localhost"] {
        secured.set_host(Some(host)).unwrap();
        assert_eq!(http.get(secured.clone()).send().await.unwrap().status(), 200);
    }
    assert_eq!(http.get(sandbox.url().clone()).send().await.unwrap().status(), 200);
    let stranger = Client::new().get(secured).send().await;
    assert!(stranger.is_err(), "nobody else trusts the authority");
}

async fn connect(sandbox: &Sandbox, target: &str) -> String {
    let mut stream = TcpStream::connect(sandbox.url().authority()).await.unwrap();
    let request = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut head = [0; 12];
    stream.read_exact(&mut head).await.unwrap();
    String::from_utf8(head.to_vec()).unwrap()
}

#[tokio::test]
async fn proxy_leads_to_dropbox_and_nowhere_else() {
    let sandbox = start().await;
    assert_eq!(connect(&sandbox, "content.dropboxapi.com:443").await, "HTTP/1.1 200");
    for target in [
        "example.org:443",
        "api.dropboxapi.com:80",
        "api.dropboxapi.com.example.org:443",
        "127.0.0.1:443",
        "localhost:22",
    ] {
        assert_eq!(connect(&sandbox, target).await, "HTTP/1.1 403", "{target}");
    }
}

#[tokio::test]
async fn environment_names_the_proxy_and_the_certificate_of_the_directory() {
    let directory = tempfile::tempdir().unwrap();
    let certificates = Some(directory.path().to_owned());
    let options = || Options { certificates: certificates.clone(), ..Options::default() };
    let sandbox = Sandbox::start(options()).await.unwrap();
    let variables = sandbox.environment().unwrap();
    let file = std::fs::read_to_string(&variables["SSL_CERT_FILE"]).unwrap();
    assert_eq!(file, sandbox.certificate());
    assert_eq!(variables["REQUESTS_CA_BUNDLE"], variables["NODE_EXTRA_CA_CERTS"]);
    assert_eq!(format!("{}/", variables["HTTPS_PROXY"]), sandbox.url().as_str());

    let client = client::Client::new(sandbox.url());
    let told = Reply::of(client.get("/sandbox/environment")).await.json();
    assert_eq!(told, json!(variables));
    assert_eq!(Reply::of(client.get("/sandbox/ca.pem")).await.text, file);
    let next = Sandbox::start(options()).await.unwrap();
    assert_eq!(next.certificate(), file, "clients are told only once");

    let forgetful = start().await;
    assert_eq!(forgetful.environment(), None);
    let client = client::Client::new(forgetful.url());
    assert_eq!(Reply::of(client.get("/sandbox/environment")).await.status, 404);
}
