//! `file_properties/…`: fields of an app's own on files, after templates that say which there are.

mod groups;
mod templates;

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::routes::{Route, rpc};
use crate::access::Permission::{FilesMetadataRead, FilesMetadataWrite};
use crate::identifier::NodeId;

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
#[derive(Clone, Default)]
pub(crate) struct Properties {
    templates: Vec<Template>,
    groups: HashMap<(String, NodeId), Vec<Group>>,
    numbered: u64,
}

#[derive(Clone)]
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
#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Group {
    template_id: String,
    fields: Vec<Field>,
}

#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Field {
    name: String,
    value: String,
}

impl Properties {
    fn template(&self, account: &str, id: &str) -> Option<&Template> {
        self.templates.iter().find(|template| template.account == account && template.id == id)
    }
}
