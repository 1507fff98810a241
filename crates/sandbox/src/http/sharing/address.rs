//! What a shared link's address leads to.

use std::sync::Arc;

use url::Url;

use crate::edit::Placed;
use crate::shared_links::{Audience, SharedLink};
use crate::view::View;
use crate::world::{World, locked};

/// A link that may be followed, with what it leads to, seen from where that is.
pub(in crate::http) struct Linked {
    pub(in crate::http) link: SharedLink,
    pub(in crate::http) view: View,
    pub(in crate::http) placed: Placed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::http) enum LinkProblem {
    NotFound,
    AccessDenied,
}

/// The address of a link, as people pass it on.
pub(super) fn url(world: &World, link: &SharedLink, (lower, node): &Placed) -> String {
    let kind = if node.is_folder() { "fo" } else { "fi" };
    let mut url = world.url.clone();
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.clear().extend(["scl", kind, &link.name, crate::path::name(lower)]);
    }
    url.query_pairs_mut().append_pair("rlkey", &link.key).append_pair("dl", "0");
    url.into()
}

/// Finds a link by its address, whoever it belongs to.
pub(super) fn find(world: &World, address: &str) -> Option<SharedLink> {
    let url = Url::parse(address).ok()?;
    let mut segments = url.path_segments()?;
    let (scl, _, name) = (segments.next()?, segments.next()?, segments.next()?);
    let key = url.query_pairs().find(|(name, _)| name == "rlkey")?.1;
    let links = locked(&world.shared_links);
    links.get(name, &key).filter(|_| scl == "scl").cloned()
}

/// Follows a link, and perhaps a path below it.
pub(in crate::http) fn resolve(
    world: &World,
    address: &str,
    password: Option<&str>,
) -> Result<Linked, LinkProblem> {
    let link = find(world, address).ok_or(LinkProblem::NotFound)?;
    if link.expires_at.is_some_and(|at| at <= world.clock.now_s()) {
        return Err(LinkProblem::NotFound);
    }
    if matches!(&link.audience, Audience::Password(right) if Some(right.as_str()) != password) {
        return Err(LinkProblem::AccessDenied);
    }
    let account = world.account(&link.account).ok_or(LinkProblem::NotFound)?;
    let placed = {
        let mut namespace = account.namespace();
        let item = namespace.by_id(link.node).ok_or(LinkProblem::NotFound)?;
        (item.lower.to_owned(), item.node.clone())
    };
    let view = View { account: Arc::clone(account), root: placed.0.clone() };
    Ok(Linked { link, view, placed })
}

/// What a link leads to from the inside: for its owner.
pub(super) fn target(world: &World, link: &SharedLink) -> Option<Placed> {
    let account = world.account(&link.account)?;
    let mut namespace = account.namespace();
    let item = namespace.by_id(link.node)?;
    Some((item.lower.to_owned(), item.node.clone()))
}
