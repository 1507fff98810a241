//! How the log grew, as a curve and as a table.
//!
//! Drawn here in a few lines, because the chart crates do not fit the pages: `poloto` writes a style
//! element into the picture, which our content policy rightly refuses; `plotters` writes colours
//! into every shape, so that one picture cannot be light and dark, and wants the size of the screen
//! in pixels. Here the picture has shapes alone: the style sheet gives them their colours and their
//! width, and the labels are text of the page.

use std::fmt::Write as _;

use jiff::SignedDuration;
use ledger::CheckpointSeen;

use crate::pages::words::{Moment, grouped};

/// The picture's own units; the page stretches it to its width.
const WIDTH: u64 = 1_000;
const HEIGHT: u64 = 300;
/// How many lines the table has.
const ROWS_MAX: usize = 12;

/// Points that divide the log's life evenly, ready to be drawn.
pub(super) struct Chart {
    /// The curve, as an SVG path.
    pub(super) line: String,
    /// What is under it.
    pub(super) area: String,
    /// What the upper edge and the middle stand for.
    pub(super) top: String,
    pub(super) middle: String,
    /// Where time begins and ends.
    pub(super) from: String,
    pub(super) to: String,
    /// The whole in one sentence.
    pub(super) say: String,
    pub(super) rows: Vec<Row>,
}

/// One line of the table.
pub(super) struct Row {
    pub(super) at: Moment,
    pub(super) size: String,
}

impl Chart {
    pub(super) fn new(points: &[CheckpointSeen]) -> Self {
        let top = rounded_up(points.last().map_or(1, |point| point.size));
        let line = line(points, top);
        Self {
            area: format!("{line}V{HEIGHT}H0z"),
            line,
            top: grouped(top),
            middle: grouped(top / 2),
            from: label(points, points.first()),
            to: label(points, points.last()),
            say: say(points),
            rows: rows(points),
        }
    }
}

/// Steps, because the log has one size until it has the next.
fn line(points: &[CheckpointSeen], top: u64) -> String {
    let last = u64::try_from(points.len().saturating_sub(1)).unwrap_or(u64::MAX).max(1);
    let mut path = String::new();
    for (point, step) in points.iter().zip(0_u64..) {
        let x = WIDTH * step / last;
        let y = HEIGHT - scaled(point.size.min(top), top);
        let written = if step == 0 { write!(path, "M{x} {y}") } else { write!(path, "H{x}V{y}") };
        written.expect("invariant: a string takes everything");
    }
    path
}

fn scaled(size: u64, top: u64) -> u64 {
    let height = u128::from(HEIGHT) * u128::from(size) / u128::from(top.max(1));
    u64::try_from(height).unwrap_or(HEIGHT)
}

/// The next number of one digit, or 10, 100 and so on; even, so that its half is a number too.
fn rounded_up(size: u64) -> u64 {
    let mut unit = 1_u64;
    while size > unit.saturating_mul(10) {
        unit = unit.saturating_mul(10);
    }
    let digits = size.div_ceil(unit).max(1);
    let even = if unit == 1 { digits.next_multiple_of(2) } else { digits };
    even.saturating_mul(unit)
}

/// One end of the time: its day, or its second in a life that is shorter than two days.
fn label(points: &[CheckpointSeen], end: Option<&CheckpointSeen>) -> String {
    let (Some(end), Some(first), Some(last)) = (end, points.first(), points.last()) else {
        return String::new();
    };
    let moment = Moment::new(end.at);
    let is_long = last.at.duration_since(first.at) >= SignedDuration::from_hours(48);
    if is_long { moment.short_day() } else { moment.full() }
}

fn say(points: &[CheckpointSeen]) -> String {
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        return "The log has no checkpoint yet.".to_owned();
    };
    format!(
        "From {} on {} to {} on {}.",
        super::counted(first.size),
        Moment::new(first.at).day(),
        super::counted(last.size),
        Moment::new(last.at).day(),
    )
}

/// A few of the points, the last one always among them.
fn rows(points: &[CheckpointSeen]) -> Vec<Row> {
    let every = points.len().div_ceil(ROWS_MAX).max(1);
    let mut rows: Vec<_> = points.iter().rev().step_by(every).map(Row::new).collect();
    rows.reverse();
    rows
}

impl Row {
    fn new(point: &CheckpointSeen) -> Self {
        Self { at: Moment::new(point.at), size: grouped(point.size) }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use ledger::CheckpointSeen;

    use super::{Chart, rounded_up};

    fn points(sizes: &[u64]) -> Vec<CheckpointSeen> {
        let at = |day: i64| Timestamp::from_second(1_778_000_000 + day * 86_400).unwrap();
        sizes.iter().zip(0..).map(|(&size, day)| CheckpointSeen { size, at: at(day) }).collect()
    }

    #[test]
    fn the_curve_is_steps_in_proportion() {
        let chart = Chart::new(&points(&[1, 5, 5, 10]));
        assert_eq!(chart.line, "M0 270H333V150H666V150H1000V0");
        assert_eq!(chart.area, "M0 270H333V150H666V150H1000V0V300H0z");
        assert_eq!((chart.top.as_str(), chart.middle.as_str()), ("10", "5"));
        assert_eq!((chart.from.as_str(), chart.to.as_str()), ("5 May 2026", "8 May 2026"));
        assert_eq!(chart.say, "From 1 entry on 5 May 2026 to 10 entries on 8 May 2026.");
    }

    #[test]
    fn no_point_and_one_point_are_drawn_too() {
        assert_eq!(Chart::new(&[]).line, "");
        assert_eq!(Chart::new(&points(&[1])).line, "M0 150");
    }

    #[test]
    fn the_upper_edge_is_a_number_that_people_know() {
        let edges = [0, 1, 3, 9, 10, 11, 99, 4_001, 18_205, u64::MAX].map(rounded_up);
        let expected = [2, 2, 4, 10, 10, 20, 100, 5_000, 20_000, u64::MAX];
        assert_eq!(edges, expected);
    }

    #[test]
    fn the_table_is_short_and_ends_with_now() {
        let sizes: Vec<u64> = (1..=97).collect();
        let rows = Chart::new(&points(&sizes)).rows;
        assert!((6..=12).contains(&rows.len()), "{}", rows.len());
        assert_eq!(rows.last().unwrap().size, "97");
    }
}
