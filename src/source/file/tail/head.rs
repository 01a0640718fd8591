//! What a file begins with: enough to know its text again when it has been compressed.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{self, Read as _, Seek as _};
use std::path::Path;

use crate::extent;
use crate::source::file::packed::{MAGIC_BYTES, Packing, Unpacked};

/// How many of a file's first bytes are remembered.
pub(super) const HEAD_BYTES: usize = 1024;

/// The digest that the text of the compressed file `path` has as a plain file.
pub(in crate::source::file) fn packed_head_digest(path: &Path) -> io::Result<Option<u64>> {
    let mut file = extent::open(path)?;
    let mut magic = [0; MAGIC_BYTES];
    let length = extent::read_at(&file, &mut magic, 0)?;
    let Some(packing) = Packing::detect(magic.get(..length).unwrap_or_default()) else { return Ok(None) };
    file.rewind()?;
    let mut head = Vec::new();
    Unpacked::new(file, packing)?.take(HEAD_BYTES as u64).read_to_end(&mut head)?;
    Ok(digest(&head))
}

/// A file's first bytes made short; `None` when there are none.
pub(super) fn digest(head: &[u8]) -> Option<u64> {
    let mut hasher = DefaultHasher::new();
    head.hash(&mut hasher);
    (!head.is_empty()).then(|| hasher.finish())
}

/// Whether more than a tenth of a file's beginning is bytes that no text has. A hole at the very beginning is none.
pub(super) fn is_binary(head: &[u8]) -> bool {
    let hole = head.iter().take_while(|byte| **byte == 0).count();
    let text = head.get(hole..).unwrap_or_default();
    let is_odd = |byte: &&u8| **byte < 0x20 && !matches!(**byte, b'\t' | b'\n' | b'\r' | 0x08 | 0x0c | 0x1b);
    text.iter().filter(is_odd).count() * 10 > text.len()
}
