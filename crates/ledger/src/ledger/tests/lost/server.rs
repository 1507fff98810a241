//! A server of a test's own, to be stopped in the middle.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Mutex;

use crate::Database;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scripts/with-postgres");
/// Says where it is, and does what it is told until nobody is there to tell it.
const OBEY: &str = "echo \"$PROOFBOX_TEST_DATABASE\"; \
    while read -r order; do $PROOFBOX_TEST_PG_CTL $order >&2; echo done; done";

pub(in super::super) struct Server {
    child: Child,
    talk: Mutex<Option<(ChildStdin, BufReader<ChildStdout>)>>,
    address: String,
}

impl Server {
    pub(in super::super) fn start() -> Self {
        let mut command = Command::new(SCRIPT);
        command.args(["bash", "-c", OBEY]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.stderr(Stdio::null()).spawn().unwrap();
        let orders = child.stdin.take().unwrap();
        let mut answers = BufReader::new(child.stdout.take().unwrap());
        let mut address = String::new();
        answers.read_line(&mut address).unwrap();
        let address = address.trim_end().to_owned();
        Self { child, talk: Mutex::new(Some((orders, answers))), address }
    }

    pub(in super::super) fn database(&self) -> Database {
        self.address.parse().unwrap()
    }

    /// What `pg_ctl` is to do.
    pub(in super::super) fn order(&self, order: &str) {
        let mut talk = self.talk.lock().unwrap();
        let (orders, answers) = talk.as_mut().unwrap();
        writeln!(orders, "{order}").unwrap();
        let mut answer = String::new();
        answers.read_line(&mut answer).unwrap();
        assert_eq!(answer, "done\n");
    }
}

impl Drop for Server {
    /// It cleans up once nobody tells it anything any more.
    fn drop(&mut self) {
        drop(self.talk.lock().unwrap().take());
        drop(self.child.wait());
    }
}
