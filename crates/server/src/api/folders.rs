//! Choosing folders: look at them one level at a time, count what a choice would publish, and link.

use axum::{Json, extract::State as Shared, response::sse::Event};
use futures_util::StreamExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sync::{Folder, FolderId, Patterns, Preview, Rule, Rules, SourceError};

use super::{IntegrationPath, events, integration::Integration};
use crate::{
    State,
    caller::Caller,
    error::Error,
    openapi::{As, Events},
    query::{Body, Ids, Strict},
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Parent {
    /// The folder whose folders are listed; the root without it.
    parent: Option<FolderId>,
}

/// The folders in a folder.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Folders {
    folders: Vec<Folder>,
}

/// Which folders get a history.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "FolderChoice")]
pub(crate) struct Choice {
    rules: Vec<Rule>,
    /// What is left out inside linked folders, a line of `.gitignore` each.
    #[serde(default)]
    patterns: Vec<String>,
}

impl Choice {
    fn rules(self) -> Result<Rules, SourceError> {
        let patterns = Patterns::new(self.patterns)?;
        Ok(Rules::new(self.rules)?.with_patterns(patterns))
    }
}

pub(super) async fn list(
    Shared(state): Shared<State>,
    caller: Caller,
    Ids(IntegrationPath(id)): Ids<IntegrationPath>,
    Strict(query): Strict<Parent>,
) -> Result<Json<Folders>, Error> {
    let parent = query.parent.filter(|parent| !parent.is_root());
    let folders = state.sync.folders(caller.tenancy(), id, parent.as_ref()).await?;
    Ok(Json(Folders { folders }))
}

pub(super) async fn link(
    Shared(state): Shared<State>,
    caller: Caller,
    Ids(IntegrationPath(id)): Ids<IntegrationPath>,
    Body(choice): Body<Choice>,
) -> Result<Json<Integration>, Error> {
    let source = state.sync.link(caller.tenancy(), id, choice.rules()?).await?;
    Integration::read(&state, source).await.map(Json)
}

/// Counts while it is read. A client that goes away ends the count.
pub(super) async fn preview(
    Shared(state): Shared<State>,
    caller: Caller,
    Ids(IntegrationPath(id)): Ids<IntegrationPath>,
    Body(choice): Body<Choice>,
) -> Result<As<Events<Preview>>, Error> {
    let counts = state.sync.preview(caller.tenancy(), id, choice.rules()?).await?;
    Ok(events(&state, counts.map(event)))
}

fn event(count: Result<Preview, SourceError>) -> Event {
    let (event, json) = match count {
        Ok(count) => (Event::default(), Event::default().json_data(count)),
        Err(error) => {
            let event = Event::default().event("problem");
            (event.clone(), event.json_data(Error::from(error).tell()))
        }
    };
    json.unwrap_or(event)
}
