//! A container's log on disk: lines of two streams in one file, as Docker's json-file driver and the container runtimes of
//! Kubernetes write them. A stack trace of one stream, or a line that came in pieces, goes on behind lines of the other.
//!
//! So each stream has a joiner of its own. A record whose lines stand one behind the other in the file is handed over with
//! its place, as always; one that others stand within is handed over as a copy. What is not likely to go on is handed
//! over as soon as a line of another stream comes, so that the order stays what it was; what is likely to is held back
//! for [`REACH`] bytes of others at most, and live for a moment.

use std::time::{Duration, Instant};

use crate::parse::join::{self, Carrier, JoinRule, Joiner, Outlook, without_line_end};
use crate::source::lines::{LIKELY, LineSplitter, MAX_BATCH_LINES, UNLIKELY};
use crate::source::{LineBatch, MAX_BATCH_BYTES, Place};

/// So much text of other streams may stand between two lines of a record.
const REACH: u64 = 64 << 10;

/// Where batches go.
pub(super) type Send<'a> = &'a mut dyn FnMut(LineBatch);

/// Whether a file that begins with `head` is one of these.
pub(super) fn is_woven(head: &[u8], rule: &JoinRule) -> bool {
    let first = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    matches!(rule, JoinRule::Auto) && join::carrier(without_line_end(first)) != Carrier::None
}

/// Joins the lines of one file.
pub(super) struct Weaver {
    /// Cuts the text into lines; joins nothing.
    lines: LineSplitter,
    lanes: [Lane; 3],
    out: LineBatch,
    /// Whether records that others stood within have come.
    has_woven: bool,
    /// Whether time counts: what is read at once need not wait for anything.
    is_live: bool,
}

/// One stream.
struct Lane {
    joiner: Joiner,
    open: Option<Open>,
    has_begun: bool,
}

/// A record that may go on.
struct Open {
    /// Its lines with their line ends.
    text: Vec<u8>,
    /// Where it stands, while it stands in one piece.
    place: Option<Place>,
    /// Where in the file its last line ends.
    end: u64,
    /// Whether others stand within it.
    is_woven: bool,
    /// When its last line came.
    since: Instant,
}

impl Weaver {
    /// For a file that is read from a line's start.
    pub(super) fn new(is_live: bool) -> Self {
        let lane = || Lane { joiner: Joiner::new(&JoinRule::Auto), open: None, has_begun: false };
        Self {
            lines: LineSplitter::new(&JoinRule::Off),
            lanes: [lane(), lane(), lane()],
            out: LineBatch::default(),
            has_woven: false,
            is_live,
        }
    }

    /// Whether a record has come that others stand within. One that is held back is one too.
    pub(super) fn has_woven(&self) -> bool {
        let mut open = self.lanes.iter().filter_map(|lane| lane.open.as_ref());
        self.has_woven || open.any(|open| open.is_woven)
    }

    /// Takes text that stands at `place` and follows what was taken before without a gap. Linear.
    pub(super) fn feed(&mut self, text: &[u8], mut place: Place, send: Send<'_>) {
        let mut rest = text;
        while !rest.is_empty() {
            let mut lines = LineBatch::default();
            let taken = self.lines.feed_placed(rest, &place, &mut lines);
            rest = rest.get(taken..).unwrap_or_default();
            place.start += taken as u64;
            self.join(&lines, send);
        }
        let is_old = |lane: &Lane| lane.open.as_ref().is_some_and(|open| open.since.elapsed() > lane.patience());
        if self.is_live {
            self.emit_where(is_old, send);
        }
        self.send(send);
    }

    /// How long to wait for more before what is held back is handed over; `None` while nothing is.
    pub(super) fn patience(&self) -> Option<Duration> {
        let lanes = self.lanes.iter().filter(|lane| lane.open.is_some()).map(Lane::patience);
        lanes.chain(self.lines.patience()).min()
    }

    /// Hands over what was held back for as long as [`Self::patience`] says.
    pub(super) fn settle(&mut self, send: Send<'_>) {
        let due = self.patience();
        self.emit_where(|lane| Some(lane.patience()) == due, send);
        if self.lines.patience() == due {
            let mut line = LineBatch::default();
            self.lines.settle(&mut line);
            self.join(&line, send);
        }
        self.send(send);
    }

    /// Hands over all that is held back.
    pub(super) fn flush(&mut self, send: Send<'_>) {
        let mut line = LineBatch::default();
        while self.lines.flush(&mut line) {
            self.join(&std::mem::take(&mut line), send);
        }
        self.emit_where(|_| true, send);
        self.send(send);
    }

    fn join(&mut self, lines: &LineBatch, send: Send<'_>) {
        let mut start = 0;
        for end in lines.ends.iter().map(|end| *end as usize) {
            let raw = lines.bytes.get(start..end).unwrap_or_default();
            self.take(raw, lines.place.as_ref().map(|place| place.plus(start)), send);
            start = end;
        }
    }

    /// Takes one line, with its line end where it has a place.
    fn take(&mut self, raw: &[u8], place: Option<Place>, send: Send<'_>) {
        let line = without_line_end(raw);
        let idx = join::carrier(line) as usize;
        for other in (0..self.lanes.len()).filter(|other| *other != idx) {
            if self.lanes.get(other).is_some_and(|lane| lane.is_done(place.as_ref())) {
                self.emit(other, send);
            }
        }
        let Some(lane) = self.lanes.get_mut(idx) else { return };
        let goes_on = lane.joiner.continues(line);
        let is_first = !std::mem::replace(&mut lane.has_begun, true);
        if goes_on {
            if let Some(open) = &mut lane.open {
                open.append(raw, place.as_ref());
                return;
            }
            lane.joiner.begin(line);
        }
        // What it would go on with was handed over, or is not known.
        let is_cut = goes_on || (is_first && !join::is_start(line));
        self.emit(idx, send);
        if let Some(lane) = self.lanes.get_mut(idx) {
            lane.open = Some(Open::new(raw, place.map(|place| Place { is_cut, ..place })));
        }
    }

    /// Hands over the open records of the streams that `is_wanted` picks, in the order in which they end.
    fn emit_where(&mut self, is_wanted: impl Fn(&Lane) -> bool, send: Send<'_>) {
        let open = self.lanes.iter().enumerate().filter(|(_, lane)| lane.open.is_some() && is_wanted(lane));
        let mut due: Vec<_> = open.map(|(idx, lane)| (lane.open.as_ref().map(|open| open.end), idx)).collect();
        due.sort_unstable();
        for (_, idx) in due {
            self.emit(idx, send);
        }
    }

    fn emit(&mut self, idx: usize, send: Send<'_>) {
        let Some(open) = self.lanes.get_mut(idx).and_then(|lane| lane.open.take()) else { return };
        self.has_woven |= open.is_woven;
        let fits = self.out.bytes.len() + open.text.len() <= MAX_BATCH_BYTES && self.out.len() < MAX_BATCH_LINES;
        let follows = match (&self.out.place, &open.place) {
            (Some(out), Some(place)) => !place.is_cut && out.start + self.out.bytes.len() as u64 == place.start,
            (None, None) => true,
            _ => false,
        };
        if !(fits && follows) {
            self.send(send);
        }
        if open.place.is_some() {
            self.out.push(&open.text);
            self.out.place = self.out.place.take().or(open.place);
        } else {
            self.out.push(without_line_end(&open.text));
        }
    }

    fn send(&mut self, send: Send<'_>) {
        if !self.out.is_empty() {
            send(std::mem::take(&mut self.out));
        }
    }
}

impl Lane {
    fn patience(&self) -> Duration {
        if self.joiner.outlook() == Outlook::Likely { LIKELY } else { UNLIKELY }
    }

    /// Whether its open record ends when a line of another stream comes, at `place`.
    fn is_done(&self, place: Option<&Place>) -> bool {
        let is_far = |open: &Open| place.is_none_or(|place| place.start.saturating_sub(open.end) > REACH);
        self.open.as_ref().is_some_and(|open| !self.joiner.may_go_on() || is_far(open))
    }
}

impl Open {
    fn new(raw: &[u8], place: Option<Place>) -> Self {
        let end = place.as_ref().map_or(0, |place| place.start) + raw.len() as u64;
        let mut text = raw.to_vec();
        if place.is_none() {
            text.push(b'\n');
        }
        Self { text, place, end, is_woven: false, since: Instant::now() }
    }

    fn append(&mut self, raw: &[u8], place: Option<&Place>) {
        self.text.extend_from_slice(raw);
        self.since = Instant::now();
        let Some(place) = place else {
            self.text.push(b'\n');
            self.place = None;
            return;
        };
        if place.start != self.end {
            self.is_woven = true;
            self.place = None;
        }
        self.end = place.start + raw.len() as u64;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::extent::TextFile;

    fn file(text: &[u8]) -> Arc<TextFile> {
        let named = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(named.path(), text).unwrap();
        let handle = Arc::new(named.reopen().unwrap());
        Arc::new(TextFile::new(handle, named.path().to_owned()).unwrap())
    }

    /// The records of a file that is read in pieces of `size`, each with whether it has a place.
    fn records(text: &str, size: usize) -> Vec<(String, bool)> {
        let file = file(text.as_bytes());
        let mut weaver = Weaver::new(false);
        let mut all = Vec::new();
        let mut send = |batch: LineBatch| {
            if let Some(place) = &batch.place {
                let mut there = Vec::new();
                place.file.read(place.start..place.start + batch.bytes.len() as u64, &mut there).unwrap();
                assert_eq!(there, batch.bytes, "what stands at its place");
            }
            let texts = batch.iter().map(|line| String::from_utf8_lossy(line).into_owned());
            all.extend(texts.map(|text| (text, batch.place.is_some())));
        };
        let mut start = 0;
        for piece in text.as_bytes().chunks(size) {
            weaver.feed(piece, Place { file: Arc::clone(&file), start, is_cut: false }, &mut send);
            start += piece.len() as u64;
        }
        weaver.flush(&mut send);
        assert_eq!(weaver.has_woven(), all.iter().any(|(text, is_placed)| !is_placed && text.contains('\n')));
        all
    }

    fn cri(stream: &str, tag: &str, text: &str) -> String {
        format!("2026-03-01T10:00:00.000000001Z {stream} {tag} {text}")
    }

    /// Lines, and the records that they are: the lines of each, and whether they stand together.
    type Case = (Vec<String>, Vec<(Vec<usize>, bool)>);

    #[test]
    fn each_stream_is_joined_by_itself() {
        let out = |text: &str| cri("stdout", "F", text);
        let err = |text: &str| cri("stderr", "F", text);
        let docker = |stream: &str, text: &str| {
            format!(r#"{{"log":"{text}","stream":"{stream}","time":"2026-03-01T10:00:00Z"}}"#)
        };
        let half = cri("stdout", "P", "first half ");
        let cases: Vec<Case> = vec![
            (vec![out("a"), err("b"), out("c")], vec![(vec![0], true), (vec![1], true), (vec![2], true)]),
            (vec![half.clone(), err("b"), out("second half")], vec![(vec![1], true), (vec![0, 2], false)]),
            (vec![half, out("second half"), err("b")], vec![(vec![0, 1], true), (vec![2], true)]),
            (
                vec![
                    err("a.b.CException: x"),
                    out("a"),
                    err("\tat a.b(C.java:1)"),
                    out("b"),
                    err("\tat d.e(F.java:2)"),
                ],
                vec![(vec![1], true), (vec![3], true), (vec![0, 2, 4], false)],
            ),
            (
                vec![
                    docker("stdout", "half "),
                    docker("stderr", "b\\n"),
                    docker("stdout", "rest\\n"),
                    "no line".to_owned(),
                ],
                vec![(vec![1], true), (vec![0, 2], false), (vec![3], true)],
            ),
        ];
        for (lines, expected) in cases {
            let text = lines.join("\n") + "\n";
            let joined = |of: &[usize]| of.iter().map(|idx| &*lines[*idx]).collect::<Vec<_>>().join("\n");
            let mut expected: Vec<_> = expected.iter().map(|(of, is_placed)| (joined(of), *is_placed)).collect();
            expected.sort();
            for size in [1, 7, 100, text.len()] {
                let mut got = records(&text, size);
                got.sort();
                assert_eq!(got, expected, "in pieces of {size}");
            }
        }
    }

    #[test]
    fn order_is_kept_and_what_may_go_on_is_not_waited_for_without_end() {
        let mut text = cri("stderr", "F", "a.b.CException: x") + "\n";
        for number in 0..2000 {
            text += &(cri(if number % 3 == 0 { "stderr" } else { "stdout" }, "F", &format!("{number}")) + "\n");
        }
        let lines: Vec<_> = records(&text, 4096).into_iter().map(|(text, _)| text).collect();
        assert_eq!(lines, text.lines().collect::<Vec<_>>());

        let noise = (cri("stdout", "F", &"x".repeat(1000)) + "\n").repeat(100);
        let text = format!("{}\n{noise}{}\n", cri("stderr", "P", "begun"), cri("stderr", "F", "ended"));
        let all = records(&text, 4096);
        let at = all.iter().position(|(text, _)| text.ends_with("begun")).unwrap();
        assert!((60..70).contains(&at), "after {at} lines of the other stream");
        assert!(all.iter().all(|(_, is_placed)| *is_placed));
    }

    #[test]
    fn a_file_is_told_by_its_first_line() {
        let auto = JoinRule::default();
        assert!(is_woven(format!("{}\r\n", cri("stdout", "F", "a")).as_bytes(), &auto));
        assert!(is_woven(br#"{"log":"a\n","stream":"stdout","time":"2026-03-01T10:00:00Z"}"#, &auto));
        for head in [&b""[..], b"text\n", b"{\"level\":\"info\"}\n", b"2026-03-01T10:00:00.000000001Z text"] {
            assert!(!is_woven(head, &auto));
        }
        assert!(!is_woven(cri("stdout", "F", "a").as_bytes(), &JoinRule::Off));
    }
}
