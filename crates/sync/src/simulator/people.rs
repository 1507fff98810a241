//! What people do in the account, and with the rules: all of it, in an order that a seed decides.

use rand::RngExt;

use super::dropbox::State;
use super::names::{FOLDERS, NAMES, base, is_within, parent};

/// From here on more is deleted than made, so that years don't pile up.
const FILES_MANY: usize = 14;

/// One thing that somebody does in the account.
pub(super) fn meddle(state: &mut State) {
    operate(state);
    state.note_linked();
}

fn operate(state: &mut State) {
    let files = state.files();
    let file = state.pick(&files);
    let spot = spot(state);
    let is_full = files.len() >= FILES_MANY;
    match (state.rng.random_range(0..20), file) {
        (0..=2, Some(id)) if is_full => state.delete(&path_of(state, &id)),
        (0..=2, _) => create(state, &spot),
        (3..=5 | 16..=18, Some(id)) => state.edit(&id),
        (6, Some(id)) => (0..3).for_each(|_| state.edit(&id)),
        (7, Some(id)) => relocate(state, &path_of(state, &id), &spot),
        (8, Some(id)) => change_case(state, &id),
        (9, Some(id)) => state.delete(&path_of(state, &id)),
        (10, _) => restore(state),
        (11, Some(id)) => replace(state, &id),
        (12, Some(id)) => swap(state, &id),
        (13, _) => relocate_folder(state),
        (14, Some(id)) => trade_for_a_folder(state, &id),
        (15, _) => remove_folder(state),
        (19, _) => put_folders_back(state),
        _ => {}
    }
}

/// A path for a file, most likely in a folder that exists.
fn spot(state: &mut State) -> String {
    let folders: Vec<_> = folders(state);
    let folder = state.pick(&folders).unwrap_or_default();
    let name = state.pick(&NAMES).unwrap_or_default();
    format!("{folder}/{name}")
}

/// The linked folders that are missing are made anew.
fn put_folders_back(state: &mut State) {
    for path in ["/d", "/e", "/d/s"] {
        if state.at(path).is_none() && (parent(path).is_empty() || state.is_folder(parent(path))) {
            state.put_folder(path);
        }
    }
}

fn folders(state: &State) -> Vec<String> {
    let folders = state.nodes.values().filter(|node| node.alive && !node.is_file());
    folders.map(|node| node.path.clone()).collect()
}

fn path_of(state: &State, id: &str) -> String {
    state.nodes[id].path.clone()
}

fn create(state: &mut State, path: &str) {
    if state.is_folder(parent(path)) && state.at(path).is_none() {
        state.create(path);
    }
}

fn relocate(state: &mut State, from: &str, to: &str) {
    let free = state.at(to).is_none() && !is_within(from, to);
    if free && state.is_folder(parent(to)) {
        state.relocate(from, to);
    }
}

fn change_case(state: &mut State, id: &str) {
    let path = path_of(state, id);
    let name = base(&path);
    let name = if name == name.to_lowercase() { name.to_uppercase() } else { name.to_lowercase() };
    let to = format!("{}/{name}", parent(&path));
    state.relocate(&path, &to);
}

fn restore(state: &mut State) {
    let dead = state.nodes.iter().filter(|(_, node)| !node.alive && node.is_file());
    let dead: Vec<_> = dead.map(|(id, _)| id.clone()).collect();
    let Some(id) = state.pick(&dead) else { return };
    let path = path_of(state, &id);
    if state.at(&path).is_none() && state.is_folder(parent(&path)) {
        state.restore(&id);
    }
}

/// How some editors save.
fn replace(state: &mut State, id: &str) {
    let path = path_of(state, id);
    state.delete(&path);
    state.create(&path);
    let new = state.at(&path).filter(|new| !state.nodes[*new].is_cloud_document());
    state.replaced = new.map(|new| (id.to_owned(), new.clone()));
}

fn swap(state: &mut State, id: &str) {
    let files = state.files();
    let Some(other) = state.pick(&files).filter(|other| other != id) else { return };
    let (one, two) = (path_of(state, id), path_of(state, &other));
    state.relocate(&one, "/o/aside");
    state.relocate(&two, &one);
    state.relocate("/o/aside", &two);
}

fn relocate_folder(state: &mut State) {
    let all = folders(state);
    let Some(from) = state.pick(&all).filter(|path| path != "/o") else { return };
    let Some(to) = state.pick(&all) else { return };
    let name = state.pick(&["s", "x", "in", "t"]).unwrap_or_default();
    relocate(state, &from, &format!("{to}/{name}"));
}

fn trade_for_a_folder(state: &mut State, id: &str) {
    let path = path_of(state, id);
    state.delete(&path);
    state.put_folder(&path);
    state.create(&format!("{path}/b"));
}

/// Removes a folder, or puts back one that the rules began with.
fn remove_folder(state: &mut State) {
    let Some(path) = state.pick(&FOLDERS).filter(|path| *path != "/o") else { return };
    let free = state.at(path).is_none();
    let under_a_folder = parent(path).is_empty() || state.is_folder(parent(path));
    if state.is_folder(path) {
        state.delete(path);
        if state.rng.random_bool(0.3) {
            state.put_folder(path);
        }
    } else if free && under_a_folder {
        state.put_folder(path);
    }
}
