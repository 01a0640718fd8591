//! What api_v3 answers over HTTP: OTLP JSON in `result`, one document after another, or an error in `error`. By
//! `http_gateway.go` of Jaeger and, for several documents, by that of grpc-gateway, which earlier versions had.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Document, ReadError};
use crate::parse::otlp;

/// One of the documents of an answer.
#[derive(Deserialize)]
struct Chunk<'a> {
    #[serde(borrow)]
    result: Option<&'a RawValue>,
    error: Option<Refused>,
}

/// What an answer is that is none: `{"error":{"httpCode":404,"message":"…"}}`.
#[derive(Deserialize)]
struct Refused {
    #[serde(default)]
    message: String,
}

/// Reads the traces of an answer, or of one that was saved. An error behind some of them is a note. Linear in its length;
/// invalid UTF-8 is replaced.
pub fn read_v3(answer: &[u8]) -> Result<Document, ReadError> {
    let text = String::from_utf8_lossy(answer);
    let mut document = Document::default();
    for chunk in serde_json::Deserializer::from_str(text.trim_start_matches('\u{feff}')).into_iter::<Chunk<'_>>() {
        let chunk = chunk.map_err(|error| ReadError::of(&error))?;
        if let Some(result) = chunk.result {
            let decoded = otlp::spans_from_json(result.get().as_bytes());
            let decoded = decoded.map_err(|error| ReadError::Json(error.to_string()))?;
            document.spans.extend(decoded.spans);
            document.rejected_spans += decoded.rejected_spans;
        }
        document.notes.extend(chunk.error.map(|error| format!("the answer is incomplete: {}", error.message)));
    }
    Ok(document)
}

/// What an answer says that is a refusal of this API.
#[must_use]
pub fn read_v3_error(answer: &[u8]) -> Option<String> {
    serde_json::from_slice::<Chunk<'_>>(answer).ok()?.error.map(|error| error.message)
}
