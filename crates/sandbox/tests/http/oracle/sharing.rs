//! Sharing: the argument, the result and the error of each route.

use dropbox_sdk::types::dbx_async;
use dropbox_sdk::types::sharing::*;

use super::{Never, Types, of};

#[expect(clippy::match_same_arms, reason = "a table with a line for each route, in their order")]
pub(super) fn types(route: &str) -> Option<Types> {
    Some(match route {
        "sharing/add_file_member" => {
            of::<AddFileMemberArgs, Vec<FileMemberActionResult>, AddFileMemberError>()
        }
        "sharing/add_folder_member" => of::<AddFolderMemberArg, (), AddFolderMemberError>(),
        "sharing/check_job_status" => of::<dbx_async::PollArg, JobStatus, dbx_async::PollError>(),
        "sharing/check_remove_member_job_status" => {
            of::<dbx_async::PollArg, RemoveMemberJobStatus, dbx_async::PollError>()
        }
        "sharing/check_share_job_status" => {
            of::<dbx_async::PollArg, ShareFolderJobStatus, dbx_async::PollError>()
        }
        "sharing/create_shared_link" => {
            of::<CreateSharedLinkArg, PathLinkMetadata, CreateSharedLinkError>()
        }
        "sharing/create_shared_link_with_settings" => of::<
            CreateSharedLinkWithSettingsArg,
            SharedLinkMetadata,
            CreateSharedLinkWithSettingsError,
        >(),
        "sharing/get_file_metadata" => {
            of::<GetFileMetadataArg, SharedFileMetadata, GetFileMetadataError>()
        }
        "sharing/get_file_metadata/batch" => {
            of::<GetFileMetadataBatchArg, Vec<GetFileMetadataBatchResult>, SharingUserError>()
        }
        "sharing/get_folder_metadata" => {
            of::<GetMetadataArgs, SharedFolderMetadata, SharedFolderAccessError>()
        }
        "sharing/get_shared_link_file" => {
            of::<GetSharedLinkFileArg, SharedLinkMetadata, GetSharedLinkFileError>()
        }
        "sharing/get_shared_link_metadata" => {
            of::<GetSharedLinkMetadataArg, SharedLinkMetadata, SharedLinkMetadataError>()
        }
        "sharing/get_shared_links" => {
            of::<GetSharedLinksArg, GetSharedLinksResult, GetSharedLinksError>()
        }
        "sharing/list_file_members" => {
            of::<ListFileMembersArg, SharedFileMembers, ListFileMembersError>()
        }
        "sharing/list_file_members/batch" => {
            of::<ListFileMembersBatchArg, Vec<ListFileMembersBatchResult>, SharingUserError>()
        }
        "sharing/list_file_members/continue" => {
            of::<ListFileMembersContinueArg, SharedFileMembers, ListFileMembersContinueError>()
        }
        "sharing/list_folder_members" => {
            of::<ListFolderMembersArgs, SharedFolderMembers, SharedFolderAccessError>()
        }
        "sharing/list_folder_members/continue" => {
            of::<ListFolderMembersContinueArg, SharedFolderMembers, ListFolderMembersContinueError>(
            )
        }
        "sharing/list_folders" => of::<ListFoldersArgs, ListFoldersResult, Never>(),
        "sharing/list_folders/continue" => {
            of::<ListFoldersContinueArg, ListFoldersResult, ListFoldersContinueError>()
        }
        "sharing/list_mountable_folders" => of::<ListFoldersArgs, ListFoldersResult, Never>(),
        "sharing/list_mountable_folders/continue" => {
            of::<ListFoldersContinueArg, ListFoldersResult, ListFoldersContinueError>()
        }
        "sharing/list_received_files" => of::<ListFilesArg, ListFilesResult, SharingUserError>(),
        "sharing/list_received_files/continue" => {
            of::<ListFilesContinueArg, ListFilesResult, ListFilesContinueError>()
        }
        "sharing/list_shared_links" => {
            of::<ListSharedLinksArg, ListSharedLinksResult, ListSharedLinksError>()
        }
        "sharing/modify_shared_link_settings" => {
            of::<ModifySharedLinkSettingsArgs, SharedLinkMetadata, ModifySharedLinkSettingsError>()
        }
        "sharing/mount_folder" => of::<MountFolderArg, SharedFolderMetadata, MountFolderError>(),
        "sharing/relinquish_access" => {
            of::<RelinquishAccessArg, RelinquishAccessResult, RelinquishAccessError>()
        }
        "sharing/relinquish_file_membership" => {
            of::<RelinquishFileMembershipArg, (), RelinquishFileMembershipError>()
        }
        "sharing/relinquish_folder_membership" => of::<
            RelinquishFolderMembershipArg,
            dbx_async::LaunchEmptyResult,
            RelinquishFolderMembershipError,
        >(),
        "sharing/remove_file_member" => {
            of::<RemoveFileMemberArg, FileMemberActionIndividualResult, RemoveFileMemberError>()
        }
        "sharing/remove_file_member_2" => {
            of::<RemoveFileMemberArg, FileMemberRemoveActionResult, RemoveFileMemberError>()
        }
        "sharing/remove_folder_member" => {
            of::<RemoveFolderMemberArg, dbx_async::LaunchResultBase, RemoveFolderMemberError>()
        }
        "sharing/revoke_shared_link" => of::<RevokeSharedLinkArg, (), RevokeSharedLinkError>(),
        "sharing/set_access_inheritance" => {
            of::<SetAccessInheritanceArg, ShareFolderLaunch, SetAccessInheritanceError>()
        }
        "sharing/share_folder" => of::<ShareFolderArg, ShareFolderLaunch, ShareFolderError>(),
        "sharing/transfer_folder" => of::<TransferFolderArg, (), TransferFolderError>(),
        "sharing/unmount_folder" => of::<UnmountFolderArg, (), UnmountFolderError>(),
        "sharing/unshare_file" => of::<UnshareFileArg, (), UnshareFileError>(),
        "sharing/unshare_folder" => {
            of::<UnshareFolderArg, dbx_async::LaunchEmptyResult, UnshareFolderError>()
        }
        "sharing/update_file_member" => {
            of::<UpdateFileMemberArgs, MemberAccessLevelResult, FileMemberActionError>()
        }
        "sharing/update_file_policy" => {
            of::<UpdateFilePolicyArg, SharedFileMetadata, UpdateFilePolicyError>()
        }
        "sharing/update_folder_member" => {
            of::<UpdateFolderMemberArg, MemberAccessLevelResult, UpdateFolderMemberError>()
        }
        "sharing/update_folder_policy" => {
            of::<UpdateFolderPolicyArg, SharedFolderMetadata, UpdateFolderPolicyError>()
        }
        _ => return None,
    })
}
