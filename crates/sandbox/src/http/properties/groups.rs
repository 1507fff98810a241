//! Groups of properties on files and folders. They stay through moves.

use serde::Deserialize;
use serde_json::{Value, json};

use super::templates::not_found;
use super::{Field, Group, Properties};
use crate::http::argument::{Pattern, Union};
use crate::http::call::{Call, Caller};
use crate::http::failure::Failure;
use crate::http::files::find;
use crate::http::reply::Reply;
use crate::http::routes::Outcome;
use crate::identifier::NodeId;
use crate::view::Found;
use crate::world::{World, locked};

/// The longest value of a field in Dropbox's specification.
const VALUE_BYTES_MAX: usize = 1_024;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetGroups {
    path: String,
    property_groups: Vec<Group>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UpdateGroups {
    path: String,
    update_property_groups: Vec<GroupUpdate>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GroupUpdate {
    template_id: String,
    add_or_update_fields: Option<Vec<Field>>,
    remove_fields: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RemoveGroups {
    path: String,
    property_template_ids: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Search {
    queries: Vec<Wanted>,
    template_filter: Option<Union>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    query: String,
    mode: Union,
    #[serde(rename = "logical_operator")]
    _logical_operator: Option<Union>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Continue {
    #[serde(rename = "cursor")]
    _cursor: String,
}

pub(super) fn add(call: &Call, caller: &Caller) -> Outcome {
    let argument: SetGroups = call.argument()?;
    let key = key(caller, &argument.path)?;
    let mut properties = locked(&call.world.properties);
    let mut groups = properties.groups_at(&key);
    check(&properties, &key.0, &argument.property_groups)?;
    for group in argument.property_groups {
        if groups.iter().any(|one| one.template_id == group.template_id) {
            return Err(Failure::tag("property_group_already_exists"));
        }
        groups.push(group);
    }
    properties.groups.put(key, groups)?;
    Ok(Reply::void())
}

pub(super) fn overwrite(call: &Call, caller: &Caller) -> Outcome {
    let argument: SetGroups = call.argument()?;
    put(&call.world, key(caller, &argument.path)?, &argument.property_groups)?;
    Ok(Reply::void())
}

/// Puts groups on a file that was just uploaded with them. Where they are wrong, the file stays
/// without them.
pub(in crate::http) fn attach(
    world: &World,
    account: &str,
    file: NodeId,
    groups: &[Group],
) -> Result<(), Failure> {
    if groups.is_empty() {
        return Ok(());
    }
    put(world, (account.to_owned(), file), groups).map_err(|failure| match failure {
        Failure::Endpoint(error) => Failure::under("properties_error", &error),
        other => other,
    })
}

/// In place of those that follow the same templates.
fn put(world: &World, key: (String, NodeId), new: &[Group]) -> Result<(), Failure> {
    let mut properties = locked(&world.properties);
    check(&properties, &key.0, new)?;
    let mut groups = properties.groups_at(&key);
    groups.retain(|one| new.iter().all(|group| group.template_id != one.template_id));
    groups.extend_from_slice(new);
    properties.groups.put(key, groups)?;
    Ok(())
}

pub(super) fn update(call: &Call, caller: &Caller) -> Outcome {
    let argument: UpdateGroups = call.argument()?;
    let key = key(caller, &argument.path)?;
    let mut properties = locked(&call.world.properties);
    let mut groups = properties.groups_at(&key);
    for change in argument.update_property_groups {
        let group = groups.iter_mut().find(|one| one.template_id == change.template_id);
        let group = group.ok_or_else(no_group)?;
        for field in change.add_or_update_fields.into_iter().flatten() {
            group.fields.retain(|one| one.name != field.name);
            group.fields.push(field);
        }
        let removed = change.remove_fields.unwrap_or_default();
        group.fields.retain(|field| !removed.contains(&field.name));
        check(&properties, &key.0, std::slice::from_ref(group))?;
    }
    properties.groups.put(key, groups)?;
    Ok(Reply::void())
}

pub(super) fn remove(call: &Call, caller: &Caller) -> Outcome {
    let argument: RemoveGroups = call.argument()?;
    let key = key(caller, &argument.path)?;
    let mut properties = locked(&call.world.properties);
    let mut groups = properties.groups_at(&key);
    for id in &argument.property_template_ids {
        let before = groups.len();
        groups.retain(|group| group.template_id != *id);
        if groups.len() == before {
            return Err(no_group());
        }
    }
    properties.groups.put(key, groups)?;
    Ok(Reply::void())
}

/// All matches come at once, so there is nothing to continue.
pub(super) fn search(call: &Call, caller: &Caller) -> Outcome {
    let argument: Search = call.argument()?;
    let templates = argument.template_filter.as_ref().map_or(Ok(None), templates)?;
    let properties = locked(&call.world.properties).copy();
    let fits = |group: &Group| {
        let counts = templates.as_ref().is_none_or(|ids| ids.contains(&group.template_id));
        counts
            && argument.queries.iter().any(|query| {
                let name = query.mode.text().unwrap_or_default();
                let field = group.fields.iter().find(|field| field.name == name);
                field.is_some_and(|field| field.value.contains(&query.query))
            })
    };
    let groups = properties.groups.rows();
    let ours = groups.iter().filter(|((account, _), _)| *account == caller.account.id);
    let found = ours.filter(|(_, groups)| groups.iter().any(fits));
    let matches: Vec<Value> = found
        .filter_map(|((_, id), groups)| {
            let path = caller.account.namespace().by_id(*id)?.node.path_display.clone();
            let path = caller.view.frame().strip(&path).to_owned();
            Some(json!({
                "id": id.text(),
                "path": path,
                "is_deleted": false,
                "property_groups": groups,
            }))
        })
        .collect();
    Ok(Reply::json(&json!({ "matches": matches })))
}

/// The templates whose groups count, where not all do.
fn templates(filter: &Union) -> Result<Option<Vec<String>>, Failure> {
    let bad = |text: String| Failure::Argument(format!("template_filter: {text}"));
    match filter.tag.as_str() {
        "filter_none" => Ok(None),
        "filter_some" => {
            let ids = filter.fields.get("filter_some").cloned().unwrap_or_default();
            serde_json::from_value(ids).map(Some).map_err(|_| bad("expected a list".to_owned()))
        }
        _ => Err(bad(filter.unknown())),
    }
}

pub(super) fn go_on(call: &Call, _caller: &Caller) -> Outcome {
    let _argument: Continue = call.argument()?;
    Err(Failure::tag("reset"))
}

fn key(caller: &Caller, path: &str) -> Result<(String, NodeId), Failure> {
    Pattern::WritePathOrId.check("path", path)?;
    match find(&caller.view, path)? {
        Found::Present(_, node) => Ok((caller.account.id.clone(), node.id)),
        _ => Err(Failure::lookup("not_found")),
    }
}

/// Each group has a template of its own, and fields of that and no others.
fn check(properties: &Properties, account: &str, groups: &[Group]) -> Result<(), Failure> {
    let mut templates: Vec<_> = groups.iter().map(|group| &group.template_id).collect();
    templates.sort_unstable();
    if templates.windows(2).any(|pair| pair.first() == pair.last()) {
        return Err(Failure::tag("duplicate_property_groups"));
    }
    for group in groups {
        let template = properties.template(account, &group.template_id);
        let template = template.ok_or_else(|| not_found(&group.template_id))?;
        let known = |field: &Field| template.shape.fields.iter().any(|one| one.name == field.name);
        if !group.fields.iter().all(known) {
            return Err(Failure::tag("does_not_fit_template"));
        }
        if group.fields.iter().any(|field| field.value.len() > VALUE_BYTES_MAX) {
            return Err(Failure::tag("property_field_too_large"));
        }
    }
    Ok(())
}

fn no_group() -> Failure {
    Failure::under("property_group_lookup", &json!({ ".tag": "property_group_not_found" }))
}
