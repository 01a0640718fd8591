//! One line of a segment, read from its columns.

use std::sync::Arc;

use super::Segment;
use crate::model::{FormatId, Loss, Nanos, Resource, Scope, Severity, SpanId, TraceId};
use crate::store::blob::{self, RecordParts};
use crate::store::{LineId, NameId};

/// One stored line, borrowed from its segment.
#[derive(Clone, Copy)]
pub struct Line<'a> {
    pub(super) segment: &'a Segment,
    pub(super) index: usize,
}

impl<'a> Line<'a> {
    /// The line's id.
    pub fn id(&self) -> LineId {
        self.segment.first + self.index as LineId
    }

    /// When it happened, or when it was seen where it does not say.
    pub fn time(&self) -> Nanos {
        self.segment.times[self.index]
    }

    /// How severe it is.
    pub fn severity(&self) -> Severity {
        self.segment.severities[self.index]
    }

    /// How its bytes are to be read.
    pub fn format(&self) -> FormatId {
        self.segment.formats[self.index]
    }

    /// The number of its source.
    pub fn source(&self) -> NameId {
        self.segment.sources[self.index]
    }

    /// The number of its service.
    pub fn service(&self) -> NameId {
        self.segment.services[self.index]
    }

    /// The line as it came; the body of a structured record.
    pub fn text(&self) -> &'a [u8] {
        let bytes = self.bytes();
        if self.format() == FormatId::RECORD { blob::split(bytes).0 } else { bytes }
    }

    /// What a structured record carries beside its text; `None` for a line of text.
    pub fn parts(&self) -> Option<RecordParts> {
        (self.format() == FormatId::RECORD).then(|| blob::read(blob::split(self.bytes()).1))
    }

    /// The resource and scope of a structured record.
    pub fn context(&self) -> Option<&'a (Arc<Resource>, Arc<Scope>)> {
        let at = usize::from(self.segment.contexts[self.index]).checked_sub(1)?;
        self.segment.context_table.get(at)
    }

    /// The trace it belongs to.
    pub fn trace_id(&self) -> Option<TraceId> {
        self.link().map(|(trace, _)| trace)
    }

    /// The span it belongs to.
    pub fn span_id(&self) -> Option<SpanId> {
        self.link().and_then(|(_, span)| span)
    }

    /// The loss it stands for, when it is not a line but a gap.
    pub fn loss(&self) -> Option<Loss> {
        (self.format() == FormatId::LOSS).then(|| Loss::decode(self.bytes())).flatten()
    }

    fn link(&self) -> Option<(TraceId, Option<SpanId>)> {
        let at = usize::from(self.segment.links[self.index]).checked_sub(1)?;
        let (trace, span) = self.segment.link_table.get(at)?;
        Some((*trace, SpanId::from_bytes(span)))
    }

    fn bytes(&self) -> &'a [u8] {
        &self.segment.arena[self.segment.range(self.index)]
    }
}
