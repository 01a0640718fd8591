//! Packs are whole and right, and what is wrong with a rule is told where it stands.

use super::*;
use crate::config::{Config, Flags};

fn resolve(text: &str) -> Result<Config, ConfigError> {
    Config::resolve(Some(("config.toml", text)), &|_| None, &Flags::default())
}

#[test]
fn every_built_in_rule_finds_what_its_examples_say_and_misses_what_it_should() {
    let packs = Packs::default();
    assert_eq!(packs.0.len(), PACKS.len());
    let book = RuleBook::new(Vec::new(), &packs).unwrap();
    let check = book.check();
    let told: Vec<String> = check.failures.iter().map(ToString::to_string).collect();
    assert!(told.is_empty(), "{}", told.join("\n"));
    let (examples, misses) = book.least();
    assert!(examples >= 2 && misses >= 1, "a rule has {examples} examples and {misses} misses");
    assert!(check.rules > 30 && check.examples > 150, "{check:?}");
}

/// Without a literal a rule would be tried on every line.
#[test]
fn every_built_in_rule_has_literals() {
    let book = RuleBook::new(Vec::new(), &Packs::default()).unwrap();
    let without: Vec<&str> = book
        .entries
        .iter()
        .filter(|entry| {
            let mut rules = Rules::default();
            rules.push(entry.spec.clone(), true).unwrap();
            rules.literals().is_none()
        })
        .map(|entry| entry.spec.name.as_str())
        .collect();
    assert!(without.is_empty(), "{without:?}");
}

#[test]
fn a_rule_of_ones_own_stands_in_the_place_of_a_built_in_one() {
    let text = "[rules]\npacks = [\"errors\"]\n[[rule]]\nname = \"timeout\"\npattern = 'took too long'\n";
    let config = resolve(text).unwrap();
    let names: Vec<&str> = config.rules.rules().names().collect();
    assert_eq!(names.first(), Some(&"timeout"));
    assert_eq!(names.iter().filter(|name| **name == "timeout").count(), 1);
    assert!(!names.contains(&"pod-event"));
    assert_eq!(resolve("[rules]\npacks = []").unwrap().rules.rules().names().count(), 0);
}

#[test]
fn files_of_rules_are_read_behind_the_config() {
    let files = [("rules/own.toml".to_owned(), "[[rule]]\nname = \"b\"\npattern = 'bbb'\n".to_owned())];
    let config = "[rules]\npacks = []\n[[rule]]\nname = \"a\"\npattern = 'aaa'\n";
    let of = |files: &[(String, String)]| {
        Config::resolve_with(Some(("config.toml", config)), files, &|_| None, &Flags::default())
    };
    assert_eq!(of(&files).unwrap().rules.rules().names().collect::<Vec<_>>(), ["a", "b"]);
    let twice = [files[0].clone(), files[0].clone()];
    let error = of(&twice).unwrap_err().to_string();
    assert_eq!(error, "rules/own.toml:2:8: there are two rules `b`; the first stands in rules/own.toml:2");
}

#[test]
fn what_is_wrong_with_a_rule_is_told_where_it_stands() {
    let rule = |rest: &str| format!("[[rule]]\nname = \"x\"\n{rest}");
    for (text, told) in [
        (
            rule("pattern = 'a(b'"),
            "config.toml:3:11: rule `x`: regex parse error:\n    a(b\n     ^\nerror: unclosed group",
        ),
        (rule("pattern = 'a*'"), "config.toml:3:11: rule `x`: the pattern matches the empty text and so every line"),
        (rule("pattern = '(a{1000}){1000}'"), "config.toml:3:11: rule `x`: the pattern is too large"),
        (
            rule("pattern = 'abc'\ntext = [\"id\"]"),
            "config.toml:2:8: rule `x`: the pattern has no capture `id` that could stay text",
        ),
        (rule("pattern = 'abc'\nsources = [\"a[\"]"), "config.toml:2:8: rule `x`: the source `a[` is no glob"),
        (rule("pattern = 'abc'\nlevel = \"loud\""), "config.toml:4:9: rule.level: no level; trace"),
        (rule("patern = 'abc'"), "config.toml:3:1: rule[1].patern: unknown key `patern`; did you mean `pattern`?"),
        ("[[rule]]\nname = \"a b\"\npattern = 'abc'".to_owned(), "config.toml:2:8: rule.name: a name is a word"),
        (
            "[rules]\npacks = [\"error\"]".to_owned(),
            "config.toml:2:10: rules.packs: unknown pack `error`; did you mean `errors`?",
        ),
    ] {
        let error = resolve(&text).unwrap_err().to_string();
        assert!(error.starts_with(told), "{text}\nis told as\n{error}");
    }
}

#[test]
fn an_example_that_fails_is_told_with_what_was_found_and_expected() {
    let text = "[rules]\npacks = []\n[[rule]]\nname = \"paid\"\npattern = 'paid (?<amount>\\d+) by (?<who>\\w+)'\nfamily = \"money\"\n\
                examples = [\n  { line = \"paid 7 by ann\", fields = { amount = 7, who = \"bob\" } },\n  { line = \"unpaid\" },\n]\n\
                misses = [\"paid 1 by me\", \"free\"]\n";
    let check = resolve(text).unwrap().rules.check();
    assert_eq!((check.rules, check.examples), (1, 4));
    let told: Vec<String> = check.failures.iter().map(ToString::to_string).collect();
    let expected = [
        "config.toml:8:3: rule `paid` finds something else in its example: paid 7 by ann\n    expected: who=\"bob\"\n    found: \
         amount=7 who=\"ann\" error.family=\"money\"",
        "config.toml:9:3: rule `paid` does not match its example: unpaid",
        "config.toml:11:11: rule `paid` matches a line that it should miss: paid 1 by me\n    found: amount=1 who=\"me\" \
         error.family=\"money\"",
    ];
    assert_eq!(told, expected);
}
