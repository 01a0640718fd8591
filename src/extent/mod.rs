//! Text that stays where it is: files that the store refers to instead of copying them.
//!
//! Owns what a file is whatever it is called ([`FileId`]), reading it at a place, and finding out that what was there
//! is not any more ([`TextFile`]). A file that was renamed or deleted is still read through its descriptor; one that
//! was truncated or rewritten says so and is never read as something else. Knows no lines and no formats.

mod platform;
mod stretch;
mod text_file;

pub use platform::{FileId, open, read_at};
pub use stretch::Stretch;
pub use text_file::{Gone, TextFile};
