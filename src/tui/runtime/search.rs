//! Pieces of a query searched on several threads.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::query::{Answer, Piece, Searcher};

/// Searches `pieces` on up to `threads` threads, this one among them, until all are searched or `is_cancelled` says
/// that they are not wanted any more; it is asked before each piece. The answers are in the order of the pieces and
/// have no gaps: pieces are begun in their order, and one that is begun is finished.
pub(super) fn search(
    searcher: &Searcher<'_>,
    pieces: &[Piece],
    threads: usize,
    is_cancelled: &(dyn Fn() -> bool + Sync),
) -> Vec<Answer> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut answers = Vec::new();
        while !is_cancelled() {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(piece) = pieces.get(at) else { break };
            answers.push((at, searcher.search(piece)));
        }
        answers
    };
    let mut answers = std::thread::scope(|scope| {
        let helpers = 1..threads.min(pieces.len());
        let spawn = |_| std::thread::Builder::new().name("query".into()).spawn_scoped(scope, work).ok();
        // Where no thread can be had, those that are there do the work.
        let helpers: Vec<_> = helpers.filter_map(spawn).collect();
        let mut answers = work();
        for helper in helpers {
            answers.extend(helper.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        answers
    });
    answers.sort_unstable_by_key(|(at, _)| *at);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::{FormatId, Severity, Zone};
    use crate::query::{CompileContext, LiveQuery, Matches, Plan};
    use crate::store::{NewLine, Snapshot, log_store};

    const LINES: u64 = 5000;

    fn snapshot() -> Snapshot {
        let (mut writer, reader) = log_store(8 << 20, 0);
        for n in 0..LINES {
            writer.push(&NewLine {
                time: 0,
                severity: Severity::INFO,
                source: 0,
                service: 0,
                format: FormatId::TEXT,
                text: if n % 3 == 0 { b"hit" } else { b"miss" },
                trace_id: None,
                span_id: None,
                record: None,
                resource: None,
            });
        }
        writer.publish();
        reader.snapshot()
    }

    #[test]
    fn many_threads_find_what_one_finds_in_the_same_order() {
        let (snapshot, plan) =
            (snapshot(), Arc::new(Plan::compile("hit", &CompileContext::new(0, Zone::UTC)).unwrap()));
        let mut query = LiveQuery::new(Arc::clone(&plan));
        let pieces = query.pieces(&snapshot, 1000, 7);
        let searcher = LiveQuery::searcher(&plan, &snapshot);
        let progress = query.take(search(&searcher, &pieces, 8, &|| false), &snapshot);
        assert!(progress.is_done());
        let mut matches = Matches::new();
        progress.runs.into_iter().for_each(|run| matches.insert(run));
        assert!(matches.iter().eq((0..LINES).step_by(3)));
    }

    #[test]
    fn a_cancelled_search_answers_for_the_first_pieces() {
        let (snapshot, plan) =
            (snapshot(), Arc::new(Plan::compile("hit", &CompileContext::new(0, Zone::UTC)).unwrap()));
        let mut query = LiveQuery::new(Arc::clone(&plan));
        let pieces = query.pieces(&snapshot, 1000, 7);
        let asked = AtomicUsize::new(0);
        let is_cancelled = || asked.fetch_add(1, Ordering::Relaxed) >= 20;
        let answers = search(&LiveQuery::searcher(&plan, &snapshot), &pieces, 4, &is_cancelled);
        assert_eq!(answers.len(), 20);
        assert_eq!(query.take(answers, &snapshot).searched, LINES - 20 * 7..LINES);
    }
}
