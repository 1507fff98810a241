//! People, what they ask of others, and what apps note about files: the argument, the result and
//! the error of each route.

use dropbox_sdk::types::{
    account, auth, check, contacts, file_properties, file_requests, openid, users,
};

use super::{Never, Types, of};

#[expect(clippy::match_same_arms, reason = "a table with a line for each route, in their order")]
pub(super) fn types(route: &str) -> Option<Types> {
    use account::*;
    use contacts::*;
    use users::*;

    Some(match route {
        "account/delete_profile_photo" => {
            of::<DeleteProfilePhotoArg, DeleteProfilePhotoResult, DeleteProfilePhotoError>()
        }
        "account/get_photo" => {
            of::<AccountPhotoGetArg, AccountPhotoGetResult, AccountPhotoGetError>()
        }
        "account/set_profile_photo" => {
            of::<SetProfilePhotoArg, SetProfilePhotoResult, SetProfilePhotoError>()
        }
        "auth/token/from_oauth1" => {
            of::<auth::TokenFromOAuth1Arg, auth::TokenFromOAuth1Result, auth::TokenFromOAuth1Error>(
            )
        }
        "auth/token/revoke" => of::<(), (), Never>(),
        "check/app" => of::<check::EchoArg, check::EchoResult, check::EchoError>(),
        "check/user" => of::<check::EchoArg, check::EchoResult, check::EchoError>(),
        "contacts/delete_manual_contacts" => of::<(), (), Never>(),
        "contacts/delete_manual_contacts_batch" => {
            of::<DeleteManualContactsArg, (), DeleteManualContactsError>()
        }
        "openid/userinfo" => {
            of::<openid::UserInfoArgs, openid::UserInfoResult, openid::UserInfoError>()
        }
        "users/features/get_values" => of::<
            UserFeaturesGetValuesBatchArg,
            UserFeaturesGetValuesBatchResult,
            UserFeaturesGetValuesBatchError,
        >(),
        "users/get_account" => of::<GetAccountArg, BasicAccount, GetAccountError>(),
        "users/get_account_batch" => {
            of::<GetAccountBatchArg, GetAccountBatchResult, GetAccountBatchError>()
        }
        "users/get_current_account" => of::<(), FullAccount, Never>(),
        "users/get_space_usage" => of::<(), SpaceUsage, Never>(),
        _ => return properties(route).or_else(|| requests(route)),
    })
}

fn properties(route: &str) -> Option<Types> {
    use file_properties::*;

    Some(match route.strip_prefix("file_properties/")? {
        "properties/add" => of::<AddPropertiesArg, (), AddPropertiesError>(),
        "properties/overwrite" => of::<OverwritePropertyGroupArg, (), InvalidPropertyGroupError>(),
        "properties/remove" => of::<RemovePropertiesArg, (), RemovePropertiesError>(),
        "properties/search" => {
            of::<PropertiesSearchArg, PropertiesSearchResult, PropertiesSearchError>()
        }
        "properties/search/continue" => {
            of::<PropertiesSearchContinueArg, PropertiesSearchResult, PropertiesSearchContinueError>(
            )
        }
        "properties/update" => of::<UpdatePropertiesArg, (), UpdatePropertiesError>(),
        "templates/add_for_user" => of::<AddTemplateArg, AddTemplateResult, ModifyTemplateError>(),
        "templates/get_for_user" => of::<GetTemplateArg, GetTemplateResult, TemplateError>(),
        "templates/list_for_user" => of::<(), ListTemplateResult, TemplateError>(),
        "templates/remove_for_user" => of::<RemoveTemplateArg, (), TemplateError>(),
        "templates/update_for_user" => {
            of::<UpdateTemplateArg, UpdateTemplateResult, ModifyTemplateError>()
        }
        _ => return None,
    })
}

fn requests(route: &str) -> Option<Types> {
    use file_requests::*;

    Some(match route.strip_prefix("file_requests/")? {
        "count" => of::<(), CountFileRequestsResult, CountFileRequestsError>(),
        "create" => of::<CreateFileRequestArgs, FileRequest, CreateFileRequestError>(),
        "delete" => of::<DeleteFileRequestArgs, DeleteFileRequestsResult, DeleteFileRequestError>(),
        "delete_all_closed" => {
            of::<(), DeleteAllClosedFileRequestsResult, DeleteAllClosedFileRequestsError>()
        }
        "get" => of::<GetFileRequestArgs, FileRequest, GetFileRequestError>(),
        "list" => of::<(), ListFileRequestsResult, ListFileRequestsError>(),
        "list/continue" => {
            of::<ListFileRequestsContinueArg, ListFileRequestsV2Result, ListFileRequestsContinueError>(
            )
        }
        "list_v2" => of::<ListFileRequestsArg, ListFileRequestsV2Result, ListFileRequestsError>(),
        "update" => of::<UpdateFileRequestArgs, FileRequest, UpdateFileRequestError>(),
        _ => return None,
    })
}
