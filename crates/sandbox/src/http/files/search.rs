//! `files/search_v2` and what continues it: names that contain every word of a query. What is in
//! files is not searched, as in Dropbox's smaller plans.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::lookup::find;
use crate::http::argument::{Pattern, Union, between};
use crate::http::call::{Call, Caller};
use crate::http::failure::Failure;
use crate::http::reply::Reply;
use crate::http::routes::Outcome;
use crate::identifier::NodeId;
use crate::namespace::{Entry, Position, Scope};
use crate::path;
use crate::seal::Purpose;
use crate::view::{Found, View};
use crate::wire;

const QUERY_CHARACTERS_MAX: usize = 1_000;
const RESULTS_USUAL: usize = 100;
const RESULTS_MAX: usize = 1_000;
/// How many entries are looked at before others get a turn.
const STRIDE: usize = 1_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Search {
    query: String,
    options: Option<Options>,
    match_field_options: Option<MatchFieldOptions>,
    include_highlights: Option<bool>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Options {
    path: Option<String>,
    max_results: Option<usize>,
    #[serde(rename = "order_by")]
    _order_by: Option<Union>,
    file_status: Option<Union>,
    #[serde(rename = "filename_only")]
    _filename_only: Option<bool>,
    file_extensions: Option<Vec<String>>,
    file_categories: Option<Vec<Union>>,
    #[serde(rename = "account_id")]
    _account_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MatchFieldOptions {
    include_highlights: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Continue {
    cursor: String,
}

/// What is looked for. It travels in the cursor.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Query {
    path: String,
    words: Vec<String>,
    deleted: bool,
    endings: Vec<String>,
    categories: Vec<String>,
    highlights: bool,
    limit: usize,
}

#[derive(Serialize, Deserialize)]
struct Cursor {
    account: String,
    query: Query,
    after: String,
}

/// Some of what was found, and the key after which there may be more.
pub(super) struct Matches {
    pub(super) entries: Vec<Value>,
    pub(super) next: Option<String>,
}

impl Query {
    /// A query by name alone.
    pub(super) fn simple(query: &str, path: &str, deleted: bool) -> Self {
        Self {
            path: path.to_owned(),
            words: query.split_whitespace().map(path::lower).collect(),
            deleted,
            endings: Vec::new(),
            categories: Vec::new(),
            highlights: false,
            limit: RESULTS_USUAL,
        }
    }

    fn read(search: Search) -> Result<Self, Failure> {
        if search.query.chars().count() > QUERY_CHARACTERS_MAX {
            return Err(Failure::Argument("query: longer than 1000".to_owned()));
        }
        let options = search.options.unwrap_or_default();
        let limit = options.max_results.unwrap_or(RESULTS_USUAL);
        between("options: max_results", limit, 1, RESULTS_MAX)?;
        let path = options.path.unwrap_or_default();
        Pattern::PathROrId.check("options: path", &path)?;
        let deleted = options.file_status.is_some_and(|status| status.tag == "deleted");
        let endings = options.file_extensions.unwrap_or_default();
        let endings = endings.iter().map(|ending| path::lower(ending.trim_start_matches('.')));
        let categories = options.file_categories.unwrap_or_default();
        let field = search.match_field_options.and_then(|options| options.include_highlights);
        Ok(Self {
            endings: endings.collect(),
            categories: categories.into_iter().map(|category| category.tag).collect(),
            highlights: field.or(search.include_highlights).unwrap_or_default(),
            limit,
            ..Self::simple(&search.query, &path, deleted)
        })
    }

    fn fits(&self, entry: &Entry<'_>) -> bool {
        let (lower, is_folder) = match entry {
            Entry::Present(item) if !self.deleted => (item.lower, item.node.is_folder()),
            Entry::Gone { lower, .. } if self.deleted => (*lower, false),
            _ => return false,
        };
        let name = path::name(lower);
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
        let category = if is_folder { "folder" } else { category(ending) };
        self.words.iter().all(|word| name.contains(word.as_str()))
            && (self.endings.is_empty() || self.endings.iter().any(|wanted| wanted == ending))
            && (self.categories.is_empty() || self.categories.iter().any(|one| one == category))
    }
}

fn category(ending: &str) -> &'static str {
    match ending {
        "jpg" | "jpeg" | "png" | "gif" | "webp" | "tif" | "tiff" | "heic" | "svg" => "image",
        "doc" | "docx" | "txt" | "rtf" | "odt" | "md" | "gdoc" => "document",
        "pdf" => "pdf",
        "xls" | "xlsx" | "csv" | "ods" | "gsheet" => "spreadsheet",
        "ppt" | "pptx" | "key" | "odp" | "gslides" => "presentation",
        "mp3" | "wav" | "mid" | "ogg" | "flac" | "m4a" => "audio",
        "mov" | "mp4" | "wmv" | "avi" | "mkv" | "webm" => "video",
        "paper" => "paper",
        _ => "others",
    }
}

pub(super) fn search(call: &Call, caller: &Caller) -> Outcome {
    let query = Query::read(call.argument()?)?;
    answer(call, caller, query, None)
}

pub(super) fn go_on(call: &Call, caller: &Caller) -> Outcome {
    let argument: Continue = call.argument()?;
    let cursor: Option<Cursor> = call.world.key.open(Purpose::Search, &argument.cursor);
    let cursor = cursor.filter(|cursor| cursor.account == caller.account.id);
    let cursor = cursor
        .ok_or_else(|| Failure::Argument("cursor: Invalid \"cursor\" parameter".to_owned()))?;
    answer(call, caller, cursor.query, Some(&cursor.after))
}

fn answer(call: &Call, caller: &Caller, query: Query, after: Option<&str>) -> Outcome {
    let found = matches(&caller.view, &query, after, query.limit)?;
    let shown = |entry: Value| {
        let spans = query.highlights.then(|| highlights(&entry, &query.words));
        let mut shown = json!({
            "match_type": { ".tag": "filename" },
            "metadata": { ".tag": "metadata", "metadata": entry },
        });
        if let (Some(spans), Some(fields)) = (spans, shown.as_object_mut()) {
            fields.insert("highlight_spans".to_owned(), spans);
        }
        shown
    };
    let matches: Vec<Value> = found.entries.into_iter().map(shown).collect();
    let mut body = json!({ "matches": matches, "has_more": found.next.is_some() });
    if let (Some(after), Some(fields)) = (found.next, body.as_object_mut()) {
        let cursor = Cursor { account: caller.account.id.clone(), query, after };
        fields.insert("cursor".to_owned(), json!(call.world.key.seal(Purpose::Search, &cursor)));
    }
    Ok(Reply::json(&body))
}

/// The first word where it is in the name, and what is around it.
fn highlights(entry: &Value, words: &[String]) -> Value {
    let name = entry.get("name").and_then(Value::as_str).unwrap_or_default();
    let span = |text: &str, is: bool| json!({ "highlight_str": text, "is_highlighted": is });
    let found = words.first().and_then(|word| {
        let at = path::lower(name).find(word.as_str())?;
        Some((name.get(..at)?, name.get(at..at + word.len())?, name.get(at + word.len()..)?))
    });
    let Some((before, word, after)) = found else { return json!([span(name, false)]) };
    let spans = [(before, false), (word, true), (after, false)];
    spans
        .into_iter()
        .filter(|(text, _)| !text.is_empty())
        .map(|(text, is)| span(text, is))
        .collect()
}

/// Up to `limit` entries below the query's folder that fit, in the order of their keys.
pub(super) fn matches(
    view: &View,
    query: &Query,
    after: Option<&str>,
    limit: usize,
) -> Result<Matches, Failure> {
    let scope = scope(view, query)?;
    let lens = view.lens();
    let mut after = after.map(str::to_owned);
    let mut entries = Vec::new();
    loop {
        let position = Position::Listing { since: 0, after: after.clone() };
        let mut last = None;
        let slice = view.account.namespace().slice(&scope, &position, STRIDE, &mut |entry| {
            if entries.len() < limit && query.fits(&entry) {
                let mut body = Vec::new();
                wire::entry(&mut body, &lens, &entry);
                entries.extend(serde_json::from_slice::<Value>(&body));
                last = Some(entry.lower().to_owned());
            }
        });
        let slice = slice.map_err(|_gone| Failure::lookup("not_found"))?;
        if entries.len() == limit && last.is_some() {
            return Ok(Matches { entries, next: last });
        }
        match slice.next {
            Position::Listing { after: next, .. } if slice.has_more => after = next,
            _ => return Ok(Matches { entries, next: None }),
        }
    }
}

fn scope(view: &View, query: &Query) -> Result<Scope, Failure> {
    let (folder, path) = match find(view, &query.path)? {
        Found::Root => {
            let root = view.account.namespace().at(&view.root).map(|item| item.node.id);
            (root.unwrap_or(NodeId::ROOT), view.root.clone())
        }
        Found::Present(lower, node) if node.is_folder() => (node.id, lower),
        Found::Present(..) => return Err(Failure::lookup("not_folder")),
        Found::Gone(_) | Found::Nothing => return Err(Failure::lookup("not_found")),
    };
    // What is searched is in the folder, not the folder itself.
    Ok(Scope { folder, path, recursive: true, is_root: true, include_deleted: query.deleted })
}
