//! How many lines a second the parser takes on one core, beside a bare count of newlines over the same bytes.
//!
//! Run with `cargo bench --bench parse`. First some lines as programs write most of them, then every registered format with
//! its own samples. All lines vary in their times, numbers and ids, so that neither the branch predictor nor the cache sees
//! one line over and over. The best of a few rounds counts: the rest is the machine's noise.

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Instant;

use spantail::config::{Config, Flags};
use spantail::parse::{FORMATS, LineParser, ParseOptions, Rules, format_name};

const LINES: usize = 200_000;
const ROUNDS: usize = 5;

const LEVELS: [&str; 4] = ["INFO", "DEBUG", "WARN", "ERROR"];
const WORDS: [&str; 6] =
    ["order placed", "cache miss", "retrying call", "payment declined", "stock checked", "mail sent"];

/// Numbers that look random and are the same in every run (a linear congruential generator, Knuth's constants).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        let at = usize::try_from(self.next()).unwrap_or(0) % from.len();
        from.get(at).copied().unwrap_or_default()
    }
}

fn plain(numbers: &mut Numbers, out: &mut String) -> std::fmt::Result {
    let (milli, second, id) = (numbers.next() % 1000, numbers.next() % 60, numbers.next());
    let (level, words) = (numbers.pick(&LEVELS), numbers.pick(&WORDS));
    writeln!(
        out,
        "2026-03-01T10:00:{second:02}.{milli:03}Z {level} [http-nio-8080-exec-{}] com.example.shop.OrderController : \
         {words} for customer {id} after {milli} ms, basket has {second} items, currency EUR, region eu-central-1 done",
        second % 16
    )
}

/// Nothing is known of such a line but its time, so the rules that know levels are asked.
fn bare(numbers: &mut Numbers, out: &mut String) -> std::fmt::Result {
    let (milli, second, id) = (numbers.next() % 1000, numbers.next() % 60, numbers.next());
    let words = numbers.pick(&WORDS);
    writeln!(
        out,
        "2026-03-01T10:00:{second:02}.{milli:03}Z http-nio-8080-exec-{} com.example.shop.OrderController : {words} for \
         customer {id} after {milli} ms, basket has {second} items, currency EUR, region eu-central-1 and that is all",
        second % 16
    )
}

fn traced(numbers: &mut Numbers, out: &mut String) -> std::fmt::Result {
    let (milli, second, id) = (numbers.next() % 1000, numbers.next() % 60, numbers.next());
    let (level, words) = (numbers.pick(&LEVELS), numbers.pick(&WORDS));
    writeln!(
        out,
        "2026-03-01T10:00:{second:02}.{milli:03}Z {level} shop.orders: {words} for customer {id} after {milli} ms \
         trace_id={id:032x} span_id={:016x} job_id={second} queue=mail",
        id + 1
    )
}

fn coloured(numbers: &mut Numbers, out: &mut String) -> std::fmt::Result {
    let (micro, second, id) = (numbers.next() % 1_000_000, numbers.next() % 60, numbers.next());
    let (level, words) = (numbers.pick(&LEVELS), numbers.pick(&WORDS));
    writeln!(
        out,
        "\x1b[2m2026-03-01T10:00:{second:02}.{micro:06}Z\x1b[0m \x1b[32m {level}\x1b[0m \x1b[2mshop::orders\x1b[0m\x1b[2m:\x1b[0m \
         {words} for customer {id} \x1b[3mbasket\x1b[0m\x1b[2m=\x1b[0m{second}"
    )
}

fn json(numbers: &mut Numbers, out: &mut String) -> std::fmt::Result {
    let (milli, second, id) = (numbers.next() % 1000, numbers.next() % 60, numbers.next());
    let (level, words) = (numbers.pick(&LEVELS), numbers.pick(&WORDS));
    writeln!(
        out,
        r#"{{"timestamp":"2026-03-01T10:00:{second:02}.{milli:03}Z","level":"{level}","service":"checkout","message":"{words} for customer {id}","http":{{"method":"GET","status_code":200}},"duration_ms":{milli},"trace_id":"{id:032x}","span_id":"{:016x}"}}"#,
        id + 1
    )
}

fn logfmt(numbers: &mut Numbers, out: &mut String) -> std::fmt::Result {
    let (milli, second, id) = (numbers.next() % 1000, numbers.next() % 60, numbers.next());
    let (level, words) = (numbers.pick(&LEVELS), numbers.pick(&WORDS));
    writeln!(
        out,
        "ts=2026-03-01T10:00:{second:02}.{milli:03}Z level={level} logger=checkout msg=\"{words} for customer {id}\" \
         duration_ms={milli} trace_id={id:032x} span_id={:016x} status=200 queue=mail",
        id + 1
    )
}

/// Writes `sample` with other numbers: the last digit of every number of three digits or more, and of seconds.
fn varied(sample: &str, numbers: &mut Numbers, out: &mut String) {
    let bytes = sample.as_bytes();
    let is_digit = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
    let is_colon = |at: Option<usize>| at.and_then(|at| bytes.get(at)) == Some(&b':');
    for (at, c) in sample.char_indices() {
        let before = |count: usize| at.checked_sub(count);
        let is_last = c.is_ascii_digit() && is_digit(before(1)) && !is_digit(Some(at + 1));
        let is_free = is_digit(before(2)) || (is_colon(before(2)) && !is_colon(Some(at + 1)));
        out.push(if is_last && is_free {
            char::from_digit(u32::try_from(numbers.next() % 10).unwrap_or(0), 10).unwrap_or(c)
        } else {
            c
        });
    }
}

/// Lines one behind the other, each with a line end.
#[derive(Default)]
struct Lines {
    text: String,
    /// Where each ends, its line end included.
    ends: Vec<usize>,
}

impl Lines {
    /// As many lines as are measured, each written by `write`.
    fn new(
        mut write: impl FnMut(&mut Numbers, usize, &mut String) -> std::fmt::Result,
    ) -> Result<Self, std::fmt::Error> {
        let mut lines = Self::default();
        let mut numbers = Numbers(42);
        for index in 0..LINES {
            write(&mut numbers, index, &mut lines.text)?;
            lines.ends.push(lines.text.len());
        }
        Ok(lines)
    }

    fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, end)| self.text.as_bytes().get(start..end - 1).unwrap_or_default())
    }
}

/// The shortest time in seconds that `run` took.
fn best(mut run: impl FnMut()) -> f64 {
    let seconds = (0..ROUNDS).map(|_| {
        let start = Instant::now();
        run();
        start.elapsed().as_secs_f64()
    });
    seconds.fold(f64::INFINITY, f64::min)
}

#[expect(clippy::print_stdout, reason = "a bench prints what it measured")]
#[expect(clippy::cast_precision_loss, reason = "counts of lines and bytes are far below 2^52")]
fn measure(name: &str, lines: &Lines, rules: &Rules) {
    let all: Vec<&[u8]> = lines.iter().collect();
    let counting = best(|| {
        black_box(memchr::memchr_iter(b'\n', black_box(lines.text.as_bytes())).count());
    });
    let mut format = "";
    let mut parsing = |options: &ParseOptions| {
        best(|| {
            let mut parser = LineParser::new(options);
            for line in &all {
                black_box(parser.parse(black_box(line)));
            }
            format = format_name(parser.format());
        })
    };
    let with_rules = parsing(&ParseOptions { rules: rules.clone(), ..ParseOptions::default() });
    let parsing = parsing(&ParseOptions::default());
    println!(
        "{name:<12} as {format:<12} {:>4} bytes a line  {:>6.2} million lines/s  {:>5.0} MB/s  {:>5.0} ns a line, {:>5.0} with the built-in rules  {:>5.1} x a newline count",
        lines.text.len() / LINES,
        LINES as f64 / parsing / 1e6,
        lines.text.len() as f64 / parsing / 1e6,
        parsing / LINES as f64 * 1e9,
        with_rules / LINES as f64 * 1e9,
        parsing / counting,
    );
}

/// A way to write a line.
type Writer = fn(&mut Numbers, &mut String) -> std::fmt::Result;

fn main() -> std::fmt::Result {
    let config = Config::resolve(None, &|_| None, &Flags::default()).map_err(|_| std::fmt::Error)?;
    let rules = config.rules.rules();
    let usual: [(&str, Writer); 6] = [
        ("plain", plain),
        ("bare", bare),
        ("traced", traced),
        ("coloured", coloured),
        ("json", json),
        ("logfmt", logfmt),
    ];
    for (name, write) in usual {
        measure(name, &Lines::new(|numbers, _, out| write(numbers, out))?, rules);
    }
    for format in FORMATS {
        let samples: Vec<&str> = format.samples().iter().copied().filter(|sample| !sample.is_empty()).collect();
        let lines = Lines::new(|numbers, index, out| {
            varied(samples.get(index % samples.len()).copied().unwrap_or_default(), numbers, out);
            writeln!(out)
        })?;
        measure(format.name(), &lines, rules);
    }
    Ok(())
}
