//! What the command prints: results on standard output, everything else on standard error.
//! Logging is elsewhere; nothing here is for machines but the lines of `--json`.

use std::fmt::Display;
use std::io::{self, Write};

use serde::Serialize;

/// Prints one line of result.
pub(crate) fn result(line: impl Display) -> anyhow::Result<()> {
    writeln!(io::stdout().lock(), "{line}")?;
    Ok(())
}

/// Prints one result as one line of JSON.
pub(crate) fn json(value: &impl Serialize) -> anyhow::Result<()> {
    result(serde_json::to_string(value)?)
}

/// Tells a person something that is not a result. Nobody listening is no reason to stop.
pub(crate) fn tell(line: impl Display) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Explains why the command failed, causes and all.
pub(crate) fn explain(error: &anyhow::Error) {
    tell(format_args!("proofbox: {}", causes(error)));
}

/// An error with its causes, each said once.
pub(crate) fn causes(error: &anyhow::Error) -> String {
    error.chain().map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// Whether whoever read our output has gone, as `head` does: a normal end.
pub(crate) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// Text from outside, made harmless for a terminal: escape sequences and marks that turn the
/// direction of writing are shown, not obeyed.
pub(crate) fn harmless(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut shown, character| {
        if character.is_control() || turns_direction(character) {
            shown.extend(character.escape_unicode());
        } else {
            shown.push(character);
        }
        shown
    })
}

fn turns_direction(character: char) -> bool {
    matches!(character, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn names_cannot_steer_the_terminal() {
        assert_eq!(harmless("a\u{1b}[31mb\u{202e}fdp.exe"), "a\\u{1b}[31mb\\u{202e}fdp.exe");
    }

    #[test]
    fn letters_of_all_scripts_stay_as_they_are() {
        assert_eq!(harmless("Ünïcode 日本 🎉 עברית"), "Ünïcode 日本 🎉 עברית");
    }
}
