//! Cutting what `journalctl` prints.

use super::super::entries::Entries;
use crate::source::MAX_LINE_BYTES;

/// All lines and the last cursor of `text`, fed in chunks of `size`.
fn fed(text: &[u8], size: usize) -> (Vec<Vec<u8>>, Option<String>, u64) {
    let mut entries = Entries::default();
    let (mut lines, mut last, mut left) = (Vec::new(), None, 0);
    for chunk in text.chunks(size) {
        let mut rest = chunk;
        while !rest.is_empty() {
            let taken = entries.feed(rest);
            rest = &rest[taken..];
            let (batch, cursor, left_out) = entries.take();
            lines.extend(batch.iter().map(<[u8]>::to_vec));
            last = cursor.or(last);
            left += left_out;
        }
    }
    (lines, last, left)
}

#[test]
fn entries_are_the_same_wherever_they_are_cut() {
    let text = b"{\"__CURSOR\":\"s=1;i=1\",\"MESSAGE\":\"a\"}\n\n{\"MESSAGE\":\"\\\"__CURSOR\\\":\\\"no\\\"\",\"__CURSOR\":\"s=1;i=2\"}\n{\"half";
    let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(<[u8]>::to_vec);
    let expected: Vec<Vec<u8>> = lines.take(2).collect();
    for size in [1, 2, 7, 40, 1000] {
        assert_eq!(fed(text, size), (expected.clone(), Some("s=1;i=2".to_owned()), 0), "{size}");
    }
}

#[test]
fn an_entry_that_is_too_long_keeps_its_short_fields() {
    let long = "x".repeat(MAX_LINE_BYTES);
    let bytes = vec!["27"; MAX_LINE_BYTES / 2].join(",");
    let many: Vec<String> = (0..200).map(|n| format!("\"F{n}\":\"{}\",", "y".repeat(9000))).collect();
    let many = many.concat();
    let text =
        format!("{{\"__CURSOR\":\"c\",{many}\"MESSAGE\":\"{long}\",\"CORE\":[{bytes}],\"PRIORITY\":\"3\"}}\n{{}}\n");
    let (lines, cursor, left_out) = fed(text.as_bytes(), 65_536);
    assert_eq!((lines.len(), cursor.as_deref(), left_out), (2, Some("c"), 0));
    assert!(lines[0].len() <= MAX_LINE_BYTES, "{}", lines[0].len());
    let entry: serde_json::Value = serde_json::from_slice(&lines[0]).unwrap();
    assert_eq!(entry["PRIORITY"], "3");
    let text = format!("{long}\n{{\"__CURSOR\":\"d\"}}\n");
    let (lines, cursor, left_out) = fed(text.as_bytes(), 65_536);
    assert_eq!((lines.len(), cursor.as_deref(), left_out), (1, Some("d"), 1), "what is no JSON is left out");
}
