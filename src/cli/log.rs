//! spantail's own log: a file in the state directory, never the screen.

use std::fs::{File, OpenOptions, create_dir_all};

use tracing_subscriber::EnvFilter;

/// Names the level or filter of the log; `warn` without it.
const VARIABLE: &str = "SPANTAIL_LOG";

/// Sends the log to its file. Where there is no place for one, nothing is logged: that is no reason not to start.
pub(super) fn init() {
    let Some(file) = open() else { return };
    let filter = EnvFilter::try_from_env(VARIABLE).unwrap_or_else(|_| EnvFilter::new("warn"));
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(file).finish();
    // Only the first call of a process sets it; tests call more than once.
    let _first = tracing::subscriber::set_global_default(subscriber);
}

fn open() -> Option<File> {
    let folders = directories::ProjectDirs::from("", "", "spantail")?;
    let folder = folders.state_dir().unwrap_or_else(|| folders.data_local_dir());
    create_dir_all(folder).ok()?;
    OpenOptions::new().create(true).append(true).open(folder.join("spantail.log")).ok()
}
