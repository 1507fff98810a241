//! Documents as they were before they became files, and what converters make of files: the argument, the
//! result and the error of each route.

use dropbox_sdk::types::dbx_async::{LaunchResultBase, PollArg, PollError};

use super::{Never, Types, of};

pub(super) fn types(route: &str) -> Option<Types> {
    paper(route).or_else(|| riviera(route))
}

#[expect(clippy::match_same_arms, reason = "a table with a line for each route, in their order")]
fn paper(route: &str) -> Option<Types> {
    use dropbox_sdk::types::paper::*;

    Some(match route {
        "paper/docs/archive" => of::<RefPaperDoc, (), DocLookupError>(),
        "paper/docs/create" => {
            of::<PaperDocCreateArgs, PaperDocCreateUpdateResult, PaperDocCreateError>()
        }
        "paper/docs/download" => of::<PaperDocExport, PaperDocExportResult, DocLookupError>(),
        "paper/docs/folder_users/list" => {
            of::<ListUsersOnFolderArgs, ListUsersOnFolderResponse, DocLookupError>()
        }
        "paper/docs/folder_users/list/continue" => {
            of::<ListUsersOnFolderContinueArgs, ListUsersOnFolderResponse, ListUsersCursorError>()
        }
        "paper/docs/get_folder_info" => {
            of::<RefPaperDoc, FoldersContainingPaperDoc, DocLookupError>()
        }
        "paper/docs/get_metadata" => {
            of::<GetDocMetadataArg, PaperDocGetMetadataResult, DocLookupError>()
        }
        "paper/docs/list" => of::<ListPaperDocsArgs, ListPaperDocsResponse, Never>(),
        "paper/docs/list/continue" => {
            of::<ListPaperDocsContinueArgs, ListPaperDocsResponse, ListDocsCursorError>()
        }
        "paper/docs/permanently_delete" => of::<RefPaperDoc, (), DocLookupError>(),
        "paper/docs/sharing_policy/get" => of::<RefPaperDoc, SharingPolicy, DocLookupError>(),
        "paper/docs/sharing_policy/set" => of::<PaperDocSharingPolicy, (), DocLookupError>(),
        "paper/docs/update" => {
            of::<PaperDocUpdateArgs, PaperDocCreateUpdateResult, PaperDocUpdateError>()
        }
        "paper/docs/users/add" => {
            of::<AddPaperDocUser, Vec<AddPaperDocUserMemberResult>, DocLookupError>()
        }
        "paper/docs/users/list" => {
            of::<ListUsersOnPaperDocArgs, ListUsersOnPaperDocResponse, DocLookupError>()
        }
        "paper/docs/users/list/continue" => {
            of::<ListUsersOnPaperDocContinueArgs, ListUsersOnPaperDocResponse, ListUsersCursorError>(
            )
        }
        "paper/docs/users/remove" => of::<RemovePaperDocUser, (), DocLookupError>(),
        "paper/folders/create" => {
            of::<PaperFolderCreateArg, PaperFolderCreateResult, PaperFolderCreateError>()
        }
        _ => return None,
    })
}

fn riviera(route: &str) -> Option<Types> {
    use dropbox_sdk::types::riviera::*;

    Some(match route {
        "riviera/get_keyframes_async" => of::<GetKeyframesArgs, LaunchResultBase, Never>(),
        "riviera/get_keyframes_async/check" => {
            of::<PollArg, GetKeyframesAsyncCheckResult, PollError>()
        }
        "riviera/get_markdown_async" => of::<GetMarkdownArgs, LaunchResultBase, Never>(),
        "riviera/get_markdown_async/check" => {
            of::<PollArg, GetMarkdownAsyncCheckResult, PollError>()
        }
        "riviera/get_metadata_async" => of::<GetMetadataArgs, LaunchResultBase, Never>(),
        "riviera/get_metadata_async/check" => {
            of::<PollArg, GetMetadataAsyncCheckResult, PollError>()
        }
        "riviera/get_ocr_async" => of::<GetOcrArgs, LaunchResultBase, Never>(),
        "riviera/get_ocr_async/check" => of::<PollArg, GetOcrAsyncCheckResult, PollError>(),
        "riviera/get_text_async" => of::<GetTextArgs, LaunchResultBase, Never>(),
        "riviera/get_text_async/check" => of::<PollArg, GetTextAsyncCheckResult, PollError>(),
        "riviera/get_transcript_async" => of::<GetTranscriptArgs, LaunchResultBase, Never>(),
        "riviera/get_transcript_async/check" => {
            of::<PollArg, GetTranscriptAsyncCheckResult, PollError>()
        }
        "riviera/get_transform_async" => of::<TransformArgs, LaunchResultBase, Never>(),
        "riviera/get_transform_async/check" => {
            of::<PollArg, GetTransformAsyncCheckResult, PollError>()
        }
        "riviera/download_transform_output" => {
            of::<DownloadTransformOutputArgs, DownloadTransformOutputResult, TransformApiV2Error>()
        }
        _ => return None,
    })
}
