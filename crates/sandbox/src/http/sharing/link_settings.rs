//! What can be set for a shared link, and how its permissions are told.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::clock;
use crate::edit::Placed;
use crate::http::argument::{Time, Union};
use crate::http::failure::Failure;
use crate::shared_links::{Audience, SharedLink};
use crate::view::Frame;
use crate::world::World;

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Settings {
    require_password: Option<bool>,
    link_password: Option<String>,
    expires: Option<Time>,
    audience: Option<Union>,
    #[serde(rename = "access")]
    _access: Option<Union>,
    requested_visibility: Option<Union>,
    allow_download: Option<bool>,
}

impl Settings {
    /// Changes a link as asked. Only members of a team have links for the team.
    pub(super) fn apply(
        self,
        link: &mut SharedLink,
        has_team: bool,
        now_s: i64,
    ) -> Result<(), Failure> {
        let refused = |tag: &str| Failure::under("settings_error", &json!({ ".tag": tag }));
        if self.expires.is_some_and(|at| at.0 <= now_s) {
            return Err(refused("invalid_settings"));
        }
        link.expires_at = self.expires.map(|at| at.0).or(link.expires_at);
        link.allow_download = self.allow_download.unwrap_or(link.allow_download);
        let wanted = self.audience.or(self.requested_visibility);
        let wanted = wanted.as_ref().map(|union| union.tag.as_str());
        let with_password = self.require_password.unwrap_or(wanted == Some("password"));
        if with_password || self.link_password.is_some() {
            let password = self.link_password.filter(|password| !password.is_empty());
            link.audience =
                Audience::Password(password.ok_or_else(|| refused("invalid_settings"))?);
            return Ok(());
        }
        match wanted {
            None => {
                if self.require_password == Some(false) {
                    link.audience = Audience::Anybody;
                }
            }
            Some("public") => link.audience = Audience::Anybody,
            Some("team" | "team_only" | "members" | "no_one") if has_team => {
                link.audience = Audience::Team;
            }
            Some(_) => return Err(refused("not_authorized")),
        }
        Ok(())
    }
}

/// Dropbox's `SharedLinkMetadata`. The path is for those alone who have the thing.
pub(super) fn described(
    world: &World,
    link: &SharedLink,
    placed: &Placed,
    own: Option<Frame>,
) -> Value {
    let node = &placed.1;
    let mut answer = json!({
        ".tag": if node.is_folder() { "folder" } else { "file" },
        "url": super::address::url(world, link, placed),
        "id": node.id.text(),
        "name": node.name(),
        "link_permissions": permissions(link, own.is_some()),
    });
    let Some(fields) = answer.as_object_mut() else { return answer };
    if let Some(frame) = own {
        fields.insert("path_lower".to_owned(), json!(frame.strip(&placed.0)));
    }
    if let Some(at) = link.expires_at {
        fields.insert("expires".to_owned(), json!(clock::text(at)));
    }
    if let Some(file) = node.file() {
        let modified = |at| json!(clock::text(at));
        fields.insert("client_modified".to_owned(), modified(file.client_modified));
        fields.insert("server_modified".to_owned(), modified(file.server_modified));
        fields.insert("rev".to_owned(), json!(file.rev.text()));
        fields.insert("size".to_owned(), json!(file.size));
    }
    answer
}

pub(super) fn visibility(link: &SharedLink) -> &'static str {
    match link.audience {
        Audience::Anybody => "public",
        Audience::Team => "team_only",
        Audience::Password(_) => "password",
    }
}

fn permissions(link: &SharedLink, is_own: bool) -> Value {
    let visibility = visibility(link);
    let audience = if link.audience == Audience::Team { "team" } else { visibility };
    let policy = |policy: &str| {
        json!({
            "policy": { ".tag": policy },
            "resolved_policy": { ".tag": policy },
            "allowed": is_own,
        })
    };
    json!({
        "resolved_visibility": { ".tag": visibility },
        "requested_visibility": { ".tag": visibility },
        "can_revoke": is_own,
        "effective_audience": { ".tag": audience },
        "link_access_level": { ".tag": "viewer" },
        "visibility_policies": [policy("public"), policy("team_only"), policy("password")],
        "can_set_expiry": is_own,
        "can_remove_expiry": is_own,
        "allow_download": link.allow_download,
        "can_allow_download": is_own,
        "can_disallow_download": is_own,
        "allow_comments": true,
        "team_restricts_comments": false,
        "can_set_password": is_own,
        "can_remove_password": is_own,
        "require_password": matches!(link.audience, Audience::Password(_)),
        "can_use_extended_sharing_controls": true,
    })
}
