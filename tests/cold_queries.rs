//! Queries over segments that gave up their columns find what they find over those that did not, and what asking each
//! line finds: with words that are excluded, with alternatives, with several files in one segment, with a file gone.

#![expect(clippy::unwrap_used, reason = "a test stops where its own data are wrong")]

use std::io::Write as _;
use std::path::Path;

use spantail::config::{SourceOptions, StartAt};
use spantail::ingest::{Budgets, Ingest};
use spantail::model::Zone;
use spantail::query::{CompileContext, LiveQuery, Matches, Plan};
use spantail::source::{self, Clock};
use spantail::store::{LineId, Snapshot};

const QUERIES: [&str; 14] = [
    "rare",
    "-rare",
    "NOT (rare OR common)",
    "rare OR never",
    "never OR level:error",
    "-never",
    "-(never rare)",
    "rare common",
    "\"rare one\" -file:b",
    "/rar[e] o/ -common",
    "msg:rare",
    "n:7",
    "-n:*",
    "level:error (rare OR -common)",
];

/// Lines of two formats in the order of their times, few of them with the word that is looked for.
fn write(path: &Path, name: &str, lines: usize) {
    let mut file = std::io::BufWriter::new(std::fs::File::create(path).unwrap());
    for number in 0..lines {
        let word = if number % 977 == 5 { "rare one" } else { "common" };
        let level = if number % 10 == 0 { "ERROR" } else { "INFO" };
        let time = format!("2026-01-02T03:{:02}:{:02}.{:03}Z", number / 6000, number / 100 % 60, number % 100 * 10);
        let line = match number % 3 {
            0 => format!(r#"{{"time":"{time}","level":"{level}","msg":"{word} {name}","n":{}}}"#, number % 50),
            _ => format!("{time} {level} {word} {name} {number}"),
        };
        writeln!(file, "{line}").unwrap();
    }
    file.flush().unwrap();
}

/// The files in a ring of this size.
async fn stored(paths: &[std::path::PathBuf], logs: usize) -> Snapshot {
    let options = SourceOptions { start: StartAt::Beginning, follow: false, ..SourceOptions::default() };
    let open = |path: &std::path::PathBuf| (source::open(path.to_str().unwrap(), &options).unwrap(), options.clone());
    let sources = paths.iter().map(open).collect();
    let budgets = Budgets { logs, traces: 1 << 20 };
    let mut ingest =
        Ingest::start(sources, budgets, &Zone::UTC, Clock::from_fn(|| 1_767_323_045_000_000_000), None).unwrap();
    ingest.finished().await;
    ingest.logs().snapshot()
}

fn plan(query: &str) -> Plan {
    Plan::compile(query, &CompileContext::new(0, Zone::UTC)).unwrap_or_else(|error| panic!("{query}: {error}"))
}

fn found(query: &str, snapshot: &Snapshot) -> Vec<LineId> {
    let (mut live, mut matches) = (LiveQuery::new(plan(query).into()), Matches::default());
    loop {
        let progress = live.advance(snapshot, 100_000);
        let is_done = progress.is_done();
        progress.runs.into_iter().for_each(|run| matches.insert(run));
        if is_done {
            return matches.iter().collect();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cold_segments_answer_as_hot_ones_do() {
    let folder = tempfile::tempdir().unwrap();
    let paths = ["a", "b"].map(|name| folder.path().join(format!("{name}.log")));
    paths.iter().zip(["a", "b"]).for_each(|(path, name)| write(path, name, 20_000));
    let hot = stored(&paths, 64 << 20).await;
    let cold = stored(&paths, 100_000).await;
    assert!(cold.segments().all(|segment| segment.is_cold()) && hot.segments().all(|segment| !segment.is_cold()));
    assert_eq!((hot.len(), cold.len()), (40_000, 40_000));
    for query in QUERIES {
        let asked = plan(query);
        let lines = hot.segments().flat_map(|segment| segment.lines());
        let naive: Vec<LineId> =
            lines.filter(|line| asked.matches(line, &hot.services, &hot.sources)).map(|line| line.id()).collect();
        assert_eq!(found(query, &hot), naive, "{query}, hot");
        assert_eq!(found(query, &cold), naive, "{query}, cold");
    }
    // Of a file that is gone no line has a word any more; those of the other are found all the same.
    std::fs::File::create(&paths[0]).unwrap();
    let of_b = |id: &LineId| hot.line(*id).is_some_and(|line| line.gone().is_none());
    for snapshot in [&hot, &cold] {
        let rare = found("rare", snapshot);
        assert!(rare.iter().all(of_b), "nothing of what is gone");
        assert_eq!(rare.len(), 21, "what is left in the other file");
    }
}
