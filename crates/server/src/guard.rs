//! What stands between the network and a handler: the cross-site check, the headers of every
//! answer, and the limits. Who may use which route is not here but in `caller`.

pub(crate) mod address;
pub(crate) mod encoding;
pub(crate) mod headers;
pub(crate) mod origin;
pub(crate) mod rate;
pub(crate) mod sharing;
pub(crate) mod trace;

use std::time::Duration;

/// The largest body that any route reads. Folder rules of a large account are the biggest one.
pub(crate) const BODY_BYTES_MAX: usize = 1024 * 1024;

/// How long a caller may take to send its body.
pub(crate) const BODY_TIMEOUT: Duration = Duration::from_secs(20);

/// How long a handler may take until its answer begins. Live streams go on after that.
pub(crate) const ANSWER_TIMEOUT: Duration = Duration::from_mins(1);
