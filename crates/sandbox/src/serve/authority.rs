//! The certificate authority of a sandbox: it signs one certificate, for Dropbox's hosts and this
//! machine, and can sign for nothing else, so that trusting it gives nothing else away.
//!
//! Where it is kept in a directory, the key is readable by its owner alone and made once; the
//! certificate for the hosts is made anew at each start, and its key never leaves memory.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DnType, ExtendedKeyUsagePurpose,
    GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints, SanType,
    date_time_ymd,
};
use thiserror::Error;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::{self, ServerConfig};

use crate::host;

/// What clients are told to trust.
const CERTIFICATE_FILE: &str = "sandbox-ca.pem";
const KEY_FILE: &str = "sandbox-ca-key.pem";
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];
/// The domains that the authority may sign for, with everything below them.
const DOMAINS: [&str; 3] = ["dropbox.com", "dropboxapi.com", "localhost"];
const OTHERS_MAY: u32 = 0o077;

/// Why there is no TLS.
#[derive(Debug, Error)]
pub(crate) enum AuthorityError {
    #[error("{0} can't be read or written")]
    Io(PathBuf, #[source] io::Error),
    #[error("{0} may be read by others; make it private with: chmod 600 {0}")]
    Exposed(PathBuf),
    #[error("no certificate can be made")]
    Certificate(#[from] rcgen::Error),
    #[error("the certificate can't be served")]
    Tls(#[from] rustls::Error),
}

/// An authority with the certificate that it signed.
pub(crate) struct Authority {
    /// In PEM, for clients to trust.
    pub(crate) certificate: String,
    /// Where that is on disk, absolute; nowhere for a sandbox without a directory.
    pub(crate) file: Option<PathBuf>,
    acceptor: TlsAcceptor,
}

impl Authority {
    /// An authority that is forgotten with the sandbox.
    pub(crate) fn in_memory() -> Result<Self, AuthorityError> {
        let key = KeyPair::generate()?;
        let certificate = own()?.self_signed(&key)?.pem();
        Self::new(key, certificate, None)
    }

    /// The authority of a directory, made when there is none yet.
    pub(crate) fn kept_in(directory: &Path) -> Result<Self, AuthorityError> {
        let failed = |error| AuthorityError::Io(directory.to_owned(), error);
        fs::create_dir_all(directory).map_err(failed)?;
        let directory = directory.canonicalize().map_err(failed)?;
        let key = key(&directory.join(KEY_FILE))?;
        let file = directory.join(CERTIFICATE_FILE);
        let certificate = match fs::read_to_string(&file) {
            Ok(certificate) => certificate,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let certificate = own()?.self_signed(&key)?.pem();
                keep(&file, &certificate, 0o644)?;
                certificate
            }
            Err(error) => return Err(AuthorityError::Io(file, error)),
        };
        Self::new(key, certificate, Some(file))
    }

    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        self.acceptor.clone()
    }

    fn new(
        key: KeyPair,
        certificate: String,
        file: Option<PathBuf>,
    ) -> Result<Self, AuthorityError> {
        let acceptor = acceptor(&Issuer::new(own()?, key))?;
        Ok(Self { certificate, file, acceptor })
    }
}

/// The authority's own certificate. It is the same for the same key, but for the signature.
fn own() -> Result<CertificateParams, rcgen::Error> {
    let mut own = CertificateParams::new(Vec::new())?;
    own.distinguished_name.push(DnType::CommonName, "Dropbox sandbox on this machine");
    own.distinguished_name.push(DnType::OrganizationName, "Proofbox");
    own.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    own.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    own.name_constraints = Some(constraints());
    in_force(&mut own);
    Ok(own)
}

fn constraints() -> NameConstraints {
    let domains = DOMAINS.iter().map(|name| GeneralSubtree::DnsName((*name).to_owned()));
    let loopback = [
        CidrSubnet::from_v4_prefix(Ipv4Addr::LOCALHOST.octets(), 8),
        CidrSubnet::from_v6_prefix(Ipv6Addr::LOCALHOST.octets(), 128),
    ];
    let permitted = domains.chain(loopback.map(GeneralSubtree::IpAddress)).collect();
    NameConstraints { permitted_subtrees: permitted, excluded_subtrees: Vec::new() }
}

/// Machines whose clock is wrong are no reason to fail.
fn in_force(certificate: &mut CertificateParams) {
    certificate.not_before = date_time_ymd(2020, 1, 1);
    certificate.not_after = date_time_ymd(2100, 1, 1);
}

fn acceptor(issuer: &Issuer<'_, KeyPair>) -> Result<TlsAcceptor, AuthorityError> {
    let key = KeyPair::generate()?;
    let names: Vec<String> =
        host::NAMES.into_iter().chain(["localhost"]).map(String::from).collect();
    let mut hosts = CertificateParams::new(names)?;
    let loopback = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
    hosts.subject_alt_names.extend(loopback.map(SanType::IpAddress));
    hosts.distinguished_name.push(DnType::CommonName, "Dropbox sandbox");
    hosts.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    hosts.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    hosts.use_authority_key_identifier_extension = true;
    in_force(&mut hosts);
    let certificate: CertificateDer<'static> = hosts.signed_by(&key, issuer)?.into();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)?;
    config.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).to_vec();
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn key(path: &Path) -> Result<KeyPair, AuthorityError> {
    let failed = |error| AuthorityError::Io(path.to_owned(), error);
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let key = KeyPair::generate()?;
            keep(path, &key.serialize_pem(), 0o600)?;
            return Ok(key);
        }
        Err(error) => return Err(failed(error)),
    };
    if fs::metadata(path).map_err(failed)?.mode() & OTHERS_MAY != 0 {
        return Err(AuthorityError::Exposed(path.to_owned()));
    }
    Ok(KeyPair::from_pem(&text)?)
}

/// Written beside and moved into place: a kill leaves the whole file or none.
fn keep(path: &Path, text: &str, mode: u32) -> Result<(), AuthorityError> {
    let failed = |error| AuthorityError::Io(path.to_owned(), error);
    let beside = path.with_extension("new");
    match fs::remove_file(&beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    let mut options = OpenOptions::new();
    let mut file = options.mode(mode).create_new(true).write(true).open(&beside).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)?;
    file.sync_all().map_err(failed)?;
    fs::rename(&beside, path).map_err(failed)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn authority_of_a_directory_is_made_once_and_its_key_is_private() {
        let directory = tempfile::tempdir().unwrap();
        let first = Authority::kept_in(directory.path()).unwrap();
        let again = Authority::kept_in(directory.path()).unwrap();
        assert_eq!(first.certificate, again.certificate);
        assert!(first.certificate.starts_with("-----BEGIN CERTIFICATE-----"));

        let key = directory.path().join(KEY_FILE);
        assert_eq!(fs::metadata(&key).unwrap().mode() & 0o777, 0o600);
        fs::set_permissions(&key, fs::Permissions::from_mode(0o640)).unwrap();
        let refused = Authority::kept_in(directory.path()).err().unwrap();
        assert!(matches!(refused, AuthorityError::Exposed(_)), "{refused}");
    }

    #[test]
    fn lost_certificate_is_signed_again_by_the_same_key() {
        let directory = tempfile::tempdir().unwrap();
        Authority::kept_in(directory.path()).unwrap();
        let key = fs::read(directory.path().join(KEY_FILE)).unwrap();
        fs::remove_file(directory.path().join(CERTIFICATE_FILE)).unwrap();
        let again = Authority::kept_in(directory.path()).unwrap();
        assert_eq!(fs::read_to_string(again.file.unwrap()).unwrap(), again.certificate);
        assert_eq!(fs::read(directory.path().join(KEY_FILE)).unwrap(), key);
    }
}
