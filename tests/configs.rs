//! The config files in `tests/configs`: the valid ones load, the invalid ones say what is wrong.
//!
//! To add a case: a `.toml` in `valid/`, or one in `invalid/` with the expected message in a `.txt` beside it.

#![expect(clippy::unwrap_used, reason = "a test stops where its own files are missing")]

use std::fs;
use std::path::{Path, PathBuf};

use spantail::config::{Config, ConfigError, Flags};

fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/configs").join(folder);
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> =
        entries.filter(|path| path.extension().is_some_and(|extension| extension == "toml")).collect();
    files.sort();
    assert!(!files.is_empty());
    files
}

fn load(path: &Path) -> Result<Config, ConfigError> {
    let text = fs::read_to_string(path).unwrap();
    let name = path.file_name().unwrap().to_str().unwrap();
    Config::resolve(Some((name, &text)), &|_| None, &Flags::default())
}

#[test]
fn valid_files_load() {
    for path in files("valid") {
        assert!(load(&path).is_ok(), "{}: {}", path.display(), load(&path).unwrap_err());
    }
}

#[test]
fn invalid_files_say_what_is_wrong() {
    for path in files("invalid") {
        let expected = fs::read_to_string(path.with_extension("txt")).unwrap_or_default();
        let actual = load(&path).map_or_else(|error| error.to_string(), |_| "loads".to_owned());
        assert_eq!(actual, expected.trim_end(), "{}", path.display());
    }
}
