//! Is this a file of OTLP requests, or another system's export of traces? Told by its first bytes.

use std::io::Read;

use flate2::read::MultiGzDecoder;

use super::export::{Form, HEAD_BYTES};
use super::frames::{GZIP, MAX_MESSAGE_BYTES, ZSTD};

/// How many of a file's first bytes [`sniff`] needs to be sure. Of a plain file [`HEAD_BYTES`] would do, but zstd gives nothing
/// until a whole block is there, which is 128 KiB at most.
pub const SNIFF_BYTES: usize = (128 << 10) + 64;

/// The top keys of export requests in JSON, as the specification spells them.
const KEYS: [&[u8]; 3] = [b"\"resourceLogs\"", b"\"resourceSpans\"", b"\"resourceMetrics\""];

/// Whether a file that begins with `head` is for this source rather than a log of another format: JSON whose first
/// key is one of OTLP's, a length-prefixed message, an export of traces, or any of them within gzip or zstd. Give [`SNIFF_BYTES`] of it,
/// or all of a shorter file.
#[must_use]
pub fn sniff(head: &[u8]) -> bool {
    if head.starts_with(&ZSTD) {
        return zstd::Decoder::with_buffer(head).is_ok_and(|decoder| is_plain(&beginning(decoder)));
    }
    if head.starts_with(&GZIP) {
        return is_plain(&beginning(MultiGzDecoder::new(head)));
    }
    is_plain(head)
}

/// What can be unpacked of a piece of a file.
fn beginning(reader: impl Read) -> Vec<u8> {
    let mut plain = Vec::new();
    // The piece ends in the middle, which is an error; what came before it is all that is asked for.
    drop(reader.take(HEAD_BYTES as u64).read_to_end(&mut plain));
    plain
}

fn is_plain(head: &[u8]) -> bool {
    is_otlp_json(head) || is_prefixed(head) || Form::of(head.get(..HEAD_BYTES).unwrap_or(head)).is_some()
}

fn is_otlp_json(head: &[u8]) -> bool {
    let Some(rest) = head.trim_ascii_start().strip_prefix(b"{") else { return false };
    let rest = rest.trim_ascii_start();
    KEYS.iter().any(|key| rest.starts_with(key))
}

/// A four-byte length of a size that we take, and behind it what a request begins with: JSON, zstd, or field 1 of a
/// protobuf message. No text begins so: its first byte would be a control character.
fn is_prefixed(head: &[u8]) -> bool {
    let Some((prefix, payload)) = head.split_first_chunk() else { return false };
    let length = u32::from_be_bytes(*prefix) as usize;
    let is_request = payload.starts_with(&ZSTD) || payload.starts_with(b"\x0a") || is_otlp_json(payload);
    (2..=MAX_MESSAGE_BYTES).contains(&length) && is_request
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn otlp_is_known_by_its_beginning() {
        let line = br#"{"resourceSpans":[]}"#;
        let framed = [&20_u32.to_be_bytes()[..], line].concat();
        let cases: [&[u8]; 8] = [
            line,
            b"{\n  \"resourceLogs\": [",
            br#" {"resourceMetrics":["#,
            &framed,
            b"\x00\x00\x01\x00\x0a\xfd\x01",
            b"\x00\x00\x01\x00\x28\xb5\x2f\xfd\x04",
            &gzip(line),
            &zstd::encode_all(&line[..], 1).unwrap(),
        ];
        for (index, head) in cases.into_iter().enumerate() {
            assert!(sniff(head), "case {index}");
        }
    }

    #[test]
    fn other_files_are_left_to_others() {
        let noise = br#"{"level":"info","resourceLogs":1}"#;
        let cases: [&[u8]; 9] = [
            b"",
            b"{",
            noise,
            b"2026-11-20 12:00:00 INFO resourceLogs",
            b"\x00\x00\x00\x00\x00\x0a",
            b"\x7fELF\x0a",
            b"[{\"resourceSpans\":1}]",
            &gzip(noise),
            &zstd::encode_all(&noise[..], 1).unwrap(),
        ];
        for head in cases {
            assert!(!sniff(head), "{head:?}");
        }
    }

    #[test]
    fn a_piece_of_a_big_compressed_file_is_enough() {
        let noise = (0..50_000_u64).map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let lines: Vec<_> = noise.map(|n| format!("{{\"resourceLogs\":[{{\"n\":{n}}}]}}\n")).collect();
        let text = lines.concat();
        for packed in [gzip(text.as_bytes()), zstd::encode_all(text.as_bytes(), 3).unwrap()] {
            assert!(packed.len() > SNIFF_BYTES);
            assert!(sniff(&packed[..SNIFF_BYTES]));
        }
    }
}
