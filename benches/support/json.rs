//! The same log lines as objects.

use std::fmt::Write as _;

use crate::text::{LEVELS, SERVICES, WORDS, noise, pick};

/// A JSON object, about 250 bytes, with fields of all kinds.
pub(crate) fn json(n: u64, out: &mut String) {
    let noise = noise(n);
    let (milli, second, minute) = (n % 1000, n / 1000 % 60, n / 60_000 % 60);
    let (level, words, service) = (pick(&LEVELS, noise), pick(&WORDS, noise >> 8), pick(&SERVICES, noise >> 16));
    let status = if noise.is_multiple_of(50) { 500 } else { 200 };
    let _written = writeln!(
        out,
        r#"{{"timestamp":"2026-03-01T10:{minute:02}:{second:02}.{milli:03}Z","level":"{level}","service":"{service}","message":"{words} for customer {}","method":"GET","status":{status},"duration_ms":{milli},"trace_id":"{:032x}","span_id":"{noise:016x}"}}"#,
        noise % 100_000,
        u128::from(noise) << 40 | u128::from(n / 10 + 1),
    );
}
