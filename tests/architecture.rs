//! Imports run downward only: who may name whom, held against every path in `src/`.
//!
//! The tables below are the house's walls, told in `docs/ARCHITECTURE.md`; change both together. Files are read as
//! tokens, so paths within macros count as well as `use` and paths in code; comments do not.

#![expect(clippy::unwrap_used, reason = "a test stops where the project can not be read")]

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};

mod tree;

/// Modules and the modules they may name beside themselves. The longest fitting entry counts.
const MAY_NAME: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("parse", &["model"]),
    ("extent", &["model"]),
    ("config", &["model", "parse"]),
    ("theme", &["model", "config"]),
    ("source", &["model", "parse", "extent", "config"]),
    ("store", &["model", "extent"]),
    ("ingest", &["model", "parse", "extent", "config", "source", "store"]),
    ("query", &["model", "parse", "store"]),
    ("analysis", &["model", "store", "query"]),
    ("session", &["model", "parse", "store", "query"]),
    ("tui", &["model", "parse", "config", "store", "query", "analysis", "session", "theme"]),
    (
        "tui::runtime",
        &["model", "parse", "config", "source", "store", "ingest", "query", "analysis", "session", "theme"],
    ),
    ("cli", &["model", "parse", "config", "source", "store", "ingest", "query", "analysis", "session", "theme", "tui"]),
    ("main", &["cli"]),
];

/// Walls within a module: who may not name what although it is near.
const MAY_NOT_NAME: &[(&str, &[&str])] = &[
    ("tui::app", &["tui::runtime"]),
    ("tui::overlay", &["tui::runtime", "tui::app", "tui::panes"]),
    ("tui::panes", &["tui::runtime", "tui::app", "tui::overlay"]),
    ("tui::panes::logs", &["tui::panes::services", "tui::panes::sources", "tui::panes::traces"]),
    ("tui::panes::services", &["tui::panes::logs", "tui::panes::sources", "tui::panes::traces"]),
    ("tui::panes::sources", &["tui::panes::logs", "tui::panes::services", "tui::panes::traces"]),
    ("tui::panes::traces", &["tui::panes::logs", "tui::panes::services", "tui::panes::sources"]),
    ("tui::widget", &["tui::runtime", "tui::app", "tui::pane", "tui::panes", "tui::world"]),
    ("tui::keymap", &["tui::runtime", "tui::app", "tui::pane", "tui::panes", "tui::world"]),
];

/// Crates and parts of `std` that only some modules may name, outside of their tests.
const ONLY_IN: &[(&str, &[&str])] = &[
    ("tokio", &["source", "ingest", "tui::runtime", "cli"]),
    ("tokio_util", &["source", "ingest", "tui::runtime", "cli"]),
    ("tonic", &["source"]),
    ("axum", &["source"]),
    ("notify", &["source"]),
    ("ratatui", &["theme", "tui"]),
    ("crossterm", &["tui"]),
    ("clap", &["cli"]),
    ("anyhow", &["cli"]),
    ("std::net", &["source", "config", "cli"]),
    ("std::fs", &["extent", "source", "session", "config", "tui::runtime", "cli"]),
    // Programs of other people: what a source reads, and the browser.
    ("std::process::Command", &["source", "tui::runtime"]),
    ("std::process::exit", &[]),
    ("std::thread", &["source", "ingest", "tui::runtime", "cli"]),
    ("std::time::SystemTime", &["source"]),
    ("std::time::Instant", &["source", "ingest", "tui::runtime", "cli"]),
];

/// A path that a module names, and where.
#[derive(Debug, PartialEq)]
struct Named {
    from: String,
    to: String,
    line: usize,
}

#[test]
fn imports_run_downward_only() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for file in tree::files("src", &[".rs"]) {
        for named in names_in(&module_of(&file.path), &file.text) {
            count += 1;
            if !is_allowed(&named) {
                wrong.push(format!("{}:{}  {} -> {}", file.path, named.line, named.from, named.to));
            }
        }
    }
    assert!(count > 1000, "only {count} paths were found");
    assert!(wrong.is_empty(), "paths that the house's plan forbids:\n{}", wrong.join("\n"));
}

#[test]
fn every_module_has_its_place_in_the_plan() {
    for file in tree::files("src", &[".rs"]) {
        let module = module_of(&file.path);
        assert!(module.is_empty() || entry(MAY_NAME, &module).is_some(), "{} is in no line of MAY_NAME", file.path);
    }
}

/// The table of folders in `docs/ARCHITECTURE.md` says the same.
#[test]
fn the_plan_is_told_as_it_is() {
    let page = tree::read(&tree::root().join("docs/ARCHITECTURE.md")).text;
    for (module, may) in MAY_NAME.iter().filter(|(module, _)| *module != "main") {
        let head = format!("| `{}/` |", module.replace("::", "/"));
        let row = page.lines().find(|line| line.starts_with(&head)).unwrap_or_else(|| panic!("no row `{head}`"));
        let told = row.split('|').nth(3).unwrap_or_default().trim();
        let told = match (told, told.strip_prefix("the same, ")) {
            ("everything", _) => continue,
            ("–", _) => Vec::new(),
            (_, Some(more)) => {
                let parent = module.split("::").next().and_then(|parent| entry(MAY_NAME, parent)).unwrap_or_default();
                parent.iter().copied().chain(more.split(", ")).collect()
            }
            _ => told.split(", ").collect(),
        };
        let told: BTreeSet<&str> = told.into_iter().collect();
        let may: BTreeSet<&str> = may.iter().copied().collect();
        assert_eq!(told, may, "what {module} may name, there and here");
    }
}

#[test]
fn forbidden_paths_are_found_wherever_they_stand() {
    let text = "
        //! crate::tui in a comment is no path
        use crate::{model::Nanos, store::{self, LineId}};
        use super::super::query;
        fn inner() { let x: Vec<crate::cli::Args> = tokio::select! { a = crate::tui::run() => a }; }
        mod deep { use super::super::super::analysis as a; mod tests { use tokio::time; } }
    ";
    let named = names_in("source::file", text);
    let told = |named: &Named| format!("{}:{} {}", named.from, named.line, named.to);
    let wrong: Vec<_> = named.iter().filter(|named| !is_allowed(named)).map(told).collect();
    let expected = [
        "source::file:3 store",
        "source::file:3 store::LineId",
        "source::file:4 query",
        "source::file:5 cli::Args",
        "source::file:5 tui::run",
        "source::file::deep:6 analysis",
    ];
    assert_eq!(wrong, expected);
    let tokio = |from: &str| Named { from: from.into(), to: "extern tokio::time".into(), line: 1 };
    assert!(
        is_allowed(&tokio("ingest::queue")) && is_allowed(&tokio("store::tests")) && is_allowed(&tokio("tui::runtime"))
    );
    assert!(!is_allowed(&tokio("store::segment")) && !is_allowed(&tokio("tui::app")));
}

fn is_allowed(named: &Named) -> bool {
    let Named { from, to, .. } = named;
    if let Some(path) = to.strip_prefix("extern ") {
        let is_test = from.split("::").any(|part| part == "tests");
        return is_test || entry(ONLY_IN, path).is_none_or(|only| only.iter().any(|module| is_in(from, module)));
    }
    let is_walled = MAY_NOT_NAME
        .iter()
        .filter(|(module, _)| is_in(from, module))
        .any(|(_, not)| not.iter().any(|module| is_in(to, module)));
    let top = from.split("::").next().unwrap_or_default();
    let is_below = entry(MAY_NAME, from).is_some_and(|may| may.iter().any(|module| is_in(to, module)));
    !is_walled && (is_in(to, top) || is_below)
}

/// The longest entry of `table` that `path` lies in.
fn entry<'a>(table: &[(&str, &'a [&'a str])], path: &str) -> Option<&'a [&'a str]> {
    table.iter().filter(|(module, _)| is_in(path, module)).max_by_key(|(module, _)| module.len()).map(|(_, list)| *list)
}

/// Whether `path` is `module` or within it.
fn is_in(path: &str, module: &str) -> bool {
    path.strip_prefix(module).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// `src/a/b/mod.rs` and `src/a/b.rs` are `a::b`; the library's root is empty.
fn module_of(path: &str) -> String {
    let path = path.trim_start_matches("src/").trim_end_matches(".rs").trim_end_matches("/mod");
    if path == "lib" { String::new() } else { path.replace('/', "::") }
}

/// All paths in `text` that lead to another module of the crate, or out of it to one of [`ONLY_IN`].
fn names_in(module: &str, text: &str) -> Vec<Named> {
    let tokens: TokenStream = text.parse().unwrap_or_else(|error| panic!("{module}: {error}"));
    let mut reader = Reader { module: module.split("::").map(str::to_owned).collect(), named: Vec::new() };
    reader.read(tokens);
    reader.named
}

struct Reader {
    /// The module we are in, inner modules of the file included.
    module: Vec<String>,
    named: Vec<Named>,
}

impl Reader {
    fn read(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while at < tokens.len() {
            match &tokens[at..] {
                [TokenTree::Ident(word), TokenTree::Ident(name), TokenTree::Group(body), ..] if word == "mod" => {
                    self.module.push(name.to_string());
                    self.read(body.stream());
                    self.module.pop();
                    at += 3;
                }
                [TokenTree::Ident(_), ..] => at += self.path(&tokens[at..], &[]),
                [TokenTree::Group(group), ..] => {
                    self.read(group.stream());
                    at += 1;
                }
                _ => at += 1,
            }
        }
    }

    /// Reads the path that `tokens` begin with, behind `before`; answers how many tokens it has.
    fn path(&mut self, tokens: &[TokenTree], before: &[Ident]) -> usize {
        let mut path = before.to_vec();
        let mut at = 0;
        loop {
            match &tokens[at..] {
                [TokenTree::Ident(name), ..] => path.push(name.clone()),
                [TokenTree::Group(list), ..] if list.delimiter() == Delimiter::Brace => {
                    self.list(list, &path);
                    return at + 1;
                }
                _ => break,
            }
            at += 1;
            match &tokens[at..] {
                [TokenTree::Punct(a), TokenTree::Punct(b), ..] if a.as_char() == ':' && b.as_char() == ':' => at += 2,
                _ => break,
            }
        }
        self.note(&path);
        at.max(1)
    }

    /// The paths in the braces of a `use`.
    fn list(&mut self, list: &Group, before: &[Ident]) {
        let tokens: Vec<TokenTree> = list.stream().into_iter().collect();
        for item in tokens.split(|token| matches!(token, TokenTree::Punct(mark) if mark.as_char() == ',')) {
            if !item.is_empty() {
                self.path(item, before);
            }
        }
    }

    fn note(&mut self, path: &[Ident]) {
        let words: Vec<String> = path.iter().map(Ident::to_string).collect();
        // A word alone is a visibility or a method's name.
        let [first, _, ..] = words.as_slice() else { return };
        let supers = words.iter().take_while(|word| *word == "super").count();
        let (base, rest) = match first.as_str() {
            "crate" => (&[][..], &words[1..]),
            // The binary names the library by its name.
            "spantail" if self.module == ["main"] => (&[][..], &words[1..]),
            "super" => (&self.module[..self.module.len().saturating_sub(supers)], &words[supers..]),
            _ => {
                let to = words.join("::");
                if entry(ONLY_IN, &to).is_some() {
                    self.push(format!("extern {to}"), path);
                }
                return;
            }
        };
        let rest = rest.strip_suffix(&["self".to_owned()]).unwrap_or(rest);
        self.push([base, rest].concat().join("::"), path);
    }

    fn push(&mut self, to: String, path: &[Ident]) {
        let line = path.last().map_or(0, |word| word.span().start().line);
        self.named.push(Named { from: self.module.join("::"), to, line });
    }
}
