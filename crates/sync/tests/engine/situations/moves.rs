//! What moves, vanishes and comes back.

use std::time::Duration;

use ledger::Source;
use sandbox::{Options, Pages};
use serde_json::json;
use sync::{State, SyncOptions};

use crate::direct::{CONTINUE, REVISIONS};
use crate::house::{House, options};

/// An engine that looks after every folder several times a second.
async fn attentive_house() -> House {
    let sweeping = SyncOptions { sweep_interval: Duration::from_millis(60), ..options() };
    House::with(Options::default(), sweeping).await
}

async fn linked_with_a_file(house: &House) -> Source {
    house.files.write("/d/s/a.txt", "one").unwrap();
    house.linked("/d").await
}

#[tokio::test]
async fn t06_linked_folder_that_is_deleted_is_missed_and_taken_up_again() {
    let house = attentive_house().await;
    let source = linked_with_a_file(&house).await;
    house.files.delete("/d").unwrap();
    house.until_health(source.id, |health| health.missing_folders == ["/d"]).await;
    let items = house.ledger.items_below(source.id, "/d", None, 9).await.unwrap();
    assert_eq!(items[0].presence, ledger::Presence::Gone);
    house.files.write("/d/s/a.txt", "one again").unwrap();
    house.until_health(source.id, |health| health.missing_folders.is_empty()).await;
    house.until_documents(&[("/d/s/a.txt", "new"), ("/d/s/a.txt", "new")]).await;
}

#[tokio::test]
async fn t07_linked_folder_that_moves_is_followed_and_deletes_nothing() {
    let house = House::new().await;
    house.files.create_folder("/elsewhere").unwrap();
    let source = linked_with_a_file(&house).await;
    house.files.move_to("/d", "/elsewhere/renamed").unwrap();
    house.files.write("/elsewhere/renamed/s/a.txt", "two").unwrap();
    house.until_documents(&[("/elsewhere/renamed/s/a.txt", "new publish")]).await;
    house.until_state(source.id, |state| *state == State::UpToDate).await;
    assert!(house.health(source.id).await.missing_folders.is_empty());
}

#[tokio::test]
async fn t34_folder_of_5000_files_moves_without_an_event_or_a_question() {
    let house = House::new().await;
    for number in 0..5_000 {
        house.files.write(&format!("/d/s/{number}.txt"), format!("{number}")).unwrap();
    }
    let source = house.linked("/d").await;
    let size = house.ledger.checkpoint().await.unwrap();
    house.admin.set_pages(Pages { entries_max: Some(700), empty_every: Some(3) });
    house.files.move_to("/d/s", "/d/t").unwrap();
    let moved = async {
        let mut watch = house.sync.watch();
        loop {
            let items = house.ledger.items_below(source.id, "/d/t", None, 9_000).await.unwrap();
            if items.len() == 5_000 {
                return items;
            }
            watch.recv().await.unwrap();
        }
    };
    let items = moved.await;
    assert!(items.iter().all(|item| item.presence == ledger::Presence::Present));
    assert_eq!(house.ledger.checkpoint().await.unwrap(), size);
    assert_eq!(house.admin.count(REVISIONS), 0);
}

#[tokio::test]
async fn t35_names_that_are_swapped_and_a_file_that_trades_places_with_a_folder_end_up_right() {
    let house = House::new().await;
    for name in ["a", "b", "c"] {
        house.files.write(&format!("/d/{name}"), name).unwrap();
    }
    house.linked("/d").await;
    house.hold_the_next_reading();
    for (from, to) in [("/d/a", "/aside"), ("/d/b", "/d/a"), ("/aside", "/d/b")] {
        house.files.move_to(from, to).unwrap();
    }
    house.files.delete("/d/c").unwrap();
    house.files.write("/d/c/inside", "in a folder of that name").unwrap();
    house.files.write("/d/a", "b, edited").unwrap();
    let expected =
        [("/d/a", "new publish"), ("/d/b", "new"), ("/d/c", "new"), ("/d/c/inside", "new")];
    house.until_documents(&expected).await;
    house.files.delete("/d/c").unwrap();
    house.files.write("/d/c", "a file again").unwrap();
    let mut expected = expected.to_vec();
    expected.insert(2, ("/d/c", "new"));
    house.until_documents(&expected).await;
}

/// Everything is told as deleted, and then as there, in the order that Dropbox was seen to use.
#[tokio::test]
async fn t37_folder_that_is_shared_and_unshared_publishes_nothing() {
    let house = House::new().await;
    linked_with_a_file(&house).await;
    let direct = house.direct().await;
    let file = direct.entry("/d/s/a.txt").await;
    let mut folder = direct.entry("/d/s").await;
    folder["sharing_info"] = json!({ "read_only": false, "shared_folder_id": "84528192499" });
    let gone = |path: &str| json!({ ".tag": "deleted", "name": "gone", "path_lower": path, "path_display": path });
    let entries = vec![gone("/d/s/a.txt"), gone("/d/s"), folder, file];
    let page = direct.page("/d", entries).await;
    house.answer_next(CONTINUE, &page);
    house.files.write("/d/b.txt", "wakes the engine").unwrap();
    house.files.write("/d/s/a.txt", "two").unwrap();
    house.until_documents(&[("/d/b.txt", "new"), ("/d/s/a.txt", "new publish")]).await;
}

#[tokio::test]
async fn t38_folder_that_cannot_be_seen_for_a_while_is_not_destroyed() {
    let house = House::new().await;
    let source = linked_with_a_file(&house).await;
    let direct = house.direct().await;
    let folder = direct.entry("/d/s").await;
    for hidden in ["no_access", "traverse_only"] {
        let mut folder = folder.clone();
        folder["sharing_info"] = json!({ "read_only": false, hidden: true });
        let page = direct.page("/d", vec![folder]).await;
        house.answer_next(CONTINUE, &page);
        house.files.write("/d/wake.txt", hidden).unwrap();
        house.until_health(source.id, |health| health.not_recorded == 1).await;
        let items = house.ledger.items_below(source.id, "/d/s", None, 9).await.unwrap();
        assert_eq!(items[0].presence, ledger::Presence::Present, "{hidden}");
        let page = direct.page("/d", vec![direct.entry("/d/s").await]).await;
        house.answer_next(CONTINUE, &page);
        house.files.write("/d/wake.txt", format!("{hidden} no more")).unwrap();
        house.until_health(source.id, |health| health.not_recorded == 0).await;
    }
    // Unmounted: it left our view, and is taken up again where it was.
    house.files.move_to("/d/s", "/unmounted").unwrap();
    house.files.write("/unmounted/a.txt", "two").unwrap();
    house.files.move_to("/unmounted", "/d/s").unwrap();
    let documents = || async { house.documents().await };
    let mut events = house.ledger.changes();
    while !documents().await.iter().any(|(path, history)| path == "/d/s/a.txt" && history != "new")
    {
        events.recv().await.unwrap();
    }
    let at = documents().await.into_iter().filter(|(path, _)| path == "/d/s/a.txt").count();
    assert_eq!(at, 1);
}

#[tokio::test]
async fn halves_of_a_move_on_different_pages_are_one_move() {
    let house = House::new().await;
    house.files.write("/d/a.txt", "one").unwrap();
    house.linked("/d").await;
    house.admin.set_pages(Pages { entries_max: Some(1), empty_every: None });
    house.hold_the_next_reading();
    house.files.move_to("/d/a.txt", "/d/z.txt").unwrap();
    house.files.write("/d/a.txt", "another").unwrap();
    house.until_documents(&[("/d/a.txt", "new"), ("/d/z.txt", "new")]).await;
}
