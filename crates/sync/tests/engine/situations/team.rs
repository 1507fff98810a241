//! The space of a team: another root than a person's own, which may become another one.

use sandbox::{Options, Team};
use serde_json::json;
use sync::{State, Verdict};

use crate::direct::{CONTINUE, LIST};
use crate::house::{House, options};

const ACCOUNT: &str = "users/get_current_account";

#[tokio::test]
async fn t39_folders_of_a_team_are_seen_and_a_root_that_changed_is_asked_for_anew() {
    let team = Team { name: "Example".to_owned(), folders: vec!["Press".to_owned()] };
    let account = Options { team: Some(team), ..Options::default() };
    let house = House::with(account, options()).await;
    house.files.write("/Press/a.txt", "one").unwrap();
    let source = house.connect().await;
    let folders = house.sync.folders(house.tenancy, source.id, None).await.unwrap();
    assert!(folders.iter().any(|folder| folder.path == "/Press"), "{folders:?}");
    let rules = house.rules(&[("/Press", Verdict::Include)]);
    house.sync.link(house.tenancy, source.id, rules).await.unwrap();
    house.until_documents(&[("/Press/a.txt", "new")]).await;
    house.until_state(source.id, |state| *state == State::UpToDate).await;

    house.admin.clear_requests();
    let root = json!({ ".tag": "team", "root_namespace_id": "9", "home_namespace_id": "1" });
    let changed = json!({ ".tag": "invalid_root", "invalid_root": root });
    house.fail_next(CONTINUE, 422, &changed);
    house.files.write("/Press/a.txt", "two").unwrap();
    house.until_documents(&[("/Press/a.txt", "new publish")]).await;
    house.until_state(source.id, |state| *state == State::UpToDate).await;
    assert_eq!(
        (house.admin.count(ACCOUNT), house.admin.count(LIST)),
        (1, 1),
        "{:?}",
        house.calls()
    );
    house.assert_clean().await;
}
