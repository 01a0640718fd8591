//! Tests against a real journal: `systemd-journal-remote` makes its files from export text, `journalctl` reads them.

pub(in crate::source) mod journal;
mod parts;
mod real;
