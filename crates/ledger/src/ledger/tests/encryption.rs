//! Encryption on the way to the server: it is there when it is asked for, with the right server, or the
//! ledger does not open and says why.

use std::net::TcpListener;
use std::path::Path;

use rcgen::{CertificateParams, KeyPair};

use super::lost::Server;
use crate::store::db::params;
use crate::store::{open_to_check, open_writer};
use crate::{Database, Location, OpenError};

const IS_ENCRYPTED: &str = "select ssl from pg_stat_ssl where pid = pg_backend_pid()";

/// Puts a text into a file of the server's, for its eyes alone.
fn put(name: &str, text: &str) -> String {
    format!(
        "copy (select unnest(string_to_array('{}', e'\\n'))) to program 'umask 077; cat > {name}';",
        text.trim_end()
    )
}

fn certificate(directory: &Path) -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let names = CertificateParams::new(["localhost".to_owned()]).unwrap();
    let certificate = names.self_signed(&key).unwrap().pem();
    std::fs::write(directory.join("root.pem"), &certificate).unwrap();
    (certificate, key.serialize_pem())
}

fn at(directory: &Path, host: &str, port: u16, encryption: &str) -> Location {
    let database = format!("postgres://proofbox@{host}:{port}/postgres?{encryption}");
    let database: Database = database.parse().unwrap();
    Location { directory: directory.to_owned(), database }
}

/// What is told, with its causes.
fn told(error: &OpenError) -> String {
    assert!(matches!(error, OpenError::Unreachable { .. }), "{error}");
    crate::error::chain(error)
}

#[test]
fn connection_is_encrypted_with_the_server_that_is_meant_or_refused() {
    let Database::Postgres(_) = Database::scratch() else { return };
    let (server, directory) = (Server::start(), tempfile::tempdir().unwrap());
    let directory = directory.path();
    let own = Location { directory: directory.to_owned(), database: server.database() };
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let db = open_writer(&own).unwrap();
    db.script("alter system set listen_addresses = 'localhost'").unwrap();
    db.script(&format!("alter system set port = {port}")).unwrap();
    let (certificate, key) = certificate(directory);
    db.script(&(put("server.crt", &certificate) + &put("server.key", &key))).unwrap();
    drop(db);
    server.order("--wait --mode=fast restart");

    let root = directory.join("root.pem");
    let verified = format!("sslmode=verify-full&sslrootcert={}", root.display());
    let error = open_to_check(&at(directory, "localhost", port, &verified)).err().unwrap();
    let text = told(&error);
    assert!(text.contains("server does not support TLS") && text.contains("ssl = on"), "{text}");

    let db = open_writer(&at(directory, "localhost", port, "")).unwrap();
    assert!(!db.query_row(IS_ENCRYPTED, params![], |row| row.get::<bool>(0)).unwrap());
    db.script("alter system set ssl = on").unwrap();
    drop(db);
    server.order("--wait --mode=fast restart");

    let db = open_to_check(&at(directory, "localhost", port, &verified)).unwrap();
    assert!(db.query_row(IS_ENCRYPTED, params![], |row| row.get::<bool>(0)).unwrap());

    let other_name = open_to_check(&at(directory, "127.0.0.1", port, &verified)).err().unwrap();
    assert!(told(&other_name).contains("certificate"), "{}", told(&other_name));
    let stranger = open_to_check(&at(directory, "localhost", port, "sslmode=require"));
    assert!(told(&stranger.err().unwrap()).contains("certificate"));
    let nowhere = format!("{verified}.gone");
    let nowhere = open_to_check(&at(directory, "localhost", port, &nowhere)).err().unwrap();
    assert!(told(&nowhere).contains("root.pem.gone cannot be used"), "{}", told(&nowhere));
}
