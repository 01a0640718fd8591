//! A stretch of a file that is there already and is to be indexed.

use std::ops::Range;
use std::sync::Arc;

use super::TextFile;
use crate::model::Nanos;

/// Whole lines of a file that were there before anybody looked. The store takes in where they lie, not their bytes.
#[derive(Clone, Debug)]
pub struct Stretch {
    /// The file; of a compressed one, the file it was unpacked to.
    pub file: Arc<TextFile>,
    /// The bytes: from the start of a line to after the line end of another, or to the end of the file.
    pub range: Range<u64>,
    /// Which part of the source it is, where it has several (a file of a glob).
    pub origin: Option<Arc<str>>,
    /// When the file was written last: the time of lines that have none, and the year of stamps that name none.
    pub modified: Option<Nanos>,
}
