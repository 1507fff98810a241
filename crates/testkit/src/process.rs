//! The real binary as child processes, each watched for the line that says where it is, and ended
//! with the value that holds it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context;

/// Longer than a start takes on a busy machine, recovery included.
const START_TIMEOUT: Duration = Duration::from_mins(1);
/// The app that every sandbox here knows and every Proofbox uses.
pub const APP_KEY: &str = "testkit-app-key";

/// `proofbox serve` as a process.
#[derive(Debug)]
pub struct Proofbox {
    process: Process,
    url: String,
}

impl Proofbox {
    /// Starts Proofbox over a data directory, beside the Dropbox at this address.
    pub fn start(binary: &Path, data: &Path, dropbox: &str) -> anyhow::Result<Self> {
        Self::start_command(&mut Self::command(Command::new(binary), data, dropbox))
    }

    /// The command that [`start`](Self::start) runs; `program` may be a wrapper that ends in the
    /// binary.
    pub fn command(mut program: Command, data: &Path, dropbox: &str) -> Command {
        program.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(data);
        program.env("DROPBOX_APP_KEY", APP_KEY).env("PROOFBOX_DROPBOX_URL", dropbox);
        program
    }

    /// Starts such a command.
    pub fn start_command(command: &mut Command) -> anyhow::Result<Self> {
        let process = Process::start(command)?;
        let url = process.line_after("Proofbox is at ")?;
        Ok(Self { process, url })
    }

    /// Where it answers.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.process.child.id()
    }

    /// Ends it with no chance to say goodbye.
    pub fn kill(mut self) -> anyhow::Result<()> {
        self.process.child.kill()?;
        self.process.child.wait()?;
        Ok(())
    }

    /// Asks it to stop, as Ctrl-C does.
    pub fn interrupt(&self) -> anyhow::Result<()> {
        interrupt(&self.process.child)
    }

    /// Asks it to stop, as Ctrl-C does, and waits until it has.
    pub fn stop(mut self) -> anyhow::Result<ExitStatus> {
        interrupt(&self.process.child)?;
        Ok(self.process.child.wait()?)
    }

    /// Stops it and returns all that it said on standard output and that was not read yet.
    pub fn stop_and_read(mut self) -> anyhow::Result<Vec<String>> {
        interrupt(&self.process.child)?;
        self.process.child.wait()?;
        Ok(self.process.lines.iter().collect())
    }

    /// What follows these words on the next line that holds them.
    pub fn line_after(&self, words: &str) -> anyhow::Result<String> {
        self.process.line_after(words)
    }

    /// Waits until it ends by itself, which it must do within this time.
    pub fn end_within(mut self, limit: Duration) -> anyhow::Result<ExitStatus> {
        let deadline = Instant::now() + limit;
        loop {
            // Its standard output ends when it does.
            let left = deadline.saturating_duration_since(Instant::now());
            match self.process.lines.recv_timeout(left) {
                Ok(_) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(self.process.child.wait()?),
                Err(RecvTimeoutError::Timeout) => anyhow::bail!("it runs on after {limit:?}"),
            }
        }
    }

    /// Waits until it ends by itself.
    pub fn wait(mut self) -> anyhow::Result<ExitStatus> {
        Ok(self.process.child.wait()?)
    }
}

/// `proofbox witness` as a process.
#[derive(Debug)]
pub struct Witness {
    process: Process,
    url: String,
    policy_line: String,
}

impl Witness {
    /// Starts a witness over a data directory, for the logs in this file.
    pub fn start(binary: &Path, data: &Path, logs: &Path, listen: &str) -> anyhow::Result<Self> {
        let mut command = Command::new(binary);
        command.args(["witness", "--name", "witness.example.org/w1", "--listen", listen]);
        let process = Process::start(command.arg("--data").arg(data).arg("--logs").arg(logs))?;
        let url = process.line_after("The witness is at ")?;
        let policy_line = format!("witness {}", process.line_after("witness ")?);
        Ok(Self { process, url, policy_line })
    }

    /// Where it answers.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What a log's policy says of it.
    pub fn policy_line(&self) -> &str {
        &self.policy_line
    }

    /// Ends it with no chance to say goodbye.
    pub fn kill(mut self) -> anyhow::Result<()> {
        self.process.child.kill()?;
        self.process.child.wait()?;
        Ok(())
    }

    /// Asks it to stop, as Ctrl-C does, and waits until it has.
    pub fn stop(mut self) -> anyhow::Result<ExitStatus> {
        interrupt(&self.process.child)?;
        Ok(self.process.child.wait()?)
    }
}

/// A new one-time sign-in link, made beside a running server.
pub fn sign_in_link(binary: &Path, data: &Path) -> anyhow::Result<String> {
    let output = Command::new(binary).args(["sign-in-link", "--data"]).arg(data).output()?;
    anyhow::ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

/// A child whose standard output is read line by line, and who does not outlive us.
#[derive(Debug)]
struct Process {
    child: Child,
    lines: Receiver<String>,
}

impl Process {
    fn start(command: &mut Command) -> anyhow::Result<Self> {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let output = child.stdout.take().context("the child has no standard output")?;
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            BufReader::new(output)
                .lines()
                .map_while(Result::ok)
                .try_for_each(|line| sender.send(line))
        });
        Ok(Self { child, lines })
    }

    /// What follows these words on the first line that holds them.
    fn line_after(&self, words: &str) -> anyhow::Result<String> {
        loop {
            let line = self
                .lines
                .recv_timeout(START_TIMEOUT)
                .with_context(|| format!("never said \"{words}\""))?;
            if let Some((_, rest)) = line.split_once(words) {
                return Ok(rest.trim_end_matches('/').to_owned());
            }
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Both fail only when it has ended already, which is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn interrupt(child: &Child) -> anyhow::Result<()> {
    let id = rustix::process::Pid::from_child(child);
    Ok(rustix::process::kill_process(id, rustix::process::Signal::INT)?)
}
