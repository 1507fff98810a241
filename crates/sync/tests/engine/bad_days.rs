//! Faults, expired tokens, reset cursors, restarts: nothing is lost, nothing comes twice.

use sandbox::{Fault, Pages};
use sync::{State, Verdict};

use crate::house::House;

const CONTINUE: &str = "files/list_folder/continue";

/// An account with files, delivered in pages of two.
async fn house_with_pages(files: u32) -> House {
    let house = House::new().await;
    for number in 0..files {
        house.files.write(&format!("/d/{number:02}.txt"), format!("{number}")).unwrap();
    }
    house.admin.set_pages(Pages { entries_max: Some(2), empty_every: None });
    house
}

#[tokio::test]
async fn token_that_expires_in_the_middle_of_a_listing_is_renewed() {
    let house = house_with_pages(9).await;
    let source = house.connect().await;
    house.admin.inject(Fault::delay(CONTINUE, 1, 100));
    let rules = house.rules(&[("/d", Verdict::Include)]);
    house.sync.link(house.tenancy, source.id, rules).await.unwrap();
    house.until_state(source.id, |state| matches!(state, State::Scanning { seen: 1.., .. })).await;
    house.admin.expire_access_tokens().unwrap();
    let health = house.until_state(source.id, |state| *state == State::UpToDate).await;
    assert_eq!(health.documents, 9);
}

#[tokio::test]
async fn dropbox_in_trouble_is_tried_again_and_shown() {
    let house = house_with_pages(9).await;
    let source = house.connect().await;
    for status in [500, 502, 503] {
        house.admin.inject(Fault::answer(CONTINUE, 1, status, "<html>oops</html>"));
    }
    let rules = house.rules(&[("/d", Verdict::Include)]);
    house.sync.link(house.tenancy, source.id, rules).await.unwrap();
    house.until_state(source.id, |state| matches!(state, State::Failed { .. })).await;
    let health = house.until_state(source.id, |state| *state == State::UpToDate).await;
    assert_eq!(health.documents, 9);
    assert_eq!(house.ledger.asset_count(house.tenancy).await.unwrap(), 9);
}

#[tokio::test]
async fn files_that_change_while_they_are_listed_end_up_right() {
    let house = house_with_pages(9).await;
    let source = house.connect().await;
    house.admin.inject(Fault::delay(CONTINUE, 1, 150));
    let rules = house.rules(&[("/d", Verdict::Include)]);
    house.sync.link(house.tenancy, source.id, rules).await.unwrap();
    house
        .until_state(source.id, |state| matches!(state, State::Scanning { recorded: 1.., .. }))
        .await;
    house.files.write("/d/00.txt", "changed").unwrap();
    house.files.move_to("/d/08.txt", "/d/000.txt").unwrap();
    house.files.delete("/d/07.txt").unwrap();
    house.until_state(source.id, |state| *state == State::UpToDate).await;
    let documents = house.documents().await;
    let at = |path: &str| documents.iter().filter(|(shown, _)| shown == path).count();
    assert_eq!((at("/d/00.txt"), at("/d/000.txt"), at("/d/08.txt")), (1, 1, 0), "{documents:?}");
}
