//! A caller with a connection of its own. No more of a client than a load needs: what it costs is
//! taken from the two cores that are measured.

use anyhow::Context;
use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use ledger::{ApplicationRole, Ledger, NewApplication};
use secrecy::ExposeSecret;
use tokio::net::TcpStream;

pub(crate) struct Caller {
    authority: String,
    sender: SendRequest<Full<Bytes>>,
}

/// What a request says beside its address.
#[derive(Default)]
pub(crate) struct Said<'a> {
    /// JSON to post.
    pub(crate) body: Option<String>,
    /// Headers.
    pub(crate) headers: &'a [(&'a str, &'a str)],
}

impl Caller {
    /// Connects to where an instance answers.
    pub(crate) async fn connect(url: &str) -> anyhow::Result<Self> {
        let authority = url.strip_prefix("http://").context("no http address")?.to_owned();
        let stream = TcpStream::connect(&authority).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        // How it ends is what the next request is told.
        tokio::spawn(async move { drop(connection.await) });
        Ok(Self { authority, sender })
    }

    /// Asks, and reads the whole answer, which must be 200.
    pub(crate) async fn ask(&mut self, path: &str, said: Said<'_>) -> anyhow::Result<Bytes> {
        let method = if said.body.is_some() { Method::POST } else { Method::GET };
        let mut request = Request::builder().method(method).uri(path);
        request = request.header(header::HOST, &self.authority);
        if said.body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        for (name, value) in said.headers {
            request = request.header(*name, *value);
        }
        let body = Full::new(Bytes::from(said.body.unwrap_or_default()));
        self.sender.ready().await?;
        let answer = self.sender.send_request(request.body(body)?).await?;
        let status = answer.status();
        let answer = answer.into_body().collect().await?.to_bytes();
        if status == StatusCode::OK {
            return Ok(answer);
        }
        anyhow::bail!("{path} answered {status}: {}", String::from_utf8_lossy(&answer))
    }
}

/// What an application of the first tenancy sends to be let in.
pub(crate) async fn authorization(ledger: &Ledger) -> anyhow::Result<String> {
    let new = NewApplication {
        display_name: "bench".to_owned(),
        custom_claims: std::collections::BTreeMap::new(),
        role: ApplicationRole::Recorder,
    };
    let tenancy = ledger.first_tenancy().await?.id;
    let made = ledger.create_application(tenancy, new, None).await?;
    let secret = made.secret.context("no secret")?;
    let token = ledger.issue_application_token(made.application.id, secret).await?;
    Ok(format!("Bearer {}", token.context("no token")?.token.expose_secret()))
}
