//! The processor time that this process has taken.

use std::time::Duration;

/// Ticks a second of the times in `/proc`: the same on every Linux (`USER_HZ`).
const TICKS: u64 = 100;
/// Fields between the name of the process and its user time (proc_pid_stat(5): 3 to 13).
const SKIPPED: usize = 11;

/// Processor time since it was `before`.
pub(crate) fn cpu_since(before: Duration) -> Duration {
    cpu_time().saturating_sub(before)
}

/// User and system time of all threads so far, those that have ended included, to 10 ms. Zero where there is no `/proc`.
pub(crate) fn cpu_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let times = after_name.split_whitespace().skip(SKIPPED).take(2);
    let ticks: u64 = times.filter_map(|field| field.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 1000 / TICKS)
}
