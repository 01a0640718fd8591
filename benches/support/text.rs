//! Log lines as services write them, the same in every run, and different from line to line, so that neither the branch
//! predictor nor a cache sees one line over and over.

use std::fmt::Write as _;
use std::io::{BufWriter, Write as _};
use std::path::Path;

/// Levels, the common ones more often.
pub(crate) const LEVELS: [&str; 8] = ["INFO", "INFO", "INFO", "INFO", "DEBUG", "DEBUG", "WARNING", "ERROR"];
/// What happened.
pub(crate) const WORDS: [&str; 6] =
    ["order placed", "cache miss", "retrying call", "payment declined", "stock checked", "mail sent"];
/// To whom.
pub(crate) const SERVICES: [&str; 4] = ["checkout", "payments", "catalog", "cart"];

/// Writes one line and its line end.
pub(crate) type Writer = fn(u64, &mut String);

/// A line of Python's `logging`, about 180 bytes, with a trace and a span in front of its message.
pub(crate) fn python(n: u64, out: &mut String) {
    let noise = noise(n);
    let (milli, second, minute) = (n % 1000, n / 1000 % 60, n / 60_000 % 60);
    let (level, words, service) = (pick(&LEVELS, noise), pick(&WORDS, noise >> 8), pick(&SERVICES, noise >> 16));
    let _written = writeln!(
        out,
        "2026-03-01 10:{minute:02}:{second:02},{milli:03} {level} [shop.{service}] [worker-{}] \
         [trace_id={:032x} span_id={noise:016x}] - {words} for customer {} after {milli} ms, {} items",
        noise % 16,
        u128::from(noise) << 40 | u128::from(n / 10 + 1),
        noise % 100_000,
        noise % 7,
    );
}

/// Writes `count` lines to a new file at `path`.
pub(crate) fn write_file(path: &Path, count: u64, line: Writer) -> std::io::Result<()> {
    let mut file = BufWriter::with_capacity(1 << 20, std::fs::File::create(path)?);
    let mut text = String::new();
    for n in 0..count {
        text.clear();
        line(n, &mut text);
        file.write_all(text.as_bytes())?;
    }
    file.flush()
}

/// A number that looks random (the finalizer of SplitMix64), never zero for a span to be named by it.
pub(crate) fn noise(n: u64) -> u64 {
    let mut z = n.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    (z ^ (z >> 31)) | 1
}

/// One of `from`.
pub(crate) fn pick<'a>(from: &[&'a str], number: u64) -> &'a str {
    let at = usize::try_from(number % from.len() as u64).unwrap_or_default();
    from.get(at).copied().unwrap_or_default()
}
