//! The process group of a command: what it starts is in it, too, and ends with it.

/// The process group of a command, which has the number of its first process. Ends with this, unless it has ended.
pub(super) struct Group(Option<u32>);

impl Group {
    /// Of the process that was started to lead it.
    pub(super) fn of(pid: u32) -> Self {
        Self(Some(pid).filter(|pid| *pid > 1))
    }

    /// Its first process has ended; what it left running is left alone.
    pub(super) fn is_gone(&mut self) {
        self.0 = None;
    }

    /// Asks all of it to end.
    pub(super) fn ask(&self) {
        self.signal(false);
    }

    /// Makes all of it end.
    pub(super) fn end(&mut self) {
        self.signal(true);
        self.0 = None;
    }

    #[cfg(unix)]
    fn signal(&self, is_final: bool) {
        use rustix::process::{Pid, Signal, kill_process_group};

        let signal = if is_final { Signal::KILL } else { Signal::TERM };
        let Some(group) = self.0.and_then(|pid| Pid::from_raw(i32::try_from(pid).ok()?)) else { return };
        // Fails when nobody is left, which is what is wanted.
        kill_process_group(group, signal).ok();
    }

    #[cfg(not(unix))]
    fn signal(&self, _is_final: bool) {}
}

impl Drop for Group {
    fn drop(&mut self) {
        self.end();
    }
}
