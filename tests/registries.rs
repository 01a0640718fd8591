//! The registries are complete and well formed, and README tells what is in them.
//!
//! Sources, line formats, panes, actions, keymaps and themes are lists in the code; the tables of README follow from
//! them. Where README differs the test fails with the text that belongs there.

#![expect(clippy::unwrap_used, reason = "a test stops where the project can not be read")]

use std::collections::HashSet;
use std::fmt::Write as _;
use std::hash::Hash;

use spantail::config::SourceOptions;
use spantail::model::FormatId;
use spantail::parse::{FORMATS, LineParser, ParseOptions, format_by_name, format_name};
use spantail::source::{self, SOURCES};
use spantail::theme::{self, Theme};
use spantail::tui::action::Action;
use spantail::tui::keymap::{self, Context, Key, Keymap};
use spantail::tui::panes::{PANES, index_of};

mod tree;

/// What README calls the keys of each context that has its own.
const CONTEXT_TITLES: &[(Context, &str)] = &[
    (Context::Global, "Everywhere"),
    (Context::Logs, "In the logs"),
    (Context::Histogram, "In the histogram"),
    (Context::Record, "In a record"),
    (Context::Traces, "In the list of traces"),
    (Context::Waterfall, "In the waterfall"),
    (Context::Operations, "In the table of operations"),
    (Context::Flame, "In a flame graph"),
    (Context::Scatter, "In the durations over time"),
    (Context::Events, "In the events of a trace"),
    (Context::Comparison, "In a comparison"),
    (Context::Services, "In the services"),
    (Context::Sources, "In the sources"),
    (Context::Columns, "In the choice of columns"),
    (Context::Help, "In the help"),
    (Context::Palette, "In the command palette"),
    (Context::Form, "In a form"),
    (Context::Prompt, "In a prompt"),
];

fn readme() -> String {
    tree::read(&tree::root().join("README.md")).text
}

fn assert_unique<T: Eq + Hash + std::fmt::Debug>(items: impl IntoIterator<Item = T>) {
    let mut known = HashSet::new();
    let twice: Vec<T> = items.into_iter().filter_map(|item| known.replace(item)).collect();
    assert!(twice.is_empty(), "{twice:?} twice");
}

/// A short word that can stand in a command line and in a file.
fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-+".contains(&byte))
}

/// Whether `text` is one sentence with a full stop.
fn is_sentence(text: &str) -> bool {
    text.starts_with(char::is_uppercase) && text.ends_with('.') && !text.contains(". ") && !text.contains('\n')
}

/// The names of the files in `folder`, without their endings.
fn names_of_files(folder: &str) -> HashSet<String> {
    let files = tree::files(folder, &[".toml"]).into_iter();
    files.filter_map(|file| Some(file.path.rsplit('/').next()?.strip_suffix(".toml")?.to_owned())).collect()
}

#[test]
fn sources_are_well_formed() {
    assert_unique(SOURCES.iter().map(|kind| kind.name()));
    assert_unique(SOURCES.iter().flat_map(|kind| kind.schemes()));
    for kind in SOURCES {
        let (name, example) = (kind.name(), kind.example());
        assert!(is_name(name), "{name}");
        assert!(!kind.schemes().is_empty(), "{name} can not be named");
        assert!(kind.schemes().iter().all(|scheme| ["", "-"].contains(scheme) || is_name(scheme)), "{name}");
        assert!(is_sentence(kind.about()), "{name}: {}", kind.about());
        let scheme = if example == "-" { "-" } else { example.split_once(':').map_or("", |(scheme, _)| scheme) };
        assert!(kind.schemes().contains(&scheme), "{name}: its example `{example}` is of another kind");
        let opened = source::open(example, &SourceOptions::default());
        let source = opened.unwrap_or_else(|error| panic!("{name}: its example `{example}` does not open: {error}"));
        assert!(!source.label().is_empty(), "{name}");
    }
}

#[test]
fn sources_answer_nonsense_with_words() {
    for scheme in SOURCES.iter().flat_map(|kind| kind.schemes()) {
        for rest in ["", "//", ":", "\0", "?", "//?=&=", "//[::1", "//host:99999999", "\u{202e}%zz", "[a-", "**{"] {
            if let Err(error) = source::open(&format!("{scheme}:{rest}"), &SourceOptions::default()) {
                assert!(error.to_string().len() > 10, "{scheme}:{rest} {error}");
            }
        }
    }
    let unknown = source::open("otpl://127.0.0.1:4317", &SourceOptions::default()).err().map(|error| error.to_string());
    assert!(unknown.is_some_and(|text| text.contains("`otpl:`") && text.contains("did you mean `otlp:`")));
}

#[test]
fn every_folder_has_its_line_in_the_registry() {
    let sources = tree::files("src/source", &[".rs"]);
    let kinds = sources.iter().filter(|file| file.text.contains("\nimpl SourceKind for ")).count();
    assert_eq!(kinds, SOURCES.len(), "kinds of sources in src/source and in its registry");
    let panes = tree::files("src/tui/panes", &["/mod.rs"]);
    let panes = panes.iter().filter(|file| file.text.contains("\nimpl Pane for ")).count();
    assert_eq!(panes, PANES.len(), "folders in src/tui/panes and lines in its registry");
    let known = |list: &[(&str, &str)]| list.iter().map(|(name, _)| (*name).to_owned()).collect::<HashSet<_>>();
    assert_eq!(names_of_files("themes"), known(theme::BUILTIN));
    assert_eq!(names_of_files("keymaps"), known(keymap::BUILTIN));
}

#[test]
fn formats_are_well_formed_and_know_their_samples() {
    assert_unique(FORMATS.iter().map(|format| format.name()));
    assert_eq!(format_by_name(FORMATS[0].name()), Some(FormatId::TEXT));
    assert!(FORMATS.len() < usize::from(FormatId::RECORD.0), "ids must not meet the special ones");
    for format in FORMATS {
        let name = format.name();
        let id = format_by_name(name).unwrap();
        assert!(is_name(name) && !format.about().is_empty() && !format.samples().is_empty(), "{name}");
        assert_eq!(format_name(id), name);
        for sample in format.samples() {
            let facts = LineParser::new(&ParseOptions::default()).parse(sample.as_bytes());
            assert_eq!(format_name(facts.format), name, "{sample}");
        }
    }
}

#[test]
fn panes_are_well_formed() {
    assert_unique(PANES.iter().map(|pane| pane.id));
    assert_unique(PANES.iter().map(|pane| pane.title));
    assert_unique(PANES.iter().map(|pane| pane.focus));
    let keymap = Keymap::shipped("default").unwrap();
    for (at, pane) in PANES.iter().enumerate() {
        assert_eq!(index_of(pane.id), at);
        let context = (pane.make)().context();
        assert!(!context.is_typing(), "{}", pane.title);
        let keys = keymap.keys_for(context, pane.focus);
        assert!(keys.iter().any(|key| key.parse::<u8>().is_ok()), "{} has no number to go to it", pane.title);
    }
}

#[test]
fn every_action_can_be_reached_in_every_keymap() {
    for (name, _) in keymap::BUILTIN {
        let keymap = Keymap::shipped(name).unwrap();
        let has_key = |context, action| !keymap.keys_for(context, action).is_empty();
        for action in Action::ALL {
            let is_bound = Context::ALL.into_iter().any(|context| has_key(context, *action));
            // The palette offers what is not for prompts, so only these need a key; ours have one all the same.
            let needs_key = action.is_for_prompts() || *name == "default";
            assert!(is_bound || !needs_key, "{}: no key for {}", name, action.name());
        }
        for context in Context::ALL.into_iter().filter(|context| !context.is_typing()) {
            for action in [Action::Palette, Action::SelectNext, Action::Back] {
                let is_hidden = context == Context::Help && action == Action::Palette;
                assert!(is_hidden || has_key(context, action), "{name}: {} in {}", action.name(), context.name());
            }
        }
    }
}

#[test]
fn contexts_are_well_formed() {
    assert_unique(Context::ALL);
    assert_unique(Context::ALL.map(Context::name));
    for (at, context) in Context::ALL.into_iter().enumerate() {
        assert_eq!(context as usize, at);
        assert_eq!(Context::from_name(context.name()), Some(context));
        assert_eq!((context.chain().first(), context.chain().last()), (Some(&context), Some(&Context::Global)));
        assert!(
            CONTEXT_TITLES.iter().any(|(known, _)| *known == context),
            "README has no title for {}",
            context.name()
        );
    }
}

#[test]
fn shipped_themes_and_keymaps_load_without_complaint() {
    assert_unique(theme::BUILTIN.iter().map(|(name, _)| name));
    assert_unique(keymap::BUILTIN.iter().map(|(name, _)| name));
    let shipped = |name: &str| theme::builtin(name).map(str::to_owned);
    for (name, text) in theme::BUILTIN {
        let (theme, diagnostics) = Theme::load(name, text, &shipped);
        assert!(is_name(name) && diagnostics.is_empty(), "{name}: {diagnostics:?}");
        assert_eq!(theme.name(), *name);
    }
    let (_, base) = keymap::BUILTIN[0];
    for (name, text) in keymap::BUILTIN {
        let layers = [("default", base), (*name, *text)];
        let (_, diagnostics) = Keymap::load(if *text == base { &layers[..1] } else { &layers });
        assert!(is_name(name) && diagnostics.is_empty(), "{name}: {diagnostics:?}");
    }
}

/// README must contain `wanted`.
fn assert_told(what: &str, wanted: &str) {
    assert!(readme().contains(wanted), "README does not have {what} as they are. It should say:\n\n{wanted}\n");
}

#[test]
fn readme_lists_the_sources() {
    let mut table = String::from("| scheme | example | what |\n| --- | --- | --- |\n");
    for kind in SOURCES {
        let schemes = kind.schemes().iter().map(|scheme| match *scheme {
            "" => "(none)".to_owned(),
            "-" => "`-`".to_owned(),
            scheme => format!("`{scheme}:`"),
        });
        let schemes = schemes.collect::<Vec<_>>().join(", ");
        writeln!(table, "| {schemes} | `{}` | {} |", kind.example(), kind.about()).unwrap();
    }
    assert_told("the sources", &table);
}

#[test]
fn readme_lists_the_keys() {
    let keymap = Keymap::shipped("default").unwrap();
    let file: toml::Table = keymap::BUILTIN[0].1.parse().unwrap();
    let mut told = 0;
    for (context, title) in CONTEXT_TITLES {
        let Some(own) = file.get(context.name()).and_then(toml::Value::as_table) else { continue };
        let own: HashSet<String> = own.keys().map(|keys| shown(keys)).collect();
        let mut rows: Vec<(Action, String, String, String)> = Vec::new();
        for binding in keymap.bindings(*context).iter().filter(|binding| own.contains(&binding.keys)) {
            let names =
                binding.actions.iter().map(|action| format!("`{}`", action.name())).collect::<Vec<_>>().join(", ");
            if let Some((_, _, keys, _)) = rows.iter_mut().find(|(_, known, _, _)| *known == names) {
                write!(keys, " `{}`", binding.keys).unwrap();
            } else {
                let about = binding.actions.iter().map(|action| action.about()).collect::<Vec<_>>().join(", then ");
                rows.push((binding.actions[0], names, format!("`{}`", binding.keys), about));
            }
        }
        rows.sort_by_key(|(action, ..)| Action::ALL.iter().position(|known| known == action));
        told += rows.len();
        let mut table = String::from("| key | action | what |\n| --- | --- | --- |\n");
        for (_, names, keys, about) in rows {
            writeln!(table, "| {keys} | {names} | {about} |").unwrap();
        }
        let readme = readme();
        let section = readme.split(&format!("\n### {title}\n")).nth(1).and_then(|rest| rest.split("\n#").next());
        assert!(
            section.is_some_and(|section| section.contains(&table)),
            "README does not have the keys `{title}` as they are. It should say:\n\n{table}\n"
        );
    }
    assert!(told >= Action::ALL.len() - 10, "only {told} rows of keys");
}

/// A sequence of keys as the screen shows it.
fn shown(keys: &str) -> String {
    keys.split_whitespace().map(|key| Key::parse(key).unwrap().to_string()).collect::<Vec<_>>().join(" ")
}

#[test]
fn readme_lists_formats_themes_and_keymaps() {
    for format in FORMATS {
        assert_told("all line formats", &format!("\n| `{}` | ", format.name()));
    }
    for list in [theme::BUILTIN, keymap::BUILTIN] {
        let names = list.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
        assert_told("all themes and keymaps", &format!("# {names}, or one of your own"));
    }
}
