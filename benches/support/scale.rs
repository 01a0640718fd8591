//! How much is measured: all of it under `cargo bench`, a hundredth where the bench is only run to see that it works.

/// `full` when cargo runs the bench as one, which it says with `--bench`; else a hundredth.
pub(crate) fn scaled(full: u64) -> u64 {
    if std::env::args().any(|argument| argument == "--bench") { full } else { full / 100 }
}
