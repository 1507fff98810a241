//! Something between Proofbox and the server that can cut them off from each other at a moment that a
//! test chooses.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use tempfile::TempDir;
use tokio_postgres::config::Host;

use crate::{Database, Location};

const SOCKET: &str = ".s.PGSQL.5432";

#[derive(Clone)]
pub(super) struct Proxy {
    state: Arc<State>,
}

struct State {
    direct: Database,
    _directory: TempDir,
    /// Whether what the server says gets lost.
    is_deaf: AtomicBool,
    streams: Mutex<Vec<UnixStream>>,
}

impl Proxy {
    /// One before a database that is reached through a socket, and the database as it is seen from
    /// there.
    pub(super) fn before(direct: Database) -> (Database, Self) {
        let directory = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(directory.path().join(SOCKET)).unwrap();
        let address = std::env::var("PROOFBOX_TEST_DATABASE").unwrap();
        let (server, _) = address.split_once("?host=").unwrap();
        let Database::Postgres(postgres) = &direct else { panic!("no server") };
        let Some(Host::Unix(behind)) = postgres.config().get_hosts().first() else {
            panic!("no socket")
        };
        let (behind, options) = (behind.join(SOCKET), postgres.config().get_options().unwrap());
        let (path, options) = (directory.path().display(), options.replace(' ', "%20"));
        let seen = format!("{server}?host={path}&options={}", options.replace('=', "%3D"));
        let (is_deaf, streams) = (AtomicBool::default(), Mutex::default());
        let state = Arc::new(State { direct, _directory: directory, is_deaf, streams });
        let proxy = Self { state };
        let serving = proxy.clone();
        std::thread::spawn(move || {
            while let Ok((client, _)) = listener.accept() {
                let Ok(server) = UnixStream::connect(&behind) else { continue };
                serving.carry(&client, &server, |_| true);
                serving.carry(&server, &client, |state| !state.is_deaf.load(Ordering::SeqCst));
            }
        });
        (seen.parse().unwrap(), proxy)
    }

    /// The same place, without a proxy.
    pub(super) fn location(&self, at: &Location) -> Location {
        Location { database: self.state.direct.clone(), ..at.clone() }
    }

    /// From now on no answer arrives.
    pub(super) fn lose_answers(&self) {
        self.state.is_deaf.store(true, Ordering::SeqCst);
    }

    /// Ends all connections; later ones are as they should be.
    pub(super) fn end_all(&self) {
        for stream in self.state.streams.lock().unwrap().drain(..) {
            drop(stream.shutdown(Shutdown::Both));
        }
        self.state.is_deaf.store(false, Ordering::SeqCst);
    }

    fn carry(&self, from: &UnixStream, to: &UnixStream, arrives: fn(&State) -> bool) {
        let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
        self.state.streams.lock().unwrap().push(from.try_clone().unwrap());
        let state = Arc::clone(&self.state);
        std::thread::spawn(move || {
            let mut bytes = [0; 16 * 1024];
            while let Ok(count) = from.read(&mut bytes) {
                if count == 0 || arrives(&state) && to.write_all(&bytes[..count]).is_err() {
                    break;
                }
            }
            drop(to.shutdown(Shutdown::Both));
        });
    }
}
