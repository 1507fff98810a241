"""The official Python SDK against the sandbox, which it takes for Dropbox: every method of its
client is called, or is named with the reason why not. Started by `run` beside it, which sets the
proxy and the certificate authority."""

import inspect
import sys
import time
import traceback
import warnings

import dropbox
from dropbox import (
    base,
    exceptions,
    file_properties,
    file_requests,
    files,
    paper,
    riviera,
    sharing,
    users,
)
from dropbox.account import PhotoSourceArg

import link

NAMESPACES = (
    "account_",
    "auth_",
    "check_",
    "contacts_",
    "file_properties_",
    "file_requests_",
    "files_",
    "openid_",
    "paper_",
    "riviera_",
    "sharing_",
    "users_",
)

# Methods that call no route of their own.
LOCAL = {"check_and_refresh_access_token": "refreshes the token, which every other call does first"}

NOBODY = "dbid:" + 35 * "A"
USER = sharing.MemberSelector.email("grace@example.org")


class Recorder:
    """Calls methods of a client and remembers which have succeeded."""

    def __init__(self, client):
        self.client = client
        self.called = set()

    def __getattr__(self, name):
        method = getattr(self.client, name)

        def call(*arguments, **named):
            result = method(*arguments, **named)
            self.called.add(name)
            return result

        return call

    def refused(self, name, *arguments):
        """Makes a call that the route has to refuse with an error of its own, and returns that."""
        try:
            getattr(self.client, name)(*arguments)
        except exceptions.ApiError as refusal:
            self.called.add(name)
            return refusal.error
        raise AssertionError("%s%r succeeded" % (name, arguments))


def finished(launch, check):
    """What a job comes to, whether it was done at once or has to be asked about."""
    for _ in range(100):
        if launch.is_async_job_id():
            launch_id = launch.get_async_job_id()
            break
        return launch
    while True:
        status = check(launch_id)
        if not status.is_in_progress():
            return status
        time.sleep(0.01)


def reading(dbx):
    dbx.files_upload(b"one", "/Read/a b.txt")
    uploaded = dbx.files_upload(b"two", "/Read/a b.txt", mode=files.WriteMode.overwrite)
    assert dbx.files_get_metadata("/Read/A B.TXT").id == uploaded.id
    assert dbx.files_alpha_get_metadata("/Read/a b.txt").rev == uploaded.rev
    revisions = dbx.files_list_revisions("/read/a b.txt").entries
    assert [entry.size for entry in revisions] == [3, 3]
    metadata, response = dbx.files_download("/Read/a b.txt")
    assert (metadata.rev, response.content) == (uploaded.rev, b"two")
    _, response = dbx.files_download("rev:" + revisions[1].rev)
    assert response.content == b"one"
    dbx.files_download_to_file("/dev/null", "/Read/a b.txt")
    assert dbx.files_get_temporary_link("/Read/a b.txt").link.startswith("http")
    assert dbx.refused("files_get_metadata", "/none").is_path()
    dbx.files_restore("/Read/a b.txt", revisions[1].rev)
    assert dbx.files_download("/Read/a b.txt")[1].content == b"one"


def listing(dbx):
    for number in range(5):
        dbx.files_upload(b"%d" % number, "/List/%d.txt" % number)
    page = dbx.files_list_folder("/List", limit=2)
    names = [entry.name for entry in page.entries]
    while page.has_more:
        page = dbx.files_list_folder_continue(page.cursor)
        names += [entry.name for entry in page.entries]
    assert names == ["%d.txt" % number for number in range(5)], names
    cursor = dbx.files_list_folder_get_latest_cursor("/List", recursive=True).cursor
    dbx.files_delete_v2("/List/3.txt")
    assert dbx.files_list_folder_longpoll(cursor).changes
    assert isinstance(dbx.files_list_folder_continue(cursor).entries[0], files.DeletedMetadata)


def changing(dbx):
    dbx.files_create_folder("/Change")
    folder = dbx.files_create_folder_v2("/Change/Folder").metadata
    dbx.files_upload(b"x", "/Change/x")
    dbx.files_alpha_upload(b"y", "/Change/y")
    assert dbx.files_move_v2("/Change/Folder", "/Change/Moved").metadata.id == folder.id
    dbx.files_move("/Change/Moved", "/Change/Folder")
    dbx.files_copy("/Change/x", "/Change/x2")
    dbx.files_copy_v2("/Change/x", "/Change/x3")
    reference = dbx.files_copy_reference_get("/Change/x").copy_reference
    dbx.files_copy_reference_save(reference, "/Change/x4")
    dbx.files_delete("/Change/x4")
    dbx.files_delete_v2("/Change/x3")
    error = dbx.refused("files_move_v2", "/Change", "/Change/Folder/Change")
    assert error.is_cant_move_folder_into_itself(), error


def batches(dbx):
    made = dbx.files_create_folder_batch(["/Batch/a", "/Batch/b"], force_async=True)
    made = finished(made, dbx.files_create_folder_batch_check)
    assert all(entry.is_success() for entry in made.get_complete().entries)
    pairs = [files.RelocationPath("/Batch/a", "/Batch/c")]
    copied = finished(dbx.files_copy_batch_v2(pairs), dbx.files_copy_batch_check_v2)
    assert copied.get_complete().entries[0].is_success()
    pairs = [files.RelocationPath("/Batch/c", "/Batch/d")]
    moved = finished(dbx.files_move_batch_v2(pairs), dbx.files_move_batch_check_v2)
    assert moved.get_complete().entries[0].is_success()
    pairs = [files.RelocationPath("/Batch/d", "/Batch/e")]
    finished(dbx.files_copy_batch(pairs), dbx.files_copy_batch_check)
    pairs = [files.RelocationPath("/Batch/e", "/Batch/f")]
    finished(dbx.files_move_batch(pairs), dbx.files_move_batch_check)
    gone = dbx.files_delete_batch([files.DeleteArg("/Batch/f"), files.DeleteArg("/Batch/none")])
    gone = finished(gone, dbx.files_delete_batch_check).get_complete().entries
    assert gone[0].is_success() and gone[1].is_failure()
    # What is done at once leaves no job to ask about.
    for check in ("delete_batch_check", "copy_batch_check_v2", "move_batch_check_v2"):
        assert dbx.refused("files_" + check, "dbjid:none").is_invalid_async_job_id()


def sessions(dbx):
    first = dbx.files_upload_session_start(b"ab").session_id
    dbx.files_upload_session_append(b"cd", first, 2)
    cursor = files.UploadSessionCursor(first, 4)
    dbx.files_upload_session_append_v2(b"ef", cursor)
    cursor.offset = 6
    whole = dbx.files_upload_session_finish(b"gh", cursor, files.CommitInfo("/Session/whole"))
    assert whole.size == 8
    wrong = files.UploadSessionCursor(first, 1)
    dbx.refused("files_upload_session_append_v2", b"i", wrong)
    for finish, check in (
        (dbx.files_upload_session_finish_batch, dbx.files_upload_session_finish_batch_check),
        (dbx.files_upload_session_finish_batch_v2, None),
    ):
        one = dbx.files_upload_session_start(b"one", close=True).session_id
        commit = files.CommitInfo("/Session/one", mode=files.WriteMode.overwrite)
        argument = files.UploadSessionFinishArg(files.UploadSessionCursor(one, 3), commit)
        launched = finish([argument])
        entries = finished(launched, check).get_complete().entries if check else launched.entries
        assert entries[0].is_success(), entries
    kind = files.UploadSessionType.sequential
    ids = dbx.files_upload_session_start_batch(2, session_type=kind).session_ids
    entries = [
        files.UploadSessionAppendBatchArgEntry(files.UploadSessionCursor(each, 0), 2, close=True)
        for each in ids
    ]
    appended = dbx.files_upload_session_append_batch(b"aabb", entries)
    assert all(entry.is_success() for entry in appended.entries), appended


def oddities(dbx):
    paper = dbx.files_paper_create(b"# Title", "/Odd/Doc.paper", files.ImportFormat.markdown)
    dbx.files_paper_update(
        b"# Other",
        paper.result_path,
        files.ImportFormat.markdown,
        files.PaperDocUpdatePolicy.overwrite,
    )
    exported, response = dbx.files_export(paper.result_path)
    assert exported.export_metadata.size == len(response.content)
    dbx.files_export_to_file("/dev/null", paper.result_path)
    dbx.files_upload(b"picture", "/Odd/picture.jpg")
    dbx.files_upload(b"document", "/Odd/document.docx")
    # Pictures of files are not made: these bytes are none that Dropbox could show either.
    dbx.refused("files_get_preview", "/Odd/document.docx")
    dbx.refused("files_get_preview_to_file", "/dev/null", "/Odd/document.docx")
    dbx.refused("files_get_thumbnail", "/Odd/picture.jpg")
    dbx.refused("files_get_thumbnail_to_file", "/dev/null", "/Odd/picture.jpg")
    resource = files.PathOrLink.path("/Odd/picture.jpg")
    dbx.refused("files_get_thumbnail_v2", resource)
    dbx.refused("files_get_thumbnail_to_file_v2", "/dev/null", resource)
    dbx.files_get_thumbnail_batch([files.ThumbnailArg("/Odd/picture.jpg")])
    lock = [files.LockFileArg("/Odd/picture.jpg")]
    dbx.files_lock_file_batch(lock)
    dbx.files_get_file_lock_batch(lock)
    dbx.files_unlock_file_batch([files.UnlockFileArg("/Odd/picture.jpg")])
    dbx.files_tags_add("/Odd/picture.jpg", "a_tag")
    tagged = dbx.files_tags_get(["/Odd/picture.jpg"]).paths_to_tags[0]
    assert len(tagged.tags) == 1
    dbx.files_tags_remove("/Odd/picture.jpg", "a_tag")
    dbx.files_get_temporary_upload_link(files.CommitInfo("/Odd/later"))
    saved = dbx.files_save_url("/Odd/saved", "http://127.0.0.1:9/file")
    if saved.is_async_job_id():
        dbx.files_save_url_check_job_status(saved.get_async_job_id())


def searching(dbx):
    for number in range(3):
        dbx.files_upload(b"x", "/Search/needle %d.txt" % number)
    assert len(dbx.files_search("/Search", "needle").matches) == 3
    options = files.SearchOptions(path="/Search", max_results=2)
    found = dbx.files_search_v2("needle", options=options)
    assert len(found.matches) == 2 and found.has_more
    assert len(dbx.files_search_continue_v2(found.cursor).matches) == 1


def links(dbx):
    dbx.files_upload(b"shared", "/Links/file.txt")
    made = dbx.sharing_create_shared_link_with_settings("/Links/file.txt")
    older = dbx.sharing_create_shared_link("/Links/file.txt")
    assert older.url
    assert dbx.sharing_get_shared_link_metadata(made.url).name == "file.txt"
    _, response = dbx.sharing_get_shared_link_file(made.url)
    assert response.content == b"shared"
    dbx.sharing_get_shared_link_file_to_file("/dev/null", made.url)
    assert dbx.sharing_list_shared_links(path="/Links/file.txt").links
    dbx.sharing_get_shared_links("/Links/file.txt")
    settings = sharing.SharedLinkSettings(allow_download=True)
    dbx.sharing_modify_shared_link_settings(made.url, settings)
    dbx.sharing_revoke_shared_link(made.url)


def folders(dbx):
    for name in ("a", "b", "c"):
        dbx.files_create_folder_v2("/Shared/" + name)
    launch = dbx.sharing_share_folder("/Shared/a", force_async=True)
    shared = finished(launch, dbx.sharing_check_share_job_status).get_complete()
    folder = shared.shared_folder_id
    dbx.sharing_get_folder_metadata(folder)
    dbx.sharing_add_folder_member(folder, [sharing.AddMember(USER, sharing.AccessLevel.editor)])
    page = dbx.sharing_list_folder_members(folder, limit=1)
    assert dbx.sharing_list_folder_members_continue(page.cursor).cursor is None
    dbx.sharing_update_folder_member(folder, USER, sharing.AccessLevel.viewer)
    dbx.sharing_update_folder_policy(folder, acl_update_policy=sharing.AclUpdatePolicy.owner)
    other = dbx.sharing_share_folder("/Shared/b").get_complete().shared_folder_id
    page = dbx.sharing_list_folders(limit=1)
    assert len(dbx.sharing_list_folders_continue(page.cursor).entries) == 1
    dbx.sharing_set_access_inheritance(folder, sharing.AccessInheritance.no_inherit)
    dbx.refused("sharing_relinquish_folder_membership", folder)
    dbx.refused("sharing_transfer_folder", folder, NOBODY)
    for each in (folder, other):
        dbx.sharing_unmount_folder(each)
    page = dbx.sharing_list_mountable_folders(limit=1)
    assert len(dbx.sharing_list_mountable_folders_continue(page.cursor).entries) == 1
    dbx.sharing_mount_folder(folder)
    removed = dbx.sharing_remove_folder_member(folder, USER, False)
    dbx.sharing_check_remove_member_job_status(removed.get_async_job_id())
    launch = dbx.sharing_unshare_folder(folder, leave_a_copy=True)
    if launch.is_async_job_id():
        dbx.sharing_check_job_status(launch.get_async_job_id())


def file_members(dbx):
    file = dbx.files_upload(b"shared", "/Members/file").path_lower
    dbx.sharing_add_file_member(file, [USER])
    dbx.sharing_get_file_metadata(file)
    dbx.sharing_get_file_metadata_batch([file])
    page = dbx.sharing_list_file_members(file, limit=1)
    assert dbx.sharing_list_file_members_continue(page.cursor).cursor is None
    dbx.sharing_list_file_members_batch([file])
    dbx.sharing_list_received_files()
    dbx.refused("sharing_list_received_files_continue", "none")
    dbx.sharing_update_file_member(file, USER, sharing.AccessLevel.viewer)
    dbx.sharing_update_file_policy(file, viewer_info_policy=sharing.ViewerInfoPolicy.disabled)
    dbx.sharing_remove_file_member_2(file, USER)
    dbx.refused("sharing_relinquish_file_membership", file)
    assert dbx.refused("sharing_relinquish_access", "id:none").is_invalid_file_id()
    dbx.sharing_unshare_file(file)


def properties(dbx):
    file = dbx.files_upload(b"x", "/Properties/file").path_lower
    kind = file_properties.PropertyType.string
    field = file_properties.PropertyFieldTemplate("field", "A field", kind)
    make = dbx.client.file_properties_templates_add_for_user
    template = make("A template", "For a file", [field]).template_id
    group = lambda value: file_properties.PropertyGroup(
        template, [file_properties.PropertyField("field", value)]
    )
    dbx.files_properties_add(file, [group("one")])
    dbx.files_properties_overwrite(file, [group("two")])
    changed = [file_properties.PropertyField("field", "three")]
    update = file_properties.PropertyGroupUpdate(template, add_or_update_fields=changed)
    dbx.files_properties_update(file, [update])
    query = file_properties.PropertiesSearchQuery(
        "three", file_properties.PropertiesSearchMode.field_name("field")
    )
    found = dbx.file_properties_properties_search([query]).matches
    assert [match.path for match in found] == ["/Properties/file"]
    dbx.refused("file_properties_properties_search_continue", "none")
    dbx.file_properties_properties_update(file, [update])
    dbx.file_properties_properties_overwrite(file, [group("four")])
    dbx.file_properties_properties_remove(file, [template])
    dbx.file_properties_properties_add(file, [group("five")])
    uploaded = files.CommitInfo("/Properties/with", property_groups=[group("six")])
    session = dbx.files_upload_session_start(b"x", close=True).session_id
    dbx.files_upload_session_finish(b"", files.UploadSessionCursor(session, 1), uploaded)


def templates(dbx):
    kind = file_properties.PropertyType.string
    field = lambda name: file_properties.PropertyFieldTemplate(name, "A field", kind)
    made = dbx.file_properties_templates_add_for_user("Review", "Who looked", [field("By")])
    template = made.template_id
    assert template in dbx.file_properties_templates_list_for_user().template_ids
    dbx.file_properties_templates_update_for_user(template, add_fields=[field("At")])
    assert len(dbx.file_properties_templates_get_for_user(template).fields) == 2
    dbx.file_properties_templates_remove_for_user(template)
    assert dbx.refused("file_properties_templates_get_for_user", template).is_template_not_found()


def asking_for_files(dbx):
    made = dbx.file_requests_create("Plans", "/Requests")
    assert dbx.file_requests_get(made.id).title == "Plans"
    assert dbx.file_requests_update(made.id, title="All plans", open=False).title == "All plans"
    assert [each.id for each in dbx.file_requests_list().file_requests] == [made.id]
    dbx.file_requests_create("Notes", "/Notes", open=False)
    assert dbx.file_requests_count().file_request_count == 2
    page = dbx.file_requests_list_v2(limit=1)
    assert page.has_more and not dbx.file_requests_list_continue(page.cursor).has_more
    dbx.file_requests_delete([made.id])
    assert len(dbx.file_requests_delete_all_closed().file_requests) == 1


def rarities(dbx):
    dbx.files_upload(b"x", "/Rare/Folder/file")
    _, packed = dbx.files_download_zip("/Rare/Folder")
    assert packed.content.startswith(b"PK")
    dbx.files_download_zip_to_file("/dev/null", "/Rare/Folder")
    dbx.files_permanently_delete("/Rare/Folder/file")
    dbx.refused("auth_token_from_oauth1", "token", "secret")


def people(dbx):
    account = dbx.users_get_current_account()
    assert account.email == "ada@example.org" and len(account.account_id) == 40
    assert dbx.users_get_account(account.account_id).email == account.email
    assert len(dbx.users_get_account_batch([account.account_id])) == 1
    dbx.users_get_space_usage()
    dbx.users_features_get_values([users.UserFeature.paper_as_files])
    assert dbx.check_user("hello").result == "hello"
    assert dbx.check_app("hello").result == "hello"
    assert dbx.openid_userinfo().email == "ada@example.org"
    # Nobody here has a picture of themselves, or contacts whom they wrote down by hand.
    picture = PhotoSourceArg.base64_data("SGVsbG8=")
    dbx.refused("account_set_profile_photo", picture)
    dbx.account_delete_profile_photo()
    dbx.refused("account_get_photo", NOBODY, "16x16", False, True)
    dbx.refused("account_get_photo_to_file", "/dev/null", NOBODY, "16x16", False, True)
    dbx.contacts_delete_manual_contacts()
    dbx.refused("contacts_delete_manual_contacts_batch", ["guest@example.org"])


def former_documents(dbx):
    """Nobody has documents that are no files, and nobody can make one."""
    page = dbx.paper_docs_list()
    assert page.doc_ids == [] and not page.has_more
    assert dbx.paper_docs_list_continue(page.cursor.value).doc_ids == []
    markdown = paper.ImportFormat.markdown
    append = paper.PaperDocUpdatePolicy.append
    made = dbx.refused("paper_docs_create", b"# One", markdown)
    assert made.is_insufficient_permissions()
    assert dbx.refused("paper_folders_create", "Plans").is_insufficient_permissions()
    export = paper.ExportFormat.markdown
    closed = paper.SharingPolicy(paper.SharingPublicPolicyType.invite_only)
    for name, *more in [
        ("paper_docs_archive",),
        ("paper_docs_download", export),
        ("paper_docs_folder_users_list",),
        ("paper_docs_folder_users_list_continue", "none"),
        ("paper_docs_get_folder_info",),
        ("paper_docs_get_metadata",),
        ("paper_docs_permanently_delete",),
        ("paper_docs_sharing_policy_get",),
        ("paper_docs_sharing_policy_set", closed),
        ("paper_docs_users_add", [paper.AddMember(USER)]),
        ("paper_docs_users_list",),
        ("paper_docs_users_list_continue", "none"),
        ("paper_docs_users_remove", USER),
    ]:
        assert dbx.refused(name, "doc", *more).is_doc_not_found(), name
    refusal = dbx.refused("paper_docs_download_to_file", "/dev/null", "doc", export)
    assert refusal.is_doc_not_found()
    update = dbx.refused("paper_docs_update", b"Two", "doc", append, 1, markdown)
    assert update.is_doc_not_found()


def converting(dbx):
    """There are no converters: a job says that it can't read the file."""
    dbx.files_upload(b"x", "/Convert/a.pdf")
    file = riviera.FileIdOrUrl.path("/Convert/a.pdf")
    for what in ["keyframes", "markdown", "metadata", "ocr", "text", "transcript"]:
        job = getattr(dbx, "riviera_get_%s_async" % what)(file).get_async_job_id()
        status = getattr(dbx, "riviera_get_%s_async_check" % what)(job)
        assert status.is_failed(), (what, status)
    pdf = riviera.TransformType.pdf
    job = dbx.riviera_get_transform_async(pdf, file).get_async_job_id()
    assert dbx.riviera_get_transform_async_check(job).get_failed().is_unsupported_format_error()
    output = dbx.refused("riviera_download_transform_output", "none")
    assert output.is_expired_handle_error()
    dbx.refused("riviera_download_transform_output_to_file", "/dev/null", "none")


def revoking(dbx):
    dbx.auth_token_revoke()
    try:
        dbx.client.users_get_current_account()
    except exceptions.AuthError:
        return
    raise AssertionError("a revoked token still opens the account")


STORIES = [
    people,
    reading,
    listing,
    changing,
    batches,
    sessions,
    oddities,
    searching,
    links,
    folders,
    file_members,
    properties,
    templates,
    asking_for_files,
    rarities,
    former_documents,
    converting,
    revoking,
]


def methods():
    """What the SDK offers, by name."""
    return {name for name in dir(dropbox.Dropbox) if name.startswith(NAMESPACES)}


def strangers():
    """Methods of the SDK's client in namespaces that are named nowhere here."""
    every = inspect.getmembers(base.DropboxBase, inspect.isfunction)
    return {name for name, _ in every if not name.startswith(NAMESPACES + ("_", "request"))}


def main():
    warnings.simplefilter("ignore", DeprecationWarning)
    dbx = Recorder(link.client(link.tokens()))
    failures = []
    for story in STORIES:
        try:
            story(dbx)
        except Exception:  # One story that goes wrong must not hide the others.
            failures.append(story.__name__)
            traceback.print_exc()
    missed = (methods() | strangers()) - dbx.called - LOCAL.keys()
    stale = LOCAL.keys() - methods()
    for name in sorted(missed):
        print("never called with success: " + name)
    for name in sorted(stale):
        print("not in the SDK: " + name)
    failed = len(failures) + len(missed) + len(stale)
    print("clients result: %d passed, %d failed" % (len(dbx.called), failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
