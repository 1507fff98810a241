//! A team: its members see a common root in which each has a folder of their own.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::account::{Account, PerformError};
use crate::identifier;
use crate::namespace::{Identities, Operation};
use crate::shared_folders::{Access, Member, Policy};

#[derive(Clone, Debug)]
pub(crate) struct Team {
    pub(crate) name: String,
    /// The namespace that all members have at the top.
    pub(crate) number: u32,
}

impl Team {
    pub(crate) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), number: identifier::account_number(&format!("team {name}")) }
    }

    /// Dropbox's `FullTeam`.
    pub(crate) fn described(&self) -> Value {
        json!({
            "id": format!("dbtid:{}", self.number),
            "name": self.name,
            "sharing_policies": {
                "shared_folder_member_policy": { ".tag": "anyone" },
                "shared_folder_join_policy": { ".tag": "from_anyone" },
                "shared_link_create_policy": { ".tag": "default_public" },
                "group_creation_policy": { ".tag": "admins_and_members" },
                "shared_folder_link_restriction_policy": { ".tag": "anyone" },
                "enforce_link_password_policy": { ".tag": "optional" },
                "default_link_expiration_days_policy": { ".tag": "none" },
                "shared_link_default_permissions_policy": { ".tag": "default" },
            },
            "office_addin_policy": { ".tag": "disabled" },
            "top_level_content_policy": { ".tag": "admin_only" },
        })
    }
}

/// Gives everybody their own folder, and the team's folders. What is there from an earlier run
/// stays as it is.
pub(crate) fn settle(accounts: &[Arc<Account>], folders: &[String]) -> Result<(), PerformError> {
    for account in accounts {
        make_folder(account, &format!("/{}", account.person.display_name()))?;
    }
    let Some(first) = accounts.first() else { return Ok(()) };
    for name in folders {
        let path = format!("/{name}");
        let number = match team_folder(first, name) {
            Some(number) => number,
            None => share(first, name, &path)?,
        };
        for account in accounts {
            join(account, &number, &path)?;
        }
    }
    Ok(())
}

fn team_folder(account: &Account, name: &str) -> Option<String> {
    let folders = account.shared().of(&account.id).into_iter().map(|(folder, _)| folder);
    let mut named = folders.filter(|folder| folder.is_team_folder && folder.name == name);
    named.next().map(|folder| folder.number)
}

fn share(first: &Arc<Account>, name: &str, path: &str) -> Result<String, PerformError> {
    make_folder(first, path)?;
    let mount = first.namespace().at(&crate::path::lower(path)).map(|item| item.node.id);
    let member = Member { account: first.id.clone(), access: Access::Editor, mount };
    let since_s = first.clock.now_s();
    let shared = first.shared().share(name, member, Policy::default(), true, since_s);
    Ok(shared.map_err(PerformError::Unrecorded)?.number)
}

/// Makes somebody a member who is not, and gives them the folder.
fn join(account: &Arc<Account>, number: &str, path: &str) -> Result<(), PerformError> {
    let joined = account.shared().change(number, |folder| {
        let is_new = folder.member(&account.id).is_none();
        if is_new {
            let (account, access) = (account.id.clone(), Access::Editor);
            folder.members.push(Member { account, access, mount: None });
        }
        is_new
    });
    let is_new = joined.map_err(PerformError::Unrecorded)? == Some(true);
    if is_new { account.shared().mount(number, account, path) } else { Ok(()) }
}

fn make_folder(account: &Arc<Account>, path: &str) -> Result<(), PerformError> {
    let at = account.clock.now_s();
    let folder = Operation::CreateFolder { path: path.to_owned(), at, seen: None };
    account.receive(folder, Identities::new())
}
