//! One line of a segment, read from its columns.

use std::borrow::Cow;
use std::ops::Deref;
use std::sync::Arc;

use super::columns::{Columns, Spot};
use super::text::{self, FileText, Text};
use super::view::View;
use crate::extent::Gone;
use crate::model::{FormatId, Loss, Nanos, Resource, Scope, Severity, SpanId, TraceId};
use crate::store::blob::{self, RecordParts};
use crate::store::{LineId, NameId};

/// One stored line.
#[derive(Clone)]
pub struct Line<'a> {
    pub(super) view: Held<'a>,
    pub(super) index: usize,
}

#[derive(Clone)]
pub(super) enum Held<'a> {
    Borrowed(&'a View<'a>),
    Owned(Arc<View<'a>>),
}

impl<'a> Deref for Held<'a> {
    type Target = View<'a>;

    fn deref(&self) -> &View<'a> {
        match self {
            Self::Borrowed(view) => view,
            Self::Owned(view) => view,
        }
    }
}

impl Line<'_> {
    /// The line's id.
    pub fn id(&self) -> LineId {
        self.view.segment.first() + self.index as LineId
    }

    /// When it happened, or when it was seen where it does not say.
    pub fn time(&self) -> Nanos {
        self.columns().times[self.index]
    }

    /// How severe it is.
    pub fn severity(&self) -> Severity {
        self.columns().severities[self.index]
    }

    /// How its bytes are to be read.
    pub fn format(&self) -> FormatId {
        self.columns().formats[self.index]
    }

    /// The number of its source.
    pub fn source(&self) -> NameId {
        self.columns().sources[self.index]
    }

    /// The number of its service.
    pub fn service(&self) -> NameId {
        self.columns().services[self.index]
    }

    /// The line as it came; the body of a structured record. Empty when it is [gone](Line::gone). A line of a file that
    /// is not loaded is read from there.
    pub fn text(&self) -> Cow<'_, [u8]> {
        let bytes = self.bytes().unwrap_or_default();
        match (self.format() == FormatId::RECORD, bytes) {
            (true, Cow::Borrowed(bytes)) => Cow::Borrowed(blob::split(bytes).0),
            (true, Cow::Owned(bytes)) => Cow::Owned(blob::split(&bytes).0.to_vec()),
            (false, bytes) => bytes,
        }
    }

    /// Why its text can not be read back, when it can not.
    pub fn gone(&self) -> Option<Gone> {
        self.bytes().err()
    }

    /// The file that its text stands in, when it is not in memory.
    pub fn file(&self) -> Option<std::path::PathBuf> {
        self.file_text().map(|text| text.lines.file.path())
    }

    /// What a structured record carries beside its text; `None` for a line of text.
    pub fn parts(&self) -> Option<RecordParts> {
        (self.format() == FormatId::RECORD).then(|| blob::read(blob::split(&self.bytes().unwrap_or_default()).1))
    }

    /// Of which format its text is: of a structured record that of its body, where that is a line.
    pub fn text_format(&self) -> FormatId {
        match self.format() {
            FormatId::RECORD => blob::body_format(blob::split(&self.bytes().unwrap_or_default()).1),
            format => format,
        }
    }

    /// The bytes of a structured record's parts, in which its texts stand as they are; the line of a text.
    pub fn raw(&self) -> Cow<'_, [u8]> {
        self.bytes().unwrap_or_default()
    }

    /// The resource and scope of a structured record, or of a line whose source says who wrote it.
    pub fn context(&self) -> Option<&(Arc<Resource>, Arc<Scope>)> {
        self.columns().context_of(self.index)
    }

    /// The trace it belongs to.
    pub fn trace_id(&self) -> Option<TraceId> {
        self.columns().trace_of(self.index)
    }

    /// The span it belongs to.
    pub fn span_id(&self) -> Option<SpanId> {
        self.columns().span_of(self.index)
    }

    /// The loss it stands for, when it is not a line but a gap.
    pub fn loss(&self) -> Option<Loss> {
        (self.format() == FormatId::LOSS).then(|| Loss::decode(&self.bytes().unwrap_or_default())).flatten()
    }

    fn columns(&self) -> &Columns {
        &self.view.columns
    }

    fn spot(&self) -> Spot {
        self.columns().spot(self.index)
    }

    fn file_text(&self) -> Option<&FileText> {
        match self.view.segment.texts().get(usize::from(self.spot().text))? {
            Text::File(text) => Some(text),
            Text::Memory(_) => None,
        }
    }

    fn bytes(&self) -> Result<Cow<'_, [u8]>, Gone> {
        let spot = self.spot();
        if self.format() == FormatId::GONE {
            return Err(self.file_text().and_then(FileText::gone).unwrap_or(Gone::Truncated));
        }
        match self.view.segment.texts().get(usize::from(spot.text)) {
            Some(Text::Memory(arena)) => Ok(Cow::Borrowed(arena.get(spot.range()).unwrap_or_default())),
            Some(Text::File(text)) => match self.view.loaded.get(usize::from(spot.text)) {
                Some(Some(Ok(bytes))) => Ok(text::line_of(bytes.get(spot.range()).unwrap_or_default())),
                Some(Some(Err(gone))) => Err(gone.clone()),
                Some(None) | None => text.read_line(spot).map(Cow::Owned),
            },
            None => Ok(Cow::Borrowed(&[])),
        }
    }
}
