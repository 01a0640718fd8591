//! A run of the program without a terminal.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::home::{Home, PATIENCE, PROGRAM};

/// A running program whose output is gathered.
pub(crate) struct Headless {
    pid: Pid,
    output: Receiver<Output>,
}

impl Headless {
    /// Starts spantail with `input` on its standard input.
    pub(crate) fn start(home: &Home, args: &[&str], input: &str) -> Self {
        let mut command = Command::new(PROGRAM);
        command.args(args).current_dir(home.folder()).env_clear().envs(home.environment());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let pid = Pid::from_child(&child);
        // A program that does not read its input may be gone before it is written.
        let _written = child.stdin.take().unwrap().write_all(input.as_bytes());
        let (sender, output) = channel();
        thread::spawn(move || sender.send(child.wait_with_output().unwrap()));
        Self { pid, output }
    }

    /// Sends the program a signal; it may have ended already.
    pub(crate) fn signal(&self, signal: Signal) {
        let _sent = kill_process(self.pid, signal);
    }

    /// Waits for the end of the program.
    pub(crate) fn wait(self) -> Ended {
        let Ok(output) = self.output.recv_timeout(PATIENCE) else {
            self.signal(Signal::KILL);
            panic!("no end in {PATIENCE:?}");
        };
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Ended { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }
}

/// What a program left behind.
#[derive(Debug)]
pub(crate) struct Ended {
    /// Its exit code, unless a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Waits until `condition` holds, looking again and again.
pub(crate) fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < deadline, "no {what} in {PATIENCE:?}");
        thread::park_timeout(Duration::from_millis(10));
    }
}
