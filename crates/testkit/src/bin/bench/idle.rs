//! Accounts that are connected and linked, and in which nothing happens.

use sandbox::Person;
use testkit::Walk;

/// So many people, each with an empty Dropbox.
pub(crate) fn people(count: usize) -> Vec<Person> {
    (0..count).map(|number| Person::new("Idle", "Person", &email(number))).collect()
}

/// Connects and links all of them, and waits until each waits for changes.
pub(crate) async fn connect(walk: &Walk, count: usize) -> anyhow::Result<()> {
    for number in 0..count {
        let integration = walk.connect_as(&email(number)).await?;
        walk.link_all(&integration).await?;
        walk.until_up_to_date(&integration, 0).await?;
    }
    Ok(())
}

fn email(number: usize) -> String {
    format!("idle-{number}@example.org")
}
