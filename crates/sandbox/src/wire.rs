//! How entries look to clients: Dropbox's JSON, with `.tag` first. Written straight into the
//! response, because a listing of ten million entries must cost next to nothing.

use crate::clock;
use crate::identifier::NodeId;
use crate::namespace::{Entry, File, Item, Kind};
use crate::path;
use crate::view::Frame;

/// Files with such names are cloud documents: they exist, and have no content to give.
const CLOUD_ENDINGS: [&str; 4] = [".paper", ".gdoc", ".gsheet", ".gslides"];

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

pub(crate) fn entry(out: &mut Vec<u8>, frame: Frame, entry: &Entry<'_>) {
    match entry {
        Entry::Present(item) => present(out, frame, *item),
        Entry::Gone { lower, path_display } => deleted(out, frame, lower, path_display),
    }
}

/// A file or folder where a union is expected.
pub(crate) fn present(out: &mut Vec<u8>, frame: Frame, item: Item<'_>) {
    write(out, frame, Tag::Named, item);
}

/// A file or folder whose kind is known from where it stands.
pub(crate) fn implied(out: &mut Vec<u8>, frame: Frame, item: Item<'_>) {
    write(out, frame, Tag::Implied, item);
}

fn write(out: &mut Vec<u8>, frame: Frame, tag: Tag, item: Item<'_>) {
    let node = item.node;
    match &node.kind {
        Kind::File(written) => {
            let (lower, display) = (frame.strip(item.lower), frame.strip(&node.path_display));
            file(out, tag, node.id, lower, display, written);
        }
        Kind::Folder => {
            out.extend(match tag {
                Tag::Named => br#"{".tag":"folder","#.as_slice(),
                Tag::Implied => b"{",
            });
            names(out, frame.strip(item.lower), frame.strip(&node.path_display));
            out.extend(br#","id":""#);
            out.extend(node.id.text().as_bytes());
            out.extend(br#""}"#);
        }
    }
}

/// A version of a file, under paths as the caller sees them.
pub(crate) fn file(
    out: &mut Vec<u8>,
    tag: Tag,
    id: NodeId,
    lower: &str,
    path_display: &str,
    file: &File,
) {
    out.extend(match tag {
        Tag::Named => br#"{".tag":"file","#.as_slice(),
        Tag::Implied => b"{",
    });
    names(out, lower, path_display);
    out.extend(br#","id":""#);
    out.extend(id.text().as_bytes());
    out.extend(br#"","client_modified":""#);
    out.extend(clock::text(file.client_modified).as_bytes());
    out.extend(br#"","server_modified":""#);
    out.extend(clock::text(file.server_modified).as_bytes());
    out.extend(br#"","rev":""#);
    out.extend(file.rev.text().as_bytes());
    if is_cloud_document(lower) {
        let export = br#"","size":0,"is_downloadable":false,"export_info":{"export_as":"html"}}"#;
        return out.extend(export);
    }
    out.extend(br#"","size":"#);
    out.extend(file.size.to_string().as_bytes());
    out.extend(br#","is_downloadable":true,"content_hash":""#);
    out.extend(file.content_hash.hex());
    out.extend(br#""}"#);
}

pub(crate) fn deleted(out: &mut Vec<u8>, frame: Frame, lower: &str, path_display: &str) {
    out.extend(br#"{".tag":"deleted","#);
    names(out, frame.strip(lower), frame.strip(path_display));
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
