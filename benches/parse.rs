//! How many lines a second the parser takes on one core, beside a bare count of newlines over the same bytes.
//!
//! Run with `cargo bench --bench parse`. The lines vary in their times, levels, words and ids, so that neither the branch
//! predictor nor the cache sees one line over and over. The best of a few rounds counts: the rest is the machine's noise.

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Instant;

use spantail::config::{Config, Flags};
use spantail::parse::{LineParser, ParseOptions, Rules};

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

/// Writes one line.
type Write = fn(&mut Numbers, &mut String) -> std::fmt::Result;

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
fn measure(name: &str, write: Write, rules: &Rules) -> std::fmt::Result {
    let mut text = String::new();
    let mut numbers = Numbers(42);
    (0..LINES).try_for_each(|_| write(&mut numbers, &mut text))?;
    let lines: Vec<&[u8]> = text.as_bytes().split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect();
    let counting = best(|| {
        black_box(memchr::memchr_iter(b'\n', black_box(text.as_bytes())).count());
    });
    let mut format = "";
    let mut parsing = |options: &ParseOptions| {
        best(|| {
            let mut parser = LineParser::new(options);
            for line in &lines {
                black_box(parser.parse(black_box(line)));
            }
            format = spantail::parse::format_name(parser.format());
        })
    };
    let with_rules = parsing(&ParseOptions { rules: rules.clone(), ..ParseOptions::default() });
    let parsing = parsing(&ParseOptions::default());
    println!(
        "{name:<8} as {format:<7} {:>4} bytes a line  {:>6.2} million lines/s  {:>5.0} ns a line, {:>5.0} with the built-in rules  {:>5.1} x a newline count",
        text.len() / LINES,
        LINES as f64 / parsing / 1e6,
        parsing / LINES as f64 * 1e9,
        with_rules / LINES as f64 * 1e9,
        parsing / counting,
    );
    Ok(())
}

fn main() -> std::fmt::Result {
    let config = Config::resolve(None, &|_| None, &Flags::default()).map_err(|_| std::fmt::Error)?;
    let rules = config.rules.rules();
    measure("plain", plain, rules)?;
    measure("bare", bare, rules)?;
    measure("traced", traced, rules)?;
    measure("json", json, rules)?;
    measure("logfmt", logfmt, rules)
}
