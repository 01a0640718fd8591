//! Where lines were lost: a row of its own in the log, so that a gap is never silent.

use std::fmt;

use super::Nanos;

/// Why lines were lost.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum LossReason {
    /// The source sent more than `max_lines_per_second`.
    RateLimit,
    /// The queue was full and the oldest pending lines made room.
    DropOldest,
    /// The queue was full and the newest lines were turned away.
    DropNewest,
    /// Under overload only errors and one in N of the rest were kept.
    Sample,
    /// The source itself says that it lost or left out lines (a rotated file, a slow tail).
    Source,
}

/// A run of lines that never reached the store.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Loss {
    /// How many lines.
    pub count: u64,
    /// When the first of them arrived.
    pub from: Nanos,
    /// When the last of them arrived.
    pub to: Nanos,
    /// Why.
    pub reason: LossReason,
}

impl LossReason {
    /// All reasons, in the order of their codes.
    pub const ALL: [Self; 5] = [Self::RateLimit, Self::DropOldest, Self::DropNewest, Self::Sample, Self::Source];

    /// A stable word, for files and scripts.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::RateLimit => "rate limit",
            Self::DropOldest => "queue full, oldest dropped",
            Self::DropNewest => "queue full, newest dropped",
            Self::Sample => "overload, sampled",
            Self::Source => "lost at the source",
        }
    }

    /// The reason that [`LossReason::name`] wrote.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.name() == name)
    }
}

impl Loss {
    /// Takes in `other`, which happened to the same source for the same reason.
    pub fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.from = self.from.min(other.from);
        self.to = self.to.max(other.to);
    }

    /// Twenty-five bytes that [`Loss::decode`] reads back; how a loss lies in the store.
    #[must_use]
    pub fn encode(&self) -> [u8; 25] {
        let mut bytes = [0; 25];
        bytes[..8].copy_from_slice(&self.count.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.from.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.to.to_le_bytes());
        bytes[24] = self.reason as u8;
        bytes
    }

    /// Reads what [`Loss::encode`] wrote.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let word = |at: usize| bytes.get(at..at + 8)?.try_into().ok();
        Some(Self {
            count: u64::from_le_bytes(word(0)?),
            from: i64::from_le_bytes(word(8)?),
            to: i64::from_le_bytes(word(16)?),
            reason: *LossReason::ALL.get(usize::from(*bytes.get(24)?))?,
        })
    }
}

impl fmt::Display for LossReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loss_survives_its_encoding() {
        for reason in LossReason::ALL {
            let loss = Loss { count: 1204, from: -5, to: i64::MAX, reason };
            assert_eq!(Loss::decode(&loss.encode()), Some(loss));
            assert_eq!(LossReason::from_name(reason.name()), Some(reason));
        }
        assert_eq!(Loss::decode(&[0; 24]), None);
        assert_eq!(Loss::decode(&[9; 25]), None);
    }
}
