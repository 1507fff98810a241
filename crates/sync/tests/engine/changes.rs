//! What people do with their files, and what becomes of it.

use crate::house::House;

#[tokio::test]
async fn first_scan_makes_a_document_of_every_file_in_every_subfolder() {
    let house = House::new().await;
    house.files.write("/d/a.txt", "one").unwrap();
    house.files.write("/d/s/t/b.txt", "two").unwrap();
    house.files.write("/elsewhere/c.txt", "three").unwrap();
    let source = house.linked("/d").await;
    house.until_documents(&[("/d/a.txt", "new"), ("/d/s/t/b.txt", "new")]).await;
    let health = house.health(source.id).await;
    assert_eq!((health.documents, health.not_recorded), (2, 0));
    assert!(health.last_checked.is_some());
}

#[tokio::test]
async fn saving_publishes_a_version() {
    let house = House::new().await;
    house.files.write("/d/a.txt", "one").unwrap();
    house.linked("/d").await;
    house.files.write("/d/a.txt", "two").unwrap();
    house.until_documents(&[("/d/a.txt", "new publish")]).await;
}

#[tokio::test]
async fn new_files_in_new_subfolders_become_documents() {
    let house = House::new().await;
    let source = house.linked("/d").await;
    house.files.write("/d/new/deep/<b>😀\u{202e}.txt", "one").unwrap();
    house.until_documents(&[("/d/new/deep/<b>😀\u{202e}.txt", "new")]).await;
    house.until_health(source.id, |health| health.last_change_seen.is_some()).await;
}

#[tokio::test]
async fn renames_and_moves_publish_nothing() {
    let house = House::new().await;
    house.files.write("/d/a.txt", "one").unwrap();
    house.files.write("/d/s/b.txt", "two").unwrap();
    house.linked("/d").await;
    house.files.move_to("/d/a.txt", "/d/c.txt").unwrap();
    house.files.move_to("/d/s", "/d/t").unwrap();
    house.until_documents(&[("/d/c.txt", "new"), ("/d/t/b.txt", "new")]).await;
    assert_eq!(house.admin.count("files/list_revisions"), 0);
}

/// Dropbox doesn't report such a rename; the next change of the file shows it.
#[tokio::test]
async fn rename_that_only_changes_case_keeps_the_document() {
    let house = House::new().await;
    house.files.write("/d/a.txt", "one").unwrap();
    house.linked("/d").await;
    house.files.move_to("/d/a.txt", "/d/A.txt").unwrap();
    house.files.write("/d/A.txt", "two").unwrap();
    house.until_documents(&[("/d/A.txt", "new publish")]).await;
}

#[tokio::test]
async fn file_saved_as_a_new_one_over_the_old_is_the_same_document() {
    let house = House::new().await;
    house.files.write("/d/a.txt", "one").unwrap();
    house.linked("/d").await;
    house.hold_the_next_reading();
    house.files.delete("/d/a.txt").unwrap();
    house.files.write("/d/a.txt", "two").unwrap();
    house.until_documents(&[("/d/a.txt", "new publish")]).await;
}

#[tokio::test]
async fn deleting_publishes_nothing_and_a_later_file_of_the_name_is_another_document() {
    let house = House::new().await;
    house.files.write("/d/a.txt", "one").unwrap();
    house.files.write("/d/b.txt", "two").unwrap();
    house.linked("/d").await;
    house.files.delete("/d/a.txt").unwrap();
    house.files.write("/d/b.txt", "three").unwrap();
    house.until_documents(&[("/d/a.txt", "new"), ("/d/b.txt", "new publish")]).await;
    house.files.write("/d/a.txt", "one again").unwrap();
    let expected = [("/d/a.txt", "new"), ("/d/a.txt", "new"), ("/d/b.txt", "new publish")];
    house.until_documents(&expected).await;
}

#[tokio::test]
async fn file_that_leaves_the_folder_and_returns_continues_its_document() {
    let house = House::new().await;
    house.files.write("/d/a.txt", "one").unwrap();
    house.files.write("/d/b.txt", "one").unwrap();
    house.linked("/d").await;
    house.files.move_to("/d/a.txt", "/a.txt").unwrap();
    house.files.write("/a.txt", "two").unwrap();
    house.files.write("/d/b.txt", "two").unwrap();
    house.until_documents(&[("/d/a.txt", "new"), ("/d/b.txt", "new publish")]).await;
    house.files.move_to("/a.txt", "/d/a.txt").unwrap();
    house.until_documents(&[("/d/a.txt", "new filled"), ("/d/b.txt", "new publish")]).await;
}

#[tokio::test]
async fn everything_can_be_linked_by_linking_the_root() {
    let house = House::new().await;
    house.files.write("/a.txt", "one").unwrap();
    house.linked("").await;
    house.files.write("/s/b.txt", "two").unwrap();
    house.until_documents(&[("/a.txt", "new"), ("/s/b.txt", "new")]).await;
}
