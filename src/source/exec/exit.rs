//! How a command ended, in words.

use std::fmt;
use std::process::ExitStatus;
use std::time::Duration;

use crate::model::Severity;

/// The names of the signals that end programs (signal(7)); those that differ between systems are left to their numbers.
const SIGNALS: &[(i32, &str)] = &[
    (1, "SIGHUP"),
    (2, "SIGINT"),
    (3, "SIGQUIT"),
    (4, "SIGILL"),
    (6, "SIGABRT"),
    (8, "SIGFPE"),
    (9, "SIGKILL"),
    (11, "SIGSEGV"),
    (13, "SIGPIPE"),
    (14, "SIGALRM"),
    (15, "SIGTERM"),
];

/// The end of one run.
pub(super) struct Exit {
    pub(super) status: ExitStatus,
    pub(super) lasted: Duration,
    /// Whether something it started keeps its output open.
    pub(super) is_held: bool,
}

impl Exit {
    /// Whether the command says that all was well.
    pub(super) fn is_success(&self) -> bool {
        self.status.success()
    }

    /// The exit code; `None` when a signal ended it.
    pub(super) fn code(&self) -> Option<i32> {
        self.status.code()
    }

    /// How bad that is.
    pub(super) fn severity(&self) -> Severity {
        if self.is_success() { Severity::INFO } else { Severity::ERROR }
    }

    fn signal(&self) -> Option<i32> {
        #[cfg(unix)]
        let signal = std::os::unix::process::ExitStatusExt::signal(&self.status);
        #[cfg(not(unix))]
        let signal = None;
        signal
    }
}

/// `exited with 1 after 3 s`.
impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.code(), self.signal()) {
            // What shells say where there is nothing to run.
            (Some(127), _) => f.write_str("exited with 127 (command not found?)")?,
            (Some(126), _) => f.write_str("exited with 126 (not executable?)")?,
            (Some(code), _) => write!(f, "exited with {code}")?,
            (None, Some(signal)) => match SIGNALS.iter().find(|(number, _)| *number == signal) {
                Some((_, name)) => write!(f, "was killed by {name}")?,
                None => write!(f, "was killed by signal {signal}")?,
            },
            (None, None) => f.write_str("ended")?,
        }
        write!(f, " after {}", Lasted(self.lasted))?;
        if self.is_held {
            f.write_str("; what it left running still has its output, which is not read any more")?;
        }
        Ok(())
    }
}

/// A span of time as people say it.
struct Lasted(Duration);

impl fmt::Display for Lasted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_secs() {
            0 => write!(f, "{} ms", self.0.as_millis()),
            seconds @ ..120 => write!(f, "{seconds} s"),
            seconds @ ..7200 => write!(f, "{} min", seconds / 60),
            seconds => write!(f, "{} h", seconds / 3600),
        }
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt as _;

    use super::*;

    #[test]
    fn ends_are_told_in_words() {
        for (raw, millis, is_held, words) in [
            (0, 3200, false, "exited with 0 after 3 s"),
            (1 << 8, 12, false, "exited with 1 after 12 ms"),
            (127 << 8, 125_000, false, "exited with 127 (command not found?) after 2 min"),
            (9, 7_200_000, false, "was killed by SIGKILL after 2 h"),
            (64, 1000, false, "was killed by signal 64 after 1 s"),
            (
                0,
                0,
                true,
                "exited with 0 after 0 ms; what it left running still has its output, which is not read any more",
            ),
        ] {
            let exit = Exit { status: ExitStatus::from_raw(raw), lasted: Duration::from_millis(millis), is_held };
            assert_eq!(exit.to_string(), words);
            assert_eq!(exit.severity() == Severity::INFO, raw == 0);
        }
    }
}
