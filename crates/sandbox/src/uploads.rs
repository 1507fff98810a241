//! Upload sessions: content that arrives in pieces, before it becomes a file. Pieces come one after
//! another, or, in a concurrent session, in any order. Kept in memory; a session that is never
//! finished is forgotten after a week.

use std::collections::{BTreeMap, HashMap};

use bytes::{Bytes, BytesMut};

/// Every piece of a concurrent session but the last is a multiple of this.
const PIECE_BYTES: u64 = 4 * 1024 * 1024;
/// All sessions are held in memory, so this is less than Dropbox takes.
const SESSION_BYTES_MAX: u64 = 4 * 1024 * 1024 * 1024;
const KEPT_S: i64 = 7 * 24 * 60 * 60;
const SESSIONS_MAX: usize = 100_000;

/// How the pieces of a session come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Sequential,
    Concurrent,
}

/// Why a session does not take or give something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
}

#[derive(Default)]
pub(crate) struct Uploads(HashMap<String, Session>);

struct Session {
    account: String,
    begun_at: i64,
    closed: bool,
    pieces: Pieces,
}

enum Pieces {
    Sequential(BytesMut),
    Concurrent(BTreeMap<u64, Bytes>),
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
        self.0.retain(|_, session| session.begun_at + KEPT_S > now_s);
        if self.0.len() >= SESSIONS_MAX {
            return Err(SessionProblem::TooLarge);
        }
        let pieces = match order {
            Order::Sequential => Pieces::Sequential(first.into()),
            Order::Concurrent if closed => return Err(SessionProblem::CloseNotAllowed),
            Order::Concurrent if !first.is_empty() => return Err(SessionProblem::DataNotAllowed),
            Order::Concurrent => Pieces::Concurrent(BTreeMap::new()),
        };
        let account = account.to_owned();
        self.0.insert(id, Session { account, begun_at: now_s, closed, pieces });
        Ok(())
    }

    /// Whether a piece would be taken.
    pub(crate) fn check(&self, account: &str, piece: &Piece<'_>) -> Result<(), SessionProblem> {
        self.get(account, piece.session)?.check(piece)
    }

    pub(crate) fn append(&mut self, account: &str, piece: Piece<'_>) -> Result<(), SessionProblem> {
        self.check(account, &piece)?;
        let session = self.0.get_mut(piece.session).ok_or(SessionProblem::NotFound)?;
        session.closed |= piece.is_last;
        match &mut session.pieces {
            Pieces::Sequential(content) => content.extend_from_slice(&piece.content),
            Pieces::Concurrent(pieces) => {
                pieces.insert(piece.offset, piece.content);
            }
        }
        Ok(())
    }

    /// Everything that a session has, with a last piece. The session stays, in case what it was
    /// for can't be done.
    pub(crate) fn content(&self, account: &str, end: &Piece<'_>) -> Result<Bytes, SessionProblem> {
        self.get(account, end.session)?.finished(end)
    }

    pub(crate) fn is_closed(&self, account: &str, id: &str) -> Result<bool, SessionProblem> {
        self.get(account, id).map(|session| session.closed)
    }

    pub(crate) fn forget(&mut self, id: &str) {
        self.0.remove(id);
    }

    fn get(&self, account: &str, id: &str) -> Result<&Session, SessionProblem> {
        let session = self.0.get(id).filter(|session| session.account == account);
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
            Pieces::Sequential(content) => check_offset(content.len(), piece.offset),
            Pieces::Concurrent(_) if !piece.offset.is_multiple_of(PIECE_BYTES) => {
                Err(SessionProblem::InvalidOffset)
            }
            Pieces::Concurrent(_) if !piece.is_last && !length.is_multiple_of(PIECE_BYTES) => {
                Err(SessionProblem::InvalidSize)
            }
            Pieces::Concurrent(_) => Ok(()),
        }
    }

    fn finished(&self, end: &Piece<'_>) -> Result<Bytes, SessionProblem> {
        match &self.pieces {
            Pieces::Sequential(_) if self.closed && !end.content.is_empty() => {
                Err(SessionProblem::Closed)
            }
            Pieces::Sequential(content) => {
                check_offset(content.len(), end.offset)?;
                let mut content = content.clone();
                content.extend_from_slice(&end.content);
                Ok(content.freeze())
            }
            Pieces::Concurrent(_) if !end.content.is_empty() => Err(SessionProblem::DataNotAllowed),
            Pieces::Concurrent(_) if !self.closed => Err(SessionProblem::ConcurrentNotClosed),
            Pieces::Concurrent(pieces) => {
                let content = joined(pieces)?;
                check_offset(content.len(), end.offset)?;
                Ok(content)
            }
        }
    }
}

fn check_offset(length: usize, offset: u64) -> Result<(), SessionProblem> {
    let length = length as u64;
    if offset == length { Ok(()) } else { Err(SessionProblem::IncorrectOffset(length)) }
}

fn joined(pieces: &BTreeMap<u64, Bytes>) -> Result<Bytes, SessionProblem> {
    let mut content = BytesMut::new();
    for (offset, piece) in pieces {
        if *offset != content.len() as u64 {
            return Err(SessionProblem::MissingData);
        }
        content.extend_from_slice(piece);
    }
    Ok(content.freeze())
}
