//! Choosing folders, and changing the choice.

use futures_util::TryStreamExt;
use sync::{Patterns, Preview, SourceError, State, Verdict};

use crate::house::House;

#[tokio::test]
async fn folders_are_shown_level_by_level_in_the_order_of_their_names() {
    let house = House::new().await;
    for folder in ["/b/inner", "/A", "/c"] {
        house.files.create_folder(folder).unwrap();
    }
    house.files.write("/file.txt", "not a folder").unwrap();
    let source = house.connect().await;
    let root = house.sync.folders(house.tenancy, source.id, None).await.unwrap();
    let names: Vec<_> = root.iter().map(|folder| folder.name.as_str()).collect();
    assert_eq!(names, ["A", "b", "c"]);
    let inner = house.sync.folders(house.tenancy, source.id, Some(&root[1].id)).await.unwrap();
    assert_eq!(inner[0].path, "/b/inner");
}

#[tokio::test]
async fn preview_counts_what_would_be_linked_and_records_nothing() {
    let house = House::new().await;
    house.files.write("/d/a.txt", "one").unwrap();
    house.files.write("/d/s/b.txt", "three").unwrap();
    house.files.write("/d/private/c.txt", "secret").unwrap();
    house.files.write("/c.txt", "outside").unwrap();
    let source = house.connect().await;
    let rules = house.rules(&[("/d", Verdict::Include), ("/d/private", Verdict::Exclude)]);
    let counts = house.sync.preview(house.tenancy, source.id, rules).await.unwrap();
    let counts: Vec<_> = counts.try_collect().await.unwrap();
    let last = counts.last().unwrap();
    let samples = vec!["/d/a.txt".to_owned(), "/d/s/b.txt".to_owned()];
    let expected =
        Preview { files: 2, bytes: 8, folders: 2, samples, done: true, ..Preview::default() };
    assert_eq!(*last, expected);
    assert!(house.documents().await.is_empty());
}

#[tokio::test]
async fn patterns_leave_files_out_and_take_them_in_again() {
    let house = House::new().await;
    for file in ["/d/a.txt", "/d/b.TMP", "/d/drafts/c.txt"] {
        house.files.write(file, "x").unwrap();
    }
    let source = house.connect().await;
    let patterns = |lines: &[&str]| {
        let lines = lines.iter().map(|line| (*line).to_owned()).collect();
        let rules = house.rules(&[("/d", Verdict::Include)]);
        rules.with_patterns(Patterns::new(lines).unwrap())
    };
    let rules = patterns(&["*.tmp", "drafts/"]);
    let counts = house.sync.preview(house.tenancy, source.id, rules.clone()).await.unwrap();
    let counts: Vec<_> = counts.try_collect().await.unwrap();
    let last = counts.last().unwrap();
    assert_eq!((last.files, last.left_out), (1, 2));
    assert_eq!(
        (last.samples.as_slice(), last.left_out_samples.len()),
        (&["/d/a.txt".to_owned()][..], 2)
    );
    house.sync.link(house.tenancy, source.id, rules).await.unwrap();
    house.until_documents(&[("/d/a.txt", "new")]).await;
    // Renamed into what is left out: the trail pauses, and goes on when it is renamed back.
    house.files.move_to("/d/a.txt", "/d/a.tmp").unwrap();
    house.files.write("/d/e.txt", "y").unwrap();
    house.until_documents(&[("/d/a.txt", "new"), ("/d/e.txt", "new")]).await;
    let rules = patterns(&["drafts/"]);
    house.sync.link(house.tenancy, source.id, rules).await.unwrap();
    house.until_documents(&[("/d/a.tmp", "new"), ("/d/b.TMP", "new"), ("/d/e.txt", "new")]).await;
}

#[tokio::test]
async fn preview_that_is_dropped_asks_no_more() {
    let house = House::new().await;
    for number in 0..10 {
        house.files.write(&format!("/{number}.txt"), "x").unwrap();
    }
    house.admin.set_pages(sandbox::Pages { entries_max: Some(1), empty_every: None });
    let source = house.connect().await;
    let rules = house.rules(&[("", Verdict::Include)]);
    let mut counts = house.sync.preview(house.tenancy, source.id, rules).await.unwrap();
    counts.try_next().await.unwrap();
    drop(counts);
    assert_eq!(house.admin.count("files/list_folder/continue"), 0);
}

#[tokio::test]
async fn excluded_folder_leaves_no_trace() {
    let house = House::new().await;
    house.files.write("/d/a.txt", "one").unwrap();
    house.files.write("/d/private/b.txt", "two").unwrap();
    house.files.write("/d/private/public/c.txt", "three").unwrap();
    let source = house.connect().await;
    let rules = house.rules(&[
        ("/d", Verdict::Include),
        ("/d/private", Verdict::Exclude),
        ("/d/private/public", Verdict::Include),
    ]);
    house.sync.link(house.tenancy, source.id, rules).await.unwrap();
    house.until_documents(&[("/d/a.txt", "new"), ("/d/private/public/c.txt", "new")]).await;
    house.files.move_to("/d/private", "/d/hidden").unwrap();
    house.files.write("/d/hidden/e.txt", "four").unwrap();
    house.files.write("/d/a.txt", "one more").unwrap();
    let expected = [("/d/a.txt", "new publish"), ("/d/hidden/public/c.txt", "new")];
    house.until_documents(&expected).await;
}

#[tokio::test]
async fn unlinking_stops_the_trail_and_linking_again_fills_the_gap() {
    let house = House::new().await;
    house.files.write("/d/a.txt", "one").unwrap();
    house.files.create_folder("/e").unwrap();
    let source = house.linked("/d").await;
    house.until_documents(&[("/d/a.txt", "new")]).await;
    let others = house.rules(&[("/e", Verdict::Include)]);
    house.sync.link(house.tenancy, source.id, others).await.unwrap();
    house.files.write("/d/a.txt", "two").unwrap();
    house.files.write("/d/a.txt", "three").unwrap();
    house.files.write("/e/b.txt", "four").unwrap();
    house.until_documents(&[("/d/a.txt", "new"), ("/e/b.txt", "new")]).await;
    let both = house.rules(&[("/d", Verdict::Include), ("/e", Verdict::Include)]);
    house.sync.link(house.tenancy, source.id, both).await.unwrap();
    house.until_documents(&[("/d/a.txt", "new filled publish"), ("/e/b.txt", "new")]).await;
}

#[tokio::test]
async fn linking_nothing_ends_the_trails_and_keeps_the_documents() {
    let house = House::new().await;
    house.files.write("/d/a.txt", "one").unwrap();
    let source = house.linked("/d").await;
    house.sync.link(house.tenancy, source.id, house.rules(&[])).await.unwrap();
    assert_eq!(house.health(source.id).await.state, State::ChoosingFolders);
    assert_eq!(house.documents().await, [("/d/a.txt".to_owned(), "new".to_owned())]);
}

#[tokio::test]
async fn folder_that_vanishes_while_it_is_being_linked_is_named() {
    let house = House::new().await;
    house.files.create_folder("/d").unwrap();
    let source = house.connect().await;
    let rules = house.rules(&[("/d", Verdict::Include)]);
    house.files.delete("/d").unwrap();
    let refused = house.sync.link(house.tenancy, source.id, rules).await;
    assert!(matches!(refused, Err(SourceError::FolderGone(path)) if path == "/d"));
    assert_eq!(house.health(source.id).await.state, State::ChoosingFolders);
}

#[tokio::test]
async fn linked_folder_is_followed_by_its_id() {
    let house = House::new().await;
    house.files.write("/d/a.txt", "one").unwrap();
    house.linked("/d").await;
    house.files.move_to("/d", "/elsewhere").unwrap();
    house.until_documents(&[("/elsewhere/a.txt", "new")]).await;
    house.files.write("/elsewhere/a.txt", "two").unwrap();
    house.until_documents(&[("/elsewhere/a.txt", "new publish")]).await;
}

#[tokio::test]
async fn linked_folder_that_vanishes_is_shown_and_taken_up_again_when_it_is_back() {
    let mut house = House::new().await;
    house.files.write("/d/a.txt", "one").unwrap();
    let source = house.linked("/d").await;
    house.files.move_to("/d/a.txt", "/a.txt").unwrap();
    house.files.delete("/d").unwrap();
    let missing = ["/d".to_owned()];
    let mut watch = house.sync.watch();
    while house.health(source.id).await.missing_folders != missing {
        watch.recv().await.unwrap();
    }
    house.files.create_folder("/d").unwrap();
    house.files.move_to("/a.txt", "/d/a.txt").unwrap();
    house.files.write("/d/a.txt", "two").unwrap();
    house.options.sweep_interval = std::time::Duration::from_millis(50);
    house.restart().await;
    house.until_documents(&[("/d/a.txt", "new publish")]).await;
    assert!(house.health(source.id).await.missing_folders.is_empty());
}

#[tokio::test]
async fn integration_of_another_tenancy_is_unknown() {
    let house = House::new().await;
    let source = house.connect().await;
    let stranger = house.ledger.create_tenancy("Others".to_owned()).await.unwrap().tenancy;
    let folders = house.sync.folders(stranger, source.id, None).await;
    assert!(matches!(folders, Err(SourceError::Unknown)));
    assert_eq!(house.sync.health(stranger, source.id).await.unwrap(), None);
}
