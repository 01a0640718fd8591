//! The rotation scenarios of `tests/fixtures/files/rotation_scenarios.json`, each in a folder of its own, all at once.

use std::io::{Seek as _, SeekFrom};
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Deserialize;
use tokio::task::JoinSet;

use super::*;

/// How long a scenario that expects nothing is watched. Less than the time after which a partial line is shown.
const NOTHING: Duration = Duration::from_millis(300);

/// How long each scenario is watched for too much after its end; longer than a new archive is left to ripen.
const AFTERMATH: Duration = Duration::from_secs(3);

#[derive(Deserialize)]
struct Scenarios {
    scenarios: Vec<Scenario>,
}

#[derive(Deserialize)]
struct Scenario {
    name: String,
    #[serde(default = "app_log")]
    watch: Vec<String>,
    steps: Vec<Step>,
}

fn app_log() -> Vec<String> {
    vec!["app.log".to_owned()]
}

#[derive(Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
enum Step {
    Append { path: String, data: String },
    AppendHex { path: String, hex: String },
    WriteAt { path: String, offset: u64, data: String },
    Create { path: String },
    Mkdir { path: String },
    Truncate { path: String, len: u64 },
    Rename { from: String, to: String },
    Copy { from: String, to: String },
    Unlink { path: String },
    Hardlink { target: String, path: String },
    Symlink { target: String, path: String },
    SymlinkReplaceAtomic { target: String, path: String },
    Gzip { path: String },
    Expect { lines: Vec<String> },
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_scenario_emits_the_lines_that_it_should() {
    let text = fs::read_to_string(fixture("rotation_scenarios.json")).unwrap();
    let Scenarios { scenarios } = serde_json::from_str(&text).unwrap();
    assert_eq!(scenarios.len(), 19);
    let mut running = JoinSet::new();
    for scenario in scenarios {
        let name = scenario.name.clone();
        let run = tokio::spawn(run(scenario));
        running.spawn(async move { (name, run.await) });
    }
    let mut failed = Vec::new();
    while let Some(outcome) = running.join_next().await {
        let (name, outcome) = outcome.unwrap();
        failed.extend(outcome.is_err().then_some(name));
    }
    assert_eq!(failed, Vec::<String>::new());
}

async fn run(scenario: Scenario) {
    let folder = Folder::new();
    let [watch] = scenario.watch.as_slice() else { panic!("one pattern") };
    let mut running = folder.follow(watch, StartAt::Beginning);
    for step in scenario.steps {
        match step {
            Step::Expect { lines } if lines.is_empty() => running.expect_nothing_for(NOTHING).await,
            Step::Expect { lines } => {
                let mut got = running.take(lines.len()).await;
                // Only the order within one file is promised.
                got.sort_by(|a, b| a.origin.cmp(&b.origin));
                let got: Vec<_> = got.iter().map(|line| String::from_utf8_lossy(&line.text)).collect();
                assert_eq!(got, lines, "{}", scenario.name);
            }
            step => act(&folder, step),
        }
    }
    running.expect_nothing_for(AFTERMATH).await;
    running.stop().await;
}

#[cfg(unix)]
fn act(folder: &Folder, step: Step) {
    use std::os::unix::fs::symlink;

    let path = |name: &str| folder.path(name);
    match step {
        Step::Append { path, data } => folder.append(&path, data),
        Step::AppendHex { path, hex } => {
            let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok()).unwrap();
            let pairs = hex.as_bytes().chunks(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1]));
            folder.append(&path, pairs.collect::<Vec<u8>>());
        }
        Step::WriteAt { path: name, offset, data } => {
            let mut file = File::options().write(true).open(path(&name)).unwrap();
            file.seek(SeekFrom::Start(offset)).unwrap();
            file.write_all(data.as_bytes()).unwrap();
        }
        Step::Create { path } => folder.append(&path, ""),
        Step::Mkdir { path: name } => fs::create_dir_all(path(&name)).unwrap(),
        Step::Truncate { path: name, len } => {
            File::options().write(true).open(path(&name)).unwrap().set_len(len).unwrap();
        }
        Step::Rename { from, to } => fs::rename(path(&from), path(&to)).unwrap(),
        Step::Copy { from, to } => {
            fs::copy(path(&from), path(&to)).unwrap();
        }
        Step::Unlink { path: name } => fs::remove_file(path(&name)).unwrap(),
        Step::Hardlink { target, path: name } => fs::hard_link(path(&target), path(&name)).unwrap(),
        Step::Symlink { target, path: name } => symlink(target, path(&name)).unwrap(),
        Step::SymlinkReplaceAtomic { target, path: name } => {
            symlink(target, path("new-link")).unwrap();
            fs::rename(path("new-link"), path(&name)).unwrap();
        }
        Step::Gzip { path: name } => {
            let packed = File::create(path(&format!("{name}.gz"))).unwrap();
            let mut encoder = GzEncoder::new(packed, Compression::fast());
            encoder.write_all(&fs::read(path(&name)).unwrap()).unwrap();
            encoder.finish().unwrap();
            fs::remove_file(path(&name)).unwrap();
        }
        Step::Expect { .. } => unreachable!("handled by the caller"),
    }
}
