//! `file_requests/…`: asking others to bring files. Here they are remembered, and nobody comes.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::argument::{Time, Union};
use super::call::{Call, Caller};
use super::failure::Failure;
use super::pages::Rest;
use super::reply::Reply;
use super::routes::{Outcome, Route, rpc};
use crate::access::Permission::{FileRequestsRead, FileRequestsWrite};
use crate::clock;
use crate::seal::random_text;
use crate::world::locked;

const ID_CHARACTERS: usize = 21;
/// So many come on a page when nobody says otherwise.
const LISTED_USUAL: usize = 1_000;
const LIST: &str = "file requests";

pub(super) const ROUTES: &[Route] = &[
    rpc("file_requests/create", FileRequestsWrite, create),
    rpc("file_requests/update", FileRequestsWrite, update),
    rpc("file_requests/delete", FileRequestsWrite, delete),
    rpc("file_requests/delete_all_closed", FileRequestsWrite, delete_all_closed),
    rpc("file_requests/get", FileRequestsRead, get),
    rpc("file_requests/list", FileRequestsRead, list),
    rpc("file_requests/list_v2", FileRequestsRead, list_in_pages),
    rpc("file_requests/list/continue", FileRequestsRead, go_on),
    rpc("file_requests/count", FileRequestsRead, count),
];

/// Somebody's wish for files.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct FileRequest {
    id: String,
    account: String,
    title: String,
    destination: String,
    description: Option<String>,
    deadline: Option<Deadline>,
    created_s: i64,
    is_open: bool,
}

#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Deadline {
    deadline: Time,
    #[serde(skip_serializing_if = "Option::is_none")]
    allow_late_uploads: Option<Union>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Create {
    title: String,
    destination: String,
    deadline: Option<Deadline>,
    open: Option<bool>,
    description: Option<String>,
    #[serde(rename = "video_project_id")]
    _video_project_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Update {
    id: String,
    title: Option<String>,
    destination: Option<String>,
    deadline: Option<Value>,
    open: Option<bool>,
    description: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ById {
    id: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ByIds {
    ids: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InPages {
    limit: Option<usize>,
}

fn create(call: &Call, caller: &Caller) -> Outcome {
    let argument: Create = call.argument()?;
    check_title(&argument.title)?;
    check_destination(&argument.destination)?;
    let text = random_text().map_err(|_| Failure::Internal)?;
    let request = FileRequest {
        id: text.chars().take(ID_CHARACTERS).collect(),
        account: caller.account.id.clone(),
        title: argument.title,
        destination: argument.destination,
        description: argument.description,
        deadline: argument.deadline,
        created_s: call.world.clock.now_s(),
        is_open: argument.open.unwrap_or(true),
    };
    locked(&call.world.file_requests).put(request.id.clone(), request.clone())?;
    Ok(Reply::json(&described(call, &request)))
}

fn check_title(title: &str) -> Result<(), Failure> {
    let text = "title: '' must be at least 1 characters, got 0";
    if title.is_empty() { Err(Failure::Argument(text.to_owned())) } else { Ok(()) }
}

fn check_destination(path: &str) -> Result<(), Failure> {
    if path.starts_with('/') {
        return Ok(());
    }
    let text = format!("destination: '{path}' did not match pattern '/(.|[\\r\\n])*'");
    Err(Failure::Argument(text))
}

fn update(call: &Call, caller: &Caller) -> Outcome {
    let argument: Update = call.argument()?;
    argument.title.as_deref().map_or(Ok(()), check_title)?;
    argument.destination.as_deref().map_or(Ok(()), check_destination)?;
    let mut request = find(call, caller, &argument.id)?;
    request.title = argument.title.unwrap_or(request.title);
    request.destination = argument.destination.unwrap_or(request.destination);
    request.description = argument.description.or(request.description);
    request.is_open = argument.open.unwrap_or(request.is_open);
    if let Some(deadline) = argument.deadline.filter(is_update) {
        request.deadline = serde_json::from_value(without_tag(deadline)).ok();
    }
    locked(&call.world.file_requests).put(request.id.clone(), request.clone())?;
    Ok(Reply::json(&described(call, &request)))
}

fn is_update(deadline: &Value) -> bool {
    deadline.get(".tag").or(Some(deadline)).and_then(Value::as_str) == Some("update")
}

fn without_tag(mut deadline: Value) -> Value {
    if let Some(fields) = deadline.as_object_mut() {
        fields.remove(".tag");
    }
    deadline
}

fn get(call: &Call, caller: &Caller) -> Outcome {
    let argument: ById = call.argument()?;
    Ok(Reply::json(&described(call, &find(call, caller, &argument.id)?)))
}

fn find(call: &Call, caller: &Caller, id: &str) -> Result<FileRequest, Failure> {
    let requests = locked(&call.world.file_requests);
    let request = requests.get(&id.to_owned()).filter(|one| one.account == caller.account.id);
    request.cloned().ok_or_else(|| Failure::tag("not_found"))
}

fn list(call: &Call, caller: &Caller) -> Outcome {
    call.no_argument()?;
    Ok(Reply::json(&json!({ "file_requests": all(call, caller) })))
}

fn list_in_pages(call: &Call, caller: &Caller) -> Outcome {
    let argument: InPages = call.argument()?;
    let limit = argument.limit.unwrap_or(LISTED_USUAL);
    Ok(page(call, caller, Rest::all(LIST, caller, "", limit.max(1))))
}

fn go_on(call: &Call, caller: &Caller) -> Outcome {
    Ok(page(call, caller, Rest::of(LIST, call, caller)?))
}

/// There is a cursor on the last page, too; it leads nowhere.
fn page(call: &Call, caller: &Caller, rest: Rest) -> Reply {
    let (file_requests, cursor) = rest.page(call, all(call, caller));
    let has_more = cursor.is_some();
    let cursor = cursor.unwrap_or_else(|| "end".to_owned());
    let page = json!({ "file_requests": file_requests, "cursor": cursor, "has_more": has_more });
    Reply::json(&page)
}

fn count(call: &Call, caller: &Caller) -> Outcome {
    call.no_argument()?;
    Ok(Reply::json(&json!({ "file_request_count": all(call, caller).len() })))
}

fn delete(call: &Call, caller: &Caller) -> Outcome {
    let argument: ByIds = call.argument()?;
    let requests = argument.ids.iter().map(|id| find(call, caller, id));
    let requests = requests.collect::<Result<Vec<_>, _>>()?;
    if requests.iter().any(|request| request.is_open) {
        return Err(Failure::tag("file_request_open"));
    }
    forget(call, &requests)
}

fn delete_all_closed(call: &Call, caller: &Caller) -> Outcome {
    call.no_argument()?;
    let closed: Vec<_> = ours(call, caller).into_iter().filter(|one| !one.is_open).collect();
    forget(call, &closed)
}

/// Takes requests out, and tells what they were.
fn forget(call: &Call, requests: &[FileRequest]) -> Outcome {
    for request in requests {
        locked(&call.world.file_requests).remove(&request.id)?;
    }
    let gone: Vec<Value> = requests.iter().map(|request| described(call, request)).collect();
    Ok(Reply::json(&json!({ "file_requests": gone })))
}

fn all(call: &Call, caller: &Caller) -> Vec<Value> {
    ours(call, caller).iter().map(|one| described(call, one)).collect()
}

/// The caller's requests, oldest first.
fn ours(call: &Call, caller: &Caller) -> Vec<FileRequest> {
    let requests = locked(&call.world.file_requests);
    let ours = requests.rows().values().filter(|one| one.account == caller.account.id);
    let mut ours: Vec<FileRequest> = ours.cloned().collect();
    ours.sort_by_key(|request| request.created_s);
    ours
}

fn described(call: &Call, request: &FileRequest) -> Value {
    let mut answer = json!({
        "id": request.id,
        "url": format!("{}request/{}", call.world.url, request.id),
        "title": request.title,
        "destination": request.destination,
        "created": clock::text(request.created_s),
        "is_open": request.is_open,
        "file_count": 0,
    });
    let Some(fields) = answer.as_object_mut() else { return answer };
    if let Some(deadline) = &request.deadline {
        fields.insert("deadline".to_owned(), json!(deadline));
    }
    if let Some(description) = &request.description {
        fields.insert("description".to_owned(), json!(description));
    }
    answer
}
