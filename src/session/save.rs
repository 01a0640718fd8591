//! Saving what is held now as one file.

use std::io;
use std::path::Path;

use super::draft::Draft;
use super::writer::SessionWriter;
use super::{Masker, SessionError, SessionState};
use crate::store::{Snapshot, TraceReader};

/// What was written to a session file.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Saved {
    /// Log lines, loss rows not counted.
    pub lines: u64,
    /// Spans.
    pub spans: u64,
    /// Bytes of the file.
    pub bytes: u64,
}

/// Writes all lines of `snapshot`, all `traces` and `state` to `path`. The file appears when it is whole; until then
/// what was there stays. `state` numbers lines by their ids; marks on evicted lines are left out. Memory is bounded by
/// a frame, time is linear.
pub fn save(
    path: &Path,
    snapshot: &Snapshot,
    traces: &TraceReader,
    state: &SessionState,
    masker: &Masker,
) -> Result<Saved, SessionError> {
    let draft = Draft::create(path)?;
    let saved = write(&draft, snapshot, traces, state, masker)
        .map_err(|source| SessionError::Write { path: path.to_path_buf(), source })?;
    draft.publish()?;
    Ok(saved)
}

fn write(
    draft: &Draft,
    snapshot: &Snapshot,
    traces: &TraceReader,
    state: &SessionState,
    masker: &Masker,
) -> io::Result<Saved> {
    let mut writer = SessionWriter::new(&draft.file, masker.clone())?;
    for segment in snapshot.segments() {
        for line in segment.loaded().lines() {
            writer.row(&line, snapshot)?;
        }
    }
    for trace in traces.all() {
        for span in trace.spans() {
            writer.span(span)?;
        }
    }
    let held = snapshot.first()..snapshot.end();
    writer.state(&state.numbered(|id| held.contains(&id).then(|| id - held.start)))?;
    let counts = writer.counts();
    Ok(Saved { lines: counts.lines, spans: counts.spans, bytes: writer.bytes() })
}
