//! The terminal: taken at the start, given back on every way out, also when the program panics or is stopped.

use std::io::{self, BufWriter, Stdout, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crossterm::cursor::{Hide, Show};
use crossterm::event::{DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture};
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode,
    enable_raw_mode,
};
use crossterm::{execute, queue};
use ratatui::Terminal;
use ratatui::backend::{Backend as _, CrosstermBackend};
use ratatui::buffer::Cell;

use crate::tui::app::App;

/// Whether the terminal is taken, so that giving it back twice does no harm.
static IS_TAKEN: AtomicBool = AtomicBool::new(false);

/// Holds the terminal in raw mode on the alternate screen for as long as it lives.
#[derive(Debug)]
pub struct TerminalGuard(());

impl TerminalGuard {
    /// Takes the terminal. From then on a panic of this thread gives it back before its message is printed; a panic of
    /// another thread is not printed over the screen.
    pub fn take() -> io::Result<Self> {
        let owner = thread::current().id();
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if thread::current().id() == owner {
                release();
                before(info);
            } else {
                tracing::error!(%info, "a thread panicked");
            }
        }));
        acquire()?;
        Ok(Self(()))
    }
}

impl Drop for TerminalGuard {
    fn drop(&mut self) {
        release();
    }
}

fn acquire() -> io::Result<()> {
    IS_TAKEN.store(true, Ordering::SeqCst);
    enable_raw_mode()?;
    execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste, Hide)
}

/// Gives the terminal back. Errors are of no use here: there is nowhere left to tell them.
fn release() {
    if IS_TAKEN.swap(false, Ordering::SeqCst) {
        let _written = execute!(io::stdout(), DisableMouseCapture, DisableBracketedPaste, LeaveAlternateScreen, Show);
        let _cooked = disable_raw_mode();
    }
}

/// The screen that frames are drawn on.
pub(super) struct Screen {
    takes_mouse: bool,
    terminal: Terminal<CrosstermBackend<BufWriter<Stdout>>>,
    _guard: TerminalGuard,
}

/// Bytes of a frame that are gathered before they are written: more than a full screen takes.
const FRAME_BYTES: usize = 128 << 10;

impl Screen {
    pub(super) fn open(takes_mouse: bool) -> io::Result<Self> {
        let guard = TerminalGuard::take()?;
        if takes_mouse {
            execute!(io::stdout(), EnableMouseCapture)?;
        }
        let writer = BufWriter::with_capacity(FRAME_BYTES, io::stdout());
        let terminal = Terminal::new(CrosstermBackend::new(writer))?;
        Ok(Self { takes_mouse, terminal, _guard: guard })
    }

    pub(super) fn size(&self) -> io::Result<(u16, u16)> {
        let size = self.terminal.size()?;
        Ok((size.width, size.height))
    }

    /// Draws one frame; only cells that changed are written, between marks that keep the terminal from tearing.
    pub(super) fn draw(&mut self, app: &App) -> io::Result<()> {
        queue!(self.terminal.backend_mut(), BeginSynchronizedUpdate)?;
        let hyperlink = app.hyperlink();
        let drawn = self.terminal.draw(|frame| {
            app.render(frame.buffer_mut());
            if let Some(position) = app.cursor() {
                frame.set_cursor_position(position);
            }
        })?;
        if let Some((area, link)) = hyperlink {
            let cells = area.intersection(drawn.area).positions().map(|at| (at.x, at.y, drawn.buffer[at].clone()));
            let cells: Vec<_> = cells.collect();
            self.draw_link(&cells, &link)?;
        }
        queue!(self.terminal.backend_mut(), EndSynchronizedUpdate)?;
        self.writer().flush()
    }

    /// Draws cells once more as a link that can be clicked on, by OSC 8
    /// (<https://gist.github.com/egmontkob/eb114294efbcd5adb1944c9f3cb5feda>). A terminal that knows no links shows the same.
    fn draw_link(&mut self, cells: &[(u16, u16, Cell)], link: &str) -> io::Result<()> {
        let backend = self.terminal.backend_mut();
        write!(backend, "\x1b]8;;{link}\x1b\\")?;
        backend.draw(cells.iter().map(|(x, y, cell)| (*x, *y, cell)))?;
        write!(backend, "\x1b]8;;\x1b\\")
    }

    /// Empties the screen, so that the next frame is drawn whole.
    ///
    /// `Terminal::clear` would ask the terminal where its cursor is, and the answer would have to come the way of the
    /// keys, which are read elsewhere: it waits for two seconds and fails.
    pub(super) fn clear(&mut self) -> io::Result<()> {
        let size = self.terminal.size()?;
        self.terminal.resize(size.into())
    }

    pub(super) fn writer(&mut self) -> &mut impl Write {
        self.terminal.backend_mut()
    }

    /// Gives the terminal back, stops the process, and takes the terminal again when it is brought back.
    pub(super) fn suspend(&mut self) -> io::Result<()> {
        release();
        #[cfg(unix)]
        rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::STOP)?;
        acquire()?;
        if self.takes_mouse {
            execute!(io::stdout(), EnableMouseCapture)?;
        }
        self.clear()
    }
}

/// What a signal asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Signal {
    /// End, because of the signal of this number.
    End(i32),
    /// Stop until the shell goes on.
    Stop,
}

/// The signals that concern the terminal.
#[cfg(unix)]
pub(super) struct Signals {
    terminate: tokio::signal::unix::Signal,
    hang_up: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
    stop: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    pub(super) fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
            stop: signal(SignalKind::from_raw(rustix::process::Signal::TSTP.as_raw()))?,
        })
    }

    pub(super) async fn recv(&mut self) -> Signal {
        use tokio::signal::unix::SignalKind;
        tokio::select! {
            _ = self.terminate.recv() => Signal::End(SignalKind::terminate().as_raw_value()),
            _ = self.hang_up.recv() => Signal::End(SignalKind::hangup().as_raw_value()),
            _ = self.interrupt.recv() => Signal::End(SignalKind::interrupt().as_raw_value()),
            _ = self.stop.recv() => Signal::Stop,
        }
    }
}

/// Without Unix signals only Ctrl-C ends the program from outside.
#[cfg(not(unix))]
pub(super) struct Signals(());

#[cfg(not(unix))]
impl Signals {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self(()))
    }

    pub(super) async fn recv(&mut self) -> Signal {
        match tokio::signal::ctrl_c().await {
            Ok(()) => Signal::End(2),
            Err(_) => std::future::pending().await,
        }
    }
}
