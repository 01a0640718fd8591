//! Stub.
use crate::store::*;
/// x
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SessionState { pub filter: String, pub search: String, pub marks: Vec<u64>, pub pane: String, pub zoomed: bool, pub paused: bool, pub cursor: Option<u64>, pub accounting: Vec<SourceFigures>, pub title: String, pub saved_at: i64 }
/// x
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SourceFigures { pub label: String, pub logs: Counts, pub spans: Counts }
/// x
#[derive(Debug)]
pub struct Saved { pub lines: u64, pub spans: u64, pub bytes: u64 }
/// x
#[derive(Debug, thiserror::Error)]
#[error("x")]
pub struct SessionError;
pub fn save(_p: &std::path::Path, _s: &Snapshot, _t: &TraceReader, _st: &SessionState) -> Result<Saved, SessionError> { Err(SessionError) }
pub fn read_state(_p: &std::path::Path) -> Result<Option<SessionState>, SessionError> { Ok(None) }
