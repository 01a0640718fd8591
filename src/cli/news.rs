//! What a command without a screen says on stderr while it runs: that a source is in trouble, and that it is well again.
//!
//! Silence would look like a quiet source. Each trouble is told once, however often it is tried to get over it.

use std::collections::HashMap;
use std::io::Write as _;

use crate::model::SourceState;
use crate::store::{Accounting, SourceAccount};
use crate::theme::safe::safe;

/// Remembers what was told of each source: the trouble it is in, by its key.
#[derive(Debug, Default)]
pub(super) struct News {
    troubles: HashMap<usize, String>,
}

impl News {
    /// Tells what is new.
    pub(super) fn tell(&mut self, accounting: &Accounting) {
        for news in accounting.sources.iter().filter_map(|source| self.of(source)) {
            // Nobody may be left to read it.
            let _told = writeln!(std::io::stderr(), "spantail: {}", safe(&news));
        }
    }

    fn of(&mut self, source: &SourceAccount) -> Option<String> {
        match &source.state {
            SourceState::Retrying { wait, why } if self.troubles.get(&source.key) != Some(why) => {
                self.troubles.insert(source.key, why.clone());
                Some(format!("{}: {why} (trying again in {} s)", source.label, wait.as_secs().max(1)))
            }
            SourceState::Live(detail) => {
                self.troubles.remove(&source.key)?;
                Some(format!("{}: live again: {detail}", source.label))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::store::{Counts, Pressure};

    #[test]
    fn each_trouble_is_told_once_and_so_is_its_end() {
        let mut news = News::default();
        let mut of = |state| {
            news.of(&SourceAccount {
                key: 3,
                label: "orders".into(),
                argument: String::new(),
                is_backend: false,
                state,
                since: 0,
                logs: Counts::default(),
                spans: Counts::default(),
                pressure: Pressure::Ok,
                buffer_size: 1,
                formats: Vec::new(),
                indexing: None,
            })
        };
        let trouble =
            |why: &str, seconds| SourceState::Retrying { wait: Duration::from_secs(seconds), why: why.to_owned() };
        assert_eq!(of(SourceState::Live("h:1".into())), None);
        assert_eq!(of(trouble("h:1: refused", 0)).as_deref(), Some("orders: h:1: refused (trying again in 1 s)"));
        assert_eq!(of(trouble("h:1: refused", 8)), None);
        assert_eq!(of(SourceState::Connecting), None);
        assert_eq!(of(trouble("h:1: 401", 30)).as_deref(), Some("orders: h:1: 401 (trying again in 30 s)"));
        assert_eq!(of(SourceState::Live("h:1".into())).as_deref(), Some("orders: live again: h:1"));
        assert_eq!(of(SourceState::Live("h:1".into())), None);
    }
}
