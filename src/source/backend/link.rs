//! Links to a trace in the page that people look at: a template with places for its id.

use crate::model::TraceId;
use crate::parse::context::ids;
use crate::source::{Parameters, SourceError};

/// Writes an id in one notation.
type Write = fn(TraceId) -> String;

/// What a template may name, and how an id is written there.
pub const PLACEHOLDERS: &[(&str, Write)] = &[
    ("trace_id", |id| id.to_string()),
    ("trace_id_64", |id| format!("{:016x}", id.low64())),
    ("trace_id_decimal", |id| id.low64().to_string()),
    ("xray_id", ids::xray),
];

/// A template whose places are all known.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LinkTemplate(String);

impl LinkTemplate {
    /// The template of the parameter `link`, else `usual`.
    pub fn of(parameters: &Parameters, usual: Option<String>) -> Result<Option<Self>, SourceError> {
        parameters.text("link").map(str::to_owned).or(usual).map(Self::new).transpose()
    }

    /// A template such as `https://jaeger.local/trace/{trace_id}`: an address of http or https with at least one of the
    /// [`PLACEHOLDERS`].
    pub fn new(template: String) -> Result<Self, SourceError> {
        let wrong = |why: &str| SourceError::Spec(format!("link={template}: {why}"));
        if !template.starts_with("http://") && !template.starts_with("https://") {
            return Err(wrong("expected an address of http:// or https://"));
        }
        let rest =
            PLACEHOLDERS.iter().fold(template.clone(), |text, (name, _)| text.replace(&format!("{{{name}}}"), ""));
        if rest.len() == template.len() {
            let names: Vec<String> = PLACEHOLDERS.iter().map(|(name, _)| format!("{{{name}}}")).collect();
            return Err(wrong(&format!("the trace's id has no place in it; there are {}", names.join(", "))));
        }
        Ok(Self(template))
    }

    /// The address for this trace. Nothing but digits and dashes is put in.
    pub fn fill(&self, id: TraceId) -> String {
        PLACEHOLDERS.iter().fold(self.0.clone(), |text, (name, write)| text.replace(&format!("{{{name}}}"), &write(id)))
    }
}
