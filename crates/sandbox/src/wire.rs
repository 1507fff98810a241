//! How entries look to clients: Dropbox's JSON, with `.tag` first. Written straight into the
//! response, because a listing of ten million entries must cost next to nothing.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::clock;
use crate::identifier::NodeId;
use crate::namespace::{Entry, File, Item, Kind, Mark};
use crate::path;
use crate::shared_folders::Mount;
use crate::view::Frame;

/// Files with such names are cloud documents: they exist, and have no content to give.
const CLOUD_ENDINGS: [&str; 4] = [".paper", ".gdoc", ".gsheet", ".gslides"];

/// From where entries are seen, and what is shared there.
pub(crate) struct Lens {
    pub(crate) frame: Frame,
    pub(crate) mounts: Vec<Mount>,
    /// What is said of files that somebody has locked.
    pub(crate) locks: BTreeMap<NodeId, Value>,
    pub(crate) extras: Extras,
}

/// What is told of entries to those alone who ask for it.
#[derive(Default)]
pub(crate) struct Extras {
    /// Files that are shared with single people.
    pub(crate) with_members: Option<BTreeSet<NodeId>>,
    /// Groups of properties of files and folders.
    pub(crate) groups: BTreeMap<NodeId, Value>,
}

impl Extras {
    fn write_groups(&self, out: &mut Vec<u8>, id: NodeId) {
        if let Some(groups) = self.groups.get(&id) {
            out.extend(format!(r#","property_groups":{groups}"#).as_bytes());
        }
    }

    fn write(&self, out: &mut Vec<u8>, id: NodeId) {
        self.write_groups(out, id);
        if let Some(files) = &self.with_members {
            let has = files.contains(&id);
            out.extend(format!(r#","has_explicit_shared_members":{has}"#).as_bytes());
        }
    }
}

impl Lens {
    fn mount_around(&self, lower: &str) -> Option<&Mount> {
        self.mounts.iter().find(|mount| mount.has_inside(lower))
    }

    /// Whether a key is that of a shared folder or in one.
    pub(crate) fn is_mounted(&self, lower: &str) -> bool {
        self.mounts.iter().any(|mount| mount.lower == lower || mount.has_inside(lower))
    }

    fn lock_info(&self, id: NodeId, file: &File) -> Option<Value> {
        let stranger = || {
            json!({
                "is_lockholder": false,
                "lockholder_name": "Somebody Else",
                "created": clock::text(file.server_modified),
            })
        };
        let marked = (file.mark == Some(Mark::Locked)).then(stranger);
        marked.or_else(|| self.locks.get(&id).cloned())
    }
}

/// Whether a file, by its key, is one of them.
pub(crate) fn is_cloud_document(lower: &str) -> bool {
    CLOUD_ENDINGS.iter().any(|ending| lower.ends_with(ending))
}

/// Whether the value stands where a union is expected, so that it has to say which it is.
#[derive(Clone, Copy)]
pub(crate) enum Tag {
    Named,
    Implied,
}

pub(crate) fn entry(out: &mut Vec<u8>, lens: &Lens, entry: &Entry<'_>) {
    match entry {
        Entry::Present(item) => present(out, lens, *item),
        Entry::Gone { lower, path_display } => deleted(out, lens, lower, path_display),
    }
}

/// A file or folder where a union is expected.
pub(crate) fn present(out: &mut Vec<u8>, lens: &Lens, item: Item<'_>) {
    write(out, lens, Tag::Named, item);
}

/// A file or folder whose kind is known from where it stands.
pub(crate) fn implied(out: &mut Vec<u8>, lens: &Lens, item: Item<'_>) {
    write(out, lens, Tag::Implied, item);
}

fn write(out: &mut Vec<u8>, lens: &Lens, tag: Tag, item: Item<'_>) {
    let node = item.node;
    match &node.kind {
        Kind::File(written) => {
            file(out, lens, tag, node.id, (item.lower, &node.path_display), written);
        }
        Kind::Folder => {
            out.extend(match tag {
                Tag::Named => br#"{".tag":"folder","#.as_slice(),
                Tag::Implied => b"{",
            });
            names(out, lens.frame.strip(item.lower), lens.frame.strip(&node.path_display));
            out.extend(br#","id":""#);
            out.extend(node.id.text().as_bytes());
            out.push(b'"');
            folder_sharing(out, lens, item.lower);
            lens.extras.write_groups(out, node.id);
            out.push(b'}');
        }
    }
}

/// A version of a file, under paths as the caller sees them.
pub(crate) fn file(
    out: &mut Vec<u8>,
    lens: &Lens,
    tag: Tag,
    id: NodeId,
    (lower, path_display): (&str, &str),
    file: &File,
) {
    out.extend(match tag {
        Tag::Named => br#"{".tag":"file","#.as_slice(),
        Tag::Implied => b"{",
    });
    names(out, lens.frame.strip(lower), lens.frame.strip(path_display));
    out.extend(br#","id":""#);
    out.extend(id.text().as_bytes());
    out.extend(br#"","client_modified":""#);
    out.extend(clock::text(file.client_modified).as_bytes());
    out.extend(br#"","server_modified":""#);
    out.extend(clock::text(file.server_modified).as_bytes());
    out.extend(br#"","rev":""#);
    out.extend(file.rev.text().as_bytes());
    if file.mark == Some(Mark::Paper) || is_cloud_document(lower) {
        let export = br#"","size":0,"is_downloadable":false,"export_info":{"export_as":"html"}"#;
        out.extend(export);
    } else {
        out.extend(br#"","size":"#);
        out.extend(file.size.to_string().as_bytes());
        out.extend(br#","is_downloadable":true,"content_hash":""#);
        out.extend(file.content_hash.hex());
        out.push(b'"');
    }
    if let Some(info) = lens.lock_info(id, file) {
        out.extend(format!(r#","file_lock_info":{info}"#).as_bytes());
    }
    file_sharing(out, lens, lower, file);
    lens.extras.write(out, id);
    out.push(b'}');
}

/// In which shared folder a file is, and who wrote it.
fn file_sharing(out: &mut Vec<u8>, lens: &Lens, lower: &str, file: &File) {
    let Some(mount) = lens.mount_around(lower) else { return };
    let number = mount.number.as_str();
    let mut info = json!({
        "read_only": !mount.access.may_write(),
        "parent_shared_folder_id": number,
    });
    if let (Some(by), Some(fields)) = (&file.modified_by, info.as_object_mut()) {
        fields.insert("modified_by".to_owned(), json!(by));
    }
    let extra = format!(r#","sharing_info":{info},"parent_shared_folder_id":"{number}""#);
    out.extend(extra.as_bytes());
}

/// Whether a folder is shared itself, or in which shared folder it is.
fn folder_sharing(out: &mut Vec<u8>, lens: &Lens, lower: &str) {
    let itself = lens.mounts.iter().find(|mount| mount.lower == lower);
    let Some(mount) = itself.or_else(|| lens.mount_around(lower)) else { return };
    let field = if itself.is_some() { "shared_folder_id" } else { "parent_shared_folder_id" };
    let number = mount.number.as_str();
    let info = json!({
        "read_only": !mount.access.may_write(),
        field: number,
        "traverse_only": false,
        "no_access": false,
    });
    out.extend(format!(r#","sharing_info":{info},"{field}":"{number}""#).as_bytes());
}

pub(crate) fn deleted(out: &mut Vec<u8>, lens: &Lens, lower: &str, path_display: &str) {
    out.extend(br#"{".tag":"deleted","#);
    names(out, lens.frame.strip(lower), lens.frame.strip(path_display));
    out.push(b'}');
}

fn names(out: &mut Vec<u8>, lower: &str, path_display: &str) {
    out.extend(br#""name":"#);
    string(out, path::name(path_display));
    out.extend(br#","path_lower":"#);
    string(out, lower);
    out.extend(br#","path_display":"#);
    string(out, path_display);
}

fn string(out: &mut Vec<u8>, text: &str) {
    let written = serde_json::to_writer(out, text);
    debug_assert!(written.is_ok(), "a string can be written to memory");
}
