//! Tests against a real journal: `systemd-journal-remote` makes its files from export text, `journalctl` reads them.

mod journal;
mod parts;
mod real;
