//! The part of the API that is about sharing.

mod address;
mod file_members;
mod folder_shape;
mod folders;
mod link_content;
mod link_settings;
mod links;
mod members;
mod membership;
mod older_links;
mod received;
mod relinquish;
mod share;

use super::files::check;
use super::routes::{Desk, Route, Style, rpc};
use crate::access::Permission::{SharingRead, SharingWrite};

pub(crate) use file_members::FileMembers;

pub(super) use address::{LinkProblem, resolve};
pub(super) use link_content::page as linked_page;

pub(super) const ROUTES: &[Route] = &[
    rpc("sharing/create_shared_link_with_settings", SharingWrite, links::create),
    rpc("sharing/modify_shared_link_settings", SharingWrite, links::modify),
    rpc("sharing/revoke_shared_link", SharingWrite, links::revoke),
    rpc("sharing/list_shared_links", SharingRead, links::list),
    Route::new(
        "sharing/get_shared_link_metadata",
        Style::Rpc,
        Desk::Either(SharingRead, link_content::metadata),
    ),
    Route::new(
        "sharing/get_shared_link_file",
        Style::Download,
        Desk::Either(SharingRead, link_content::file),
    ),
    rpc("sharing/share_folder", SharingWrite, share::share),
    rpc("sharing/check_share_job_status", SharingWrite, check),
    rpc("sharing/check_remove_member_job_status", SharingWrite, check),
    rpc("sharing/check_job_status", SharingWrite, check),
    rpc("sharing/unshare_folder", SharingWrite, share::unshare),
    rpc("sharing/relinquish_folder_membership", SharingWrite, membership::relinquish),
    rpc("sharing/transfer_folder", SharingWrite, folders::transfer),
    rpc("sharing/update_folder_policy", SharingWrite, folders::update_policy),
    rpc("sharing/set_access_inheritance", SharingWrite, folders::set_inheritance),
    rpc("sharing/get_folder_metadata", SharingRead, folders::get),
    rpc("sharing/list_folders", SharingRead, folders::list),
    rpc("sharing/list_folders/continue", SharingRead, folders::go_on),
    rpc("sharing/list_mountable_folders", SharingRead, folders::list_mountable),
    rpc("sharing/list_mountable_folders/continue", SharingRead, folders::go_on_mountable),
    rpc("sharing/mount_folder", SharingWrite, membership::mount),
    rpc("sharing/unmount_folder", SharingWrite, membership::unmount),
    rpc("sharing/list_folder_members", SharingRead, members::list),
    rpc("sharing/list_folder_members/continue", SharingRead, members::go_on),
    rpc("sharing/add_folder_member", SharingWrite, members::add),
    rpc("sharing/remove_folder_member", SharingWrite, members::remove),
    rpc("sharing/update_folder_member", SharingWrite, members::update),
    rpc("sharing/get_file_metadata", SharingRead, file_members::metadata),
    rpc("sharing/get_file_metadata/batch", SharingRead, file_members::metadata_of_many),
    rpc("sharing/list_file_members", SharingRead, file_members::list),
    rpc("sharing/list_file_members/batch", SharingRead, file_members::list_of_many),
    rpc("sharing/list_file_members/continue", SharingRead, file_members::go_on),
    rpc("sharing/list_received_files", SharingRead, received::list),
    rpc("sharing/list_received_files/continue", SharingRead, received::go_on),
    rpc("sharing/add_file_member", SharingWrite, file_members::add),
    rpc("sharing/update_file_member", SharingWrite, file_members::update),
    rpc("sharing/remove_file_member", SharingWrite, file_members::remove_simply),
    rpc("sharing/remove_file_member_2", SharingWrite, file_members::remove),
    rpc("sharing/relinquish_file_membership", SharingWrite, received::relinquish),
    rpc("sharing/relinquish_access", SharingWrite, relinquish::relinquish),
    rpc("sharing/unshare_file", SharingWrite, file_members::unshare),
    rpc("sharing/update_file_policy", SharingWrite, file_members::update_policy),
    rpc("sharing/create_shared_link", SharingWrite, older_links::create),
    rpc("sharing/get_shared_links", SharingRead, older_links::list),
];
