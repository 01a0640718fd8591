//! Rows as JSON objects: the contract of docs/OUTPUT.md.

use super::select::Kind;
use crate::cli::json::Json;
use crate::cli::stamp::Stamp;
use crate::model::{Attributes, FormatId, Level, Nanos};
use crate::parse::Rules;
use crate::store::{Line, RecordParts, Snapshot};

/// Writes rows as objects.
pub(super) struct Objects {
    json: Json,
    stamp: Stamp,
    /// What finds more fields in lines.
    rules: Rules,
    /// Whether the objects are those of one array.
    is_array: bool,
    is_first: bool,
}

impl Objects {
    /// One object a line; with `is_array` one array of them.
    pub(super) fn new(is_array: bool, is_safe: bool, rules: Rules) -> Self {
        Self { json: Json { is_safe }, stamp: Stamp::default(), rules, is_array, is_first: true }
    }

    /// Appends one row to `out`. A gap between groups is none: lines around a match say that they are.
    pub(super) fn row(&mut self, kind: Kind, line: &Line<'_>, snapshot: &Snapshot, out: &mut Vec<u8>) {
        if kind == Kind::Gap {
            return;
        }
        if self.is_array {
            out.extend_from_slice(if self.is_first { b"[\n" } else { b",\n" });
        }
        self.is_first = false;
        out.push(b'{');
        if kind == Kind::Loss {
            self.loss(line, snapshot, out);
        } else {
            self.line(line, snapshot, out);
        }
        if kind == Kind::Context {
            self.json.key("context", out);
            out.extend_from_slice(b"true");
        }
        out.push(b'}');
        if !self.is_array {
            out.push(b'\n');
        }
    }

    /// Appends what stands behind the last object.
    pub(super) fn finish(&self, out: &mut Vec<u8>) {
        match (self.is_array, self.is_first) {
            (true, true) => out.extend_from_slice(b"[]\n"),
            (true, false) => out.extend_from_slice(b"\n]\n"),
            (false, _) => {}
        }
    }

    fn line(&mut self, line: &Line<'_>, snapshot: &Snapshot, out: &mut Vec<u8>) {
        let json = self.json;
        let parts = line.parts();
        self.time("time", line.time(), out);
        if let Some(observed) = parts.as_ref().map(|parts| parts.observed_time).filter(|time| *time != 0) {
            self.time("observed_time", observed, out);
        }
        if line.severity().level() != Level::Unset {
            json.field("severity", line.severity().level().name(), out);
            json.number("severity_number", line.severity().number().into(), out);
        }
        let names =
            Names { service: snapshot.services.get(line.service()), source: snapshot.sources.get(line.source()) };
        match parts {
            Some(parts) => self.record(line, parts, &names, out),
            None => self.text(line, &names, out),
        }
    }

    fn text(&self, line: &Line<'_>, names: &Names<'_>, out: &mut Vec<u8>) {
        let json = self.json;
        if line.format() == FormatId::GONE {
            self.links(line, names, out);
            let why = line.gone().map(|gone| gone.to_string()).unwrap_or_default();
            return json.field("gone", &why, out);
        }
        let text = line.text();
        let reading = self.rules.read(line.format(), names.source, &text);
        json.key("body", out);
        json.text(&reading.message, out);
        self.links(line, names, out);
        self.attributes("attributes", &reading.fields, out);
        self.context(line, out);
        json.key("raw", out);
        json.text(&String::from_utf8_lossy(&text), out);
    }

    fn record(&self, line: &Line<'_>, mut parts: RecordParts, names: &Names<'_>, out: &mut Vec<u8>) {
        let json = self.json;
        let text = line.text();
        let message = self.rules.read_body(&mut parts.attributes, parts.body_format, names.source, &text);
        match &parts.body {
            Some(body) => {
                json.key("body", out);
                json.value(body, out);
            }
            None => json.field("body", &message, out),
        }
        self.links(line, names, out);
        self.attributes("attributes", &parts.attributes, out);
        json.field("severity_text", &parts.severity_text, out);
        json.field("event_name", &parts.event_name, out);
        if parts.flags != 0 {
            json.number("flags", parts.flags.into(), out);
        }
        self.context(line, out);
        if parts.body_format != FormatId::TEXT {
            json.key("raw", out);
            json.text(&String::from_utf8_lossy(&text), out);
        }
    }

    fn context(&self, line: &Line<'_>, out: &mut Vec<u8>) {
        let Some((resource, scope)) = line.context() else { return };
        self.attributes("resource", &resource.attributes, out);
        self.json.field("scope", &scope.name, out);
    }

    fn links(&self, line: &Line<'_>, names: &Names<'_>, out: &mut Vec<u8>) {
        self.json.field("service", names.service, out);
        self.json.field("source", names.source, out);
        if let Some(trace) = line.trace_id() {
            self.json.key("trace_id", out);
            hex(trace.bytes(), out);
        }
        if let Some(span) = line.span_id() {
            self.json.key("span_id", out);
            hex(span.bytes(), out);
        }
    }

    fn attributes(&self, key: &str, attributes: &Attributes, out: &mut Vec<u8>) {
        if !attributes.is_empty() {
            self.json.key(key, out);
            self.json.map(attributes, out);
        }
    }

    fn loss(&mut self, line: &Line<'_>, snapshot: &Snapshot, out: &mut Vec<u8>) {
        let json = self.json;
        let Some(loss) = line.loss() else { return };
        json.key("loss", out);
        out.push(b'{');
        json.number("count", loss.count, out);
        self.time("from", loss.from, out);
        self.time("to", loss.to, out);
        json.field("reason", loss.reason.name(), out);
        out.push(b'}');
        json.field("source", snapshot.sources.get(line.source()), out);
    }

    fn time(&mut self, key: &str, time: Nanos, out: &mut Vec<u8>) {
        self.json.key(key, out);
        out.push(b'"');
        self.stamp.write(time, out);
        out.push(b'"');
    }
}

struct Names<'a> {
    service: &'a str,
    source: &'a str,
}

/// Lower-case digits in quotes.
fn hex(bytes: &[u8], out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    out.push(b'"');
    out.extend(bytes.iter().flat_map(|byte| [byte >> 4, byte & 15].map(|half| DIGITS[usize::from(half)])));
    out.push(b'"');
}
