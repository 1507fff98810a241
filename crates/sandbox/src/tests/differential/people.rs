//! Who does things: Ada in her own tree, and Grace in the folders that both have.

use serde_json::{Value, json};

use super::operation::Step;
use super::truth::Truth;
use crate::tests::inside::Inside;
use crate::{Files, Options, Person, Sandbox};

const GRACE: &str = "grace@example.org";
/// As many as a list of revisions has.
const REVISIONS_MAX: usize = 100;
const LOST_FOLDERS_MAX: usize = 4;

/// A sandbox with two people, both from outside.
pub(super) struct People {
    pub(super) sandbox: Sandbox,
    pub(super) ada: Inside,
    pub(super) grace: Inside,
}

/// Why something was not done.
#[derive(Debug)]
#[expect(dead_code, reason = "read by people, when a round fails")]
pub(super) struct Refused(String);

/// Which of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Doer {
    Ada,
    Grace,
}

impl People {
    pub(super) async fn start(options: Options) -> Self {
        let further_accounts = vec![Person::new("Grace", "Example", GRACE)];
        let sandbox = Sandbox::start(Options { further_accounts, ..options }).await.unwrap();
        let (ada, grace) = (Inside::of(&sandbox), Inside::as_person(&sandbox, 1));
        Self { sandbox, ada, grace }
    }

    /// What Ada does, or Grace where she can do it.
    pub(super) async fn perform(&self, step: &Step, doer: Doer) -> Result<(), Refused> {
        match self.as_grace_does_it(step) {
            Some(hers) if doer == Doer::Grace => {
                self.change(&hers, &self.sandbox.files_of(GRACE).unwrap()).await
            }
            _ => self.change(step, &self.sandbox.files()).await,
        }
    }

    /// The same where Grace has it, if it happens inside of one of the shared folders.
    fn as_grace_does_it(&self, step: &Step) -> Option<Step> {
        let world = self.sandbox.world();
        let (ours, theirs) = (world.accounts[0].mounts(), world.accounts[1].mounts());
        ours.iter().find_map(|ours| {
            let theirs = theirs.iter().find(|theirs| theirs.number == ours.number)?;
            step.translated(|path| {
                let is_inside = ours.has_inside(&path.to_lowercase());
                is_inside.then(|| format!("{}{}", theirs.display, &path[ours.lower.len()..]))
            })
        })
    }

    async fn change(&self, step: &Step, files: &Files) -> Result<(), Refused> {
        let done = match step {
            Step::Write { path, content } => files.write(path, content.clone()),
            Step::CreateFolder { path } => files.create_folder(path),
            Step::Move { from, to } => files.move_to(from, to),
            Step::Delete { path } => files.delete(path),
            Step::Restore { path, back } => {
                return self.restore(path, *back).await.map_err(Refused);
            }
            Step::Share { path } => return self.share(path).await.map_err(Refused),
            Step::Unshare { path, leave_a_copy } => {
                return self.unshare(path, *leave_a_copy).await.map_err(Refused);
            }
        };
        done.map_err(|error| Refused(error.to_string()))
    }

    async fn restore(&self, path: &str, back: usize) -> Result<(), String> {
        let argument = json!({ "path": path, "mode": "id", "limit": REVISIONS_MAX });
        let revisions = self.ada.json("files/list_revisions", argument).await?;
        let rev = revisions["entries"].get(back).ok_or("there is no such version")?["rev"].clone();
        let argument = json!({ "path": path, "rev": rev });
        self.ada.json("files/restore", argument).await.map(|_| ())
    }

    /// With Grace, who takes the folder into her tree at once.
    async fn share(&self, path: &str) -> Result<(), String> {
        let shared = self.ada.json("sharing/share_folder", json!({ "path": path })).await?;
        let id = &shared["shared_folder_id"];
        let grace = json!({ ".tag": "email", "email": GRACE });
        let members = json!([{ "member": grace, "access_level": "editor" }]);
        let add = json!({ "shared_folder_id": id, "members": members });
        self.ada.json("sharing/add_folder_member", add).await.unwrap();
        self.grace.json("sharing/mount_folder", json!({ "shared_folder_id": id })).await.unwrap();
        self.leave_what_ada_lost().await;
        Ok(())
    }

    /// Folders that Ada has deleted are Grace's for a while, then she has had enough of them.
    async fn leave_what_ada_lost(&self) {
        let world = self.sandbox.world();
        let (ours, mut theirs) = (world.accounts[0].mounts(), world.accounts[1].mounts());
        theirs.retain(|theirs| ours.iter().all(|ours| ours.number != theirs.number));
        if theirs.len() < LOST_FOLDERS_MAX {
            return;
        }
        for (at, mount) in theirs.iter().enumerate() {
            let leave_a_copy = at % LOST_FOLDERS_MAX == 0;
            let id = &mount.number;
            let argument = json!({ "shared_folder_id": id, "leave_a_copy": leave_a_copy });
            let route = "sharing/relinquish_folder_membership";
            self.grace.json(route, argument).await.unwrap();
        }
    }

    async fn unshare(&self, path: &str, leave_a_copy: bool) -> Result<(), String> {
        let folder = self.ada.json("files/get_metadata", json!({ "path": path })).await?;
        let id = folder.get("shared_folder_id").ok_or("it is not shared")?;
        let argument = json!({ "shared_folder_id": id, "leave_a_copy": leave_a_copy });
        self.ada.json("sharing/unshare_folder", argument).await.map(|_| ())
    }

    /// Both have the same in every folder that they share.
    pub(super) async fn check_shared(&self, truth: &Truth) {
        for path in truth.shared_folders() {
            let folder = self.ada.json("files/get_metadata", json!({ "path": path })).await;
            let id = folder.unwrap()["shared_folder_id"].clone();
            let theirs = json!({ "shared_folder_id": id });
            let theirs = self.grace.json("sharing/get_folder_metadata", theirs).await.unwrap();
            let (ours, theirs) = (
                contents(&self.ada, &path).await,
                contents(&self.grace, theirs["path_lower"].as_str().unwrap()).await,
            );
            assert_eq!(ours, theirs, "{path}");
        }
    }
}

/// Everything below a folder, by where it is from there: what kind it is, what it is called, its ids,
/// times and content.
async fn contents(inside: &Inside, folder: &str) -> Vec<(String, [Value; 6])> {
    let argument = json!({ "path": folder, "recursive": true, "limit": 2_000 });
    let mut page = inside.json("files/list_folder", argument).await.unwrap();
    let mut all = Vec::new();
    loop {
        for entry in page["entries"].as_array().unwrap() {
            let path = entry["path_lower"].as_str().unwrap()[folder.len()..].to_owned();
            if !path.is_empty() {
                let fields = [".tag", "name", "id", "rev", "server_modified", "content_hash"];
                all.push((path, fields.map(|name| entry[name].clone())));
            }
        }
        if page["has_more"] == false {
            all.sort_by(|one, other| one.0.cmp(&other.0));
            return all;
        }
        let argument = json!({ "cursor": page["cursor"] });
        page = inside.json("files/list_folder/continue", argument).await.unwrap();
    }
}
