//! A web server over TLS that answers as a test wants, with a certificate of an authority of its own.

use std::{
    collections::HashMap,
    convert::Infallible,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State as Shared,
    response::{IntoResponse, Redirect, Response},
};
use futures_util::{StreamExt, stream};
use http::{StatusCode, Uri};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto::Builder,
    service::TowerToHyperService,
};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use tokio::net::TcpListener;
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::aws_lc_rs,
        pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
    },
};

/// What is answered.
#[derive(Clone)]
pub(super) enum Answer {
    Status(StatusCode),
    Redirect(String),
    Body(String),
    Bytes(Vec<u8>),
    /// A body without an end.
    Endless,
    /// A head, and then nothing.
    Stalled,
}

/// Who vouches for a web server.
pub(super) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    pub(super) fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut own = CertificateParams::new(Vec::new()).unwrap();
        own.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        own.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let pem = own.self_signed(&key).unwrap().pem();
        Self { issuer: Issuer::new(own, key), pem }
    }

    pub(super) fn pem(&self) -> &str {
        &self.pem
    }

    fn acceptor(&self, name: &str) -> TlsAcceptor {
        let key = KeyPair::generate().unwrap();
        let host = CertificateParams::new(vec![name.to_owned()]).unwrap();
        let certificate: CertificateDer<'static> =
            host.signed_by(&key, &self.issuer).unwrap().into();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key);
        TlsAcceptor::from(Arc::new(config.unwrap()))
    }
}

#[derive(Clone)]
struct Site {
    acceptor: Arc<Mutex<TlsAcceptor>>,
    answers: Arc<Mutex<HashMap<String, Answer>>>,
    taken: Arc<AtomicUsize>,
}

/// A running web server. What it has no answer for is not there.
pub(super) struct WebServer {
    pub(super) address: SocketAddr,
    site: Site,
}

impl WebServer {
    pub(super) async fn start(authority: &Authority, name: &str) -> Self {
        let site = Site {
            acceptor: Arc::new(Mutex::new(authority.acceptor(name))),
            answers: Arc::default(),
            taken: Arc::default(),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(serve(listener, site.clone()));
        Self { address, site }
    }

    pub(super) fn answer(&self, path: &str, answer: Answer) {
        self.site.answers.lock().unwrap().insert(path.to_owned(), answer);
    }

    /// From now on somebody else vouches for it.
    pub(super) fn replace(&self, authority: &Authority, name: &str) {
        *self.site.acceptor.lock().unwrap() = authority.acceptor(name);
    }

    /// How many bytes of bodies without an end were taken.
    pub(super) fn taken(&self) -> usize {
        self.site.taken.load(Ordering::Relaxed)
    }
}

async fn serve(listener: TcpListener, site: Site) {
    let router = Router::new().fallback(answer).with_state(site.clone());
    while let Ok((stream, _)) = listener.accept().await {
        let acceptor = site.acceptor.lock().unwrap().clone();
        let service = TowerToHyperService::new(router.clone());
        tokio::spawn(async move {
            // Whoever does not believe the certificate goes away here.
            if let Ok(stream) = acceptor.accept(stream).await {
                let builder = Builder::new(TokioExecutor::new());
                let _ = builder.serve_connection(TokioIo::new(stream), service).await;
            }
        });
    }
}

async fn answer(Shared(site): Shared<Site>, uri: Uri) -> Response {
    let answer = site.answers.lock().unwrap().get(uri.path()).cloned();
    match answer {
        None => StatusCode::NOT_FOUND.into_response(),
        Some(Answer::Status(status)) => status.into_response(),
        Some(Answer::Redirect(to)) => Redirect::to(&to).into_response(),
        Some(Answer::Body(body)) => body.into_response(),
        Some(Answer::Bytes(bytes)) => bytes.into_response(),
        Some(Answer::Endless) => {
            let pieces = stream::repeat(Bytes::from(vec![b'x'; 4_096])).map(move |piece| {
                site.taken.fetch_add(piece.len(), Ordering::Relaxed);
                Ok::<_, Infallible>(piece)
            });
            Body::from_stream(pieces).into_response()
        }
        Some(Answer::Stalled) => {
            Body::from_stream(stream::pending::<Result<Bytes, Infallible>>()).into_response()
        }
    }
}
