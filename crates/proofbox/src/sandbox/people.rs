//! Who has an account in a sandbox besides Ada, and the team that everybody may be in.

use clap::Args;
use sandbox::{Person, Team};

/// Further people and their team
#[derive(Args)]
#[command(next_help_heading = "People")]
pub(super) struct People {
    /// Somebody else who can sign in, as 'Grace Example <grace@example.org>'; may be given several
    /// times
    #[arg(long = "person", value_name = "PERSON", value_parser = person)]
    further: Vec<Person>,
    /// Put everybody into a team, whose members see a common root from which their homes are apart
    #[arg(long, value_name = "NAME")]
    team: Option<String>,
    /// Folder that everybody in the team has; may be given several times
    #[arg(long = "team-folder", value_name = "NAME", requires = "team")]
    team_folders: Vec<String>,
}

impl People {
    pub(super) fn further(&self) -> Vec<Person> {
        self.further.clone()
    }

    pub(super) fn team(&self) -> Option<Team> {
        let folders = self.team_folders.clone();
        self.team.clone().map(|name| Team { name, folders })
    }
}

/// Reads `Grace Example <grace@example.org>`.
fn person(text: &str) -> Result<Person, String> {
    let parts = || {
        let (name, email) = text.strip_suffix('>')?.split_once('<')?;
        let (given_name, surname) = name.trim().split_once(' ')?;
        email.contains('@').then(|| Person::new(given_name, surname.trim(), email))
    };
    parts().ok_or_else(|| "write it like this: 'Grace Example <grace@example.org>'".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_written_as_in_a_letter_head() {
        let grace = Person::new("Grace", "van Example", "grace@example.org");
        assert_eq!(person("Grace van Example <grace@example.org>"), Ok(grace));
        for text in ["Grace", "Grace Example", "<grace@example.org>", "Grace Example <grace>"] {
            assert!(person(text).is_err(), "{text}");
        }
    }
}
