//! Upload sessions: content that arrives in pieces, before it becomes a file. Pieces come one after
//! another, or, in a concurrent session, in any order. They are written to temporary files, so that
//! they cost no memory; a session that is never finished is forgotten after a week, and all of them
//! when the sandbox stops.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use bytes::Bytes;
use tempfile::TempDir;

/// Every piece of a concurrent session but the last is a multiple of this.
const PIECE_BYTES: u64 = 4 * 1024 * 1024;
/// Less than Dropbox takes.
const SESSION_BYTES_MAX: u64 = 4 * 1024 * 1024 * 1024;
/// What all sessions together may fill of the disk.
const SESSIONS_BYTES_MAX: u64 = 16 * 1024 * 1024 * 1024;
const KEPT_S: i64 = 7 * 24 * 60 * 60;
const SESSIONS_MAX: usize = 100_000;

/// How the pieces of a session come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Sequential,
    Concurrent,
}

/// Why a session does not take or give something.
#[derive(Debug)]
pub(crate) enum SessionProblem {
    NotFound,
    /// Content is expected to go on here.
    IncorrectOffset(u64),
    Closed,
    NotClosed,
    TooLarge,
    InvalidOffset,
    InvalidSize,
    DataNotAllowed,
    CloseNotAllowed,
    ConcurrentNotClosed,
    MissingData,
    /// The disk for temporary files failed.
    Disk(io::Error),
}

impl From<io::Error> for SessionProblem {
    fn from(error: io::Error) -> Self {
        Self::Disk(error)
    }
}

#[derive(Default)]
pub(crate) struct Uploads {
    sessions: HashMap<String, Session>,
    /// Made when it is first needed, and gone with the sandbox.
    directory: Option<TempDir>,
    /// How many sessions there were so far.
    begun: u64,
}

struct Session {
    account: String,
    begun_at: i64,
    closed: bool,
    file: PathBuf,
    pieces: Pieces,
}

/// What is in a session's file.
enum Pieces {
    /// So many bytes from the beginning.
    Sequential(u64),
    /// Where pieces begin, and how long they are.
    Concurrent(BTreeMap<u64, u64>),
}

/// One piece for one session.
pub(crate) struct Piece<'a> {
    pub(crate) session: &'a str,
    pub(crate) offset: u64,
    pub(crate) content: Bytes,
    /// Nothing follows it.
    pub(crate) is_last: bool,
}

impl Uploads {
    pub(crate) fn start(
        &mut self,
        (id, account): (String, &str),
        order: Order,
        first: &[u8],
        closed: bool,
        now_s: i64,
    ) -> Result<(), SessionProblem> {
        self.forget_before(now_s - KEPT_S);
        let pieces = match order {
            Order::Sequential => Pieces::Sequential(first.len() as u64),
            Order::Concurrent if closed => return Err(SessionProblem::CloseNotAllowed),
            Order::Concurrent if !first.is_empty() => return Err(SessionProblem::DataNotAllowed),
            Order::Concurrent => Pieces::Concurrent(BTreeMap::new()),
        };
        if self.sessions.len() >= SESSIONS_MAX {
            return Err(SessionProblem::TooLarge);
        }
        self.check_room(first.len() as u64)?;
        let file = self.new_file()?;
        fs::write(&file, first)?;
        let account = account.to_owned();
        self.sessions.insert(id, Session { account, begun_at: now_s, closed, file, pieces });
        Ok(())
    }

    fn forget_before(&mut self, oldest_s: i64) {
        let old = self.sessions.iter().filter(|(_, session)| session.begun_at <= oldest_s);
        for id in old.map(|(id, _)| id.clone()).collect::<Vec<_>>() {
            self.forget(&id);
        }
    }

    fn check_room(&self, more: u64) -> Result<(), SessionProblem> {
        let held: u64 = self.sessions.values().map(|session| session.pieces.bytes()).sum();
        if held.saturating_add(more) > SESSIONS_BYTES_MAX {
            return Err(SessionProblem::TooLarge);
        }
        Ok(())
    }

    fn new_file(&mut self) -> io::Result<PathBuf> {
        let directory = match &mut self.directory {
            Some(directory) => directory,
            none @ None => none.insert(TempDir::with_prefix("dropbox-sandbox-")?),
        };
        self.begun += 1;
        Ok(directory.path().join(self.begun.to_string()))
    }

    pub(crate) fn append(
        &mut self,
        account: &str,
        piece: &Piece<'_>,
    ) -> Result<(), SessionProblem> {
        self.get(account, piece.session)?.check(piece)?;
        self.check_room(piece.content.len() as u64)?;
        let session = self.sessions.get_mut(piece.session).ok_or(SessionProblem::NotFound)?;
        session.write(piece)?;
        session.closed |= piece.is_last;
        session.pieces.note(piece);
        Ok(())
    }

    /// Everything that a session has, with a last piece. The session stays, in case what it was
    /// for can't be done.
    pub(crate) fn content(&self, account: &str, end: &Piece<'_>) -> Result<File, SessionProblem> {
        self.get(account, end.session)?.finished(end)
    }

    pub(crate) fn is_closed(&self, account: &str, id: &str) -> Result<bool, SessionProblem> {
        self.get(account, id).map(|session| session.closed)
    }

    pub(crate) fn forget(&mut self, id: &str) {
        if let Some(session) = self.sessions.remove(id)
            && let Err(error) = fs::remove_file(&session.file)
        {
            tracing::warn!(%error, "a temporary file of an upload stays");
        }
    }

    fn get(&self, account: &str, id: &str) -> Result<&Session, SessionProblem> {
        let session = self.sessions.get(id).filter(|session| session.account == account);
        session.ok_or(SessionProblem::NotFound)
    }
}

impl Session {
    fn check(&self, piece: &Piece<'_>) -> Result<(), SessionProblem> {
        let length = piece.content.len() as u64;
        if piece.offset.saturating_add(length) > SESSION_BYTES_MAX {
            return Err(SessionProblem::TooLarge);
        }
        match &self.pieces {
            Pieces::Sequential(_) if self.closed => Err(SessionProblem::Closed),
            Pieces::Sequential(content) => check_offset(*content, piece.offset),
            Pieces::Concurrent(_) if !piece.offset.is_multiple_of(PIECE_BYTES) => {
                Err(SessionProblem::InvalidOffset)
            }
            Pieces::Concurrent(_) if !piece.is_last && !length.is_multiple_of(PIECE_BYTES) => {
                Err(SessionProblem::InvalidSize)
            }
            Pieces::Concurrent(_) => Ok(()),
        }
    }

    fn write(&self, piece: &Piece<'_>) -> io::Result<()> {
        let file = File::options().write(true).open(&self.file)?;
        file.write_all_at(&piece.content, piece.offset)
    }

    fn finished(&self, end: &Piece<'_>) -> Result<File, SessionProblem> {
        match &self.pieces {
            Pieces::Sequential(_) if self.closed && !end.content.is_empty() => {
                return Err(SessionProblem::Closed);
            }
            Pieces::Sequential(content) => {
                check_offset(*content, end.offset)?;
                // The last piece counts only once: another attempt writes it over this one.
                self.write(end)?;
                let file = File::options().write(true).open(&self.file)?;
                file.set_len(content + end.content.len() as u64)?;
            }
            Pieces::Concurrent(_) if !end.content.is_empty() => {
                return Err(SessionProblem::DataNotAllowed);
            }
            Pieces::Concurrent(_) if !self.closed => {
                return Err(SessionProblem::ConcurrentNotClosed);
            }
            Pieces::Concurrent(pieces) => check_offset(joined(pieces)?, end.offset)?,
        }
        Ok(File::open(&self.file)?)
    }
}

impl Pieces {
    fn bytes(&self) -> u64 {
        match self {
            Self::Sequential(length) => *length,
            Self::Concurrent(pieces) => pieces.values().sum(),
        }
    }

    fn note(&mut self, piece: &Piece<'_>) {
        let length = piece.content.len() as u64;
        match self {
            Self::Sequential(content) => *content += length,
            Self::Concurrent(pieces) => {
                pieces.insert(piece.offset, length);
            }
        }
    }
}

fn check_offset(length: u64, offset: u64) -> Result<(), SessionProblem> {
    if offset == length { Ok(()) } else { Err(SessionProblem::IncorrectOffset(length)) }
}

/// The length of what pieces make together, if nothing is missing between them.
fn joined(pieces: &BTreeMap<u64, u64>) -> Result<u64, SessionProblem> {
    let mut length = 0;
    for (offset, piece) in pieces {
        if *offset != length {
            return Err(SessionProblem::MissingData);
        }
        length += piece;
    }
    Ok(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begin(uploads: &mut Uploads, id: &str, now_s: i64) -> Result<(), SessionProblem> {
        uploads.start((id.to_owned(), "ada"), Order::Sequential, b"first", false, now_s)
    }

    fn append(uploads: &mut Uploads, id: &str, offset: u64) -> Result<(), SessionProblem> {
        let content = Bytes::from_static(b"more");
        uploads.append("ada", &Piece { session: id, offset, content, is_last: false })
    }

    fn files(uploads: &Uploads) -> usize {
        let directory = uploads.directory.as_ref().unwrap();
        fs::read_dir(directory.path()).unwrap().count()
    }

    #[test]
    fn a_session_holds_so_much_and_all_of_them_together() {
        let mut uploads = Uploads::default();
        begin(&mut uploads, "one", 0).unwrap();
        begin(&mut uploads, "other", 0).unwrap();
        let refused = |result| assert!(matches!(result, Err(SessionProblem::TooLarge)));
        refused(append(&mut uploads, "one", SESSION_BYTES_MAX - 3));
        // As if it had brought so much: what counts is not what is on the disk.
        let held = SESSIONS_BYTES_MAX - 5 - 3;
        uploads.sessions.get_mut("other").unwrap().pieces = Pieces::Sequential(held);
        refused(append(&mut uploads, "one", 5));
        refused(begin(&mut uploads, "third", 0));
        uploads.sessions.get_mut("other").unwrap().pieces = Pieces::Sequential(held - 1);
        append(&mut uploads, "one", 5).unwrap();
        uploads.forget("other");
        begin(&mut uploads, "third", 0).unwrap();
        assert_eq!(files(&uploads), 2);
    }

    #[test]
    fn a_session_that_nobody_finishes_is_forgotten_after_a_week_with_its_file() {
        let mut uploads = Uploads::default();
        begin(&mut uploads, "old", 0).unwrap();
        begin(&mut uploads, "young", 1).unwrap();
        begin(&mut uploads, "new", KEPT_S).unwrap();
        assert!(matches!(append(&mut uploads, "old", 5), Err(SessionProblem::NotFound)));
        append(&mut uploads, "young", 5).unwrap();
        assert_eq!(files(&uploads), 2);
    }

    #[test]
    fn there_are_only_so_many_sessions() {
        let mut uploads = Uploads::default();
        for number in 0..SESSIONS_MAX {
            let session = Session {
                account: "ada".to_owned(),
                begun_at: 1,
                closed: false,
                file: PathBuf::new(),
                pieces: Pieces::Sequential(0),
            };
            uploads.sessions.insert(number.to_string(), session);
        }
        assert!(matches!(begin(&mut uploads, "more", 1), Err(SessionProblem::TooLarge)));
        uploads.forget("0");
        begin(&mut uploads, "more", 1).unwrap();
    }
}
