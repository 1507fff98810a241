//! How tiles and entry bundles are called under a log's address.
//!
//! `tile/<level>/<index>` and `tile/entries/<index>`, with `.p/<width>` behind a partial one. The
//! index is written in groups of three digits, all but the last with an `x` in front, so that a
//! static file server never needs a file and a folder of the same name.

use crate::text::parse_decimal;

use super::{BundleId, TILE_WIDTH, TileId};

/// Longer than the path of any tile.
const PATH_BYTES_MAX: usize = 64;

const TILE_PREFIX: &str = "tile/";
const BUNDLE_PREFIX: &str = "tile/entries/";
const PARTIAL: &str = ".p/";

/// A path isn't that of a tile or an entry bundle, or not spelled the one way it can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the path of a tile or an entry bundle")]
pub struct MalformedPath;

impl TileId {
    /// The tile's path under the log's address, without a slash in front.
    pub fn path(self) -> String {
        let place = place(self.index(), self.width());
        format!("{TILE_PREFIX}{}/{place}", self.level())
    }

    /// The tile that a path names.
    pub fn parse(path: &str) -> Result<Self, MalformedPath> {
        let parse = || {
            let (level, place) = strip_prefix(path, TILE_PREFIX)?.split_once('/')?;
            let (index, width) = parse_place(place)?;
            Self::new(parse_decimal(level)?.try_into().ok()?, index, width)
        };
        parse().filter(|tile| tile.path() == path).ok_or(MalformedPath)
    }
}

impl BundleId {
    /// The bundle's path under the log's address, without a slash in front.
    pub fn path(self) -> String {
        format!("{BUNDLE_PREFIX}{}", place(self.index(), self.width()))
    }

    /// The bundle that a path names.
    pub fn parse(path: &str) -> Result<Self, MalformedPath> {
        let parse = || {
            let (index, width) = parse_place(strip_prefix(path, BUNDLE_PREFIX)?)?;
            Self::new(index, width)
        };
        parse().filter(|bundle| bundle.path() == path).ok_or(MalformedPath)
    }
}

fn place(index: u64, width: u16) -> String {
    let mut groups = format!("{:03}", index % 1000);
    let mut rest = index / 1000;
    while rest > 0 {
        groups = format!("x{:03}/{groups}", rest % 1000);
        rest /= 1000;
    }
    if width == TILE_WIDTH { groups } else { format!("{groups}{PARTIAL}{width}") }
}

/// Reads generously: the callers accept only what they would have written the same.
fn parse_place(place: &str) -> Option<(u64, u16)> {
    let (groups, width) = match place.split_once(PARTIAL) {
        Some((groups, width)) => (groups, width.parse().ok()?),
        None => (place, TILE_WIDTH),
    };
    let digits: String = groups.chars().filter(char::is_ascii_digit).collect();
    Some((digits.parse().ok()?, width))
}

fn strip_prefix<'a>(path: &'a str, prefix: &str) -> Option<&'a str> {
    if path.len() > PATH_BYTES_MAX { None } else { path.strip_prefix(prefix) }
}
