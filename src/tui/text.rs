//! How figures, times and texts are written: short, aligned, with their unit.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::world::{Settings, TimeFormat};
use crate::model::{Nanos, SourceState, Zone};

const SECOND: i64 = 1_000_000_000;
const DAY: i64 = 86_400 * SECOND;

/// A count with thousands apart: `41,207`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A count with its noun in the singular or the plural: `1 line`, `1,204 lines`.
pub fn counted(number: u64, noun: &str) -> String {
    format!("{} {noun}{}", count(number), if number == 1 { "" } else { "s" })
}

/// A count in at most five cells: `980`, `12.5k`, `1.2M`.
pub fn short_count(number: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
    let value = number as f64;
    let (value, unit) = match number {
        0..1_000 => return number.to_string(),
        1_000..1_000_000 => (value / 1e3, "k"),
        1_000_000..1_000_000_000 => (value / 1e6, "M"),
        _ => (value / 1e9, "G"),
    };
    if value < 99.95 { format!("{value:.1}{unit}") } else { format!("{value:.0}{unit}") }
}

/// A duration with a fitting unit and three digits: `182 ms`, `1.24 s`, `3m 20s`.
pub fn duration(nanos: i64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
    let value = nanos.max(0) as f64;
    // What would be rounded up to a thousand is written in the next unit.
    match value {
        v if v < 999.5 => format!("{v:.0} ns"),
        v if v < 999.5e3 => format!("{} µs", three_digits(v / 1e3)),
        v if v < 999.5e6 => format!("{} ms", three_digits(v / 1e6)),
        v if v < 59.95e9 => format!("{} s", three_digits(v / 1e9)),
        _ => age(nanos),
    }
}

/// A difference of durations with its sign: `+830 ms`, `−1.2 s`; `·` where there is none.
pub fn difference(nanos: i64) -> String {
    match nanos {
        0 => "·".to_owned(),
        ..0 => format!("−{}", duration(nanos.saturating_abs())),
        _ => format!("+{}", duration(nanos)),
    }
}

/// How long ago or for how long, coarse: `12s`, `3m 20s`, `2h 5m`, `3d 4h`, `1,204d`.
pub fn age(nanos: i64) -> String {
    let seconds = nanos.max(0) / SECOND;
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}m {}s", seconds / 60, seconds % 60),
        3600..86_400 => format!("{}h {}m", seconds / 3600, seconds % 3600 / 60),
        86_400..86_400_000 => format!("{}d {}h", seconds / 86_400, seconds % 86_400 / 3600),
        _ => format!("{}d", count(seconds.unsigned_abs() / 86_400)),
    }
}

/// Bytes with a binary unit: `61 MiB`.
pub fn bytes(number: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
    let value = number as f64;
    match number {
        0..1024 => format!("{number} B"),
        1024..1_048_576 => format!("{} KiB", three_digits(value / 1024.0)),
        1_048_576..1_073_741_824 => format!("{} MiB", three_digits(value / 1_048_576.0)),
        _ => format!("{} GiB", three_digits(value / 1_073_741_824.0)),
    }
}

/// A share of one in percent: `4.1 %`, `61 %`.
pub fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if (0.05..9.95).contains(&percent) { format!("{percent:.1} %") } else { format!("{percent:.0} %") }
}

/// A name as it can be seen, not made safe yet: what is nothing, or nothing but blanks, is told so.
pub fn visible(name: &str) -> &str {
    let is_blank = |it: char| it.is_whitespace() && !it.is_control();
    match name {
        "" => "(no name)",
        name if name.chars().all(is_blank) => "(blank)",
        name => name,
    }
}

/// A rate: `38/s`, `0.2/s`, `12,480/s`; what happens seldom is told by the minute or the hour, as `0.0/s` would say that it
/// does not: `4.8/min`, `0.3/h`.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "rates are not negative and not huge")]
pub fn rate(per_second: f64) -> String {
    match seldom(per_second) {
        Some((value, unit)) => format!("{value:.1}/{unit}"),
        None if per_second >= 9.95 => format!("{}/s", count(per_second.round() as u64)),
        None => format!("{per_second:.1}/s"),
    }
}

/// A rate that is too low to be told by the second, with its unit.
pub fn seldom(per_second: f64) -> Option<(f64, &'static str)> {
    match per_second {
        rate if rate <= 0.0 || rate >= 0.095 => None,
        rate if rate * 60.0 >= 0.095 => Some((rate * 60.0, "min")),
        rate => Some(((rate * 3600.0).max(0.1), "h")),
    }
}

/// A number that is not negative with about three digits, and no zeros behind the point: `1.24`, `12.4`, `124`, `65`.
pub fn three_digits(value: f64) -> String {
    let text = if value < 9.995 {
        format!("{value:.2}")
    } else if value < 99.95 {
        format!("{value:.1}")
    } else {
        format!("{value:.0}")
    };
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// The time of day to the millisecond, or as the settings have it; `newest` is what relative times refer to.
pub fn time(at: Nanos, newest: Nanos, settings: &Settings) -> String {
    match settings.time {
        TimeFormat::Local => clock(at, &settings.zone, true),
        TimeFormat::Utc => clock(at, &Zone::UTC, true),
        TimeFormat::Dated => format!("{} {}", day(at, &settings.zone), clock(at, &settings.zone, true)),
        TimeFormat::Relative => {
            let ago = newest.saturating_sub(at);
            #[expect(clippy::cast_precision_loss, reason = "milliseconds are shown")]
            let seconds = ago as f64 / 1e9;
            if ago.abs() < 100 * SECOND { format!("{:+.3}s", -seconds) } else { format!("-{}", age(ago)) }
        }
    }
}

/// `12:03:06`, with milliseconds if asked for, in the zone of the settings.
pub fn time_of_day(at: Nanos, settings: &Settings, millis: bool) -> String {
    clock(at, shown_zone(settings), millis)
}

/// `12:03:06`, with month and day in front if asked for, in the zone of the settings.
pub fn moment(at: Nanos, settings: &Settings, is_dated: bool) -> String {
    let zone = shown_zone(settings);
    let clock = clock(at, zone, false);
    if is_dated { format!("{} {clock}", day(at, zone)) } else { clock }
}

/// How much of the date times are told with, the less the smaller.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum Dated {
    /// The time of the day alone.
    #[default]
    No,
    /// With month and day.
    Day,
    /// With the year as well.
    Year,
}

impl Dated {
    /// What it takes to tell when `at` was, being it `now`: a time of the day is enough for a day, a day for the year.
    pub fn of(at: Nanos, now: Nanos, settings: &Settings) -> Self {
        let zone = shown_zone(settings);
        let year = |at| local(at, zone).map_or(0, |at| chrono::Datelike::year(&at));
        match now.saturating_sub(at).saturating_abs() {
            0..DAY => Self::No,
            _ if year(at) == year(now) => Self::Day,
            _ => Self::Year,
        }
    }
}

/// `12:03:06` with as much of the date in front as is asked for, in the zone of the settings.
pub fn dated(at: Nanos, settings: &Settings, dated: Dated) -> String {
    let zone = shown_zone(settings);
    match (dated, local(at, zone)) {
        (Dated::Year, Some(local)) => local.format("%Y-%m-%d %H:%M:%S").to_string(),
        _ => moment(at, settings, dated != Dated::No),
    }
}

/// The zone that times are shown in.
fn shown_zone(settings: &Settings) -> &Zone {
    const UTC: &Zone = &Zone::UTC;
    if settings.time == TimeFormat::Utc { UTC } else { &settings.zone }
}

/// Date and time to the second without a zone, as the filter language reads it: `2026-11-21T12:03:06`.
pub fn date_time(at: Nanos, zone: &Zone) -> String {
    let seconds = at.div_euclid(SECOND).saturating_add(i64::from(zone.offset_at(at)));
    let time = chrono::DateTime::from_timestamp(seconds, 0).unwrap_or_default();
    time.format("%Y-%m-%dT%H:%M:%S").to_string()
}

fn clock(at: Nanos, zone: &Zone, millis: bool) -> String {
    let local = at.saturating_add(i64::from(zone.offset_at(at)) * SECOND);
    let of_day = local.div_euclid(SECOND).rem_euclid(86_400);
    let (h, m, s) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    if millis {
        format!("{h:02}:{m:02}:{s:02}.{:03}", local.rem_euclid(SECOND) / 1_000_000)
    } else {
        format!("{h:02}:{m:02}:{s:02}")
    }
}

/// Month and day, by the calendar: `11-21`.
fn day(at: Nanos, zone: &Zone) -> String {
    local(at, zone).map_or_else(|| "--".to_owned(), |at| at.format("%m-%d").to_string())
}

fn local(at: Nanos, zone: &Zone) -> Option<chrono::DateTime<chrono::Utc>> {
    chrono::DateTime::from_timestamp(at.div_euclid(SECOND) + i64::from(zone.offset_at(at)), 0)
}

/// A source's state in a word, and what it says of it. The detail is not made safe.
pub fn state(state: &SourceState) -> (&'static str, String) {
    match state {
        SourceState::Connecting => ("connecting", String::new()),
        SourceState::CatchingUp { what, done, total } => {
            let between = if what.is_empty() { "" } else { ", " };
            ("reading", format!("{what}{between}{} of {}", bytes(*done), bytes(*total)))
        }
        SourceState::Live(detail) => ("live", detail.clone()),
        SourceState::Retrying { wait, why } => ("retrying", format!("in {} s: {why}", wait.as_secs())),
        SourceState::Ended(remark) => ("ended", remark.clone()),
        SourceState::Off => ("off", String::new()),
        SourceState::Failed(why) => ("failed", why.clone()),
    }
}

/// `text` in lines of at most `width` cells, broken at blanks where there are some. O(length).
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let (width, mut out, mut line) = (width.max(1), Vec::new(), String::new());
    for word in text.split_inclusive(' ') {
        if !line.is_empty() && line.width() + word.trim_end().width() > width {
            out.push(std::mem::take(&mut line).trim_end().to_owned());
        }
        for grapheme in word.graphemes(true) {
            if line.width() + grapheme.width() > width && grapheme != " " {
                out.push(std::mem::take(&mut line));
            }
            line.push_str(grapheme);
        }
    }
    out.extend(Some(line.trim_end().to_owned()).filter(|line| !line.is_empty()));
    out
}

/// `text` cut to `width` cells, with an ellipsis where something was left out.
pub fn truncate(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 0;
    for grapheme in text.graphemes(true) {
        let cells = grapheme.width();
        if used + cells + 1 > width {
            break;
        }
        used += cells;
        out.push_str(grapheme);
    }
    if width > 0 {
        out.push('…');
    }
    out
}

/// `text` cut or padded with blanks to exactly `width` cells.
pub fn fit(text: &str, width: usize) -> String {
    let mut out = truncate(text, width);
    let used = out.width();
    out.extend(std::iter::repeat_n(' ', width.saturating_sub(used)));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_short_and_carry_their_unit() {
        assert_eq!([count(0), count(999), count(1_000), count(41_207_000)], ["0", "999", "1,000", "41,207,000"]);
        assert_eq!([short_count(980), short_count(12_480), short_count(123_456)], ["980", "12.5k", "123k"]);
        assert_eq!(
            [duration(690_000_000), duration(1_240_000_000), duration(200_000_000_000), duration(1_500)],
            ["690 ms", "1.24 s", "3m 20s", "1.5 µs"]
        );
        assert_eq!([duration(999 * DAY), duration(84_005 * DAY)], ["999d 0h", "84,005d"]);
        assert_eq!([difference(830_000_000), difference(-1_500), difference(0)], ["+830 ms", "−1.5 µs", "·"]);
        assert_eq!([bytes(512), bytes(61 << 20)], ["512 B", "61 MiB"]);
        assert_eq!([percent(0.041), percent(0.61), percent(0.0)], ["4.1 %", "61 %", "0 %"]);
        assert_eq!([rate(0.25), rate(12_480.4)], ["0.2/s", "12,480/s"]);
        assert_eq!([0.0, 0.094, 1.0 / 300.0, 1.0 / 7200.0].map(rate), ["0.0/s", "5.6/min", "0.2/min", "0.5/h"]);
        assert_eq!(["", " \u{a0}", "\n", "a b"].map(visible), ["(no name)", "(blank)", "\n", "a b"]);
    }

    #[test]
    fn texts_are_cut_by_cells() {
        assert_eq!(truncate("漢字漢字", 5), "漢字…");
        assert_eq!(fit("ab", 4), "ab  ");
        assert_eq!(fit("漢字", 3), "漢…");
        assert_eq!(truncate("abc", 0), "");
    }
}
