//! Files and folders: the argument, the result and the error of each route.

use dropbox_sdk::types::files::*;
use dropbox_sdk::types::{dbx_async, file_properties};

use super::{Never, Types, of};

#[expect(clippy::match_same_arms, reason = "a table with a line for each route, in their order")]
pub(super) fn types(route: &str) -> Option<Types> {
    Some(match route {
        "files/alpha/get_metadata" => of::<AlphaGetMetadataArg, Metadata, AlphaGetMetadataError>(),
        "files/alpha/upload" => of::<UploadArg, FileMetadata, UploadError>(),
        "files/copy" => of::<RelocationArg, Metadata, RelocationError>(),
        "files/copy_v2" => of::<RelocationArg, RelocationResult, RelocationError>(),
        "files/copy_batch" => of::<RelocationBatchArg, RelocationBatchLaunch, Never>(),
        "files/copy_batch_v2" => of::<CopyBatchArg, RelocationBatchV2Launch, Never>(),
        "files/copy_batch/check" => {
            of::<dbx_async::PollArg, RelocationBatchJobStatus, dbx_async::PollError>()
        }
        "files/copy_batch/check_v2" => {
            of::<dbx_async::PollArg, RelocationBatchV2JobStatus, dbx_async::PollError>()
        }
        "files/copy_reference/get" => {
            of::<GetCopyReferenceArg, GetCopyReferenceResult, GetCopyReferenceError>()
        }
        "files/copy_reference/save" => {
            of::<SaveCopyReferenceArg, SaveCopyReferenceResult, SaveCopyReferenceError>()
        }
        "files/create_folder" => of::<CreateFolderArg, FolderMetadata, CreateFolderError>(),
        "files/create_folder_v2" => of::<CreateFolderArg, CreateFolderResult, CreateFolderError>(),
        "files/create_folder_batch" => of::<CreateFolderBatchArg, CreateFolderBatchLaunch, Never>(),
        "files/create_folder_batch/check" => {
            of::<dbx_async::PollArg, CreateFolderBatchJobStatus, dbx_async::PollError>()
        }
        "files/delete" => of::<DeleteArg, Metadata, DeleteError>(),
        "files/delete_v2" => of::<DeleteArg, DeleteResult, DeleteError>(),
        "files/delete_batch" => of::<DeleteBatchArg, DeleteBatchLaunch, Never>(),
        "files/delete_batch/check" => {
            of::<dbx_async::PollArg, DeleteBatchJobStatus, dbx_async::PollError>()
        }
        "files/download" => of::<DownloadArg, FileMetadata, DownloadError>(),
        "files/download_zip" => of::<DownloadZipArg, DownloadZipResult, DownloadZipError>(),
        "files/export" => of::<ExportArg, ExportResult, ExportError>(),
        "files/get_file_lock_batch" => of::<LockFileBatchArg, LockFileBatchResult, LockFileError>(),
        "files/get_metadata" => of::<GetMetadataArg, Metadata, GetMetadataError>(),
        "files/get_preview" => of::<PreviewArg, FileMetadata, PreviewError>(),
        "files/get_temporary_link" => {
            of::<GetTemporaryLinkArg, GetTemporaryLinkResult, GetTemporaryLinkError>()
        }
        "files/get_temporary_upload_link" => {
            of::<GetTemporaryUploadLinkArg, GetTemporaryUploadLinkResult, Never>()
        }
        "files/get_thumbnail" => of::<ThumbnailArg, FileMetadata, ThumbnailError>(),
        "files/get_thumbnail_v2" => of::<ThumbnailV2Arg, PreviewResult, ThumbnailV2Error>(),
        "files/get_thumbnail_batch" => {
            of::<GetThumbnailBatchArg, GetThumbnailBatchResult, GetThumbnailBatchError>()
        }
        "files/list_folder" => of::<ListFolderArg, ListFolderResult, ListFolderError>(),
        "files/list_folder/continue" => {
            of::<ListFolderContinueArg, ListFolderResult, ListFolderContinueError>()
        }
        "files/list_folder/get_latest_cursor" => {
            of::<ListFolderArg, ListFolderGetLatestCursorResult, ListFolderError>()
        }
        "files/list_folder/longpoll" => {
            of::<ListFolderLongpollArg, ListFolderLongpollResult, ListFolderLongpollError>()
        }
        "files/list_revisions" => of::<ListRevisionsArg, ListRevisionsResult, ListRevisionsError>(),
        "files/lock_file_batch" => of::<LockFileBatchArg, LockFileBatchResult, LockFileError>(),
        "files/move" => of::<RelocationArg, Metadata, RelocationError>(),
        "files/move_v2" => of::<RelocationArg, RelocationResult, RelocationError>(),
        "files/move_batch" => of::<RelocationBatchArg, RelocationBatchLaunch, Never>(),
        "files/move_batch_v2" => of::<MoveBatchArg, RelocationBatchV2Launch, Never>(),
        "files/move_batch/check" => {
            of::<dbx_async::PollArg, RelocationBatchJobStatus, dbx_async::PollError>()
        }
        "files/move_batch/check_v2" => {
            of::<dbx_async::PollArg, RelocationBatchV2JobStatus, dbx_async::PollError>()
        }
        "files/paper/create" => of::<PaperCreateArg, PaperCreateResult, PaperCreateError>(),
        "files/paper/update" => of::<PaperUpdateArg, PaperUpdateResult, PaperUpdateError>(),
        "files/permanently_delete" => of::<DeleteArg, (), DeleteError>(),
        "files/properties/add" => {
            of::<file_properties::AddPropertiesArg, (), file_properties::AddPropertiesError>()
        }
        "files/properties/overwrite" => of::<
            file_properties::OverwritePropertyGroupArg,
            (),
            file_properties::InvalidPropertyGroupError,
        >(),
        "files/properties/update" => {
            of::<file_properties::UpdatePropertiesArg, (), file_properties::UpdatePropertiesError>()
        }
        "files/restore" => of::<RestoreArg, FileMetadata, RestoreError>(),
        "files/save_url" => of::<SaveUrlArg, SaveUrlResult, SaveUrlError>(),
        "files/save_url/check_job_status" => {
            of::<dbx_async::PollArg, SaveUrlJobStatus, dbx_async::PollError>()
        }
        "files/search" => of::<SearchArg, SearchResult, SearchError>(),
        "files/search_v2" => of::<SearchV2Arg, SearchV2Result, SearchError>(),
        "files/search/continue_v2" => of::<SearchV2ContinueArg, SearchV2Result, SearchError>(),
        "files/tags/add" => of::<AddTagArg, (), AddTagError>(),
        "files/tags/get" => of::<GetTagsArg, GetTagsResult, BaseTagError>(),
        "files/tags/remove" => of::<RemoveTagArg, (), RemoveTagError>(),
        "files/unlock_file_batch" => of::<UnlockFileBatchArg, LockFileBatchResult, LockFileError>(),
        "files/upload" => of::<UploadArg, FileMetadata, UploadError>(),
        "files/upload_session/append" => of::<UploadSessionCursor, (), UploadSessionAppendError>(),
        "files/upload_session/append_v2" => {
            of::<UploadSessionAppendArg, (), UploadSessionAppendError>()
        }
        "files/upload_session/append_batch" => of::<
            UploadSessionAppendBatchArg,
            UploadSessionAppendBatchResult,
            UploadSessionAppendBatchError,
        >(),
        "files/upload_session/finish" => {
            of::<UploadSessionFinishArg, FileMetadata, UploadSessionFinishError>()
        }
        "files/upload_session/finish_batch" => {
            of::<UploadSessionFinishBatchArg, UploadSessionFinishBatchLaunch, Never>()
        }
        "files/upload_session/finish_batch_v2" => {
            of::<UploadSessionFinishBatchArg, UploadSessionFinishBatchResult, Never>()
        }
        "files/upload_session/finish_batch/check" => {
            of::<dbx_async::PollArg, UploadSessionFinishBatchJobStatus, dbx_async::PollError>()
        }
        "files/upload_session/start" => {
            of::<UploadSessionStartArg, UploadSessionStartResult, UploadSessionStartError>()
        }
        "files/upload_session/start_batch" => {
            of::<UploadSessionStartBatchArg, UploadSessionStartBatchResult, Never>()
        }
        _ => return None,
    })
}
