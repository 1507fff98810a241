//! Cases of reconciling one page: what we knew, what the page says, what that means.
//!
//! All three are written as lines; `script` reads and writes them.

mod script;

use self::script::{Case, case};

/// The usual case: `/d` is linked, and the page shows what changed in it.
fn changes(knew: &[&str], page: &[&str]) -> Case {
    case(&["+ /d"], knew, page)
}

#[test]
fn file_seen_for_the_first_time_is_a_new_document() {
    changes(&[], &["file x r1 A /d/a"]).means(&["x at /d/a r1: own r1=A"]);
}

#[test]
fn page_that_is_repeated_means_nothing() {
    changes(&["x r1 A /d/a"], &["file x r1 A /d/a"]).means(&[]);
}

#[test]
fn rename_keeps_the_document_and_publishes_nothing() {
    let page = ["deleted /d/a", "file x r2 A /d/b"];
    changes(&["x r1 A /d/a"], &page).means(&["x at /d/b r2: own"]);
}

#[test]
fn halves_of_a_move_may_come_in_either_order() {
    let page = ["file x r2 A /d/b", "deleted /d/a"];
    changes(&["x r1 A /d/a"], &page).means(&["x at /d/b r2: own"]);
}

#[test]
fn case_only_rename_is_a_rename() {
    changes(&["x r1 A /d/a"], &["file x r2 A /d/A"]).means(&["x at /d/a r2: own"]);
}

#[test]
fn moving_a_folder_asks_nothing_about_its_files() {
    let knew = ["x r1 A /d/s/a", "y r1 B /d/s/b"];
    let page = ["deleted /d/s", "folder s /d/t", "file x r2 A /d/t/a", "file y r2 B /d/t/b"];
    let expected = ["x at /d/t/a r2: own", "y at /d/t/b r2: own"];
    changes(&knew, &page).means(&[&expected[..], &["emptied /d/s"]].concat());
}

#[test]
fn saved_file_is_a_version_of_its_document() {
    changes(&["x r1 A /d/a"], &["file x r2 B /d/a"])
        .asks(&["revisions x"])
        .told("revisions x r2=B r1=A")
        .means(&["x at /d/a r2: own r2=B"]);
}

#[test]
fn missed_revisions_are_filled_in_in_order() {
    changes(&["x r1 A /d/a"], &["file x r4 D /d/a"])
        .told("revisions x r4=D r3=C r2=B r1=A r0=Z")
        .means(&["x at /d/a r4: own r2=B(filled) r3=C(filled) r4=D"]);
}

#[test]
fn a_to_b_and_back_to_a_is_two_events() {
    changes(&["x r1 A /d/a"], &["file x r3 A /d/a"])
        .asks(&["revisions x"])
        .told("revisions x r3=A r2=B r1=A")
        .means(&["x at /d/a r3: own r2=B(filled) r3=A"]);
}

#[test]
fn saving_unchanged_content_publishes_nothing() {
    changes(&["x r1 A /d/a"], &["file x r2 A /d/a"])
        .told("revisions x r2=A r1=A")
        .means(&["x at /d/a r2: own"]);
}

#[test]
fn repeated_content_among_missed_revisions_publishes_once() {
    changes(&["x r1 A /d/a"], &["file x r5 C /d/a"])
        .told("revisions x r5=C r4=B r3=B r2=A r1=A")
        .means(&["x at /d/a r5: own r3=B(filled) r5=C"]);
}

#[test]
fn revisions_that_cannot_be_had_leave_the_one_seen() {
    changes(&["x r1 A /d/a"], &["file x r3 B /d/a"])
        .told("no revisions x")
        .means(&["x at /d/a r3: own r3=B"]);
}

#[test]
fn revision_newer_than_the_page_waits_for_its_own_page() {
    changes(&["x r1 A /d/a"], &["file x r2 B /d/a"])
        .told("revisions x r3=C r2=B r1=A")
        .means(&["x at /d/a r2: own r2=B"]);
}

#[test]
fn page_older_than_what_we_know_changes_nothing() {
    changes(&["x r2 B /d/a"], &["file x r1 A /d/a"]).told("revisions x r2=B r1=A").means(&[]);
}

#[test]
fn revision_renamed_by_an_unseen_move_is_found_by_its_content() {
    changes(&["x r1 A /d/a"], &["file x r4 C /d/a"])
        .told("revisions x r4=C r3=B r2=A r0=Z")
        .means(&["x at /d/a r4: own r3=B(filled) r4=C"]);
}

#[test]
fn history_from_before_the_link_is_no_news() {
    changes(&["x r5 A /d/a"], &["file x r7 B /d/a"])
        .told("revisions x r7=B r2=Y r1=Z")
        .means(&["x at /d/a r7: own r7=B"]);
}

#[test]
fn more_revisions_than_one_list_holds_are_all_news() {
    changes(&["x r1 A /d/a"], &["file x r9 D /d/a"])
        .told("revisions x r9=D r8=C r7=B more")
        .means(&["x at /d/a r9: own r7=B(filled) r8=C(filled) r9=D"]);
}

#[test]
fn edit_and_move_together_are_a_version_at_the_new_place() {
    changes(&["x r1 A /d/a"], &["deleted /d/a", "file x r3 B /d/b"])
        .told("revisions x r3=B r2=B r1=A")
        .means(&["x at /d/b r3: own r2=B(filled)"]);
}

#[test]
fn new_file_over_a_vanished_one_is_a_version_of_the_same_document() {
    changes(&["x r1 A /d/a"], &["file y r1 B /d/a"])
        .asks(&["where x"])
        .told("gone x")
        .means(&["y at /d/a r1: replaces x r1=B", "gone x"]);
}

#[test]
fn new_file_over_one_deleted_in_the_same_page_is_a_version_of_it() {
    changes(&["x r1 A /d/a"], &["deleted /d/a", "file y r1 B /d/a"])
        .told("gone x")
        .means(&["y at /d/a r1: replaces x r1=B", "gone x"]);
}

#[test]
fn same_content_in_a_new_file_over_the_old_one_publishes_nothing() {
    changes(&["x r1 A /d/a"], &["file y r1 A /d/a"])
        .told("gone x")
        .means(&["y at /d/a r1: replaces x", "gone x"]);
}

#[test]
fn new_file_where_another_moved_away_is_a_new_document() {
    changes(&["x r1 A /d/a"], &["file y r1 B /d/a"])
        .told("found x r2 A /d/old")
        .means(&["x at /d/old r2: own", "y at /d/a r1: own r1=B"]);
}

#[test]
fn new_file_where_another_is_shown_to_have_moved_asks_nothing() {
    changes(&["x r1 A /d/a"], &["file y r1 B /d/a", "file x r2 A /d/old"])
        .means(&["x at /d/old r2: own", "y at /d/a r1: own r1=B"]);
}

#[test]
fn new_file_where_another_left_the_linked_folder_is_a_new_document() {
    changes(&["x r1 A /d/a"], &["file y r1 B /d/a"])
        .told("found x r2 A /elsewhere/a")
        .means(&["y at /d/a r1: own r1=B", "gone x"]);
}

#[test]
fn new_file_where_one_was_deleted_earlier_is_a_new_document() {
    changes(&["x r1 A /d/a gone"], &["file y r1 B /d/a"]).means(&["y at /d/a r1: own r1=B"]);
}

#[test]
fn known_file_moved_over_another_keeps_its_own_document() {
    let knew = ["x r1 A /d/a", "y r1 B /d/b"];
    changes(&knew, &["deleted /d/b", "file y r2 B /d/a"]).means(&["y at /d/a r2: own", "gone x"]);
}

#[test]
fn two_files_that_swap_places_keep_their_documents() {
    let knew = ["x r1 A /d/a", "y r1 B /d/b"];
    changes(&knew, &["file x r2 A /d/b", "file y r2 B /d/a"])
        .means(&["x at /d/b r2: own", "y at /d/a r2: own"]);
}

#[test]
fn file_that_returns_to_its_place_displaces_who_was_there_meanwhile() {
    changes(&["x r1 A /d/a gone", "y r1 B /d/a"], &["file x r1 A /d/a"])
        .means(&["x at /d/a r1: own", "gone y"]);
}

#[test]
fn two_files_on_record_at_one_place_are_told_apart_by_the_next_sighting() {
    changes(&["x r1 A /d/a", "y r1 B /d/a"], &["file x r1 A /d/a"]).means(&["gone y"]);
}

#[test]
fn deleted_file_pauses_its_trail() {
    changes(&["x r1 A /d/a"], &["deleted /d/a"]).means(&["gone x"]);
}

#[test]
fn deleted_folder_takes_everything_below_it() {
    changes(&["x r1 A /d/s/a"], &["deleted /d/s"]).means(&["emptied /d/s"]);
}

#[test]
fn restored_file_continues_its_document_without_an_event() {
    changes(&["x r1 A /d/a gone"], &["file x r3 A /d/a"])
        .told("revisions x r3=A r1=A")
        .means(&["x at /d/a r3: own"]);
}

#[test]
fn file_that_returns_changed_continues_its_document_with_a_version() {
    changes(&["x r1 A /d/a gone"], &["file x r3 C /d/b"])
        .told("revisions x r3=C r2=B r1=A")
        .means(&["x at /d/b r3: own r2=B(filled) r3=C"]);
}

#[test]
fn file_replaced_by_a_folder_is_gone() {
    changes(&["x r1 A /d/a"], &["folder f /d/a", "file y r1 B /d/a/b"])
        .means(&["y at /d/a/b r1: own r1=B", "gone x"]);
}

#[test]
fn folder_replaced_by_a_file_takes_everything_below_it() {
    changes(&["x r1 A /d/a/b"], &["file y r1 B /d/a"]).empties(&["/d/a"]);
}

#[test]
fn file_shown_and_then_deleted_is_looked_for() {
    let gone = changes(&["x r1 A /d/a"], &["file x r1 A /d/a", "deleted /d/a"]);
    gone.asks(&["where x"]).told("gone x").means(&["gone x"]);
    let there = changes(&["x r1 A /d/a"], &["file x r1 A /d/a", "deleted /d"]);
    there.confirmed().told("found x r1 A /d/a").means(&["emptied /d"]);
}

#[test]
fn file_moved_out_of_the_linked_folder_pauses_and_its_new_place_leaves_no_trace() {
    case(
        &["+ /d", "- /d/private"],
        &["x r1 A /d/a"],
        &["deleted /d/a", "file x r2 A /d/private/a"],
    )
    .means(&["gone x"]);
}

#[test]
fn file_outside_the_rules_leaves_no_trace() {
    case(&["+ /d", "- /d/private"], &[], &["file x r1 A /d/private/a", "paper y /d/private/p"])
        .means(&[]);
}

#[test]
fn new_file_makes_sure_of_the_excluded_folders_first() {
    case(&["+ /d", "- /d/private"], &["y r1 A /d/y"], &["file x r1 A /d/moved/a"])
        .asks(&["linked folders"])
        .confirmed()
        .means(&["x at /d/moved/a r1: own r1=A"]);
}

#[test]
fn saving_a_known_file_asks_nothing_about_excluded_folders() {
    case(&["+ /d", "- /d/private"], &["x r1 A /d/a"], &["file x r2 B /d/a"]).asks(&["revisions x"]);
}

#[test]
fn hints_that_a_linked_folder_moved_are_followed_first() {
    for page in [["deleted /d"], ["folder id:/d /e"], ["file x r2 A /e/a"]] {
        changes(&["x r1 A /d/a"], &page).asks(&["linked folders"]);
    }
}

#[test]
fn cloud_document_is_listed_with_its_reason() {
    changes(&[], &["paper x /d/p"]).means(&["unrecorded x /d/p", "emptied /d/p"]);
}

#[test]
fn file_whose_place_a_cloud_document_took_is_gone() {
    changes(&["x r1 A /d/a"], &["paper y /d/a"]).means(&[
        "gone x",
        "unrecorded y /d/a",
        "emptied /d/a",
    ]);
}

#[test]
fn folder_that_cannot_be_read_is_listed_with_its_reason() {
    changes(&[], &["denied f /d/s"]).means(&["unrecorded f /d/s"]);
}

#[test]
fn unknown_kind_of_entry_is_listed_and_hides_nothing() {
    changes(&[], &["unknown /d/u", "file x r1 A /d/a"])
        .means(&["x at /d/a r1: own r1=A", "unrecorded /d/u /d/u"]);
}

#[test]
fn entry_of_unknown_kind_and_place_is_listed_without_its_name() {
    changes(&[], &["unknown"]).means(&["unrecorded /d/ /d/"]);
    changes(&[], &["unknown"]).listing(2).means(&["unrecorded /d/ /d/"]);
}

#[test]
fn what_left_or_can_be_read_now_is_settled() {
    let rules = ["+ /d", "- /d/private"];
    let page = ["file x r1 A /d/a", "folder f /d/s", "paper y /d/private/p", "deleted /d/b"];
    let settled = ["within /d/a", "y", "f", "at /d/s", "within /d/b"];
    case(&rules, &[], &page).confirmed().settles(&settled);
    case(&rules, &[], &["denied f /d/private/s"]).confirmed().settles(&["f"]);
}

#[test]
fn what_still_cannot_be_read_is_not_settled() {
    changes(&[], &["paper x /d/p", "denied f /d/s", "unknown /d/u"]).settles(&[]);
}

#[test]
fn listing_settles_nothing_before_its_end() {
    let page = ["file x r1 A /d/a", "folder f /d/s", "deleted /d/b"];
    changes(&[], &page).listing(2).settles(&[]);
}

#[test]
fn folder_that_cannot_be_read_and_is_gone_again_is_not_listed() {
    changes(&[], &["denied f /d/s", "unknown /d/s/u", "deleted /d/s"]).means(&["emptied /d/s"]);
    changes(&[], &["denied f /d/s", "folder f /d/s"]).means(&[]);
}

#[test]
fn file_that_is_not_mounted_has_left_our_view() {
    changes(&["x r1 A /d/a"], &["unmounted x r1 A"]).means(&["gone x"]);
}

#[test]
fn listing_afresh_marks_what_it_sees_and_publishes_nothing() {
    changes(&["x r1 A /d/a"], &["file x r1 A /d/a"]).listing(2).means(&["x at /d/a r1: own"]);
}

#[test]
fn old_tombstones_in_a_listing_delete_nothing() {
    changes(&["x r1 A /d/b"], &["deleted /d/a", "file x r1 A /d/b"])
        .listing(2)
        .means(&["x at /d/b r1: own", "emptied /d/a"]);
}

#[test]
fn sharing_toggled_is_no_new_version() {
    let page = ["deleted /d/s", "folder s /d/s", "file x r1 A /d/s/a"];
    changes(&["x r1 A /d/s/a"], &page).means(&["emptied /d/s"]);
}

#[test]
fn odd_names_are_only_text() {
    let path = "/d/<b>\u{202e}😀\"%.txt";
    changes(&[], &[&format!("file x r1 A {path}")]).means(&[&format!("x at {path} r1: own r1=A")]);
}
