//! Encryption on the way to the server, by the TLS that the Dropbox client uses too.

use std::sync::Arc;

use rustls::client::WantsClientCert;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, ConfigBuilder, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt;
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::error::TlsProblem;
use crate::location::Encryption;

/// What encrypts, if anything shall. The certificates are read anew for each session, so that they can
/// be exchanged under a running instance.
pub(super) fn connector(encryption: &Encryption) -> Result<Option<MakeRustlsConnect>, TlsProblem> {
    let Encryption::Verified { roots } = encryption else { return Ok(None) };
    let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?;
    let builder: ConfigBuilder<ClientConfig, WantsClientCert> = match roots {
        None => builder.with_platform_verifier()?,
        Some(path) => builder.with_root_certificates(read(path)?),
    };
    Ok(Some(MakeRustlsConnect::new(builder.with_no_client_auth())))
}

fn read(path: &std::path::Path) -> Result<RootCertStore, TlsProblem> {
    let unusable = |what: String| TlsProblem::Roots { path: path.to_owned(), what };
    let mut roots = RootCertStore::empty();
    let found = CertificateDer::pem_file_iter(path).map_err(|error| unusable(error.to_string()))?;
    for certificate in found {
        let certificate = certificate.map_err(|error| unusable(error.to_string()))?;
        roots.add(certificate).map_err(|error| unusable(error.to_string()))?;
    }
    if roots.is_empty() {
        return Err(unusable("it holds no certificate".to_owned()));
    }
    Ok(roots)
}
