//! A Dropbox in this process, and the binary beside it: what every test here starts from.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use ledger::Database;
use sandbox::{Backing, Options, Sandbox};
use tempfile::TempDir;
use testkit::{APP_KEY, Proofbox, Walk, sign_in_link};

/// The binary under test.
pub(crate) fn binary() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_proofbox"))
}

/// A Dropbox, and a data directory for who watches it.
pub(crate) struct Beside {
    pub(crate) dropbox: Sandbox,
    directory: TempDir,
}

impl Beside {
    /// A Dropbox of this content.
    pub(crate) async fn new(backing: Backing) -> Self {
        let app_keys = vec![APP_KEY.into()];
        let options = Options { backing, app_keys, ..Options::default() };
        let dropbox = Sandbox::start(options).await.unwrap();
        let beside = Self { dropbox, directory: tempfile::tempdir().unwrap() };
        beside.choose_database();
        beside
    }

    /// A Dropbox with these files.
    pub(crate) async fn with_files(files: &[(&str, &str)]) -> Self {
        let beside = Self::new(Backing::Memory).await;
        for (path, content) in files {
            beside.dropbox.files().write(path, (*content).to_owned()).unwrap();
        }
        beside
    }

    /// The same Dropbox and the same data again, to go on from here in another way. Whoever used
    /// the data must have ended.
    pub(crate) async fn copy(&self) -> Self {
        let copy = Self {
            dropbox: self.dropbox.copy().await.unwrap(),
            directory: tempfile::tempdir().unwrap(),
        };
        std::fs::create_dir(copy.data()).unwrap();
        for file in std::fs::read_dir(self.data()).unwrap().map(Result::unwrap) {
            std::fs::copy(file.path(), copy.data().join(file.file_name())).unwrap();
        }
        copy
    }

    /// Has every command on the data directory use the database that the tests run on.
    fn choose_database(&self) {
        let address = Database::scratch_address();
        if address != "sqlite" {
            std::fs::create_dir(self.data()).unwrap();
            let line = format!("database = \"{address}\"\n");
            std::fs::write(self.data().join("proofbox.toml"), line).unwrap();
        }
    }

    /// Where the instance keeps everything.
    pub(crate) fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    /// A place outside of the data directory.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Where the Dropbox answers.
    pub(crate) fn dropbox_url(&self) -> &str {
        self.dropbox.url().as_str()
    }

    /// Starts the binary.
    pub(crate) fn start(&self) -> Proofbox {
        Proofbox::start(binary(), &self.data(), self.dropbox_url()).unwrap()
    }

    /// Starts the binary; what it logs goes to the file `said`.
    pub(crate) fn start_with_log(&self) -> Proofbox {
        let mut command =
            Proofbox::command(Command::new(binary()), &self.data(), self.dropbox_url());
        command.stderr(File::create(self.path("said")).unwrap());
        Proofbox::start_command(&mut command).unwrap()
    }

    /// The administrator of a running instance.
    pub(crate) async fn administrator(&self, proofbox: &Proofbox) -> Walk {
        let walk = Walk::new(proofbox.url()).unwrap();
        walk.sign_in(&sign_in_link(binary(), &self.data()).unwrap()).await.unwrap();
        walk
    }

    /// The administrator, with everything in the Dropbox linked; and the integration.
    pub(crate) async fn linked(&self, proofbox: &Proofbox) -> (Walk, String) {
        let walk = self.administrator(proofbox).await;
        let integration = walk.connect().await.unwrap();
        walk.link_all(&integration).await.unwrap();
        (walk, integration)
    }
}
