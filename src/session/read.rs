//! Finding the state in a session file without reading all of it.
//!
//! The state is the last thing written, in a frame of its own, so only the end of the file is looked at: the frames
//! that begin there, latest first, or the last lines where the file was decompressed. Whatever the file is, the work is
//! bounded.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use memchr::memmem;

use super::{STATE_EVENT, SessionError, SessionState};
use crate::parse::otlp::decode_json;

/// How far from the end a state is looked for: near first, since it is mostly small.
const WINDOWS: [u64; 2] = [64 << 10, 8 << 20];
/// Bytes of one frame that are decompressed: a state with all its marks and figures has a quarter of it.
const MAX_TEXT: u64 = 16 << 20;
/// Frames, or lines that name the state, that are looked at in a window.
const TRIES: usize = 32;
/// What every zstd frame begins with (RFC 8878, section 3.1.1).
const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// The last state in the file at `path`; `None` when there is none near its end: it is another program's OTLP, or a
/// recording that came to no regular end.
pub fn read_state(path: &Path) -> Result<Option<SessionState>, SessionError> {
    read(path).map_err(|source| SessionError::Read { path: path.to_path_buf(), source })
}

fn read(path: &Path) -> io::Result<Option<SessionState>> {
    let about = fs::metadata(path)?;
    if about.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    if !about.is_file() {
        // Looking at a pipe would take away what its reader is to have.
        return Ok(None);
    }
    let mut file = File::open(path)?;
    for window in WINDOWS {
        let start = about.len().saturating_sub(window);
        file.seek(SeekFrom::Start(start))?;
        let mut tail = Vec::new();
        (&file).take(window).read_to_end(&mut tail)?;
        if let Some(state) = in_frames(&tail).or_else(|| in_text(&tail)) {
            return Ok(Some(state));
        }
        if start == 0 {
            break;
        }
    }
    Ok(None)
}

fn in_frames(tail: &[u8]) -> Option<SessionState> {
    memmem::rfind_iter(tail, &MAGIC).take(TRIES).find_map(|at| in_text(&first_frame(tail.get(at..)?)))
}

/// The text of the frame with which `bytes` begins; empty when it is cut or damaged. At most [`MAX_TEXT`].
fn first_frame(bytes: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    let decoder = zstd::Decoder::with_buffer(bytes).map(zstd::Decoder::single_frame);
    match decoder.and_then(|decoder| decoder.take(MAX_TEXT).read_to_end(&mut text)) {
        Ok(_) => text,
        Err(_) => Vec::new(),
    }
}

/// The last state in the lines of `text`.
fn in_text(text: &[u8]) -> Option<SessionState> {
    let mut named = memmem::rfind_iter(text, STATE_EVENT).take(TRIES);
    named.find_map(|at| {
        let (before, after) = text.split_at_checked(at)?;
        let start = memchr::memrchr(b'\n', before).map_or(0, |end| end + 1);
        let end = at + memchr::memchr(b'\n', after).unwrap_or(after.len());
        let decoded = decode_json(text.get(start..end)?).ok()?;
        decoded.logs.iter().rev().find_map(SessionState::from_record)
    })
}
