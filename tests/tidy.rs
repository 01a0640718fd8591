//! What no compiler checks: every file says what it is for, none grows too long, nothing half-done is left behind.

#![expect(clippy::unwrap_used, reason = "a test stops where the project can not be read")]

use std::path::Path;

mod tree;

/// Lines that a product file may have, its test module left out. Aim at 150.
const MAX_LINES: usize = 400;
/// Lines that a file of nothing but tests may have.
const MAX_TEST_LINES: usize = 550;

/// Words that say that something is not done, in two halves so that this file passes itself.
const FORBIDDEN_WORDS: &[(&str, &str)] = &[("TO", "DO"), ("FIX", "ME"), ("XX", "X"), ("HA", "CK")];

/// What must not stand in Rust code, in two halves, and what to do instead.
const FORBIDDEN_IN_CODE: &[(&str, &str, &str)] = &[
    ("#[igno", "re", "a test that does not run tests nothing"),
    ("#[should_", "panic", "check the error"),
    ("#[allo", "w(", "`#[expect(…, reason = \"…\")]`"),
    ("#![allo", "w(", "`#![expect(…, reason = \"…\")]`"),
];

/// The reason that a test gives which only another test can run: it panics, or needs a terminal of its own.
const RUN_BY_ANOTHER: &str = "another test runs it";

/// What must not stand in any text of the project: where it was written is nobody's business.
const FORBIDDEN_ANYWHERE: &[(&str, &str)] = &[("/wo", "rk/"), ("sha", "red/")];

fn rust_files() -> impl Iterator<Item = tree::Text> {
    ["src", "tests", "benches", "examples"].into_iter().flat_map(|folder| tree::files(folder, &[".rs"]))
}

fn assert_none(wrong: &[String], what: &str) {
    assert!(wrong.is_empty(), "{what}:\n{}", wrong.join("\n"));
}

/// Every line that `is_wrong`, as `file:line`.
fn places(file: &tree::Text, is_wrong: impl Fn(&str) -> bool) -> Vec<String> {
    let lines = file.text.lines().enumerate();
    let found = lines.filter(|(_, line)| is_wrong(line));
    found.map(|(at, _)| format!("{}:{}", file.path, at + 1)).collect()
}

/// Whether the file has nothing but tests in it.
fn is_test(file: &tree::Text) -> bool {
    file.path.starts_with("tests/") || file.path.split(['/', '.']).any(|part| part == "tests")
}

/// The text in front of the test module in the same file.
fn product_of(text: &str) -> &str {
    const MARK: &str = "#[cfg(test)]\n";
    let begins_tests = |after: &&str| {
        let next = after.strip_prefix(MARK).and_then(|rest| rest.lines().next()).unwrap_or_default();
        next.contains("mod ") && next.ends_with('{')
    };
    let tests = text.match_indices(MARK).filter_map(|(at, _)| text.get(at..)).find(begins_tests);
    tests.and_then(|tests| text.strip_suffix(tests)).unwrap_or(text)
}

#[test]
fn every_file_begins_by_saying_what_it_is_for() {
    let wrong: Vec<_> = rust_files().filter(|file| !file.text.starts_with("//! ")).map(|file| file.path).collect();
    assert_none(&wrong, "files that do not begin with `//!`");
}

#[test]
fn no_file_is_too_long() {
    let mut wrong = Vec::new();
    for file in rust_files() {
        let (most, text) =
            if is_test(&file) { (MAX_TEST_LINES, file.text.as_str()) } else { (MAX_LINES, product_of(&file.text)) };
        let lines = text.lines().count();
        if lines > most {
            wrong.push(format!("{}: {lines} lines, {most} at most", file.path));
        }
    }
    assert_none(&wrong, "files to be split");
}

#[test]
fn nothing_half_done_is_left_behind() {
    let mut wrong = Vec::new();
    for file in rust_files() {
        for (head, tail) in FORBIDDEN_WORDS {
            let is_word = |word: &str| word.strip_prefix(head) == Some(tail);
            let found = places(&file, |line| line.split(|c: char| !c.is_alphanumeric()).any(is_word));
            wrong.extend(found.iter().map(|place| format!("{place}  `{head}{tail}`: do it or open an issue")));
        }
        for (head, tail, instead) in FORBIDDEN_IN_CODE {
            let needle = format!("{head}{tail}");
            let found = places(&file, |line| line.contains(&needle) && !line.contains(RUN_BY_ANOTHER));
            wrong.extend(found.iter().map(|place| format!("{place}  `{head}{tail}`: {instead}")));
        }
    }
    assert_none(&wrong, "what is not to be committed");
}

#[test]
fn globs_are_for_tests() {
    let mut wrong = Vec::new();
    for file in tree::files("src", &[".rs"]).into_iter().filter(|file| !is_test(file)) {
        let is_glob = |line: &str| line.trim_start().starts_with("use ") && line.ends_with("::*;");
        let product = tree::Text { text: product_of(&file.text).to_owned(), path: file.path };
        wrong.extend(places(&product, is_glob));
    }
    assert_none(&wrong, "imports that do not say what they import");
}

#[test]
fn no_text_tells_of_the_place_where_it_was_written() {
    const TEXTS: &[&str] = &[".rs", ".md", ".toml", ".txt", ".snap", ".svg", ".yml", "run"];
    let folders = ["src", "tests", "benches", "examples", "docs", "themes", "keymaps", "assets", ".ci"];
    let top = ["README.md", "Cargo.toml", "build.rs", "clippy.toml"];
    let top = top.iter().map(|name| tree::root().join(name)).filter(|path| Path::exists(path));
    let mut texts: Vec<_> = folders.iter().flat_map(|folder| tree::files(folder, TEXTS)).collect();
    texts.extend(top.map(|path| tree::read(&path)));
    let mut wrong = Vec::new();
    for file in texts {
        for (head, tail) in FORBIDDEN_ANYWHERE {
            let needle = format!("{head}{tail}");
            wrong.extend(places(&file, |line| line.contains(&needle)));
        }
    }
    assert_none(&wrong, "texts that tell of a place on somebody's disk");
}
