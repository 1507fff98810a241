//! Figures for a terminal, and as a section of docs/benchmarks.md: each benchmark writes its own
//! and leaves the others as they are.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::Path;

use anyhow::Context;

/// What one benchmark found out.
pub struct Figures {
    /// The heading of its section.
    pub heading: &'static str,
    /// How it was measured; paragraphs of Markdown above the table.
    pub method: &'static str,
    /// What was measured, and the figure.
    pub rows: Vec<(String, String)>,
}

impl Figures {
    /// Prints the figures.
    pub fn print(&self) -> anyhow::Result<()> {
        let mut out = io::stdout().lock();
        for (what, figure) in &self.rows {
            writeln!(out, "{what:60} {figure}")?;
        }
        Ok(())
    }

    /// Writes the section of these figures, in place of the one that was there.
    pub fn write(&self, path: &Path) -> anyhow::Result<()> {
        let failed = || format!("cannot use {}", path.display());
        let page = std::fs::read_to_string(path).with_context(failed)?;
        std::fs::write(path, self.put_into(&page)?).with_context(failed)
    }

    fn put_into(&self, page: &str) -> anyhow::Result<String> {
        let start = format!("## {}\n", self.heading);
        let (before, old) = page.split_once(&start).unwrap_or((page, ""));
        let after = old.find("\n## ").and_then(|end| old.get(end..)).unwrap_or_default();
        let before = before.trim_end();
        let mut section = String::new();
        write!(section, "{before}\n\n{start}\n{}\n\n", self.method)?;
        write!(
            section,
            "Measured on {}, on {}.\n\n| what | figure |\n|---|---|\n",
            now()?,
            machine()
        )?;
        for (what, figure) in &self.rows {
            writeln!(section, "| {what} | {figure} |")?;
        }
        Ok(section + after)
    }
}

/// What the files in a directory and below it take.
pub fn disk_bytes(directory: &Path) -> anyhow::Result<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        let file = entry.metadata()?;
        bytes += if file.is_dir() { disk_bytes(&entry.path())? } else { file.len() };
    }
    Ok(bytes)
}

fn now() -> anyhow::Result<String> {
    let date = std::process::Command::new("date").args(["-u", "+%-d %B %Y"]).output()?;
    Ok(String::from_utf8(date.stdout)?.trim().to_owned())
}

fn machine() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    let model = model.map_or("an unknown processor", |(_, model)| model.trim());
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    format!("{cores} cores of {model}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn section_takes_the_place_of_its_old_self_and_of_nothing_else() {
        let figures = |rows| Figures { heading: "One", method: "How.", rows };
        let page = "# All\n\nIntro.\n\n## One\n\nold\n\n## Two\n\nstays\n";
        let new = figures(vec![("a".into(), "1".into())]).put_into(page).unwrap();
        assert!(new.starts_with("# All\n\nIntro.\n\n## One\n\nHow.\n\nMeasured on "), "{new}");
        assert!(new.ends_with("| a | 1 |\n\n## Two\n\nstays\n") && !new.contains("old"), "{new}");
        let added = figures(Vec::new()).put_into("# All\n\n## Two\n\nstays\n").unwrap();
        assert!(added.contains("stays\n\n## One\n\nHow."), "{added}");
    }
}
