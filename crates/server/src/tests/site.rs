//! The built pages. Whether they were built decides what the tests can see of them.

use http::StatusCode;

use super::house::House;

#[tokio::test]
async fn instaproof_is_at_the_root_or_says_how_to_build_it() {
    let house = House::open();
    let page = house.get("/").send().await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.header("content-type").starts_with("text/html"));
    assert!(page.text().contains("Instaproof") || page.text().contains("make web"));
    assert_eq!(page.header("set-cookie"), "");
}

#[tokio::test]
async fn administration_is_one_page_at_all_of_its_addresses() {
    let house = House::open();
    let cookie = house.signed_in().await;
    let id = "6ea5cd00-c711-4649-8914-7b125928bbb4";
    let assets = house.get("/assets").cookie(&cookie).send().await;
    assert_eq!(assets.status, StatusCode::OK);
    for path in [
        "/settings",
        "/settings/integrations",
        &format!("/assets/{id}"),
        &format!("/assets/{id}/events/{id}"),
    ] {
        let page = house.get(path).cookie(&cookie).send().await;
        assert_eq!(page.bytes, assets.bytes, "{path}");
    }
}

#[tokio::test]
async fn page_that_has_not_changed_is_not_sent_again() {
    let house = House::open();
    let page = house.get("/").send().await;
    let tag = page.header("etag");
    if tag.is_empty() {
        return; // The placeholder of a binary without pages has none.
    }
    let again = house.get("/").header("if-none-match", tag).send().await;
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);
    assert!(again.bytes.is_empty());
    let policy = "content-security-policy";
    assert_eq!(again.header(policy), page.header(policy), "it would replace the one that was kept");
}

#[tokio::test]
async fn files_that_are_not_there_are_not_found() {
    let house = House::open();
    for path in
        ["/static/nothing.js", "/static/../Cargo.toml", "/static/%2e%2e/index.html", "/admin.html"]
    {
        let reply = house.get(path).send().await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{path}");
    }
}
