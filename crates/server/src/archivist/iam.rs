//! What lists of applications, access policies and subjects share.

use serde::Serialize;

use super::paging::Page;
use crate::error::Error;

/// The most on one page, and as many as come without asking.
pub(super) const PAGE_MAX: usize = 200;
const NAME_CHARS_MAX: usize = 128;

/// An answer that has nothing to say.
#[derive(Serialize)]
pub(crate) struct Empty {}

/// A name to show: 1 to 128 characters, none of them a control character.
pub(super) fn checked_name(name: &str) -> Result<String, Error> {
    let characters = name.chars().count();
    if characters == 0 || characters > NAME_CHARS_MAX || name.chars().any(char::is_control) {
        return Err(Error::BadRequest(format!(
            "display_name has 1 to {NAME_CHARS_MAX} characters, none of them a control character."
        )));
    }
    Ok(name.to_owned())
}

/// The one filter of these lists: an exact name.
pub(super) fn named(pairs: &[(String, String)]) -> Result<Option<String>, Error> {
    match pairs {
        [] => Ok(None),
        [(key, name)] if key == "display_name" => Ok(Some(name.clone())),
        _ => Err(Error::BadQuery(
            "This list is filtered by display_name alone, and by all of it.".to_owned(),
        )),
    }
}

/// Where a page begins and how much it holds.
pub(super) fn listing(page: &Page) -> Result<(i64, usize), Error> {
    let bad = |_| Error::BadQuery("The page token is not valid here.".to_owned());
    let after = page.position.as_deref().map_or(Ok(0), str::parse).map_err(bad)?;
    let size = usize::try_from(page.size).unwrap_or(PAGE_MAX);
    Ok((after, if size == 0 { PAGE_MAX } else { size.min(PAGE_MAX) }))
}
