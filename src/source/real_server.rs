//! Programs of others that tests run sources against: found where they are usually installed, started with their data in
//! a folder of the test, and gone with it.
//!
//! A machine without them passes the tests all the same and says on stderr what was not tried, unless
//! `SPANTAIL_REQUIRE_SERVERS` is set: then a missing program is a failure.

use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, geteuid, kill_process};

/// Set where every program must be there.
const REQUIRED: &str = "SPANTAIL_REQUIRE_SERVERS";

/// Where programs stand that no user is meant to call, as Debian and its kin install them.
const FOLDERS: &[&str] = &["/usr/lib/postgresql/*/bin", "/usr/lib/systemd", "/lib/systemd", "/usr/sbin", "/sbin"];

/// The user and group `nobody`, for servers that refuse to run as root.
const NOBODY: u32 = 65534;

/// Where `name` is installed. `None`, with a word on stderr, where it is not.
pub(super) fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let usual = FOLDERS.iter().filter_map(|folder| glob::glob(folder).ok()).flatten().filter_map(Result::ok);
    let found = std::env::split_paths(&path).chain(usual).map(|folder| folder.join(name)).find(|path| path.is_file());
    if found.is_none() {
        assert!(std::env::var_os(REQUIRED).is_none(), "{name} is not installed, and {REQUIRED} is set");
        eprintln!("{name} is not installed: not tried against it");
    }
    found
}

/// A port on loopback that was free a moment ago.
pub(super) fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr()).expect("a free port").port()
}

/// Makes `command` run as nobody, and gives it `folder`, where the tests run as root: some servers refuse to be it.
pub(super) fn without_rights(command: &mut Command, folder: &Path) {
    if geteuid().is_root() {
        chown(folder, Some(NOBODY), Some(NOBODY)).expect("a folder of the test");
        command.uid(NOBODY).gid(NOBODY).current_dir("/");
    }
}

/// A server that runs until it is dropped.
#[derive(Debug)]
pub(super) struct RealServer {
    child: Child,
    stop: Signal,
}

impl RealServer {
    /// Starts it, silent. `stop` is the signal that ends it at once and cleanly.
    pub(super) fn start(command: &mut Command, stop: Signal) -> Self {
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        Self { child: child.unwrap_or_else(|error| panic!("{command:?}: {error}")), stop }
    }
}

impl Drop for RealServer {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing left to end.
        let _sent = kill_process(Pid::from_child(&self.child), self.stop);
        let _ended = self.child.wait();
    }
}
