//! From an app's request for access to a revoked token, in a browser and on the token endpoint.

use std::time::Duration;

use sandbox::{AppKey, Options, Person, Sandbox};
use serde_json::json;

use crate::client::{
    APP, CHALLENGE, Client, REDIRECT, Reply, SCOPE, VERIFIER, authorize, exchange, hidden,
    is_redirect, linked, start,
};

#[tokio::test]
async fn whole_walk_leads_from_a_link_to_the_account() {
    let sandbox = start().await;
    let mut client = Client::new(sandbox.url());

    let asked = Reply::of(client.get(&authorize(&[]))).await;
    assert_eq!(asked.status, 302);
    let sign_in = Reply::of(client.get(asked.header("location"))).await;
    assert!(sign_in.text.contains("Any password is accepted"));
    let onward = hidden(&sign_in.text, "cont");
    assert_eq!(onward, authorize(&[]));

    let form = [("email", "ada@example.org"), ("password", "x"), ("cont", onward.as_str())];
    let signed_in = Reply::of(client.post("/login").form(&form)).await;
    assert_eq!((signed_in.status, signed_in.header("location")), (303, onward.as_str()));

    client.sign_in("Ada@Example.org").await;
    let consent = Reply::of(client.get(&onward)).await;
    for sentence in [
        "View information about your Dropbox files and folders",
        "View basic information about your Dropbox account such as your username, email, and country",
        "Ada Example",
        "Dropbox sandbox",
    ] {
        assert!(consent.text.contains(sentence), "{sentence} is missing");
    }
    assert_eq!(consent.text.matches("View ").count(), 2, "exactly two permissions");
    let policy = consent.header("content-security-policy");
    assert!(policy.contains("default-src 'none'"));
    assert!(policy.contains("form-action 'self' http://127.0.0.1:9;"), "{policy}");

    let back = client.decide(&consent, "allow").await;
    assert!(back.location().as_str().starts_with(REDIRECT));
    assert_eq!(back.outcome("state").unwrap(), "a state & more");
    let reply = client.token(&exchange(&back.outcome("code").unwrap())).await;
    let token = reply.json();
    assert_eq!(token["token_type"], "bearer");
    assert_eq!(token["expires_in"], 14_400);
    assert_eq!(token["scope"], SCOPE);
    assert_eq!(token["account_id"].as_str().unwrap().len(), 40);
    assert!(token["uid"].is_string());
    assert!(token["access_token"].as_str().unwrap().starts_with("sl.u."));
    assert_eq!(token["refresh_token"].as_str().unwrap().len(), 64);

    client.access_token = token["access_token"].as_str().unwrap().to_owned();
    let account = client.ok("users/get_current_account", json!(null)).await;
    assert_eq!(account["account_id"], token["account_id"]);
    assert_eq!(account["email"], "ada@example.org");
    assert_eq!(account["name"]["display_name"], "Ada Example");
    sandbox.shutdown().await;
}

#[tokio::test]
async fn cancel_goes_back_with_a_reason_and_no_code() {
    let sandbox = start().await;
    let mut client = Client::new(sandbox.url());
    client.sign_in("ada@example.org").await;
    let consent = Reply::of(client.get(&authorize(&[]))).await;
    let back = client.decide(&consent, "cancel").await;
    assert_eq!(back.outcome("error").unwrap(), "access_denied");
    assert_eq!(back.outcome("state").unwrap(), "a state & more");
    assert!(back.outcome("error_description").is_some());
    assert_eq!(back.outcome("code"), None);
}

#[tokio::test]
async fn approved_app_is_not_asked_about_again_unless_it_insists() {
    let (_sandbox, client) = linked().await;
    let again = Reply::of(client.get(&authorize(&[]))).await;
    assert!(is_redirect(again.status) && again.outcome("code").is_some());
    let insisting = Reply::of(client.get(&authorize(&[("force_reapprove", "true")]))).await;
    assert_eq!(insisting.status, 200);
    let more = Reply::of(client.get(&authorize(&[("scope", "files.content.read")]))).await;
    assert_eq!(more.status, 200, "a further permission has to be asked for");
    let stranger = Reply::of(client.get(&authorize(&[("force_reauthentication", "true")]))).await;
    assert!(stranger.header("location").starts_with("/login?cont="));
    assert!(!stranger.header("location").contains("force_reauthentication"));
}

#[tokio::test]
async fn bad_requests_for_access_are_shown_and_never_sent_back() {
    let known = AppKey {
        redirect_uris: vec!["https://proofbox.example/callback".to_owned()],
        ..AppKey::from(APP)
    };
    let known = AppKey { scopes: SCOPE.split(' ').map(str::to_owned).collect(), ..known };
    let options = Options { app_keys: vec![known], ..Options::default() };
    let sandbox = Sandbox::start(options).await.unwrap();
    let mut client = Client::new(sandbox.url());
    client.sign_in("ada@example.org").await;
    let wrong = [
        ("client_id", "somebody"),
        ("client_id", ""),
        ("redirect_uri", "https://proofbox.example/callback/"),
        ("redirect_uri", "javascript:alert(1)"),
        ("redirect_uri", REDIRECT),
        ("response_type", "code token"),
        ("response_type", ""),
        ("scope", "files.everything"),
        ("scope", "files.content.write"),
        ("include_granted_scopes", "team"),
        ("token_access_type", "legacy"),
        ("code_challenge", "short"),
        ("code_challenge_method", "S512"),
    ];
    for field in wrong {
        let mut fields = vec![("redirect_uri", "https://proofbox.example/callback"), field];
        fields.dedup_by_key(|(name, _)| *name);
        if field.0 == "redirect_uri" {
            fields[0] = field;
        }
        let reply = Reply::of(client.get(&authorize(&fields))).await;
        assert_eq!((reply.status, reply.header("location")), (400, ""), "{field:?}");
    }
    let registered = [("redirect_uri", "https://proofbox.example/callback")];
    assert_eq!(Reply::of(client.get(&authorize(&registered))).await.status, 200);
    let without = Reply::of(client.get(&authorize(&[("redirect_uri", "")]))).await;
    let shown = client.decide(&without, "allow").await;
    assert!(shown.text.contains("Enter this code"));
}

async fn refused(client: &Client, fields: &[(&str, &str)]) -> String {
    let reply = client.token(fields).await;
    assert_eq!((reply.status, reply.header("content-type")), (400, "application/json"));
    let json = reply.json();
    format!("{}: {}", json["error"].as_str().unwrap(), json["error_description"].as_str().unwrap())
}

#[tokio::test]
async fn code_is_for_one_use_by_its_app_with_its_verifier_in_time() {
    let (sandbox, client) = linked().await;
    let code = client.code(&[]).await;
    assert_eq!(client.token(&exchange(&code)).await.status, 200);
    let used = refused(&client, &exchange(&code)).await;
    assert_eq!(used, "invalid_grant: code has already been used");
    let unknown = refused(&client, &exchange("nonsense")).await;
    assert_eq!(unknown, "invalid_grant: code doesn't exist or has expired");

    let code = client.code(&[]).await;
    let mut fields = exchange(&code);
    fields[2] = ("client_id", "another");
    assert!(refused(&client, &fields).await.starts_with("invalid_grant"));
    fields = exchange(&code);
    fields[4] = ("code_verifier", CHALLENGE);
    assert_eq!(refused(&client, &fields).await, "invalid_grant: invalid code verifier");
    let code = client.code(&[]).await;
    fields = exchange(&code);
    fields[3] = ("redirect_uri", "http://127.0.0.1:9/elsewhere");
    assert_eq!(refused(&client, &fields).await, "invalid_grant: redirect_uri mismatch");

    let code = client.code(&[]).await;
    sandbox.admin().advance_clock(Duration::from_secs(601));
    let late = refused(&client, &exchange(&code)).await;
    assert_eq!(late, "invalid_grant: code has expired (within the last hour)");
}

#[tokio::test]
async fn tokens_come_in_every_encoding_that_clients_use() {
    let (_sandbox, client) = linked().await;
    let fields = [("grant_type", "refresh_token"), ("refresh_token", &client.refresh_token)];
    let mut with_client = fields.to_vec();
    with_client.push(("client_id", APP));

    let query = client.post("/oauth2/token").query(&with_client);
    let requests = [
        client.post("/oauth2/token").form(&with_client),
        query.header("content-type", "application/json"),
        client.post("/1/oauth2/token").form(&fields).basic_auth(APP, Some("secret")),
        client.post("/1/oauth2/token").form(&with_client),
    ];
    for request in requests {
        let reply = Reply::of(request).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        let token = reply.json();
        assert!(token["access_token"].is_string());
        assert!(token["refresh_token"].is_null(), "refresh tokens are not rotated");
    }
}

#[tokio::test]
async fn app_without_pkce_has_to_show_its_secret() {
    let known = AppKey { secret: Some("geheim".to_owned()), ..AppKey::from(APP) };
    let options = Options { app_keys: vec![known], ..Options::default() };
    let sandbox = Sandbox::start(options).await.unwrap();
    let mut client = Client::new(sandbox.url());
    client.sign_in("ada@example.org").await;
    let plain = [("code_challenge", ""), ("code_challenge_method", "")];

    let code = client.code(&plain).await;
    let fields = exchange(&code);
    let unproved = "invalid request: No auth function available for given request";
    assert_eq!(refused(&client, &fields).await, unproved);

    let code = client.code(&plain).await;
    let mut fields = exchange(&code).to_vec();
    fields.push(("client_secret", "falsch"));
    let wrong = "invalid_client: Invalid client_id or client_secret";
    assert_eq!(refused(&client, &fields).await, wrong);
    fields.pop();
    fields.push(("client_secret", "geheim"));
    let reply = client.token(&fields).await;
    assert_eq!(reply.status, 200, "a wrong secret does not use up the code: {}", reply.text);

    let refresh = reply.json()["refresh_token"].as_str().unwrap().to_owned();
    let mut fields = vec![("grant_type", "refresh_token"), ("client_id", APP)];
    fields.push(("refresh_token", &refresh));
    assert_eq!(refused(&client, &fields).await, unproved);
    fields.push(("client_secret", "geheim"));
    assert_eq!(client.token(&fields).await.status, 200);
    assert!(VERIFIER.len() >= 43);
}

#[tokio::test]
async fn online_access_has_no_refresh_token_and_refresh_may_narrow() {
    let (_sandbox, client) = linked().await;
    let code = client.code(&[("token_access_type", "online")]).await;
    let reply = client.token(&exchange(&code)).await.json();
    assert!(reply["refresh_token"].is_null());

    let mut fields = vec![("grant_type", "refresh_token"), ("client_id", APP)];
    fields.push(("refresh_token", &client.refresh_token));
    fields.push(("scope", "account_info.read"));
    let narrow = client.token(&fields).await.json();
    let narrow = client.with_token(&text(&narrow["access_token"]));
    narrow.ok("users/get_current_account", json!(null)).await;
    let refused = narrow.call("files/list_folder", json!({ "path": "" })).await;
    assert_eq!((refused.status, refused.tags().as_str()), (401, "missing_scope"));
    assert_eq!(refused.json()["error"]["required_scope"], "files.metadata.read");
    *fields.last_mut().unwrap() = ("scope", "files.content.write");
    assert_eq!(client.token(&fields).await.json()["error"], "invalid_scope");
}

fn text(value: &serde_json::Value) -> String {
    value.as_str().unwrap().to_owned()
}

#[tokio::test]
async fn token_expires_after_four_hours_or_on_demand_and_a_refresh_helps() {
    let (sandbox, mut client) = linked().await;
    for round in 0..2 {
        if round == 0 {
            sandbox.admin().advance_clock(Duration::from_hours(4));
        } else {
            sandbox.admin().expire_access_tokens().unwrap();
        }
        let expired = client.call("users/get_current_account", json!(null)).await;
        assert_eq!((expired.status, expired.tags().as_str()), (401, "expired_access_token"));
        let mut fields = vec![("grant_type", "refresh_token"), ("client_id", APP)];
        fields.push(("refresh_token", &client.refresh_token));
        client.access_token = text(&client.token(&fields).await.json()["access_token"]);
        client.ok("users/get_current_account", json!(null)).await;
    }
}

async fn assert_disconnected(client: &Client) {
    let dead = client.call("files/list_folder", json!({ "path": "" })).await;
    assert_eq!((dead.status, dead.tags().as_str()), (401, "invalid_access_token"));
    assert_eq!(dead.json()["error"], json!({ ".tag": "invalid_access_token" }));
    let mut fields = vec![("grant_type", "refresh_token"), ("client_id", APP)];
    fields.push(("refresh_token", &client.refresh_token));
    let reason = refused(client, &fields).await;
    assert_eq!(reason, "invalid_grant: refresh token is invalid or revoked");
}

#[tokio::test]
async fn revoked_token_takes_its_refresh_token_along() {
    let (_sandbox, client) = linked().await;
    let revoked = Reply::of(
        client.post("/2/auth/token/revoke").bearer_auth(&client.access_token).body("null"),
    );
    let revoked = revoked.await;
    assert_eq!((revoked.status, revoked.text.as_str()), (200, "null"));
    assert_disconnected(&client).await;
}

#[tokio::test]
async fn person_disconnects_an_app_on_the_page_of_connected_apps() {
    let (sandbox, mut client) = linked().await;
    let page = Reply::of(client.get("/account/connected_apps")).await;
    assert!(page.text.contains("Disconnect <bdi>testapp</bdi>"));
    let form = hidden(&page.text, "form");
    let form = [("form", form.as_str()), ("app", APP)];
    let done = Reply::of(client.post("/account/connected_apps").form(&form)).await;
    assert_eq!(done.header("location"), "/account/connected_apps?disconnected=testapp");
    assert_disconnected(&client).await;
    let page = Reply::of(client.get(done.header("location"))).await;
    assert!(page.text.contains("No apps are connected"));

    let consent = Reply::of(client.get(&authorize(&[]))).await;
    assert_eq!(consent.status, 200, "connecting again asks again");
    client.link(crate::client::SCOPE).await;
    assert_eq!(sandbox.admin().disconnect("testapp").unwrap(), 1);
    assert_disconnected(&client).await;
}

#[tokio::test]
async fn people_read_the_name_of_an_app_and_not_its_key() {
    let named = AppKey { name: "Proof & co".to_owned(), ..AppKey::from(APP) };
    let options = Options { app_keys: vec![named], ..Options::default() };
    let sandbox = Sandbox::start(options).await.unwrap();
    let client = Client::linked(&sandbox).await;
    let consent = authorize(&[("force_reapprove", "true")]);
    for page in [consent.as_str(), "/account/connected_apps", "/"] {
        let shown = Reply::of(client.get(page)).await;
        assert!(shown.text.contains("<bdi>Proof &#38; co</bdi>"), "{page}: {}", shown.text);
        assert!(!shown.text.contains(&format!("<bdi>{APP}</bdi>")), "{page}");
    }
}

#[tokio::test]
async fn nobody_answers_for_somebody_else() {
    let grace = Person::new("Grace", "Sample", "grace@example.org");
    let options = Options { further_accounts: vec![grace], ..Options::default() };
    let sandbox = Sandbox::start(options).await.unwrap();
    let mut client = Client::new(sandbox.url());
    client.sign_in("ada@example.org").await;
    let consent = Reply::of(client.get(&authorize(&[]))).await;
    let mut other = client.clone();
    other.sign_in("grace@example.org").await;
    assert_eq!(other.decide(&consent, "allow").await.status, 400);

    let form = hidden(&consent.text, "form");
    let fields = [("form", form.as_str()), ("choice", "allow")];
    let forged = client.post("/oauth2/authorize").form(&fields);
    let forged = Reply::of(forged.header("origin", "https://evil.example")).await;
    assert_eq!(forged.status, 403);
    let rebound = client.get("/account/connected_apps").header("host", "evil.example");
    assert_eq!(Reply::of(rebound).await.status, 403);

    let unknown = [("email", "eve@example.org"), ("cont", "")];
    let reply = Reply::of(client.post("/login").form(&unknown)).await;
    assert_eq!(reply.status, 422);
    assert!(reply.text.contains("grace@example.org"));
    let elsewhere = [("email", "ada@example.org"), ("cont", "//evil.example/")];
    let reply = Reply::of(client.post("/login").form(&elsewhere)).await;
    assert_eq!(reply.header("location"), "/");
}

#[tokio::test]
async fn app_that_names_no_scope_asks_for_all_that_is_enabled_for_it() {
    let enabled = ["account_info.read", "files.content.write"].map(str::to_owned).to_vec();
    let known = AppKey { scopes: enabled, ..AppKey::from(APP) };
    let options = Options { app_keys: vec![known], ..Options::default() };
    let sandbox = Sandbox::start(options).await.unwrap();
    let mut client = Client::new(sandbox.url());
    client.sign_in("ada@example.org").await;
    let code = client.code(&[("scope", "")]).await;
    let token = client.token(&exchange(&code)).await.json();
    assert_eq!(token["scope"], "account_info.read files.content.write");
}

#[tokio::test]
async fn granted_scopes_are_included_when_an_app_asks_for_more() {
    let (_sandbox, client) = linked().await;
    let more = [("scope", "files.content.read"), ("include_granted_scopes", "user")];
    let consent = Reply::of(client.get(&authorize(&more))).await;
    assert_eq!(consent.text.matches("View ").count(), 3, "the page names all three");
    let code = client.code(&more).await;
    let token = client.token(&exchange(&code)).await.json();
    assert_eq!(token["scope"], "account_info.read files.content.read files.metadata.read");
    let alone = client.code(&[("scope", "files.content.read")]).await;
    assert_eq!(client.token(&exchange(&alone)).await.json()["scope"], "files.content.read");
}

#[tokio::test]
async fn implicit_flow_brings_the_token_in_the_fragment() {
    let (_sandbox, client) = linked().await;
    let page = Reply::of(
        client.get(&authorize(&[("response_type", "token"), ("force_reapprove", "true")])),
    )
    .await;
    let refused = client.decide(&page, "cancel").await.location();
    assert!(refused.fragment().unwrap().starts_with("error=access_denied"));
    let allowed = client.decide(&page, "allow").await.location();
    assert_eq!(allowed.query(), None);
    let fragment = url::form_urlencoded::parse(allowed.fragment().unwrap().as_bytes());
    let fields: std::collections::HashMap<_, _> = fragment.into_owned().collect();
    assert_eq!((fields["token_type"].as_str(), fields["expires_in"].as_str()), ("bearer", "14400"));
    assert_eq!(fields["state"], "a state & more");
    assert!(!fields.contains_key("refresh_token"));
    client.with_token(&fields["access_token"]).ok("users/get_current_account", json!(null)).await;
    let nowhere = authorize(&[("response_type", "token"), ("redirect_uri", "")]);
    assert_eq!(Reply::of(client.get(&nowhere)).await.status, 400);
}

#[tokio::test]
async fn tokens_are_as_long_as_dropboxs_and_altered_ones_open_nothing() {
    let (_sandbox, client) = linked().await;
    let token = client.access_token.clone();
    assert!(token.len() > 1_000);
    for at in [10, token.len() - 1] {
        let mut altered = token.clone().into_bytes();
        altered[at] = if altered[at] == b'A' { b'B' } else { b'A' };
        let altered = client.with_token(&String::from_utf8(altered).unwrap());
        let refused = altered.call("users/get_current_account", json!(null)).await;
        assert_eq!(refused.tags(), "invalid_access_token");
    }
}

#[tokio::test]
async fn frozen_app_never_gets_its_people_back() {
    let (sandbox, client) = linked().await;
    sandbox.admin().freeze(APP);
    let page = Reply::of(client.get(&authorize(&[]))).await;
    assert_eq!(page.status, 400);
    assert!(page.text.contains("This app has reached its user limit"));
    client.ok("users/get_current_account", json!(null)).await;
    sandbox.admin().clear_faults();
    assert_eq!(Reply::of(client.get(&authorize(&[]))).await.status, 302);
}

#[tokio::test]
async fn tests_get_tokens_without_a_browser() {
    let grace = Person::new("Grace", "Sample", "grace@example.org");
    let options = Options { further_accounts: vec![grace], ..Options::default() };
    let sandbox = Sandbox::start(options).await.unwrap();
    let client = Client::new(sandbox.url());
    let wanted =
        json!({ "app": APP, "scope": "account_info.read", "account": "grace@example.org" });
    let token = Reply::of(client.post("/sandbox/tokens").json(&wanted)).await.json();
    assert_eq!(token["scope"], "account_info.read");
    let grace = client.with_token(token["access_token"].as_str().unwrap());
    let account = grace.ok("users/get_current_account", json!(null)).await;
    assert_eq!(account["email"], "grace@example.org");
    let refresh = [
        ("grant_type", "refresh_token"),
        ("client_id", APP),
        ("refresh_token", token["refresh_token"].as_str().unwrap()),
    ];
    assert_eq!(client.token(&refresh).await.status, 200);

    let revoke = client.at("/sandbox/links/revoke?account=ada@example.org");
    let revoked = Reply::of(client.post(revoke.as_str())).await.json();
    assert_eq!(revoked["revoked"], 0);
    let revoke = client.at("/sandbox/links/revoke?account=grace@example.org");
    assert_eq!(Reply::of(client.post(revoke.as_str())).await.json()["revoked"], 1);
    assert_eq!(client.token(&refresh).await.json()["error"], "invalid_grant");
    for wrong in [json!({ "app": "" }), json!({ "app": APP, "scope": "x" })] {
        assert!(Reply::of(client.post("/sandbox/tokens").json(&wrong)).await.status >= 400);
    }
}

#[tokio::test]
async fn an_app_may_want_a_work_account_or_a_personal_one() {
    let sandbox = start().await;
    let mut client = Client::new(sandbox.url());
    client.sign_in("ada@example.org").await;
    let asked = async |client: &Client, role: &str| {
        Reply::of(client.get(&authorize(&[("require_role", role)]))).await
    };
    let personal = asked(&client, "personal").await;
    assert_eq!(personal.status, 200);
    assert!(client.decide(&personal, "allow").await.outcome("code").is_some());
    let work = asked(&client, "work").await;
    assert_eq!(work.status, 400);
    assert!(work.text.contains("needs a work account, and ada@example.org is a personal one"));
    let other = asked(&client, "boss").await;
    assert!(other.status == 400 && other.text.contains("Invalid require_role"), "{}", other.text);

    let team = sandbox::Team { name: "Example".to_owned(), folders: Vec::new() };
    let options = Options { team: Some(team), ..Options::default() };
    let sandbox = Sandbox::start(options).await.unwrap();
    let mut client = Client::new(sandbox.url());
    client.sign_in("ada@example.org").await;
    assert_eq!(asked(&client, "work").await.status, 200);
    assert_eq!(asked(&client, "personal").await.status, 400);
}

#[tokio::test]
async fn userinfo_tells_as_much_as_the_scopes_of_openid_allow() {
    let sandbox = start().await;
    let mut client = Client::linked_for(&sandbox, "openid email").await;
    let who = client.ok("openid/userinfo", json!({})).await;
    assert_eq!(
        (&who["email"], &who["iss"]),
        (&json!("ada@example.org"), &json!("https://www.dropbox.com"))
    );
    assert_eq!((who["sub"].as_str().unwrap().len(), who.get("given_name")), (40, None));
    client.link("openid profile").await;
    let who = client.ok("openid/userinfo", json!({})).await;
    assert_eq!((&who["given_name"], who.get("email")), (&json!("Ada"), None));
    // They are asked for by name: nobody gets them with everything else.
    client.link("").await;
    let refused = client.call("openid/userinfo", json!({})).await;
    assert_eq!((refused.status, refused.tags().as_str()), (401, "missing_scope"));
    assert_eq!(refused.json()["error"]["required_scope"], "openid");
}
