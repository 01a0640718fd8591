//! Entries of Claude Code's session transcripts: what was said, which tool was called with what, and what came of it.
//!
//! The format is not documented and changes: whatever is not as expected is left out.

use crate::model::{Attributes, Value};

/// What an entry says; `None` for an entry that says nothing, and for lines of others.
pub(super) fn message(fields: &Attributes) -> Option<String> {
    if fields.get("sessionId").is_none() && fields.get("leafUuid").is_none() {
        return None;
    }
    let said = match fields.get("message") {
        Some(Value::Map(message)) => content(message.get("content")?),
        _ => fields.text("summary").or_else(|| fields.text("content")).unwrap_or_default().to_owned(),
    };
    Some(said).filter(|said| !said.is_empty())
}

/// A text, or blocks of several kinds.
fn content(value: &Value) -> String {
    match value {
        Value::Array(blocks) => {
            let said: Vec<String> = blocks.iter().map(block).filter(|said| !said.is_empty()).collect();
            said.join("\n")
        }
        other => other.as_str().unwrap_or_default().to_owned(),
    }
}

fn block(block: &Value) -> String {
    let Value::Map(block) = block else { return block.to_string() };
    let field = |key: &str| block.get(key).map(ToString::to_string).unwrap_or_default();
    match block.text("type") {
        Some("tool_use") => format!("{} {}", field("name"), field("input")),
        Some("tool_result") => block.get("content").map(content).unwrap_or_default(),
        Some(kind @ ("text" | "thinking")) => field(kind),
        Some(kind) => format!("({kind})"),
        None => String::new(),
    }
}
