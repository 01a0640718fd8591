//! Docker's json-file log: `{"log":"<line>\n","stream":"stdout","time":"…"}`, perhaps with `attrs`.
//!
//! The line is within a JSON text; where its escapes had to be resolved, its facts are looked up in the record again. A
//! `log` without a line end is a piece of a line that goes on in the next record (the daemon cuts at 16 KiB). Format:
//! `daemon/logger/jsonfilelog/jsonlog` in moby.

use memchr::memchr;

use super::carrier::{Header, Text, carried};
use super::given::{Fields, Give, Given};
use super::json::cursor::{Cursor, Raw};
use super::{LineFormat, Probe};
use crate::model::{FormatId, Nanos};
use crate::parse::Facts;
use crate::parse::time::{self, Hints};

/// The format.
pub(super) struct Docker;

/// What every record begins with.
const OPENING: &[u8] = b"{\"log\":";
/// The label that compose gives the containers of a service.
const COMPOSE_SERVICE: &[u8] = b"com.docker.compose.service";

impl LineFormat for Docker {
    fn name(&self) -> &'static str {
        "docker"
    }

    fn about(&self) -> &'static str {
        "container logs as Docker keeps them: the program's own line as a text within JSON"
    }

    fn given(&self) -> &'static [&'static str] {
        &["log.iostream"]
    }

    fn samples(&self) -> &'static [&'static str] {
        &[
            r#"{"log":"plain\n","stream":"stdout","time":"2026-03-01T10:00:00.000000001Z"}"#,
            r#"{"log":"with attrs\n","stream":"stdout","attrs":{"tag":"web"},"time":"2026-03-01T10:00:00.000000002Z"}"#,
            r#"{"log": "bb", "stream": "stderr", "time": "2021-02-01T16:45:03.01232z"}"#,
            r#"{"log":"{\"level\":\"warn\",\"service\":\"cart\",\"msg\":\"quoted \\\"text\\\"\"}\n","stream":"stdout","time":"2019-04-01T17:58:33.598656444Z"}"#,
            "{\"log\":\"ts=2026-03-01T09:00:00Z lev\",\"stream\":\"stdout\",\"time\":\"2026-03-01T10:00:00.5Z\"}\n{\"log\":\"el=warn app=x\\n\",\"stream\":\"stdout\",\"time\":\"2026-03-01T10:00:01Z\"}",
        ]
    }

    fn may_begin(&self, first: u8) -> bool {
        first == b'{'
    }

    carried!(Line);
}

/// Whether `line` is Docker's, and not another logger's JSON.
#[inline]
pub(super) fn takes(line: &[u8]) -> bool {
    line.starts_with(OPENING) && Line::of(&Probe::new(line, &Hints::default())).is_some()
}

/// One physical line.
struct Line<'a> {
    text: Text<'a>,
    is_whole: bool,
    stream: &'a [u8],
    attrs: &'a [u8],
    time: Option<Nanos>,
}

impl<'a> Header<'a> for Line<'a> {
    #[inline]
    fn of(probe: &Probe<'a, '_>) -> Option<Self> {
        if !probe.line.starts_with(OPENING) {
            return None;
        }
        let mut cursor = Cursor::new(probe.line);
        cursor.take(b'{');
        cursor.key()?;
        let Raw::Text(log) = cursor.value()? else { return None };
        let (log, is_whole) = without_line_end(log);
        let text = if memchr(b'\\', log).is_some() { Text::Escaped(log) } else { Text::Plain(log) };
        let mut line = Self { text, is_whole, stream: b"", attrs: b"", time: None };
        while let Some(key) = cursor.key() {
            match (key, cursor.value()?) {
                (b"stream", Raw::Text(stream)) => line.stream = stream,
                (b"attrs", Raw::Composite(attrs)) => line.attrs = attrs,
                (b"time", Raw::Text(stamp)) => line.time = Some(time::parse_value(stamp, probe.hints)?),
                _ => return None,
            }
        }
        (line.time.is_some() && !line.stream.is_empty()).then_some(line)
    }

    fn facts(&self, id: FormatId) -> Facts<'a> {
        Facts { time: self.time, service: self.service(), ..Facts::none(id) }
    }

    fn text(&self) -> Text<'a> {
        self.text
    }

    fn is_whole(&self) -> bool {
        self.is_whole
    }
}

impl<'a> Line<'a> {
    /// Labels and variables of the container that the daemon was told to log with each line.
    fn attrs(&self) -> impl Iterator<Item = (&'a [u8], Raw<'a>)> {
        let mut cursor = Cursor::new(self.attrs);
        cursor.take(b'{');
        std::iter::from_fn(move || Some((cursor.key()?, cursor.value()?)))
    }

    fn service(&self) -> Option<&'a [u8]> {
        let of_compose = |(key, value): (&[u8], Raw<'a>)| (key == COMPOSE_SERVICE).then(|| value.bytes());
        self.attrs().find_map(of_compose)
    }
}

impl<'a> Fields<'a> for Line<'a> {
    fn each(&self, give: &mut Give<'_, 'a>) {
        give("log.iostream", Given::Text(self.stream));
        for (key, value) in self.attrs().filter(|(key, _)| *key != COMPOSE_SERVICE) {
            give(&format!("attrs.{}", super::json::unescape(key)), Given::Escaped(value.bytes()));
        }
    }
}

/// `log` without the line end it closes with, and whether it has one. A terminal's line ends with `\r\n`.
fn without_line_end(log: &[u8]) -> (&[u8], bool) {
    let Some(text) = log.strip_suffix(b"\\n") else { return (log, false) };
    // An even number of backslashes before the n would be escaped ones.
    let backslashes = text.iter().rev().take_while(|byte| **byte == b'\\').count();
    if backslashes % 2 == 1 {
        return (log, false);
    }
    (text.strip_suffix(b"\\r").unwrap_or(text), true)
}

#[cfg(test)]
mod tests {
    use crate::parse::formats::check::{check, check_not, facts_of};
    use crate::parse::{field, read};

    #[test]
    fn lines_are_taken_apart() {
        check(
            "docker",
            &[
                (
                    r#"{"log":"plain\n","stream":"stdout","time":"2026-03-01T10:00:00.000000001Z"}"#,
                    ("2026-03-01T10:00:00.000000001Z", 0, "", "plain", "log.iostream=stdout"),
                ),
                (
                    r#"{"log":"x\n","stream":"stdout","attrs":{"tag":"web","com.docker.compose.service":"api"},"time":"2026-03-01T10:00:00Z"}"#,
                    ("2026-03-01T10:00:00Z", 0, "api", "x", "log.iostream=stdout attrs.tag=web"),
                ),
                (
                    r#"{"log":"caf\u00e9 \u003c and \"\t\\n","stream":"stdout","time":"2026-03-01T10:00:00Z"}"#,
                    ("2026-03-01T10:00:00Z", 0, "", "café < and \"\t\\n", "log.iostream=stdout"),
                ),
                (
                    r#"{"log":"\n","stream":"stdout","time":"2026-03-01T10:00:00Z"}"#,
                    ("2026-03-01T10:00:00Z", 0, "", "", "log.iostream=stdout"),
                ),
                (
                    r#"{"log":"crlf from a tty\r\n","stream":"stdout","time":"2026-03-01T10:00:00Z"}"#,
                    ("2026-03-01T10:00:00Z", 0, "", "crlf from a tty", "log.iostream=stdout"),
                ),
                (
                    r#"{"log":"{\"level\":\"warn\",\"service\":\"cart\",\"text\":\"quoted \\\"t\\\"\",\"n\":[1]}\n","stream":"stderr","time":"2019-04-01T17:58:33Z"}"#,
                    ("2019-04-01T17:58:33Z", 13, "cart", "quoted \"t\"", "log.iostream=stderr n=[1]"),
                ),
                (
                    r#"{"log": "level=error app=shop x=\"1\"\n", "stream": "stdout", "time": "2021-02-01T16:45:03.5z"}"#,
                    ("2021-02-01T16:45:03.5Z", 17, "shop", "", "log.iostream=stdout x=1"),
                ),
            ],
        );
    }

    #[test]
    fn pieces_make_one_line_and_lines_stay_lines() {
        let piece = |log: &str| format!(r#"{{"log":"{log}","stream":"stdout","time":"2026-03-01T10:00:00Z"}}"#);
        let long = "B".repeat(16_384);
        for (pieces, message) in [
            (vec!["bb", "cc\\n"], "bbcc".to_owned()),
            (vec!["panic: x\\n", "\\n", "\\tat y\\n"], "panic: x\n\n\tat y".to_owned()),
            (vec![&*long, " the \\u003erest\\n"], format!("{long} the >rest")),
        ] {
            let line = pieces.iter().map(|log| piece(log)).collect::<Vec<_>>().join("\n");
            let facts = facts_of(&line);
            assert_eq!(facts.time, Some(1_772_359_200_000_000_000));
            assert_eq!(read(facts.format, line.as_bytes()).message, message);
        }
        let line = [piece(r#"{\"level\":\"er"#), piece(r#"ror\",\"app\":\"a\"}\n"#)].join("\n");
        let facts = facts_of(&line);
        assert_eq!((facts.severity.number(), facts.service), (17, Some(&b"a"[..])));
        assert_eq!(field(facts.format, line.as_bytes(), "app"), Some("a".into()));
    }

    #[test]
    fn colours_that_were_escaped_are_no_text() {
        let pieces = [
            r"\u001b[2m2026-03-01T10:00:00.5Z\u001b[0m \u001b[33m WARN\u001b[0m \u001b[2mshop::c",
            r"art\u001b[0m\u001b[2m:\u001b[0m empty \u001B[3muser\u001b[0m\u001b[2m=\u001b[0m5\n",
        ];
        let record = |log: &str| format!(r#"{{"log":"{log}","stream":"stdout","time":"2026-03-01T10:00:00Z"}}"#);
        for line in [record(&pieces.concat()), pieces.map(record).join("\n")] {
            let facts = facts_of(&line);
            assert_eq!((facts.time, facts.severity.number()), (Some(1_772_359_200_500_000_000), 13), "{line}");
            let reading = read(facts.format, line.as_bytes());
            assert_eq!(reading.message, "empty user=5", "{line}");
            assert_eq!(reading.fields.get("user"), Some(&5.into()), "{line}");
            assert_eq!(field(facts.format, line.as_bytes(), "user"), Some(5.into()), "{line}");
        }
        assert_eq!(facts_of(&record(&pieces.concat())).service, Some(&b"shop::cart"[..]));
    }

    #[test]
    fn other_json_with_a_log_is_not_taken() {
        check_not(
            "docker",
            &[
                r#"{"log":"x","level":"info","time":"2026-03-01T10:00:00Z"}"#,
                r#"{"log":"cut off mid-wri"#,
                r#"{"log":{"level":"info"},"stream":"stdout","time":"2026-03-01T10:00:00Z"}"#,
                r#"{"log":"x\n","stream":"stdout"}"#,
            ],
        );
    }
}
