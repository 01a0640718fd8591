//! A program in a pseudo-terminal of its own, with hands on the keyboard and eyes on the screen.
//!
//! Nothing here sleeps and hopes: every wait is for a condition, looks at whole frames only, and fails after
//! [`PATIENCE`] with a picture of the screen.

use std::io::{Read as _, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use memchr::memmem;
use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, SlavePty, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};

use crate::home::{Home, PATIENCE, PROGRAM};
use crate::picture::Picture;

/// What stands before and after the bytes of one frame.
const FRAME: (&[u8], &[u8]) = (b"\x1b[?2026h", b"\x1b[?2026l");
/// How often a silent program is looked after.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// A running program and its terminal.
pub(crate) struct Screen {
    parser: vt100::Parser,
    /// Bytes of a frame that is not complete.
    pending: Vec<u8>,
    /// Everything that the program has written.
    written: Vec<u8>,
    output: Receiver<Vec<u8>>,
    keyboard: Box<dyn Write + Send>,
    master: Box<dyn MasterPty + Send>,
    /// Held so that the terminal outlives the program, as a real one does.
    slave: Option<Box<dyn SlavePty + Send>>,
    child: Box<dyn Child + Send + Sync>,
    /// How the terminal was set before the program came.
    modes: String,
}

impl Screen {
    /// Starts spantail in a terminal of `size`, columns first.
    pub(crate) fn start(size: (u16, u16), home: &Home, args: &[&str]) -> Self {
        Self::run(size, home, PROGRAM, args)
    }

    /// Starts any program in a terminal of `size`, columns first.
    pub(crate) fn run((columns, rows): (u16, u16), home: &Home, program: &str, args: &[&str]) -> Self {
        let pair = native_pty_system().openpty(pty_size(columns, rows)).unwrap();
        let modes = modes(&*pair.master);
        let mut command = CommandBuilder::new(program);
        command.args(args);
        command.cwd(home.folder());
        command.env_clear();
        for (name, value) in home.environment() {
            command.env(name, value);
        }
        let child = pair.slave.spawn_command(command).unwrap();
        Self {
            parser: vt100::Parser::new(rows, columns, 0),
            pending: Vec::new(),
            written: Vec::new(),
            output: read(&*pair.master),
            keyboard: pair.master.take_writer().unwrap(),
            master: pair.master,
            slave: Some(pair.slave),
            child,
            modes,
        }
    }

    /// Presses keys: characters as they stand, and `<enter>`, `<esc>`, `<space>` and the like for the
    /// others. Nothing may follow `<esc>`, because a terminal can not tell that from Alt.
    pub(crate) fn type_keys(&mut self, keys: &str) {
        let bytes = encode(keys);
        self.keyboard.write_all(&bytes).and_then(|()| self.keyboard.flush()).unwrap();
    }

    /// Changes the size of the terminal, columns first.
    pub(crate) fn resize(&mut self, columns: u16, rows: u16) {
        self.parser.screen_mut().set_size(rows, columns);
        self.master.resize(pty_size(columns, rows)).unwrap();
    }

    /// Waits until the screen is as `condition` says, and answers how it is then. `what` is for the failure.
    pub(crate) fn wait_for(&mut self, what: &str, mut condition: impl FnMut(&Picture) -> bool) -> Picture {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let picture = self.picture();
            if condition(&picture) {
                return picture;
            }
            assert!(Instant::now() < deadline, "no {what} in {PATIENCE:?}; the screen is\n{picture}");
            if !self.listen()
                && let Some(status) = self.child.try_wait().unwrap()
            {
                panic!("no {what}: the program has ended with {status}; the screen was\n{picture}");
            }
        }
    }

    /// Waits until `text` stands on the screen.
    pub(crate) fn wait_for_text(&mut self, text: &str) -> Picture {
        self.wait_for(&format!("`{text}`"), |picture| picture.has(text))
    }

    /// Waits until nothing has been written for as long as `quiet`.
    pub(crate) fn wait_for_silence(&mut self, quiet: Duration) {
        let begun = Instant::now();
        let mut last = begun;
        while last.elapsed() < quiet {
            assert!(begun.elapsed() < PATIENCE, "no silence in {PATIENCE:?}; the screen is\n{}", self.picture());
            if self.listen() {
                last = Instant::now();
            }
        }
    }

    /// Waits until the program and its terminal are as `condition` says.
    pub(crate) fn wait_until(&mut self, what: &str, condition: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !condition(self) {
            assert!(Instant::now() < deadline, "not {what} in {PATIENCE:?}; the screen is\n{}", self.picture());
            self.listen();
        }
    }

    /// What is on the screen now.
    pub(crate) fn picture(&self) -> Picture {
        Picture::of(self.parser.screen())
    }

    /// Whether the program has the terminal: it is on the alternate screen, with the terminal's modes changed.
    pub(crate) fn is_taken(&self) -> bool {
        self.parser.screen().alternate_screen() && modes(&*self.master) != self.modes
    }

    /// Whether the terminal is as the program found it; if not, in what it differs.
    pub(crate) fn given_back(&self) -> Result<(), String> {
        let screen = self.parser.screen();
        let differences = [
            (screen.alternate_screen(), "the alternate screen is shown"),
            (screen.hide_cursor(), "the cursor is hidden"),
            (screen.bracketed_paste(), "bracketed paste is on"),
            (modes(&*self.master) != self.modes, "the driver's modes are changed"),
        ];
        let differences: Vec<&str> =
            differences.iter().filter(|(differs, _)| *differs).map(|(_, what)| *what).collect();
        if differences.is_empty() { Ok(()) } else { Err(differences.join(", ")) }
    }

    /// Sends the program a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    /// Waits for the program's end and for the last byte it wrote.
    pub(crate) fn wait_for_end(&mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(Instant::now() < deadline, "no end in {PATIENCE:?}; the screen is\n{}", self.picture());
            self.listen();
        };
        self.slave = None;
        while let Ok(bytes) = self.output.recv_timeout(PATIENCE) {
            self.feed(&bytes);
        }
        status
    }

    /// Everything that the program has written.
    pub(crate) fn written(&self) -> &[u8] {
        &self.written
    }

    fn pid(&self) -> Pid {
        let id = self.child.process_id().and_then(|id| i32::try_from(id).ok());
        id.and_then(Pid::from_raw).expect("the program has a process id")
    }

    /// Takes in what the program writes; answers whether there was anything.
    fn listen(&mut self) -> bool {
        match self.output.recv_timeout(LOOK_EVERY) {
            Ok(bytes) => {
                self.feed(&bytes);
                while let Ok(bytes) = self.output.try_recv() {
                    self.feed(&bytes);
                }
                true
            }
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => false,
        }
    }

    fn feed(&mut self, bytes: &[u8]) {
        self.written.extend_from_slice(bytes);
        self.pending.extend_from_slice(bytes);
        let whole = whole_frames(&self.pending);
        self.parser.process(&self.pending[..whole]);
        self.pending.drain(..whole);
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _killed = self.child.kill();
        let _reaped = self.child.wait();
    }
}

fn pty_size(cols: u16, rows: u16) -> PtySize {
    PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }
}

/// How the terminal driver is set.
fn modes(master: &dyn MasterPty) -> String {
    format!("{:?}", master.get_termios().expect("a pseudo-terminal has modes"))
}

/// Reads on a thread of its own, so that a program that writes much never waits for the test.
fn read(master: &dyn MasterPty) -> Receiver<Vec<u8>> {
    let mut reader = master.try_clone_reader().unwrap();
    let (sender, output) = channel();
    thread::spawn(move || {
        let mut block = vec![0; 64 << 10];
        while let Ok(length @ 1..) = reader.read(&mut block) {
            if sender.send(block[..length].to_vec()).is_err() {
                break;
            }
        }
    });
    output
}

/// How many bytes can be shown without showing half a frame.
fn whole_frames(bytes: &[u8]) -> usize {
    let (begin, end) = FRAME;
    let closed = memmem::rfind(bytes, end).map_or(0, |at| at + end.len());
    let rest = &bytes[closed..];
    let cut =
        || (1..begin.len()).rev().find(|length| rest.ends_with(&begin[..*length])).map(|length| rest.len() - length);
    closed + memmem::find(rest, begin).or_else(cut).unwrap_or(rest.len())
}

fn encode(keys: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = keys;
    while let Some(key) = rest.chars().next() {
        assert_ne!(bytes.last(), Some(&b'\x1b'), "a key follows <esc> in {keys}");
        let name = rest.strip_prefix('<').and_then(|rest| rest.split_once('>'));
        if let Some((name, after)) = name {
            bytes.extend_from_slice(named(name).unwrap_or_else(|| panic!("what is the key <{name}>?")));
            rest = after;
        } else {
            bytes.extend_from_slice(key.encode_utf8(&mut [0; 4]).as_bytes());
            rest = rest.strip_prefix(key).unwrap_or_default();
        }
    }
    bytes
}

fn named(name: &str) -> Option<&'static [u8]> {
    Some(match name {
        "enter" => b"\r",
        "esc" => b"\x1b",
        "space" => b" ",
        "c-c" => b"\x03",
        "c-u" => b"\x15",
        "c-z" => b"\x1a",
        _ => return None,
    })
}
