//! What is told of entries to those alone who ask for it: groups of properties, and whether a file is
//! shared with single people.

use crate::account::Account;
use crate::cursor::Wanted;
use crate::http::argument::Union;
use crate::http::failure::Failure;
use crate::wire::Extras;
use crate::world::{World, locked};

/// Reads `include_property_groups`, with what else is wanted.
pub(super) fn wanted(members: Option<bool>, groups: Option<&Union>) -> Result<Wanted, Failure> {
    let members = members.unwrap_or_default();
    let bad = |text: String| Failure::Argument(format!("include_property_groups: {text}"));
    let templates = match groups {
        None => Vec::new(),
        Some(filter) if filter.tag == "filter_some" => {
            let ids = filter.fields.get("filter_some").cloned().unwrap_or_default();
            serde_json::from_value(ids).map_err(|_| bad("expected a list".to_owned()))?
        }
        Some(filter) => return Err(bad(filter.unknown())),
    };
    Ok(Wanted { members, templates, media: false })
}

pub(super) fn extras(world: &World, account: &Account, wanted: &Wanted) -> Extras {
    let with_members = wanted.members.then(|| {
        let members = locked(&world.file_members);
        let ours = members.rows().iter().filter(|((owner, _), _)| *owner == account.id);
        ours.filter(|(_, members)| !members.is_empty()).map(|((_, id), _)| *id).collect()
    });
    let groups = locked(&world.properties).shown(&account.id, &wanted.templates);
    Extras { with_members, groups }
}
