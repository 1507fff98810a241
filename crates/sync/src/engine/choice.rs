//! Choosing folders: looking at them, counting what rules link, and linking.

use dropbox::{Entry, FolderMetadata, ListFolder, Page};
use futures_util::TryStreamExt;
use futures_util::stream::{BoxStream, StreamExt};
use ledger::{Source, SourceId, TenancyId};

use super::Sync;
use crate::error::SourceError;
use crate::preview::{Preview, preview};
use crate::reader::progress::Progress;
use crate::reader::seams::{Account, SourceStore};
use crate::reader::{ReadError, Reader, Which, place};
use crate::rules::placed::{Placed, Presence};
use crate::rules::{FolderId, Rules, Verdict};

/// The most entries of a folder that are looked through for folders.
const FOLDER_PAGES_MAX: usize = 200;

/// A folder in an account, for whoever chooses folders.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
pub struct Folder {
    /// What a rule names it by.
    pub id: FolderId,
    /// Its name.
    pub name: String,
    /// Where it is.
    pub path: String,
}

impl Sync {
    /// The folders directly in a folder, by name; in the root if none is given.
    pub async fn folders(
        &self,
        tenancy: TenancyId,
        source: SourceId,
        parent: Option<&FolderId>,
    ) -> Result<Vec<Folder>, SourceError> {
        let source = self.source(tenancy, source).await?;
        let account = self.desk(&source).account(self, &source).await?;
        let parent = parent.map_or_else(FolderId::root, Clone::clone);
        let mut folders = subfolders(&account, &parent).await?;
        folders.sort_by_cached_key(|folder| (folder.name.to_lowercase(), folder.name.clone()));
        Ok(folders)
    }

    /// Counts what rules would link, as it is read.
    pub async fn preview(
        &self,
        tenancy: TenancyId,
        source: SourceId,
        rules: Rules,
    ) -> Result<BoxStream<'static, Result<Preview, SourceError>>, SourceError> {
        let source = self.source(tenancy, source).await?;
        let desk = self.desk(&source);
        let account = desk.account(self, &source).await?;
        let placed = placed_now(&account, &rules).await?;
        let keep = move |counted: &Preview| {
            if counted.done {
                desk.keep_count(rules.clone(), counted.files);
            }
        };
        Ok(preview(account, placed).inspect_ok(keep).boxed())
    }

    /// Makes these the rules of an integration and starts recording by them.
    ///
    /// A folder that is no longer linked stops its trails and loses nothing; one that is linked
    /// again continues them.
    pub async fn link(
        &self,
        tenancy: TenancyId,
        source: SourceId,
        rules: Rules,
    ) -> Result<Source, SourceError> {
        let source = self.source(tenancy, source).await?;
        let desk = self.desk(&source);
        let account = desk.account(self, &source).await?;
        let placed = placed_now(&account, &rules).await?;
        let mut worker = desk.worker.lock().await;
        if let Some(running) = worker.take() {
            running.stop().await;
        }
        // The worker may have moved on, so what it left is read only now.
        let source = self.source(tenancy, source.id).await?;
        let before = source.cursor.as_deref().map(Progress::parse).transpose()?;
        let progress = before.unwrap_or_default().afresh(&placed).expecting(desk.count(&rules));
        let text = if rules.link_anything() { placed.to_text() } else { String::new() };
        let cursor = Some(progress.to_text());
        let told = told(&rules);
        let stored = self.shared.ledger.choose_rules(source.id, text, cursor, told).await?;
        let source = stored.ok_or(SourceError::Unknown)?;
        desk.facts.reading(Some(&progress));
        if source.paused_at.is_some() {
            tracing::debug!(sync.id = %source.id, "Its rules are kept until it goes on");
        } else if rules.link_anything() {
            *worker = Some(desk.run(self, &source).await?);
        } else {
            self.end_trails(&source, account, progress).await?;
        }
        desk.facts.announce();
        Ok(source)
    }

    /// Nothing is linked: everything on record stops its trail.
    async fn end_trails(
        &self,
        source: &Source,
        account: Account,
        progress: Progress,
    ) -> Result<(), SourceError> {
        let (ledger, tenancy) = (self.shared.ledger.clone(), source.tenancy);
        let store = SourceStore { ledger, tenancy, source: source.id, lease: None };
        let facts = self.desk(source).facts.clone();
        let mut reader = Reader::new(account, store, facts, Placed::default(), Some(progress));
        match reader.catch_up(&Which::All).await {
            Ok(_) => Ok(()),
            Err(ReadError::Store(error)) => Err(error.into()),
            // The rules are stored; what isn't swept now will be when a folder is linked again.
            Err(error) => {
                tracing::warn!(sync.id = %source.id, %error, "Trails couldn't be ended");
                Ok(())
            }
        }
    }
}

/// What was chosen, in words for the owner.
fn told(rules: &Rules) -> String {
    let folders = |verdict| {
        let paths = rules.iter().filter(|rule| rule.verdict == verdict);
        let paths = paths.map(|rule| if rule.path.is_empty() { "/" } else { &rule.path });
        paths.collect::<Vec<_>>().join(", ")
    };
    let (linked, left_out) = (folders(Verdict::Include), folders(Verdict::Exclude));
    match (linked.is_empty(), left_out.is_empty()) {
        (true, _) => "Nothing is linked.".to_owned(),
        (false, true) => format!("Linked: {linked}."),
        (false, false) => format!("Linked: {linked}. Not: {left_out}."),
    }
}

/// The rules with their folders, all of which must be there.
async fn placed_now(account: &Account, rules: &Rules) -> Result<Placed, SourceError> {
    let placed = place(account, &Placed::unplaced(rules)).await?;
    let gone = placed.iter().find(|rule| rule.presence == Presence::Gone);
    match gone {
        Some(gone) => Err(SourceError::FolderGone(gone.rule.path.clone())),
        None => Ok(placed),
    }
}

async fn subfolders(account: &Account, parent: &FolderId) -> Result<Vec<Folder>, SourceError> {
    let session = &account.session;
    let gone = |error: dropbox::Error| match error.kind {
        dropbox::ErrorKind::NotFound => SourceError::FolderGone(parent.to_string()),
        _ => SourceError::from(error),
    };
    let listing = ListFolder::children(parent.path_ref());
    let mut page = session.list_folder(&listing).await.map_err(gone)?;
    let mut folders = folders_in(&page);
    for _ in 1..FOLDER_PAGES_MAX {
        if !page.has_more {
            break;
        }
        page = session.list_folder_continue(&page.cursor).await.map_err(gone)?;
        folders.extend(folders_in(&page));
    }
    Ok(folders)
}

fn folders_in(page: &Page) -> Vec<Folder> {
    let folder = |entry: &Entry| match entry {
        Entry::Folder(folder) => Some(shown(folder)),
        _ => None,
    };
    page.entries.iter().filter_map(folder).collect()
}

fn shown(folder: &FolderMetadata) -> Folder {
    let path = folder.path_display.as_ref().or(folder.path_lower.as_ref());
    Folder {
        id: FolderId::from(&folder.id),
        name: folder.name.clone(),
        path: path.unwrap_or(&folder.name).clone(),
    }
}
