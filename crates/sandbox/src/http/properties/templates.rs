//! Templates: which fields a group of properties has.

use serde::Deserialize;
use serde_json::json;

use super::{FieldShape, Group, Shape, Template};
use crate::http::call::{Call, Caller};
use crate::http::failure::Failure;
use crate::http::reply::Reply;
use crate::http::routes::Outcome;
use crate::seal::random_text;
use crate::world::locked;

const TEMPLATES_MAX: usize = 64;
const FIELDS_MAX: usize = 32;
const ID_CHARACTERS: usize = 24;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ById {
    template_id: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Update {
    template_id: String,
    name: Option<String>,
    description: Option<String>,
    add_fields: Option<Vec<FieldShape>>,
}

pub(super) fn add(call: &Call, caller: &Caller) -> Outcome {
    let shape: Shape = call.argument()?;
    check(&shape.fields)?;
    let mut properties = locked(&call.world.properties);
    let account = caller.account.id.clone();
    if properties.templates_of(&account).count() >= TEMPLATES_MAX {
        return Err(Failure::tag("too_many_templates"));
    }
    let text = random_text().map_err(|_| Failure::Internal)?;
    let id = format!("ptid:{}", text.chars().take(ID_CHARACTERS).collect::<String>());
    let template = Template { id: id.clone(), account, shape };
    properties.templates.put(id.clone(), template)?;
    Ok(Reply::json(&json!({ "template_id": id })))
}

fn check(fields: &[FieldShape]) -> Result<(), Failure> {
    let mut names: Vec<_> = fields.iter().map(|field| field.name.as_str()).collect();
    names.sort_unstable();
    if names.windows(2).any(|pair| pair.first() == pair.last()) {
        return Err(Failure::tag("conflicting_property_names"));
    }
    if names.len() > FIELDS_MAX { Err(Failure::tag("too_many_properties")) } else { Ok(()) }
}

pub(super) fn update(call: &Call, caller: &Caller) -> Outcome {
    let argument: Update = call.argument()?;
    let mut properties = locked(&call.world.properties);
    let id = &argument.template_id;
    let template = properties.template(&caller.account.id, id);
    let mut template = template.cloned().ok_or_else(|| not_found(id))?;
    let shape = &mut template.shape;
    shape.name = argument.name.unwrap_or_else(|| shape.name.clone());
    shape.description = argument.description.unwrap_or_else(|| shape.description.clone());
    shape.fields.extend(argument.add_fields.unwrap_or_default());
    check(&shape.fields)?;
    properties.templates.put(id.clone(), template)?;
    Ok(Reply::json(&json!({ "template_id": id })))
}

pub(super) fn remove(call: &Call, caller: &Caller) -> Outcome {
    let ById { template_id } = call.argument()?;
    let mut properties = locked(&call.world.properties);
    properties.template(&caller.account.id, &template_id).ok_or_else(|| not_found(&template_id))?;
    let follows = |group: &Group| group.template_id == template_id;
    let keys = properties.groups.rows().iter().filter(|(_, groups)| groups.iter().any(follows));
    for key in keys.map(|(key, _)| key.clone()).collect::<Vec<_>>() {
        properties.groups.change(&key, |groups| groups.retain(|group| !follows(group)))?;
    }
    properties.templates.remove(&template_id)?;
    Ok(Reply::void())
}

pub(super) fn get(call: &Call, caller: &Caller) -> Outcome {
    let ById { template_id } = call.argument()?;
    let properties = locked(&call.world.properties);
    let template = properties.template(&caller.account.id, &template_id);
    Ok(Reply::json(&template.ok_or_else(|| not_found(&template_id))?.shape))
}

pub(super) fn list(call: &Call, caller: &Caller) -> Outcome {
    call.no_argument()?;
    let properties = locked(&call.world.properties);
    let ours = properties.templates_of(&caller.account.id);
    let ids: Vec<_> = ours.map(|template| template.id.clone()).collect();
    Ok(Reply::json(&json!({ "template_ids": ids })))
}

pub(super) fn not_found(id: &str) -> Failure {
    Failure::Endpoint(json!({ ".tag": "template_not_found", "template_not_found": id }))
}
