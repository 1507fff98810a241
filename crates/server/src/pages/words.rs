//! Times and numbers as people read them; times in UTC, with the exact value for machines beside.

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

    /// Such as `12 Jun 2026`, for where there is little room.
    pub(crate) fn short_day(&self) -> String {
        self.0.strftime("%-d %b %Y").to_string()
    }

    /// Such as `12 May 2026, 14:03:07 UTC`.
    pub(crate) fn full(&self) -> String {
        self.0.strftime("%-d %B %Y, %H:%M:%S UTC").to_string()
    }
}

/// A number as people read it: 18204 is `18,204`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in (0..digits.len()).rev().zip(digits.chars()) {
        text.push(digit);
        if place > 0 && place % 3 == 0 {
            text.push(',');
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Moment, grouped};

    #[test]
    fn large_numbers_are_read_in_groups() {
        let read = [0, 999, 1_000, 18_204, 1_234_567].map(grouped);
        assert_eq!(read, ["0", "999", "1,000", "18,204", "1,234,567"]);
    }

    #[test]
    fn a_moment_is_read_in_utc() {
        let moment = Moment::new("2026-05-02T14:03:07.25+02:00".parse().unwrap());
        assert_eq!(moment.day(), "2 May 2026");
        assert_eq!(moment.short_day(), "2 May 2026");
        assert_eq!(moment.full(), "2 May 2026, 12:03:07 UTC");
        assert_eq!(moment.exact(), "2026-05-02T12:03:07.250Z");
    }
}
