use super::Bench;
use super::bench::{file, renamed};
use crate::{Commit, Item, ItemUpdate, Presence};

fn keys(items: &[Item]) -> Vec<&str> {
    let mut keys: Vec<_> = items.iter().map(|item| item.key.as_str()).collect();
    keys.sort_unstable();
    keys
}

#[tokio::test]
async fn item_reads_back_as_it_was_seen() {
    let bench = Bench::new().await;
    for (path, name) in
        [("/Ä/<b>\u{202e}fdp.😀", "x"), ("/top", "top"), ("no-slash", "odd"), ("", "")]
    {
        let update = ItemUpdate { name: name.to_owned(), ..file("id:a", path, "r1", "one") };
        bench.commit(vec![update.clone()]).await;
        let items = bench.ledger.items_by_key(bench.source.id, &["id:a".to_owned()]).await;
        let [item] = items.unwrap().try_into().unwrap();
        assert_eq!(
            (item.path, item.name, item.path_key),
            (update.path, update.name, update.path_key)
        );
        assert_eq!(item.fingerprint, update.fingerprint.content_hash);
        assert_eq!((item.presence, item.generation), (Presence::Present, 1));
    }
}

#[tokio::test]
async fn items_are_found_by_path_whatever_the_case_they_are_shown_in() {
    let bench = Bench::new().await;
    let shouting = file("id:a", "/DOCS/a.txt", "r1", "one");
    let quiet = file("id:b", "/docs/b.txt", "r1", "one");
    let gone = file("id:c", "/docs/A.txt", "r1", "one");
    bench.commit(vec![shouting, quiet, gone]).await;
    let commit = Commit { gone: vec!["id:c".to_owned()], ..Commit::new(bench.source.id) };
    bench.ledger.commit(commit).await.unwrap();
    let at = async |path: &str| {
        bench.ledger.items_by_path(bench.source.id, &[path.to_owned()]).await.unwrap()
    };
    assert_eq!(keys(&at("/docs/a.txt").await), ["id:a", "id:c"]);
    assert_eq!(keys(&at("/docs/b.txt").await), ["id:b"]);
    assert_eq!(keys(&at("/docs").await), [""; 0]);
}

#[tokio::test]
async fn items_below_a_folder_come_in_pages_and_leave_siblings_out() {
    let bench = Bench::new().await;
    let paths = ["/a/1", "/a/2", "/a/b/3", "/A/4", "/a/B/5", "/a-sibling/6", "/a0/7", "/b/8", "/9"];
    let updates = paths.iter().map(|path| file(path, path, "r1", path)).collect();
    bench.commit(updates).await;
    let mut seen = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let source = bench.source.id;
        let page = bench.ledger.items_below(source, "/a", after.as_deref(), 2).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.key.clone());
        seen.extend(page);
    }
    assert_eq!(keys(&seen), ["/A/4", "/a/1", "/a/2", "/a/B/5", "/a/b/3"]);
    let all = bench.ledger.items_below(bench.source.id, "", None, 100).await.unwrap();
    assert_eq!(all.len(), paths.len());
}

#[tokio::test]
async fn a_sweep_finds_what_the_listing_did_not_see() {
    let bench = Bench::new().await;
    let updates = ["/a/1", "/a/2", "/b/3"].map(|path| file(path, path, "r1", path)).to_vec();
    bench.commit(updates).await;
    let seen_again = ItemUpdate { generation: 2, ..renamed("/a/1", "/a/1", "r1", "/a/1") };
    bench.commit(vec![seen_again]).await;
    let unseen = bench.ledger.items_unseen(bench.source.id, "/a", 2, 10).await.unwrap();
    assert_eq!(keys(&unseen), ["/a/2"]);
    let gone = unseen.into_iter().map(|item| item.key).collect();
    bench.ledger.commit(Commit { gone, ..Commit::new(bench.source.id) }).await.unwrap();
    assert_eq!(bench.ledger.items_unseen(bench.source.id, "/a", 2, 10).await.unwrap(), []);
    let back = bench.commit(vec![file("/a/2", "/a/2", "r1", "/a/2")]).await;
    assert_eq!(back.events, [], "a restored file continues where it was");
}
