use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::Bench;
use super::bench::{file, open};
use crate::{Database, KeyProblem, Ledger, OpenError, Options};

/// A directory that was used and closed.
async fn used() -> tempfile::TempDir {
    let bench = Bench::on_files().await;
    bench.commit(vec![file("id:a", "/a", "r1", "one")]).await;
    bench.ledger.close().await;
    bench.directory
}

fn error_of(result: Result<Ledger, OpenError>) -> OpenError {
    result.err().expect("must not open")
}

#[tokio::test]
async fn directory_in_use_says_by_whom() {
    let bench = Bench::on_files().await;
    let error = error_of(open(bench.directory.path()));
    assert!(error.to_string().contains(&format!("process {}", std::process::id())), "{error}");
    assert!(matches!(error, OpenError::InUse { .. }), "{error}");
    bench.ledger.close().await;
    open(bench.directory.path()).unwrap();
}

#[tokio::test]
async fn files_are_readable_by_their_owner_alone() {
    let bench = Bench::on_files().await;
    for entry in fs::read_dir(bench.directory.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", entry.path().display());
    }
}

#[tokio::test]
async fn newer_schema_is_left_alone() {
    let directory = used().await;
    let db = rusqlite::Connection::open(directory.path().join("proofbox.db")).unwrap();
    db.pragma_update(None, "user_version", 99).unwrap();
    drop(db);
    let error = error_of(open(directory.path()));
    assert!(matches!(error, OpenError::Newer { found: 99, .. }), "{error}");
    assert!(error.to_string().contains("newer Proofbox"), "{error}");
    let error = Ledger::attach(directory.path()).err().unwrap();
    assert!(matches!(error, OpenError::Newer { .. }), "{error}");
}

#[tokio::test]
async fn unusable_key_files_are_refused_with_their_reason() {
    for name in ["log.key", "secrets.key"] {
        let directory = used().await;
        let path = directory.path().join(name);
        let content = fs::read_to_string(&path).unwrap();
        let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{name} as it was made");

        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let error = error_of(open(directory.path()));
        let OpenError::Key { problem: KeyProblem::Mode(0o644), .. } = error else {
            panic!("{error}")
        };
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();

        for wrong in ["", "abc\n", &content[..60], "\u{fffd}", &content.replace('\n', "00\n")] {
            fs::write(&path, wrong).unwrap();
            let error = error_of(open(directory.path()));
            assert!(
                matches!(error, OpenError::Key { problem: KeyProblem::Content, .. }),
                "{error}"
            );
        }

        fs::remove_file(&path).unwrap();
        let error = error_of(open(directory.path()));
        assert!(matches!(error, OpenError::Key { problem: KeyProblem::Missing, .. }), "{error}");
        assert!(!path.exists(), "no new key is made where an old one is needed");

        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        open(directory.path()).unwrap();
    }
}

#[tokio::test]
async fn another_log_key_signs_nothing() {
    let (directory, other) = (used().await, used().await);
    fs::copy(other.path().join("log.key"), directory.path().join("log.key")).unwrap();
    let error = error_of(open(directory.path()));
    assert!(matches!(error, OpenError::OtherKey { .. }), "{error}");
}

#[tokio::test]
async fn log_keeps_the_origin_that_it_began_with() {
    let directory = used().await;
    let options = Options {
        directory: directory.path().to_owned(),
        database: Database::Embedded,
        origin: "moved.example".to_owned(),
        clock: crate::Clock::system(),
        witnesses: None,
    };
    let ledger = Ledger::open(options.clone()).unwrap();
    assert_eq!(ledger.origin(), super::bench::ORIGIN);
    let empty = tempfile::tempdir().unwrap();
    let options =
        Options { directory: empty.path().to_owned(), origin: "not a name".to_owned(), ..options };
    let error = error_of(Ledger::open(options));
    assert!(matches!(error, OpenError::Origin(_)), "{error}");
}

#[tokio::test]
async fn directory_that_cannot_be_made_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let occupied = directory.path().join("file");
    fs::write(&occupied, "").unwrap();
    let error = error_of(open(&occupied.join("data")));
    assert!(error.to_string().contains("file/data"), "{error}");
}

#[tokio::test]
async fn nothing_is_attached_where_nothing_is() {
    let directory = tempfile::tempdir().unwrap();
    let error = Ledger::attach(directory.path()).err().unwrap();
    assert!(matches!(error, OpenError::NotFound(_)), "{error}");
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn database_that_is_none_is_an_error_and_stays_as_it_is() {
    let directory = used().await;
    let path = directory.path().join("proofbox.db");
    fs::write(&path, [b'x'; 4096]).unwrap();
    let error = error_of(open(directory.path()));
    assert!(matches!(error, OpenError::Store { .. }), "{error}");
    assert_eq!(fs::read(&path).unwrap(), [b'x'; 4096]);
}

#[tokio::test]
async fn tampered_head_is_noticed_before_anything_is_signed() {
    let directory = used().await;
    let db = rusqlite::Connection::open(directory.path().join("proofbox.db")).unwrap();
    db.execute("update log_entry set entry = zeroblob(33) where id = 1", []).unwrap();
    drop(db);
    let error = error_of(open(directory.path()));
    assert!(matches!(error, OpenError::Damaged { .. }), "{error}");
}
