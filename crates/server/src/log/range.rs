//! The one part of an answer that somebody asks for: `Range: bytes=…` (RFC 9110, section 14.1.2).
//!
//! Our own, because `headers` and `http-range-header` both refuse a suffix that is longer than the
//! whole, which the standard answers with the whole, and neither tells a range that is malformed
//! from one that lies outside. Several parts in one answer are not served: the standard lets a
//! server send the whole instead, and nobody needs more than one part of a tile.

use std::ops::Range;

/// What to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// All of it: nothing was asked for that makes sense here.
    Whole,
    /// These bytes, at least one.
    Of(Range<usize>),
    /// Nothing, because what was asked for begins behind the end.
    Outside,
}

/// What to send of `length` bytes to whoever asked for this range.
pub(super) fn part(range: &str, length: usize) -> Part {
    match bounds(range) {
        None => Part::Whole,
        Some(Bounds::Last(0)) => Part::Outside,
        Some(Bounds::Last(count)) => some(length.saturating_sub(count)..length),
        Some(Bounds::From(first)) => some(first..length),
        Some(Bounds::Between(first, last)) => some(first..length.min(last.saturating_add(1))),
    }
}

/// As they are written: the last byte is one of them.
enum Bounds {
    Last(usize),
    From(usize),
    Between(usize, usize),
}

fn bounds(range: &str) -> Option<Bounds> {
    let (unit, range) = range.split_once('=')?;
    let (first, last) =
        range.trim().split_once('-').filter(|_| unit.eq_ignore_ascii_case("bytes"))?;
    match (first, last) {
        ("", count) => number(count).map(Bounds::Last),
        (first, "") => number(first).map(Bounds::From),
        (first, last) => {
            let (first, last) = (number(first)?, number(last)?);
            (first <= last).then_some(Bounds::Between(first, last))
        }
    }
}

/// Digits alone: the standard library's parser would take a sign as well.
fn number(digits: &str) -> Option<usize> {
    let is_number = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
    // More digits than fit are a number too, and far behind the end.
    is_number.then(|| digits.parse().unwrap_or(usize::MAX))
}

fn some(bytes: Range<usize>) -> Part {
    if bytes.is_empty() { Part::Outside } else { Part::Of(bytes) }
}

#[cfg(test)]
mod tests {
    use super::{Part, part};

    #[test]
    fn a_part_is_what_was_asked_for_and_is_there() {
        for (range, bytes) in [
            ("bytes=0-0", 0..1),
            ("bytes=2-4", 2..5),
            ("bytes=4-", 4..10),
            ("bytes=-3", 7..10),
            ("bytes=8-99", 8..10),
            ("bytes=-99", 0..10),
            ("BYTES= 9-", 9..10),
            ("bytes=0-99999999999999999999999", 0..10),
        ] {
            assert_eq!(part(range, 10), Part::Of(bytes), "{range}");
        }
    }

    #[test]
    fn a_range_behind_the_end_is_outside() {
        for range in ["bytes=10-", "bytes=10-12", "bytes=-0", "bytes=99999999999999999999999-"] {
            assert_eq!(part(range, 10), Part::Outside, "{range}");
        }
        assert_eq!(part("bytes=0-", 0), Part::Outside);
        assert_eq!(part("bytes=-1", 0), Part::Outside);
    }

    #[test]
    fn what_is_no_single_range_of_bytes_is_ignored() {
        for range in [
            "",
            "bytes",
            "bytes=",
            "bytes=-",
            "bytes=3",
            "bytes=4-2",
            "bytes=+1-2",
            "bytes=1-2-3",
            "bytes=a-b",
            "lines=0-1",
            "bytes=0-1,4-5",
            "bytes=1 - 2",
        ] {
            assert_eq!(part(range, 10), Part::Whole, "{range}");
        }
    }
}
