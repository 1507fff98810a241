//! `file_properties/…`: fields of an app's own on files, after templates that say which there are.

mod groups;
mod templates;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::routes::{Route, rpc};
use crate::access::Permission::{FilesMetadataRead, FilesMetadataWrite};
use crate::identifier::NodeId;
use crate::table::{Shelf, Table};

pub(super) use groups::attach;

pub(super) const ROUTES: &[Route] = &[
    rpc("file_properties/templates/add_for_user", FilesMetadataWrite, templates::add),
    rpc("file_properties/templates/update_for_user", FilesMetadataWrite, templates::update),
    rpc("file_properties/templates/remove_for_user", FilesMetadataWrite, templates::remove),
    rpc("file_properties/templates/get_for_user", FilesMetadataRead, templates::get),
    rpc("file_properties/templates/list_for_user", FilesMetadataRead, templates::list),
    rpc("file_properties/properties/add", FilesMetadataWrite, groups::add),
    rpc("file_properties/properties/overwrite", FilesMetadataWrite, groups::overwrite),
    rpc("file_properties/properties/update", FilesMetadataWrite, groups::update),
    rpc("file_properties/properties/remove", FilesMetadataWrite, groups::remove),
    rpc("file_properties/properties/search", FilesMetadataRead, groups::search),
    rpc("file_properties/properties/search/continue", FilesMetadataRead, groups::go_on),
    rpc("files/properties/add", FilesMetadataWrite, groups::add),
    rpc("files/properties/overwrite", FilesMetadataWrite, groups::overwrite),
    rpc("files/properties/update", FilesMetadataWrite, groups::update),
    rpc("files/properties/remove", FilesMetadataWrite, groups::remove),
    rpc("files/properties/template/get", FilesMetadataRead, templates::get),
    rpc("files/properties/template/list", FilesMetadataRead, templates::list),
];

/// Templates and groups of everybody.
pub(crate) struct Properties {
    templates: Table<String, Template>,
    groups: Table<(String, NodeId), Vec<Group>>,
}

#[derive(Clone, Serialize, Deserialize)]
struct Template {
    id: String,
    account: String,
    shape: Shape,
}

/// Dropbox's `PropertyGroupTemplate`.
#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Shape {
    name: String,
    description: String,
    fields: Vec<FieldShape>,
}

#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct FieldShape {
    name: String,
    description: String,
    #[serde(rename = "type")]
    kind: super::argument::Union,
}

/// Dropbox's `PropertyGroup`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Group {
    template_id: String,
    fields: Vec<Field>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Field {
    name: String,
    value: String,
}

impl Properties {
    /// Those of an earlier run.
    pub(crate) fn open(shelf: &mut Shelf) -> serde_json::Result<Self> {
        let templates = shelf.open("property_templates")?;
        Ok(Self { templates, groups: shelf.open("property_groups")? })
    }

    pub(crate) fn copy(&self) -> Self {
        Self { templates: self.templates.copy(), groups: self.groups.copy() }
    }

    fn template(&self, account: &str, id: &str) -> Option<&Template> {
        self.templates.get(&id.to_owned()).filter(|template| template.account == account)
    }

    fn templates_of(&self, account: &str) -> impl Iterator<Item = &Template> {
        self.templates.rows().values().filter(move |template| template.account == account)
    }

    /// Whether an account has all of these templates; otherwise one that it has not.
    pub(super) fn unknown<'a>(&self, account: &str, templates: &'a [String]) -> Option<&'a String> {
        templates.iter().find(|id| self.template(account, id).is_none())
    }

    /// The groups of an account's files and folders that follow one of the templates.
    pub(super) fn shown(&self, account: &str, templates: &[String]) -> BTreeMap<NodeId, Value> {
        if templates.is_empty() {
            return BTreeMap::new();
        }
        let ours = self.groups.rows().iter().filter(|((owner, _), _)| owner == account);
        let shown = ours.map(|((_, id), groups)| {
            let follows = |group: &&Group| templates.contains(&group.template_id);
            (*id, groups.iter().filter(follows).collect::<Vec<_>>())
        });
        let some = shown.filter(|(_, groups)| !groups.is_empty());
        some.map(|(id, groups)| (id, json!(groups))).collect()
    }

    fn groups_at(&self, key: &(String, NodeId)) -> Vec<Group> {
        self.groups.get(key).cloned().unwrap_or_default()
    }
}
