//! The demo's SOURCE argument, `demo:?seed=7&rate=200`, made into validated options.

use crate::source::SourceError;

/// The highest rate that may be asked for, in lines a second.
const MAX_RATE: u32 = 1_000_000;

/// How the demo is to run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Options {
    /// What the shop's randomness depends on.
    pub(super) seed: u64,
    /// Log lines a second.
    pub(super) rate: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self { seed: 1, rate: 120 }
    }
}

impl Options {
    /// Reads what follows `demo:`.
    pub(super) fn parse(rest: &str) -> Result<Self, SourceError> {
        let mut options = Self::default();
        if rest.is_empty() {
            return Ok(options);
        }
        let Some(query) = rest.strip_prefix('?') else { return Err(wrong(rest)) };
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=') {
                Some(("seed", value)) => options.seed = value.parse().map_err(|_| wrong(pair))?,
                Some(("rate", value)) => {
                    let rate = value.parse().ok().filter(|rate| (1..=MAX_RATE).contains(rate));
                    options.rate = rate.ok_or_else(|| wrong(pair))?;
                }
                _ => return Err(wrong(pair)),
            }
        }
        Ok(options)
    }
}

fn wrong(part: &str) -> SourceError {
    SourceError::Spec(format!(
        "`{part}` in a demo source: expected demo:?seed=NUMBER&rate=LINES, rate from 1 to {MAX_RATE} lines a second"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_read_or_refused_with_what_was_expected() {
        assert_eq!(Options::parse("").unwrap(), Options::default());
        assert_eq!(Options::parse("?").unwrap(), Options::default());
        assert_eq!(Options::parse("?seed=7&rate=200").unwrap(), Options { seed: 7, rate: 200 });
        assert_eq!(Options::parse("?rate=100000").unwrap(), Options { seed: 1, rate: 100_000 });
        for bad in ["shop", "?rate=0", "?rate=1000001", "?seed=x", "?seed", "?speed=1", "?rate=-4"] {
            let error = Options::parse(bad).unwrap_err().to_string();
            assert!(error.contains("demo:?seed=NUMBER"), "{bad}: {error}");
        }
    }
}
