//! Any chunking gives the same lines, within the limits; and with their place, the bytes that stand there.

use std::fs::File;
use std::mem;
use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::extent::TextFile;
use crate::source::Place;

/// All lines of `chunks`, with the batches' own limits checked on the way.
fn split(chunks: &[&[u8]]) -> Vec<Vec<u8>> {
    split_by(&JoinRule::Off, chunks)
}

fn split_by(rule: &JoinRule, chunks: &[&[u8]]) -> Vec<Vec<u8>> {
    let (mut splitter, mut lines) = (LineSplitter::new(rule), Vec::new());
    let mut hand_over = |batch: &mut LineBatch| {
        assert!(batch.bytes.len() <= MAX_BATCH_BYTES && batch.len() <= MAX_BATCH_LINES);
        lines.extend(mem::take(batch).iter().map(<[u8]>::to_vec));
    };
    let mut batch = LineBatch::default();
    for chunk in chunks {
        let mut rest = *chunk;
        while !rest.is_empty() {
            rest = &rest[splitter.feed(rest, &mut batch)..];
            if !rest.is_empty() {
                assert!(!batch.is_empty(), "an empty batch has room");
                hand_over(&mut batch);
            }
        }
    }
    hand_over(&mut batch);
    while splitter.flush(&mut batch) {
        hand_over(&mut batch);
    }
    lines
}

/// What the splitter should do, without chunks, carrying and limits.
fn naive(text: &[u8]) -> Vec<Vec<u8>> {
    let mut lines: Vec<&[u8]> = text.split(|byte| *byte == b'\n').collect();
    if lines.last().is_some_and(|last| last.is_empty()) {
        lines.pop();
    }
    lines.iter().map(|line| line.strip_suffix(b"\r").unwrap_or(line).to_vec()).collect()
}

proptest! {
    #[test]
    fn any_chunking_gives_the_lines_of_the_whole(
        text in proptest::collection::vec(prop_oneof![Just(b'\n'), Just(b'\r'), Just(0_u8), any::<u8>()], 0..300),
        sizes in proptest::collection::vec(1_usize..20, 1..50),
    ) {
        let (mut chunks, mut rest) = (Vec::new(), text.as_slice());
        for size in sizes.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (chunk, after) = rest.split_at((*size).min(rest.len()));
            chunks.push(chunk);
            rest = after;
        }
        prop_assert_eq!(split(&chunks), naive(&text));
    }
}

#[test]
fn a_crlf_or_a_utf8_sequence_may_be_cut_by_a_chunk() {
    assert_eq!(split(&[b"one\r", b"\ntwo\r\n"]), [b"one".to_vec(), b"two".to_vec()]);
    assert_eq!(split(&[b"caf\xc3", b"\xa9\n"]), ["café".as_bytes()]);
    assert_eq!(split(&[b"a\rb\r\r\n\n", b"c"]), [b"a\rb\r".to_vec(), vec![], b"c".to_vec()]);
}

#[test]
fn empty_lines_fill_a_batch_too() {
    assert_eq!(split(&[&vec![b'\n'; MAX_BATCH_LINES * 3 + 1]]).len(), MAX_BATCH_LINES * 3 + 1);
}

#[test]
fn a_line_of_the_greatest_length_is_kept_and_a_longer_one_is_cut_and_marked() {
    let longest = vec![b'x'; MAX_LINE_BYTES];
    let crlf = [longest.as_slice(), b"\r\n"].concat();
    assert_eq!(split(&[&crlf, b"y\n"]), [longest.clone(), b"y".to_vec()]);

    let kept = MAX_LINE_BYTES - CUT_MARK_BYTES;
    for over in [1, 2, 5_000_000] {
        let text = [longest.as_slice(), &vec![b'z'; over], b"\r\nnext\n"].concat();
        let mark = format!(" …[{} bytes cut]", CUT_MARK_BYTES + over);
        let expected = [&longest[..kept], mark.as_bytes()].concat();
        assert_eq!(split(&[&text]), [expected.clone(), b"next".to_vec()], "whole, {over} over");
        let chunks: Vec<&[u8]> = text.chunks(100_000).collect();
        assert_eq!(split(&chunks), [expected, b"next".to_vec()], "in chunks, {over} over");
    }
}

#[test]
fn the_cut_does_not_split_a_character() {
    let text = "é".repeat(MAX_LINE_BYTES);
    let shifted = format!("x{text}");
    for text in [text, shifted] {
        let lines = split(&[text.as_bytes()]);
        assert!(std::str::from_utf8(&lines[0]).is_ok());
    }
}

#[test]
fn the_rest_of_a_flushed_line_is_a_line_unless_it_is_only_the_line_end() {
    let (mut splitter, mut batch) = (LineSplitter::new(&JoinRule::Off), LineBatch::default());
    assert!(!splitter.flush(&mut batch));
    for chunk in [b"a".as_slice(), b"b", b"c\r"] {
        splitter.feed(chunk, &mut batch);
        assert!(splitter.flush(&mut batch));
    }
    assert!(!splitter.flush(&mut batch), "it is flushed once");
    splitter.feed(b"\r\n\nd\n", &mut batch);
    assert_eq!(batch.iter().collect::<Vec<_>>(), [b"a".as_slice(), b"b", b"c", b"", b"d"]);
}

/// The records of a text, as joining cuts it in one piece.
fn joined(text: &[u8]) -> Vec<Vec<u8>> {
    let mut records = Vec::new();
    join::for_each_record(text, &mut Joiner::new(&JoinRule::Auto), &mut |range| {
        let record = &text[range];
        let line = without_line_end(record);
        // At the very end a carriage return alone is taken for half of a line end.
        let line = if line.len() == record.len() { line.strip_suffix(b"\r").unwrap_or(line) } else { line };
        records.push(line.to_vec());
    });
    records
}

/// A log with stack traces, in which nearly every cut matters.
const TRACES: &[u8] = b"2026-03-01 10:00:00 INFO a\r\n2026-03-01 10:00:01 ERROR b\njava.lang.X: y\n\tat a.B.c(B.java:1)\n\
    Caused by: z\n\t... 3 more\ntext\n\n{\"level\":\"info\"}\nTraceback (most recent call last):\n  File \"a\", line 1\n    f()\n\
    ValueError: x\n2026-03-01T10:00:00.000000000Z stderr P a\n2026-03-01T10:00:00.000000000Z stderr F b\npanic: q\n\n\
    goroutine 1 [running]:\nmain.main()\n\t/a.go:1 +0x1\n2026-03-01 10:00:02 INFO {\n  \"a\": 1\n}\nend";

#[test]
fn records_are_the_same_at_every_cut_of_the_input() {
    let expected = joined(TRACES);
    assert!(expected.iter().filter(|record| record.contains(&b'\n')).count() == 5, "{expected:?}");
    let rule = JoinRule::Auto;
    for first in 0..TRACES.len() {
        let (a, b) = TRACES.split_at(first);
        assert_eq!(split_by(&rule, &[a, b]), expected, "cut at {first}");
        let placed = [(a, false), (b, false)].into_iter().filter(|(chunk, _)| !chunk.is_empty());
        assert_eq!(split_placed_by(&rule, &placed.collect::<Vec<_>>()), expected, "placed, cut at {first}");
    }
    for size in 1..40 {
        assert_eq!(split_by(&rule, &TRACES.chunks(size).collect::<Vec<_>>()), expected, "in pieces of {size}");
    }
}

#[test]
fn streams_that_are_read_by_turns_do_not_mix() {
    let expected = joined(TRACES);
    let mut streams = [LineSplitter::new(&JoinRule::Auto), LineSplitter::new(&JoinRule::Auto)];
    let mut found = [Vec::new(), Vec::new()];
    for chunk in TRACES.chunks(7) {
        for (splitter, lines) in streams.iter_mut().zip(&mut found) {
            let mut batch = LineBatch::default();
            splitter.feed(chunk, &mut batch);
            lines.extend(batch.iter().map(<[u8]>::to_vec));
        }
    }
    for (splitter, mut lines) in streams.into_iter().zip(found) {
        let (mut splitter, mut batch) = (splitter, LineBatch::default());
        while splitter.flush(&mut batch) {
            lines.extend(mem::take(&mut batch).iter().map(<[u8]>::to_vec));
        }
        assert_eq!(lines, expected);
    }
}

#[test]
fn what_is_held_back_waits_as_long_as_it_is_worth_it() {
    let waits = |text: &[u8]| {
        let mut splitter = LineSplitter::new(&JoinRule::Auto);
        splitter.feed(text, &mut LineBatch::default());
        splitter.patience()
    };
    assert_eq!(waits(b""), None);
    assert_eq!(waits(b"2026-03-01 10:00:00 INFO a\n"), Some(UNLIKELY));
    assert_eq!(waits(b"2026-03-01 10:00:00 ERROR a\n"), Some(LIKELY));
    assert_eq!(waits(b"2026-03-01 10:00:00 ERROR a\nb"), Some(LIKELY));
    assert_eq!(waits(b"b"), Some(UNFINISHED));
    assert_eq!(waits(b"2026-03-01 10:00:00 INFO a\n\tat b.c(D.ja"), Some(UNFINISHED));
    let mut splitter = LineSplitter::new(&JoinRule::Off);
    splitter.feed(b"2026-03-01 10:00:00 ERROR a\n", &mut LineBatch::default());
    assert_eq!(splitter.patience(), None);
}

#[test]
fn what_comes_after_a_record_was_handed_over_is_cut_off_from_it() {
    let (file, mut splitter) = (some_file(), LineSplitter::new(&JoinRule::Auto));
    let place = |start| Place { file: Arc::clone(&file), start, is_cut: false };
    let mut cuts = Vec::new();
    let mut at = 0;
    for (text, is_flushed) in
        [("2026-03-01 10:00:00 ERROR a\n", true), ("\tat b\n", true), ("2026-03-01 10:00:01 c\n", true)]
    {
        let mut batch = LineBatch::default();
        splitter.feed_placed(text.as_bytes(), &place(at), &mut batch);
        assert!(batch.is_empty());
        if is_flushed {
            splitter.flush(&mut batch);
        }
        let stands = batch.place.unwrap();
        assert_eq!((stands.start, batch.bytes.as_slice()), (at, text.as_bytes()));
        cuts.push(stands.is_cut);
        at += text.len() as u64;
    }
    assert_eq!(cuts, [false, true, false]);
}

/// Some file: what these tests ask of a place is its offset.
fn some_file() -> Arc<TextFile> {
    let file: File = tempfile::tempfile().unwrap();
    Arc::new(TextFile::new(Arc::new(file), "some".into()).unwrap())
}

/// All lines of `chunks`, which stand in a file one behind the other, with a flush after those that are marked. Checks
/// that what has a place stands there, byte for byte.
fn split_placed(chunks: &[(&[u8], bool)]) -> Vec<Vec<u8>> {
    split_placed_by(&JoinRule::Off, chunks)
}

fn split_placed_by(rule: &JoinRule, chunks: &[(&[u8], bool)]) -> Vec<Vec<u8>> {
    let text: Vec<u8> = chunks.iter().flat_map(|(chunk, _)| chunk.iter().copied()).collect();
    let (file, mut splitter, mut lines) = (some_file(), LineSplitter::new(rule), Vec::new());
    let mut hand_over = |batch: LineBatch| {
        assert!(batch.bytes.len() <= MAX_BATCH_BYTES && batch.len() <= MAX_BATCH_LINES);
        if let (Some(place), false) = (&batch.place, batch.is_empty()) {
            let start = usize::try_from(place.start).unwrap();
            assert_eq!(batch.ends.last().map(|end| *end as usize), Some(batch.bytes.len()));
            assert!(text[start..].starts_with(&batch.bytes), "{start} of {text:?} is not {:?}", batch.bytes);
        }
        lines.extend(batch.iter().map(<[u8]>::to_vec));
    };
    let mut at = 0;
    for (chunk, is_flushed) in chunks {
        let mut rest = *chunk;
        while !rest.is_empty() {
            let (mut batch, place) =
                (LineBatch::default(), Place { file: Arc::clone(&file), start: at, is_cut: false });
            let taken = splitter.feed_placed(rest, &place, &mut batch);
            assert!(taken > 0 || !batch.is_empty(), "an empty batch has room");
            (rest, at) = (&rest[taken..], at + taken as u64);
            hand_over(batch);
        }
        let mut batch = LineBatch::default();
        if *is_flushed && splitter.flush(&mut batch) {
            hand_over(batch);
        }
    }
    let mut batch = LineBatch::default();
    while splitter.flush(&mut batch) {
        hand_over(mem::take(&mut batch));
    }
    lines
}

/// The same without places: batches of copied lines.
fn split_flushed(chunks: &[(&[u8], bool)]) -> Vec<Vec<u8>> {
    let (mut splitter, mut batch) = (LineSplitter::new(&JoinRule::Off), LineBatch::default());
    for (chunk, is_flushed) in chunks {
        assert_eq!(splitter.feed(chunk, &mut batch), chunk.len());
        if *is_flushed {
            splitter.flush(&mut batch);
        }
    }
    splitter.flush(&mut batch);
    batch.iter().map(<[u8]>::to_vec).collect()
}

proptest! {
    #[test]
    fn placed_lines_are_the_bytes_that_stand_there(
        text in proptest::collection::vec(prop_oneof![Just(b'\n'), Just(b'\r'), Just(0_u8), any::<u8>()], 0..200),
        cuts in proptest::collection::vec((1_usize..20, proptest::bool::weighted(0.2)), 1..50),
    ) {
        let (mut chunks, mut rest) = (Vec::new(), text.as_slice());
        for (size, is_flushed) in cuts.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (chunk, after) = rest.split_at((*size).min(rest.len()));
            chunks.push((chunk, *is_flushed));
            rest = after;
        }
        prop_assert_eq!(split_placed(&chunks), split_flushed(&chunks));
    }
}

#[test]
fn placed_lines_keep_the_limits_too() {
    let many = vec![b'\n'; MAX_BATCH_LINES * 2 + 1];
    assert_eq!(split_placed(&[(&many, false)]).len(), many.len());
    // The longest line does not fit with its line end: it comes without a place, and so does one that is cut.
    for length in [MAX_LINE_BYTES - 1, MAX_LINE_BYTES, MAX_LINE_BYTES + 1, MAX_LINE_BYTES * 2] {
        let text = [b"a\n".as_slice(), &vec![b'x'; length], b"\r\nb\n"].concat();
        let expected = split(&[&text]);
        assert_eq!(split_placed(&[(&text, false)]), expected, "whole, {length}");
        let chunks: Vec<_> = text.chunks(100_000).map(|chunk| (chunk, false)).collect();
        assert_eq!(split_placed(&chunks), expected, "in chunks, {length}");
    }
}

#[test]
fn a_line_that_was_carried_over_is_placed_in_one_piece_with_what_follows() {
    let mut splitter = LineSplitter::new(&JoinRule::Off);
    let place = |start| Place { file: some_file(), start, is_cut: false };
    let mut batch = LineBatch::default();
    splitter.feed_placed(b"one\ntw", &place(100), &mut batch);
    assert_eq!((batch.bytes.as_slice(), batch.place.unwrap().start), (b"one\n".as_slice(), 100));
    let mut batch = LineBatch::default();
    splitter.feed_placed(b"o\nthree\nfo", &place(106), &mut batch);
    assert_eq!((batch.bytes.as_slice(), batch.place.unwrap().start), (b"two\nthree\n".as_slice(), 104));
    assert!(splitter.flush(&mut LineBatch::default()));
    let mut batch = LineBatch::default();
    splitter.feed_placed(b"ur\n", &place(116), &mut batch);
    assert_eq!((batch.bytes.as_slice(), batch.place.unwrap().start), (b"ur\n".as_slice(), 116));
}
