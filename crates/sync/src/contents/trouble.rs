//! What a failure to read content means: for this version, or for all.

use std::time::Duration;

use dropbox::{Error, ErrorKind};

use super::Failure;

/// How often content that comes wrong, or an answer that nobody knows, is tried.
const TRIES_MAX: u32 = 3;

/// What to do about a failure.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// This content can't be had, for this reason.
    Unavailable(&'static str),
    /// It is tried again later.
    Later,
    /// Dropbox asked for patience.
    Wait(Duration),
    /// No content can be had at the moment.
    Rest,
    /// There is nothing to read for any more.
    End,
}

const GONE: &str = "Dropbox no longer keeps the content of this version. It is on record by \
                    Dropbox's own hash alone.";
const TAKEN_DOWN: &str = "Dropbox does not hand out the content of this file, for instance because \
                          somebody claimed rights in it. It is on record by Dropbox's own hash alone.";
const NO_CONTENT: &str = "Dropbox has no content of this file to hand out. It is on record by its own \
                          hash alone.";
const DIFFERENT: &str = "What Dropbox handed out was not the content that it had declared, several \
                         times. The version is on record by Dropbox's own hash alone.";
const NOT_UNDERSTOOD: &str = "Dropbox answered something unknown when it was asked for the content. The \
                              version is on record by Dropbox's own hash alone.";

/// Says what a failure means that is the last of so many of the same version.
pub(super) fn verdict(failure: &Failure, failures: u32) -> Verdict {
    let is_last = failures >= TRIES_MAX;
    let Failure::Dropbox(Error { kind, .. }) = failure else {
        return if is_last { Verdict::Unavailable(DIFFERENT) } else { Verdict::Later };
    };
    match kind {
        ErrorKind::NotFound => Verdict::Unavailable(GONE),
        ErrorKind::Path(tag) if tag == "restricted_content" => Verdict::Unavailable(TAKEN_DOWN),
        ErrorKind::Path(_) => Verdict::Unavailable(NO_CONTENT),
        ErrorKind::BadRequest(_) => Verdict::Unavailable(NOT_UNDERSTOOD),
        ErrorKind::Unexpected(_) if is_last => Verdict::Unavailable(NOT_UNDERSTOOD),
        // A root that changed is asked for anew with the next call.
        ErrorKind::Unexpected(_)
        | ErrorKind::Transient(_)
        | ErrorKind::RootChanged
        | ErrorKind::CursorReset => Verdict::Later,
        ErrorKind::RateLimited { retry_after } => Verdict::Wait(*retry_after),
        ErrorKind::Disconnected => Verdict::End,
        ErrorKind::MissingScope(_)
        | ErrorKind::Suspended
        | ErrorKind::Forbidden(_)
        | ErrorKind::CodeRejected(_)
        | ErrorKind::AppRejected(_) => Verdict::Rest,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: ErrorKind, failures: u32) -> Verdict {
        let error = Error { kind, route: "files/download", request_id: None };
        verdict(&Failure::Dropbox(error), failures)
    }

    #[test]
    fn content_that_cannot_be_had_is_not_asked_for_again() {
        assert_eq!(of(ErrorKind::NotFound, 1), Verdict::Unavailable(GONE));
        let taken_down = ErrorKind::Path("restricted_content".to_owned());
        assert_eq!(of(taken_down, 1), Verdict::Unavailable(TAKEN_DOWN));
        let unsupported = ErrorKind::Path("unsupported_file".to_owned());
        assert_eq!(of(unsupported, 1), Verdict::Unavailable(NO_CONTENT));
    }

    #[test]
    fn wrong_content_is_asked_for_three_times() {
        let verdicts = [1, 2, 3].map(|failures| verdict(&Failure::Different, failures));
        assert_eq!(verdicts, [Verdict::Later, Verdict::Later, Verdict::Unavailable(DIFFERENT)]);
    }

    #[test]
    fn dropbox_in_trouble_is_asked_for_ever() {
        let trouble = || ErrorKind::Unexpected("a riddle".to_owned());
        assert_eq!(of(trouble(), 2), Verdict::Later);
        let silence = dropbox::Interruption::Silence(Duration::from_mins(1));
        assert_eq!(of(ErrorKind::Transient(silence), 1_000), Verdict::Later);
        let scope = ErrorKind::MissingScope("files.content.read".to_owned());
        assert_eq!(of(scope, 1), Verdict::Rest);
    }
}
