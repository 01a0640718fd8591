//! A journal of the test's own.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::source::real_server::program;

/// When the first entry was written, in microseconds since 1970.
pub(in crate::source) const FIRST: u64 = 1_795_190_000_000_000;

/// Reached only by a test that fails.
const DEADLINE: Duration = Duration::from_secs(30);

/// How often the processes are looked at.
const LOOK: Duration = Duration::from_millis(5);

/// A folder of journal files.
pub(in crate::source) struct Journal {
    writer: std::path::PathBuf,
    folder: TempDir,
}

impl Journal {
    /// An empty one; `None` where the tools are not installed.
    pub(in crate::source) fn new() -> Option<Self> {
        program("journalctl")?;
        Some(Self { writer: program("systemd-journal-remote")?, folder: tempfile::tempdir().unwrap() })
    }

    /// The folder.
    pub(in crate::source) fn path(&self) -> &str {
        self.folder.path().to_str().unwrap()
    }

    /// Writes such entries into a file of their own, a millisecond apart; every third is of `web.service`.
    pub(in crate::source) fn write(&self, numbers: std::ops::Range<u64>) {
        let text = numbers.clone().map(|number| {
            let unit = if number % 3 == 0 { "web.service" } else { "db.service" };
            let fields = [
                format!("__REALTIME_TIMESTAMP={}", FIRST + number * 1000),
                format!("__MONOTONIC_TIMESTAMP={}", 5_000_000 + number * 1000),
                "_BOOT_ID=0123456789abcdef0123456789abcdef".to_owned(),
                "_MACHINE_ID=fedcba9876543210fedcba9876543210".to_owned(),
                format!("PRIORITY={}", 3 + number % 4),
                format!("_SYSTEMD_UNIT={unit}"),
                "SYSLOG_IDENTIFIER=app".to_owned(),
                format!("MESSAGE={number}"),
            ];
            fields.join("\n") + "\n\n"
        });
        self.write_export(&format!("part{}", numbers.start), text.collect::<String>().as_bytes());
    }

    /// Writes entries in the export format into the file `name`.
    pub(in crate::source) fn write_export(&self, name: &str, export: &[u8]) {
        let mut command = Command::new(&self.writer);
        command.arg("-o").arg(self.folder.path().join(format!("{name}.journal"))).arg("-");
        let mut child = command.stdin(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(export).unwrap();
        assert!(child.wait().unwrap().success());
    }

    /// Kills the `journalctl` that reads this folder; how many there were.
    pub(in crate::source) fn kill_reader(&self) -> usize {
        self.readers().filter(|id| kill_process(*id, Signal::KILL).is_ok()).count()
    }

    /// Waits until no `journalctl` reads this folder any more: one that was killed is there until the system has cleared it away.
    pub(in crate::source) async fn no_reader(&self) {
        let gone = async {
            while self.readers().next().is_some() {
                tokio::time::sleep(LOOK).await;
            }
        };
        tokio::time::timeout(DEADLINE, gone).await.expect("a journalctl that goes with its source");
    }

    fn readers(&self) -> impl Iterator<Item = Pid> {
        let processes = std::fs::read_dir("/proc").unwrap().filter_map(Result::ok);
        let is_reader = |command: &[u8]| {
            command.starts_with(b"journalctl\0") && String::from_utf8_lossy(command).contains(self.path())
        };
        processes.filter_map(move |entry| {
            let id: i32 = entry.file_name().to_str()?.parse().ok()?;
            is_reader(&std::fs::read(entry.path().join("cmdline")).ok()?).then(|| Pid::from_raw(id))?
        })
    }
}
