//! What `kubectl logs --prefix` prints: `[pod/<pod>/<container>] <line>`, perhaps with the time that `--timestamps` puts
//! before the line. Format: `staging/src/k8s.io/kubectl/pkg/cmd/logs` in kubernetes.

use super::carrier::{self, Header, Text, carried};
use super::given::{Fields, Give, Given, cut};
use super::{LineFormat, Probe};
use crate::model::{FormatId, Nanos};
use crate::parse::Facts;

/// The format.
pub(super) struct Kubectl;

impl LineFormat for Kubectl {
    fn name(&self) -> &'static str {
        "kubectl"
    }

    fn about(&self) -> &'static str {
        "kubectl's output with --prefix: pod and container in brackets, then the program's own line"
    }

    fn given(&self) -> &'static [&'static str] {
        &["k8s.pod.name", "k8s.container.name"]
    }

    fn samples(&self) -> &'static [&'static str] {
        &[
            "[pod/web-7f9c/app] GET / 200",
            r#"[pod/web-7f9c/app] {"level":"warn","msg":"slow"}"#,
            "[pod/web-7f9c/app] 2026-03-01T10:00:00.500000000Z with its time",
            "[pod/web-7f9c/app]",
        ]
    }

    fn may_begin(&self, first: u8) -> bool {
        first == b'['
    }

    carried!(Line);
}

/// One physical line.
struct Line<'a> {
    pod: &'a [u8],
    container: &'a [u8],
    time: Option<Nanos>,
    text: &'a [u8],
}

impl<'a> Header<'a> for Line<'a> {
    #[inline]
    fn of(probe: &Probe<'a, '_>) -> Option<Self> {
        let (names, text) = cut(probe.line.strip_prefix(b"[pod/")?, b']')?;
        let (pod, container) = cut(names, b'/')?;
        let is_name = |name: &[u8]| !name.is_empty() && !name.iter().any(u8::is_ascii_whitespace);
        if !is_name(pod) || !is_name(container) {
            return None;
        }
        let text = text.strip_prefix(b" ").unwrap_or(text);
        let (time, text) =
            carrier::split_stamp(text, probe.hints).map_or((None, text), |(time, rest)| (Some(time), rest));
        Some(Self { pod, container, time, text })
    }

    fn facts(&self, id: FormatId) -> Facts<'a> {
        Facts { time: self.time, ..Facts::none(id) }
    }

    /// The container says more of who writes than a logger's name within it.
    fn join(&self, inner: Facts<'a>, id: FormatId) -> Facts<'a> {
        Facts { service: Some(self.container), ..inner.or_carrier(self.facts(id)) }
    }

    fn text(&self) -> Text<'a> {
        Text::Plain(self.text)
    }
}

impl<'a> Fields<'a> for Line<'a> {
    fn each(&self, give: &mut Give<'_, 'a>) {
        give("k8s.pod.name", Given::Text(self.pod));
        give("k8s.container.name", Given::Text(self.container));
    }
}

#[cfg(test)]
mod tests {
    use crate::parse::formats::check::{check, check_not};

    #[test]
    fn lines_are_taken_apart() {
        const POD: &str = "k8s.pod.name=web-7f k8s.container.name=app";
        check(
            "kubectl",
            &[
                ("[pod/web-7f/app] GET / 200", ("", 0, "app", "GET / 200", POD)),
                ("[pod/web-7f/app]", ("", 0, "app", "", POD)),
                (
                    "[pod/web-7f/app] 2026-03-01T10:00:00.500000000Z level=warn msg=x",
                    ("2026-03-01T10:00:00.5Z", 13, "app", "x", POD),
                ),
                ("[pod/web-7f/app] a\n[pod/web-7f/app]   b", ("", 0, "app", "a\n  b", POD)),
            ],
        );
    }

    #[test]
    fn other_brackets_are_not_taken() {
        check_not("kubectl", &["[pod/x] y", "[pod/a b/c] x", "[pod//c] x", "[INFO] x", "[pod/x/y"]);
    }
}
