//! What container runtimes under Kubernetes write (containerd, CRI-O): `<time> <stdout|stderr> <P|F> <line>`.
//!
//! `P` marks a piece of a line that goes on, `F` a whole line or the last piece; more tags may follow behind a colon. The
//! text begins behind the third blank and keeps its own blanks. Sources that are told a line's time and not its stream
//! write `stdany` in the stream's place, which no runtime does. Format: Kubernetes'
//! `pkg/kubelet/kuberuntime/logs` and the CRI's logging design.

use super::carrier::{Header, Text, carried};
use super::given::{Fields, Give, Given};
use super::{LineFormat, Probe};
use crate::model::{FormatId, Nanos};
use crate::parse::Facts;

/// The format.
pub(super) struct Cri;

impl LineFormat for Cri {
    fn name(&self) -> &'static str {
        "cri"
    }

    fn about(&self) -> &'static str {
        "container logs as Kubernetes keeps them: time, stdout or stderr, P or F, then the program's own line"
    }

    fn given(&self) -> &'static [&'static str] {
        &["log.iostream", "logtag"]
    }

    fn samples(&self) -> &'static [&'static str] {
        &[
            "2026-03-01T10:00:00.000000001Z stdout F plain line",
            r#"2026-03-01T10:00:00.000000009Z stdout F {"level":"error","service":"cart","msg":"json inside"}"#,
            "2019-05-07T18:57:50.904275087+00:00 stderr P 1a. some ",
            "2026-03-01T10:00:00.000000011Z stdout F:future-tag a second tag after a colon",
            "2026-03-01T10:00:00.000000005Z stdout F ",
            "2026-03-01T10:00:00.000000005Z stdout F",
            "2026-03-01T10:00:00.000000001Z stderr P ts=2026-03-01T09:00:00Z lev\n2026-03-01T10:00:00.000000002Z stderr F el=warn msg=x",
        ]
    }

    fn may_begin(&self, first: u8) -> bool {
        first.is_ascii_digit()
    }

    carried!(Line);
}

/// What stands where a stream's name would, if nobody knows which it was.
const UNKNOWN: &[u8] = b"stdany";

/// One physical line.
struct Line<'a> {
    time: Option<Nanos>,
    /// [`UNKNOWN`], or what the stream is called.
    stream: &'a [u8],
    tags: &'a [u8],
    text: &'a [u8],
}

impl<'a> Header<'a> for Line<'a> {
    #[inline]
    fn of(probe: &Probe<'a, '_>) -> Option<Self> {
        if probe.line.get(10) != Some(&b'T') {
            return None;
        }
        let stamp = probe.stamp()?;
        let rest = probe.line.get(stamp.len..)?.strip_prefix(b" ")?;
        let is_stream = |word: &[u8]| matches!(word, b"stdout" | b"stderr" | UNKNOWN);
        let (stream, rest) = rest.split_at_checked(6).filter(|(word, _)| is_stream(word))?;
        let rest = rest.strip_prefix(b" ")?;
        let is_end = |byte: &u8| matches!(byte, b' ' | b'\n');
        let (tags, rest) = rest.split_at_checked(rest.iter().position(is_end).unwrap_or(rest.len()))?;
        let is_tag = matches!(tags, [b'P' | b'F'] | [b'P' | b'F', b':', ..]);
        let text = rest.strip_prefix(b" ").unwrap_or(rest);
        is_tag.then_some(Self { time: stamp.time, stream, tags, text })
    }

    fn facts(&self, id: FormatId) -> Facts<'a> {
        Facts { time: self.time, ..Facts::none(id) }
    }

    fn text(&self) -> Text<'a> {
        Text::Plain(self.text)
    }

    fn is_whole(&self) -> bool {
        self.tags.first() != Some(&b'P')
    }
}

impl<'a> Fields<'a> for Line<'a> {
    fn each(&self, give: &mut Give<'_, 'a>) {
        if self.stream != UNKNOWN {
            give("log.iostream", Given::Text(self.stream));
        }
        give("logtag", Given::Text(self.tags));
    }
}

#[cfg(test)]
mod tests {
    use crate::parse::formats::check::{check, check_not, facts_of};
    use crate::parse::{field, read};

    #[test]
    fn lines_are_taken_apart() {
        check(
            "cri",
            &[
                (
                    "2026-03-01T10:00:00.000000001Z stdout F plain line",
                    ("2026-03-01T10:00:00.000000001Z", 0, "", "plain line", "log.iostream=stdout logtag=F"),
                ),
                (
                    "2019-05-07T18:57:50.904275087+00:00 stderr P first half ",
                    ("2019-05-07T18:57:50.904275087Z", 0, "", "first half ", "log.iostream=stderr logtag=P"),
                ),
                (
                    "2026-03-01T10:00:00.5+02:00 stdout F ",
                    ("2026-03-01T08:00:00.5Z", 0, "", "", "log.iostream=stdout logtag=F"),
                ),
                ("2026-03-01T10:00:00Z stdout F", ("2026-03-01T10:00:00Z", 0, "", "", "log.iostream=stdout logtag=F")),
                (
                    "2026-03-01T10:00:00Z stdout F   two  blanks",
                    ("2026-03-01T10:00:00Z", 0, "", "  two  blanks", "log.iostream=stdout logtag=F"),
                ),
                (
                    r#"2026-03-01T10:00:00Z stderr F {"level":"error","app":"cart","msg":"inside","n":1}"#,
                    ("2026-03-01T10:00:00Z", 17, "cart", "inside", "log.iostream=stderr logtag=F n=1"),
                ),
                (
                    "2026-03-01T10:00:00Z stdout F:more a tag",
                    ("2026-03-01T10:00:00Z", 0, "", "a tag", "log.iostream=stdout logtag=F:more"),
                ),
                (
                    "2026-03-01T10:00:00Z stdany F it has a time and no stream",
                    ("2026-03-01T10:00:00Z", 0, "", "it has a time and no stream", "logtag=F"),
                ),
                (
                    "2026-03-01T10:00:09Z stderr F 2026-03-01T10:00:03Z WARN disk",
                    ("2026-03-01T10:00:03Z", 13, "", "2026-03-01T10:00:03Z WARN disk", "log.iostream=stderr logtag=F"),
                ),
            ],
        );
    }

    #[test]
    fn pieces_make_one_line_and_lines_stay_lines() {
        for (line, message) in [
            (
                "2026-03-01T10:00:00Z stderr P p1\n2026-03-01T10:00:01Z stderr P p2\n2026-03-01T10:00:02Z stderr F p3",
                "p1p2p3",
            ),
            (
                "2026-03-01T10:00:00Z stderr F Traceback:\n2026-03-01T10:00:01Z stderr F   File\n2026-03-01T10:00:02Z stderr F \n  stray",
                "Traceback:\n  File\n\n  stray",
            ),
            (
                "2026-03-01T10:00:00Z stderr P p1\n2026-03-01T10:00:01Z stderr F p2\n2026-03-01T10:00:02Z stderr P p3",
                "p1p2\np3",
            ),
        ] {
            let facts = facts_of(line);
            assert_eq!(facts.time, Some(1_772_359_200_000_000_000), "{line}");
            assert_eq!(read(facts.format, line.as_bytes()).message, message, "{line}");
        }
    }

    #[test]
    fn facts_come_from_the_first_line_put_together() {
        let line = concat!(
            "2026-03-01T10:00:00Z stdout P {\"level\":\"wa\n",
            "2026-03-01T10:00:01Z stdout F rn\",\"app\":\"shop\",\"msg\":\"m\"}\n",
            "2026-03-01T10:00:02Z stdout F ERROR"
        );
        let facts = facts_of(line);
        assert_eq!((facts.severity.number(), facts.service), (13, Some(&b"shop"[..])));
        assert_eq!(read(facts.format, line.as_bytes()).facts, facts);
        assert_eq!(field(facts.format, line.as_bytes(), "app"), Some("shop".into()));
        assert_eq!(field(facts.format, line.as_bytes(), "log.iostream"), Some("stdout".into()));
        let unknown = line.replace("stdout", "stdany");
        assert_eq!(field(facts.format, unknown.as_bytes(), "log.iostream"), None);
        assert_eq!(field(facts.format, unknown.as_bytes(), "app"), Some("shop".into()));
    }

    #[test]
    fn what_is_no_container_line_is_not_taken() {
        check_not(
            "cri",
            &[
                "2026-03-01T10:00:00Z stdin F x",
                "2026-03-01T10:00:00Z stdout X x",
                "2026-03-01T10:00:00Z stdout Full of words",
                "2026-03-01T10:00:00Z stdout",
                "stdout F x",
            ],
        );
    }
}
