//! `files/tags/…`: words that a person puts on files and folders. They stay through moves.

use serde::Deserialize;
use serde_json::{Value, json};

use super::lookup::find;
use crate::http::argument::Pattern;
use crate::http::call::{Call, Caller};
use crate::http::failure::Failure;
use crate::http::reply::Reply;
use crate::http::routes::Outcome;
use crate::identifier::NodeId;
use crate::view::Found;
use crate::world::locked;

const TAGS_MAX: usize = 20;
const TAG_CHARACTERS_MAX: usize = 32;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GetTags {
    paths: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChangeTag {
    path: String,
    tag_text: String,
}

pub(super) fn get(call: &Call, caller: &Caller) -> Outcome {
    let argument: GetTags = call.argument()?;
    let mut answers = Vec::new();
    for path in argument.paths {
        let id = tagged(caller, &path)?;
        let tags = locked(&call.world.tags);
        let tags = tags.get(&(caller.account.id.clone(), id)).cloned().unwrap_or_default();
        let tag = |text: String| json!({ ".tag": "user_generated_tag", "tag_text": text });
        let tags: Vec<Value> = tags.into_iter().map(tag).collect();
        answers.push(json!({ "path": path, "tags": tags }));
    }
    Ok(Reply::json(&json!({ "paths_to_tags": answers })))
}

pub(super) fn add(call: &Call, caller: &Caller) -> Outcome {
    let ChangeTag { path, tag_text } = call.argument()?;
    let fits = |letter: char| letter.is_alphanumeric() || letter == '_';
    if tag_text.is_empty()
        || tag_text.chars().count() > TAG_CHARACTERS_MAX
        || !tag_text.chars().all(fits)
    {
        let text = format!("tag_text: '{tag_text}' did not match pattern '[\\w]+'");
        return Err(Failure::Argument(text));
    }
    let key = (caller.account.id.clone(), tagged(caller, &path)?);
    let mut all = locked(&call.world.tags);
    let mut tags = all.get(&key).cloned().unwrap_or_default();
    if tags.len() >= TAGS_MAX {
        return Err(Failure::tag("too_many_tags"));
    }
    tags.insert(tag_text.to_lowercase());
    all.put(key, tags)?;
    Ok(Reply::void())
}

pub(super) fn remove(call: &Call, caller: &Caller) -> Outcome {
    let ChangeTag { path, tag_text } = call.argument()?;
    let key = (caller.account.id.clone(), tagged(caller, &path)?);
    let mut all = locked(&call.world.tags);
    let removed = all.change(&key, |tags| tags.remove(&tag_text.to_lowercase()))?;
    if removed == Some(true) { Ok(Reply::void()) } else { Err(Failure::tag("tag_not_present")) }
}

fn tagged(caller: &Caller, path: &str) -> Result<NodeId, Failure> {
    Pattern::WritePathOrId.check("path", path)?;
    match find(&caller.view, path)? {
        Found::Present(_, node) => Ok(node.id),
        _ => Err(Failure::lookup("not_found")),
    }
}
