//! The content of a revision as it comes: passed on piece by piece, never kept.

use std::fmt;
use std::time::Duration;

use http::StatusCode;
use reqwest::{RequestBuilder, Response};
use tokio::time::timeout;

use crate::failure::{self, Failure};
use crate::transport::{self, Opened};
use crate::{Error, ErrorKind, Interruption};

/// How long the next piece may take. Whole files may take days.
const PIECE_TIMEOUT: Duration = Duration::from_mins(1);

/// Content on its way.
pub struct Download {
    route: &'static str,
    request_id: Option<String>,
    from: u64,
    response: Response,
}

impl Download {
    /// Where it begins: at the byte that was asked for, or at 0 where Dropbox sends all of it.
    pub fn begins_at(&self) -> u64 {
        self.from
    }

    /// The next piece, of any size; `None` at the end. An end before everything has come is
    /// [`ErrorKind::Transient`]: the rest can be asked for from there.
    pub async fn piece(&mut self) -> Result<Option<Vec<u8>>, Error> {
        let piece = timeout(PIECE_TIMEOUT, self.response.chunk()).await;
        let interrupted = match piece {
            Ok(Ok(piece)) => return Ok(piece.map(Into::into)),
            Ok(Err(error)) => Interruption::Network(error.without_url()),
            Err(_) => Interruption::Silence(PIECE_TIMEOUT),
        };
        let (route, request_id) = (self.route, self.request_id.clone());
        Err(Error { kind: ErrorKind::Transient(interrupted), route, request_id })
    }

    /// Asks for content; what comes is the answer's body, from the byte that was asked for on.
    pub(crate) async fn open(
        route: &'static str,
        request: RequestBuilder,
        from: u64,
    ) -> Result<Self, Failure> {
        let opened = transport::open(route, request).await.map_err(Failure::Final)?;
        let from = match opened.response.status() {
            StatusCode::OK => 0,
            StatusCode::PARTIAL_CONTENT => from,
            _ => return Err(failure::of_call(&opened.read().await.map_err(Failure::Final)?)),
        };
        let Opened { response, request_id, .. } = opened;
        Ok(Self { route, request_id, from, response })
    }
}

impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Download").field("from", &self.from).finish_non_exhaustive()
    }
}
