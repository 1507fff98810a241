//! The part of the API that is about files.

mod batches;
mod changes;
mod download;
mod export;
mod extras;
mod forever;
mod links;
mod listing;
mod locks;
pub(super) mod longpoll;
mod lookup;
mod older;
mod paper;
mod references;
mod restore;
mod search;
mod sessions;
mod tags;
mod upload;
mod zip;

pub(super) use batches::{check, later};
pub(super) use download::current;
pub(super) use links::{content as linked_content, receive as linked_upload};
pub(super) use lookup::find;

use super::routes::{Desk, Route, Style, download as get, rpc, upload as put};
use crate::access::Permission::{
    FilesContentRead, FilesContentWrite, FilesMetadataRead, FilesMetadataWrite,
    FilesPermanentDelete,
};
use crate::host::Host;

pub(super) const ROUTES: &[Route] = &[
    Route::new(
        "files/list_folder",
        Style::Rpc,
        Desk::Either(FilesMetadataRead, listing::list_folder),
    ),
    Route::new(
        "files/list_folder/continue",
        Style::Rpc,
        Desk::Either(FilesMetadataRead, listing::go_on),
    ),
    rpc("files/list_folder/get_latest_cursor", FilesMetadataRead, listing::latest_cursor),
    Route::new(longpoll::ROUTE, Style::Rpc, Desk::Longpoll),
    rpc("files/get_metadata", FilesMetadataRead, lookup::metadata),
    rpc("files/alpha/get_metadata", FilesMetadataRead, lookup::metadata),
    rpc("files/list_revisions", FilesMetadataRead, lookup::revisions),
    rpc("files/search_v2", FilesMetadataRead, search::search),
    rpc("files/search/continue_v2", FilesMetadataRead, search::go_on),
    rpc("files/search", FilesMetadataRead, older::search),
    rpc("files/tags/get", FilesMetadataRead, tags::get),
    rpc("files/tags/add", FilesMetadataWrite, tags::add),
    rpc("files/tags/remove", FilesMetadataWrite, tags::remove),
    get("files/download", FilesContentRead, download::download),
    get("files/download_zip", FilesContentRead, zip::download),
    get("files/export", FilesContentRead, export::export),
    get("files/get_preview", FilesContentRead, export::preview),
    get("files/get_thumbnail", FilesContentRead, export::thumbnail),
    Route::new(
        "files/get_thumbnail_v2",
        Style::Download,
        Desk::Either(FilesContentRead, export::thumbnail_of),
    ),
    rpc("files/get_thumbnail_batch", FilesContentRead, export::thumbnails).on(Host::Content),
    rpc("files/get_temporary_link", FilesContentRead, links::temporary_link),
    rpc("files/get_temporary_upload_link", FilesContentWrite, links::temporary_upload_link),
    put("files/upload", FilesContentWrite, upload::upload),
    put("files/alpha/upload", FilesContentWrite, upload::upload),
    put("files/upload_session/start", FilesContentWrite, sessions::start),
    rpc("files/upload_session/start_batch", FilesContentWrite, sessions::start_batch),
    put("files/upload_session/append", FilesContentWrite, sessions::append_simply),
    put("files/upload_session/append_v2", FilesContentWrite, sessions::append),
    put("files/upload_session/append_batch", FilesContentWrite, sessions::append_batch),
    put("files/upload_session/finish", FilesContentWrite, sessions::finish),
    rpc("files/upload_session/finish_batch", FilesContentWrite, sessions::finish_batch_later),
    rpc("files/upload_session/finish_batch_v2", FilesContentWrite, sessions::finish_batch),
    rpc("files/upload_session/finish_batch/check", FilesContentWrite, batches::check),
    rpc("files/create_folder_v2", FilesContentWrite, changes::create_folder),
    rpc("files/create_folder", FilesContentWrite, older::create_folder),
    rpc("files/create_folder_batch", FilesContentWrite, batches::create_folders),
    rpc("files/create_folder_batch/check", FilesContentWrite, batches::check),
    rpc("files/delete_v2", FilesContentWrite, changes::delete),
    rpc("files/delete", FilesContentWrite, older::delete),
    rpc("files/permanently_delete", FilesPermanentDelete, forever::delete),
    rpc("files/delete_batch", FilesContentWrite, batches::delete),
    rpc("files/delete_batch/check", FilesContentWrite, batches::check),
    rpc("files/move_v2", FilesContentWrite, changes::relocate),
    rpc("files/move", FilesContentWrite, older::relocate),
    rpc("files/move_batch_v2", FilesContentWrite, batches::relocate),
    rpc("files/move_batch/check_v2", FilesContentWrite, batches::check),
    rpc("files/move_batch", FilesContentWrite, older::relocate_batch),
    rpc("files/move_batch/check", FilesContentWrite, batches::check),
    rpc("files/copy_v2", FilesContentWrite, changes::copy),
    rpc("files/copy", FilesContentWrite, older::copy),
    rpc("files/copy_batch_v2", FilesContentWrite, batches::copy),
    rpc("files/copy_batch/check_v2", FilesContentWrite, batches::check),
    rpc("files/copy_batch", FilesContentWrite, older::copy_batch),
    rpc("files/copy_batch/check", FilesContentWrite, batches::check),
    rpc("files/copy_reference/get", FilesContentWrite, references::get),
    rpc("files/copy_reference/save", FilesContentWrite, references::save),
    rpc("files/restore", FilesContentWrite, restore::restore),
    rpc("files/save_url", FilesContentWrite, links::save_url),
    rpc("files/save_url/check_job_status", FilesContentWrite, batches::check),
    rpc("files/get_file_lock_batch", FilesContentRead, locks::get),
    rpc("files/lock_file_batch", FilesContentWrite, locks::lock),
    rpc("files/unlock_file_batch", FilesContentWrite, locks::unlock),
    put("files/paper/create", FilesContentWrite, paper::create).on(Host::Api),
    put("files/paper/update", FilesContentWrite, paper::update).on(Host::Api),
];
