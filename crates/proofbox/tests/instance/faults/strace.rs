//! strace, attached to the one thread that writes: it lists what that thread asks of the file
//! system, or makes one of these calls fail, or kills in its place. No other thread is touched, so
//! the same commit makes the same calls, and a call has a number that means something.

use std::collections::HashMap;
use std::fmt;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The name of the thread that folds the write-ahead log.
pub(crate) const FOLDING: &str = "ledger-fold";
/// The name of the writing thread.
pub(crate) const WRITER: &str = "ledger-writer";
/// Longer than a thread waits for its first turn on a busy machine.
const NAMED_TIMEOUT: Duration = Duration::from_secs(30);

/// strace while it is attached.
pub(crate) struct Strace {
    child: Child,
    report: PathBuf,
}

/// One call of a commit.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// The system call.
    pub(crate) name: String,
    /// Counted from 1 among the thread's calls of this name.
    pub(crate) number: usize,
    /// The file in the data directory.
    pub(crate) file: String,
}

/// What happens in the place of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It is not made, and this is its error.
    Error(&'static str),
    /// The process is killed before it is made.
    Kill,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Error(error) => f.write_str(error),
            Self::Kill => f.write_str("SIGKILL"),
        }
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} on {}", self.name, self.number, self.file)
    }
}

impl Call {
    /// Whether a full disk may refuse it.
    pub(crate) fn may_take_room(&self) -> bool {
        ["pwrite64", "ftruncate", "openat", "fsync", "fdatasync"].contains(&self.name.as_str())
    }

    /// Whether it leaves files other than they were.
    pub(crate) fn changes_files(&self) -> bool {
        ["pwrite64", "ftruncate", "unlink", "fsync", "fdatasync"].contains(&self.name.as_str())
    }
}

impl Strace {
    /// Writes every call of the writer that names or uses a file down.
    pub(crate) fn list(process: u32, report: PathBuf) -> Self {
        Self::attach((process, WRITER), report, &["-y", "-s0", "-e", "trace=%file,%desc"])
    }

    /// Lets this happen when the writer makes this call.
    pub(crate) fn inject(process: u32, report: PathBuf, call: &Call, fault: Fault) -> Self {
        let what = match fault {
            Fault::Error(error) => format!("error={error}"),
            Fault::Kill => "signal=SIGKILL".to_owned(),
        };
        let trace = format!("trace={}", call.name);
        let inject = format!("inject={}:{what}:when={}", call.name, call.number);
        Self::attach((process, WRITER), report, &["-e", &trace, "-e", &inject])
    }

    /// Lets the first flush of this very file by this thread fail.
    pub(crate) fn inject_flush((process, name): (u32, &str), report: PathBuf, file: &Path) -> Self {
        let calls = "fsync,fdatasync";
        let inject = format!("inject={calls}:error=EIO:when=1");
        let (trace, file) = (format!("trace={calls}"), file.to_str().unwrap());
        Self::attach((process, name), report, &["-P", file, "-e", &trace, "-e", &inject])
    }

    /// Returns when the thread is being watched: what it does from now on counts.
    fn attach((process, name): (u32, &str), report: PathBuf, options: &[&str]) -> Self {
        let mut child = Command::new("strace")
            .args(["-p", &thread(process, name).to_string(), "-o"])
            .arg(&report)
            .args(options)
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("strace is missing; `scripts/need strace` installs it");
        let mut said = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        said.read_line(&mut line).unwrap();
        assert!(
            line.contains("attached"),
            "strace may not attach to a process of this user here: {line}\
             Run the tests where ptrace is allowed: with kernel.yama.ptrace_scope = 0, and in a \
             container with the capability SYS_PTRACE"
        );
        Self { child, report }
    }

    /// The report, once the process has ended, which ends strace too.
    pub(crate) fn report(mut self) -> String {
        self.child.wait().unwrap();
        std::fs::read_to_string(&self.report).unwrap()
    }
}

impl Drop for Strace {
    fn drop(&mut self) {
        // Both fail only when it has ended already, which is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The calls in a list that concern files in this directory, in order. Locks and closes are left
/// out: neither is refused by a local disk, and how many there are depends on who else reads.
pub(crate) fn calls(list: &str, directory: &Path) -> Vec<Call> {
    let mut counts = HashMap::new();
    let inside = format!("{}/", directory.display());
    let calls = list.lines().filter_map(|line| {
        let (name, arguments) = line.split_once('(')?;
        let count = counts.entry(name).or_insert(0);
        *count += 1;
        let (_, file) = arguments.split_once(&inside)?;
        let file = file.split(['>', '"']).next()?.to_owned();
        if ["fcntl", "close"].contains(&name) {
            return None;
        }
        Some(Call { name: name.to_owned(), number: *count, file })
    });
    calls.collect()
}

/// The thread of this name. It is started by now, but names itself only when it first runs.
fn thread(process: u32, name: &str) -> u32 {
    let deadline = Instant::now() + NAMED_TIMEOUT;
    loop {
        let tasks = std::fs::read_dir(format!("/proc/{process}/task")).unwrap().map(Result::unwrap);
        let has_name = |path: &Path| {
            std::fs::read_to_string(path.join("comm")).is_ok_and(|found| found.trim() == name)
        };
        if let Some(task) = tasks.map(|task| task.path()).find(|path| has_name(path)) {
            return task.file_name().unwrap().to_str().unwrap().parse().unwrap();
        }
        assert!(Instant::now() < deadline, "the process has no thread {name}");
        std::thread::yield_now();
    }
}
