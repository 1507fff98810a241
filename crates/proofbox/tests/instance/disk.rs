//! A disk that fills up in the middle of a first scan: the server says so and stops, and goes on
//! where it was when there is room again.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use sandbox::Backing;
use testkit::Proofbox;

use super::beside::{Beside, binary};

/// More than fits.
const FILES: u64 = 10_000;
/// Room for the beginning of a scan, in KiB.
const ROOM_KIB: u32 = 2 * 1024;

#[tokio::test(flavor = "multi_thread")]
async fn full_disk_stops_the_server_and_loses_nothing() {
    let beside = Beside::new(Backing::Generated { seed: 2, files: FILES }).await;
    std::fs::create_dir_all(beside.data()).unwrap();
    let disk = SmallDisk::at(&beside.data());
    let mut command = Proofbox::command(disk.program(), &beside.data(), beside.dropbox_url());
    command.stderr(Stdio::from(std::fs::File::create(beside.path("said")).unwrap()));
    let proofbox = Proofbox::start_command(&mut command).unwrap();
    let (walk, integration) = beside.linked(&proofbox).await;

    let status = proofbox.wait().unwrap();
    let said = std::fs::read_to_string(beside.path("said")).unwrap();
    assert_eq!(status.code(), Some(1), "{said}");
    assert!(said.contains("recording stopped") && said.contains("start Proofbox again"), "{said}");

    disk.grow();
    let proofbox = beside.start();
    let walk = walk.moved_to(proofbox.url());
    walk.until_up_to_date(&integration, FILES).await.unwrap();
    let checkpoint = walk.text("/log/checkpoint").await.unwrap();
    assert_eq!(checkpoint.lines().nth(1), Some((FILES + 1).to_string().as_str()));
    assert!(proofbox.stop().unwrap().success());
}

/// A small file system where this user may mount one, elsewhere a limit on the size of files.
enum SmallDisk {
    Mounted(PathBuf),
    Limited,
}

impl SmallDisk {
    fn at(directory: &Path) -> Self {
        let size = format!("size={ROOM_KIB}k");
        let mount = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &size, "tmpfs"])
            .arg(directory)
            .stderr(Stdio::null())
            .status();
        match mount {
            Ok(status) if status.success() => Self::Mounted(directory.to_owned()),
            _ => Self::Limited,
        }
    }

    /// What runs the binary on this disk. The signal of a limit would kill; ignored, writing fails.
    fn program(&self) -> Command {
        let blocks = ROOM_KIB * 2;
        let script = match self {
            Self::Mounted(_) => "exec \"$0\" \"$@\"".to_owned(),
            Self::Limited => format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\""),
        };
        let mut command = Command::new("sh");
        command.arg("-c").arg(script).arg(binary());
        command
    }

    fn grow(&self) {
        if let Self::Mounted(directory) = self {
            let remount = ["-o", "remount,size=256m"];
            let status = Command::new("mount").args(remount).arg(directory).status().unwrap();
            assert!(status.success());
        }
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        if let Self::Mounted(directory) = self {
            // Lazily: a server that a failed assertion left behind may still have files open.
            let _ = Command::new("umount").arg("-l").arg(directory).status();
        }
    }
}
