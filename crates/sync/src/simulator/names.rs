//! The small world that the operations play in: few names, so that they collide all the time.

/// Folders. `/d` and `/e` are linked, `/d/x` is excluded, `/d/x/in` is linked again, `/o` is not.
pub(super) const FOLDERS: [&str; 7] = ["/d", "/e", "/o", "/d/x", "/d/x/in", "/d/s", "/e/s"];
/// File names; two differ only in case.
pub(super) const NAMES: [&str; 5] = ["a", "A", "b", "c", "s"];

pub(super) fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

pub(super) fn base(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

pub(super) fn key(path: &str) -> String {
    path.to_lowercase()
}

/// Whether a path is the folder's or below it, whatever the case. All names are ASCII.
pub(super) fn is_within(folder: &str, path: &str) -> bool {
    let (folder, path) = (folder.as_bytes(), path.as_bytes());
    let starts = path.get(..folder.len()).is_some_and(|start| start.eq_ignore_ascii_case(folder));
    starts && path.get(folder.len()).is_none_or(|next| *next == b'/')
}
