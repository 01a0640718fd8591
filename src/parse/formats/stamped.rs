//! JSON behind a time: what `docker logs --timestamps` and `kubectl logs --timestamps` make of a program's JSON lines.
//!
//! Before a line of any other format the time is that format's own, or text's.

use super::carrier::{Header, Text, carried};
use super::given::{Fields, Give};
use super::{LineFormat, Probe};
use crate::model::{FormatId, Nanos};
use crate::parse::Facts;

/// The format.
pub(super) struct Stamped;

impl LineFormat for Stamped {
    fn name(&self) -> &'static str {
        "stamped"
    }

    fn about(&self) -> &'static str {
        "JSON lines with a time before them, as docker and kubectl print them with --timestamps"
    }

    fn samples(&self) -> &'static [&'static str] {
        &[
            r#"2026-03-01T10:00:00.500000000Z {"level":"info","msg":"json body"}"#,
            r#"2026-03-01T10:00:00+01:00 {"severity":"ERROR","message":"x","app":"cart"}"#,
        ]
    }

    fn may_begin(&self, first: u8) -> bool {
        first.is_ascii_digit()
    }

    carried!(Line);
}

/// One physical line.
struct Line<'a> {
    time: Option<Nanos>,
    text: &'a [u8],
}

impl<'a> Header<'a> for Line<'a> {
    #[inline]
    fn of(probe: &Probe<'a, '_>) -> Option<Self> {
        if probe.line.get(10) != Some(&b'T') {
            return None;
        }
        let stamp = probe.stamp()?;
        let text = probe.line.get(stamp.len..)?.strip_prefix(b" ")?;
        text.starts_with(b"{\"").then_some(Self { time: stamp.time, text })
    }

    fn facts(&self, id: FormatId) -> Facts<'a> {
        Facts { time: self.time, ..Facts::none(id) }
    }

    fn text(&self) -> Text<'a> {
        Text::Plain(self.text)
    }
}

impl<'a> Fields<'a> for Line<'a> {
    fn each(&self, _: &mut Give<'_, 'a>) {}
}

#[cfg(test)]
mod tests {
    use crate::parse::formats::check::{check, check_not};

    #[test]
    fn lines_are_taken_apart() {
        check(
            "stamped",
            &[
                (
                    r#"2026-03-01T10:00:00.5Z {"level":"warn","app":"cart","msg":"json body","n":1}"#,
                    ("2026-03-01T10:00:00.5Z", 13, "cart", "json body", "n=1"),
                ),
                (
                    r#"2026-03-01T10:00:00Z {"time":"2026-03-01T09:59:59Z","msg":"its own time"}"#,
                    ("2026-03-01T09:59:59Z", 0, "", "its own time", ""),
                ),
            ],
        );
    }

    #[test]
    fn other_lines_are_not_taken() {
        check_not(
            "stamped",
            &[
                r#"2026-03-01T10:00:00Z WARN request {"a":"warn"}"#,
                r#"2026-03-01 10:00:00 {"a":"warn"}"#,
                "2026-03-01T10:00:00Z {a}",
            ],
        );
    }
}
