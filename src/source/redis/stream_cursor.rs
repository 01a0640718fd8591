//! How far a stream was read, and what was taken out of it before it could be.
//!
//! A stream that is trimmed says nothing. But it counts all that was ever added (`entries-added`, since Redis 7.0), so two
//! looks at that number, and a count of what came in between, tell exactly how many entries were never seen.

use redis::Value;

use super::entry::{Id, bytes};

/// What `XINFO STREAM` says of a stream.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct Info {
    /// The last id that was given, also if its entry is gone.
    pub(super) last: Id,
    /// How many entries there are.
    length: u64,
    /// How many were ever added; `None` before Redis 7.0.
    added: Option<u64>,
    /// The oldest entry that is there.
    first: Option<Id>,
}

/// What was lost between two looks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Gap {
    /// So many entries, after one id and up to another.
    Of(u64, Id, Id),
    /// An unknown number.
    Unknown,
    /// The stream is older than what was read of it: the server came back with less than it had.
    Back,
}

/// A place in a stream.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor {
    /// The last entry that was handed over.
    pub(super) last: Id,
    /// The look that is counted from.
    base: Info,
    /// How many entries came since with ids up to the target's.
    within: u64,
    /// How many came with later ids.
    after: u64,
    /// The look that is counted to.
    target: Option<Info>,
}

impl Info {
    /// A stream that does not exist, not yet or not any more.
    pub(super) fn missing() -> Self {
        Self { added: Some(0), ..Self::default() }
    }

    /// Reads an answer.
    pub(super) fn read(answer: &Value) -> Option<Self> {
        let Value::Array(parts) = answer else { return None };
        let named = |name: &str| {
            parts.chunks_exact(2).find_map(|pair| match pair {
                [key, value] if bytes(key) == Some(name.as_bytes()) => Some(value),
                _ => None,
            })
        };
        let number = |name: &str| match named(name)? {
            Value::Int(number) => u64::try_from(*number).ok(),
            _ => None,
        };
        let first = match named("first-entry") {
            Some(Value::Array(parts)) => parts.first().and_then(bytes).and_then(Id::parse),
            _ => None,
        };
        let last = named("last-generated-id").and_then(bytes).and_then(Id::parse)?;
        Some(Self { last, length: number("length")?, added: number("entries-added"), first })
    }
}

impl Cursor {
    /// Reading on after `last` in a stream that looks like `info`. What is counted begins at `info`, or with all that
    /// there is where the reading begins before the first entry.
    pub(super) fn new(last: Id, info: Info) -> Self {
        let is_all = last == Id::default();
        let whole = Info { last, added: info.added.map(|added| added.saturating_sub(info.length)), ..Info::default() };
        Self { last, base: if is_all { whole } else { info }, within: 0, after: 0, target: None }
    }

    /// Notes that an entry was handed over.
    pub(super) fn pass(&mut self, id: Id) {
        self.last = self.last.max(id);
        if id > self.base.last {
            match self.target {
                Some(target) if id <= target.last => self.within += 1,
                _ => self.after += 1,
            }
        }
    }

    /// Whether a new look is wanted: the last one has been counted up to.
    pub(super) fn wants_look(&self) -> bool {
        self.target.is_none()
    }

    /// Takes a new look. What came before it is counted towards it.
    pub(super) fn look(&mut self, info: Info) -> Option<Gap> {
        let counts_less = info.added.zip(self.base.added).is_some_and(|(now, before)| now < before);
        let is_back = info.last < self.last || counts_less;
        if is_back {
            let had = self.last > Id::default();
            self.last = self.last.min(info.last);
            *self = Self::new(self.last, info);
            return had.then_some(Gap::Back);
        }
        self.within = self.after;
        self.after = 0;
        self.target = Some(info);
        (self.last >= info.last).then(|| self.settle()).flatten()
    }

    /// Whether all that the look told of has been passed, or can not come any more; `is_quiet`: nothing came when asked.
    pub(super) fn is_counted(&self, is_quiet: bool) -> bool {
        self.target.is_some_and(|target| is_quiet || self.last >= target.last)
    }

    /// Compares what was added with what came, and counts anew from here.
    pub(super) fn settle(&mut self) -> Option<Gap> {
        let target = self.target.take()?;
        let base = std::mem::replace(&mut self.base, target);
        let came = std::mem::take(&mut self.within);
        match (base.added, target.added) {
            (Some(before), Some(after)) => {
                let lost = (after - before).saturating_sub(came);
                (lost > 0).then_some(Gap::Of(lost, base.last, target.last))
            }
            // Such a server does not count. When its oldest entry is newer than what was last read, entries went unseen,
            // unless all of them had been.
            _ => target
                .first
                .filter(|first| *first > base.last && came == 0 && target.last > base.last)
                .map(|_| Gap::Unknown),
        }
    }
}
