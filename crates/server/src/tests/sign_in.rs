//! Signing in, staying in, signing out.

use http::StatusCode;

use super::house::House;

#[tokio::test]
async fn link_shows_a_button_uses_nothing_up_and_works_once() {
    let house = House::open();
    let user = house.ledger.first_administrator().await.unwrap();
    let link = house.sign_in_link(&user).await;

    for _ in 0..2 {
        let page = house.get(&link).send().await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.text().contains(r#"<form method="post"><button"#));
        assert!(
            !page.text().contains(link.trim_start_matches("/sign-in/")),
            "the token is in the page"
        );
    }
    let first = house.post(&link).send().await;
    assert_eq!((first.status, first.location()), (StatusCode::SEE_OTHER, "/settings/integrations"));
    let second = house.post(&link).send().await;
    assert_eq!(second.status, StatusCode::GONE);
    assert!(second.text().contains("proofbox sign-in-link"), "{}", second.text());
    assert!(second.cookie().is_none());
}

#[tokio::test]
async fn session_cookie_is_out_of_reach_of_scripts_and_other_sites() {
    let house = House::open();
    let user = house.ledger.first_administrator().await.unwrap();
    let plain = house.post(&house.sign_in_link(&user).await).send().await;
    let set = plain.header("set-cookie");
    assert!(set.starts_with("session=") && !set.contains("Secure"), "{set}");
    assert!(set.contains("HttpOnly") && set.contains("SameSite=Lax") && set.contains("Path=/"));

    let house = House::at("https://proofs.example.org", None);
    let user = house.ledger.first_administrator().await.unwrap();
    let secure = house.post(&house.sign_in_link(&user).await).send().await;
    let set = secure.header("set-cookie");
    assert!(set.starts_with("__Host-session=") && set.contains("Secure"), "{set}");
    assert!(!set.contains("Domain"), "{set}");
    assert_eq!(secure.header("strict-transport-security"), "max-age=31536000");
}

#[tokio::test]
async fn signing_in_gives_a_new_session_id() {
    let house = House::open();
    let before = house.signed_in().await;
    let user = house.ledger.first_administrator().await.unwrap();
    let link = house.sign_in_link(&user).await;
    let after = house.post(&link).cookie(&before).send().await.cookie().unwrap();
    assert_ne!(before, after);
    let old = house.get("/api/me").cookie(&before).send().await;
    assert_eq!(old.status, StatusCode::UNAUTHORIZED);
    let new = house.get("/api/me").cookie(&after).send().await;
    assert_eq!(new.status, StatusCode::OK);
}

#[tokio::test]
async fn signing_out_ends_the_session_on_our_side() {
    let house = House::open();
    let cookie = house.signed_in().await;
    let out = house.post("/sign-out").cookie(&cookie).send().await;
    assert_eq!((out.status, out.location()), (StatusCode::SEE_OTHER, "/"));
    assert!(out.header("set-cookie").contains("Max-Age=0"), "{}", out.header("set-cookie"));
    let after = house.get("/api/me").cookie(&cookie).send().await;
    assert_eq!(
        (after.status, after.code().as_str()),
        (StatusCode::UNAUTHORIZED, "sign_in_required")
    );
}

#[tokio::test]
async fn session_outlives_the_process_and_a_forged_one_is_none() {
    let house = House::open();
    let cookie = house.signed_in().await;
    let again = crate::router(house.state.clone());
    let me = super::ask::Ask::new(again, http::Method::GET, "/api/me").cookie(&cookie).send().await;
    assert_eq!(me.status, StatusCode::OK);
    for forged in
        ["session=AAAAAAAAAAAAAAAAAAAAAA", "session=x", "session=", "session=%00; session"]
    {
        let reply = house.get("/api/me").cookie(forged).send().await;
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "{forged}");
    }
}

#[tokio::test]
async fn me_says_who_for_whom_and_on_which_log() {
    let house = House::open();
    let cookie = house.signed_in().await;
    let me = house.get("/api/me").cookie(&cookie).send().await.json();
    assert_eq!(me["user"]["role"], "administrator");
    assert_eq!(me["tenancy"]["display_name"], "My organisation");
    assert_eq!(me["tenancy"]["verified_domain"], serde_json::Value::Null);
    assert_eq!(me["dropbox"]["configured"], false);
    assert_eq!(
        me["dropbox"]["connected_apps_url"],
        "https://www.dropbox.com/account/connected_apps"
    );
    assert_eq!(me["log"]["origin"], "proofs.example.org");
    assert_eq!(me["log"]["vkey"], house.ledger.log_key().to_string());
}

#[tokio::test]
async fn guessing_links_is_slowed_down() {
    let house = House::open();
    let mut last = None;
    for _ in 0..40 {
        last = Some(house.post("/sign-in/guess").send().await);
    }
    let last = last.unwrap();
    assert_eq!(last.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(last.header("retry-after").parse::<u64>().unwrap() > 0);
}
