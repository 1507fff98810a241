//! Times as people read them, in UTC, with the exact value for machines beside it.

use jiff::Timestamp;

use crate::archivist::rfc3339;

/// A moment on a page.
pub(crate) struct Moment(Timestamp);

impl Moment {
    pub(crate) fn new(time: Timestamp) -> Self {
        Self(time)
    }

    /// For the `datetime` attribute.
    pub(crate) fn exact(&self) -> String {
        rfc3339(self.0)
    }

    /// Such as `12 May 2026`.
    pub(crate) fn day(&self) -> String {
        self.0.strftime("%-d %B %Y").to_string()
    }

    /// Such as `12 May 2026, 14:03:07 UTC`.
    pub(crate) fn full(&self) -> String {
        self.0.strftime("%-d %B %Y, %H:%M:%S UTC").to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::Moment;

    #[test]
    fn a_moment_is_read_in_utc() {
        let moment = Moment::new("2026-05-02T14:03:07.25+02:00".parse().unwrap());
        assert_eq!(moment.day(), "2 May 2026");
        assert_eq!(moment.full(), "2 May 2026, 12:03:07 UTC");
        assert_eq!(moment.exact(), "2026-05-02T12:03:07.250Z");
    }
}
