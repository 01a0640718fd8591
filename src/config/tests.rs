//! The layers are laid in order, and the example file tells the truth.

use super::*;

fn resolve(text: &str) -> Result<Config, ConfigError> {
    Config::resolve(Some(("config.toml", text)), &|_| None, &Flags::default())
}

#[test]
fn the_example_is_the_default() {
    let example = resolve(EXAMPLE).unwrap();
    let default = Config::resolve(None, &|_| None, &Flags::default()).unwrap();
    assert_eq!(example.ui, default.ui);
    assert_eq!(example.ingest, default.ingest);
    assert_eq!(example.otlp, default.otlp);
    assert_eq!(example.query, default.query);
    assert_eq!(example.logs, default.logs);
    assert_eq!(example.sources, default.sources);
    let rules = default.rules.rules().clone();
    assert_eq!(default.source_options(), SourceOptions { rules, ..SourceOptions::default() });
    assert_eq!(example.rules, default.rules);
    for setting in example.settings() {
        let is_written_out = setting.key != "ingest.backpressure_limit";
        assert_eq!(setting.origin != Origin::Default, is_written_out, "{}", setting.key);
    }
}

#[test]
fn aliases_of_keys_are_read() {
    let config = resolve("[query.aliases]\nwho = \"user.id\"\n\"req\" = \"http.route\"").unwrap();
    let aliases = [("req", "http.route"), ("who", "user.id")];
    assert_eq!(config.query.aliases, aliases.map(|(key, attribute)| (key.to_owned(), attribute.to_owned())));
    assert!(resolve("[query.aliases]\nwho = 7").unwrap_err().to_string().contains("query.aliases.who"));
    assert!(resolve("[query]\nalias = {}").unwrap_err().to_string().contains("aliases"));
}

#[test]
fn the_sources_of_the_example_can_be_uncommented() {
    let (_, sources) = EXAMPLE.split_once("#\n# [[source]]").unwrap();
    let commented = format!("# [[source]]{sources}");
    let lines: Vec<_> = commented.lines().map(|line| line.strip_prefix('#').unwrap()).collect();
    let config = resolve(&lines.join("\n")).unwrap();
    let utc = FixedOffset::east_opt(0).unwrap();
    let [files, docker, loki, jaeger] = &config.sources[..] else { panic!("{} sources", config.sources.len()) };
    let options = files.options(0, utc);
    assert_eq!((options.name.as_deref(), options.format.as_deref()), (Some("app"), Some("json")));
    assert_eq!((options.max_lines_per_second, options.drop_policy), (20_000, DropPolicy::Sample));
    assert_eq!(docker.options(1_000_000_000_000, utc).start, StartAt::Since(400_000_000_000));
    let parameters: Vec<_> = loki.options(0, utc).parameters.into_iter().collect();
    let parameters: Vec<_> = parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(parameters, [("query", "{app=\"checkout\"}"), ("token_env", "LOKI_TOKEN")]);
    assert!(jaeger.options(0, utc).parameters["link"].ends_with("/{trace_id}"));
}

#[test]
fn the_rule_of_the_example_can_be_uncommented() {
    let (_, rest) = EXAMPLE.split_once("#\n# [[rule]]").unwrap();
    let (rule, _) = rest.split_once("\n\n").unwrap();
    let rule: Vec<_> = rule.lines().map(|line| line.strip_prefix('#').unwrap_or(line)).collect();
    let config = resolve(&format!("[[rule]]{}", rule.join("\n"))).unwrap();
    assert_eq!(config.rules.rules().names().next(), Some("card-declined"));
    assert_eq!(config.rules.check().failures, []);
}

#[test]
fn flags_win_over_the_environment_over_the_file() {
    let text = "[ui]\ntheme = \"light\"\nkeymap = \"vim\"\ntime = \"utc\"\n[ingest]\nmemory = \"64MiB\"\n";
    let env = |name: &str| match name {
        "SPANTAIL_THEME" => Some("dusk".to_owned()),
        "SPANTAIL_KEYMAP" => Some("less".to_owned()),
        "SPANTAIL_ASCII" => Some("true".to_owned()),
        "SPANTAIL_TIME" => Some(String::new()),
        _ => None,
    };
    let flags = Flags { theme: Some("paper".to_owned()), ..Flags::default() };
    let config = Config::resolve(Some(("my.toml", text)), &env, &flags).unwrap();
    let seen: Vec<_> = config
        .settings()
        .iter()
        .filter(|setting| setting.origin != Origin::Default)
        .map(|setting| format!("{} = {} ({})", setting.key, setting.value, setting.origin))
        .collect();
    let expected = [
        "ui.theme = paper (command line)",
        "ui.keymap = less (SPANTAIL_KEYMAP)",
        "ui.ascii = true (SPANTAIL_ASCII)",
        "ui.time = utc (my.toml)",
        "ingest.memory = 64MiB (my.toml)",
    ];
    assert_eq!(seen, expected);
    assert_eq!(config.origin_of("ui.mouse"), Some(&Origin::Default));
    assert_eq!(config.origin_of("ui.muose"), None);
}

#[test]
fn every_variable_sets_a_setting() {
    for variable in VARIABLES {
        let value = match *variable {
            "SPANTAIL_THEME" | "SPANTAIL_KEYMAP" => "x",
            "SPANTAIL_ASCII" | "SPANTAIL_MOUSE" | "SPANTAIL_OTLP_LISTEN" => "true",
            "SPANTAIL_TIME" => "utc",
            "SPANTAIL_DROP_POLICY" => "newest",
            "SPANTAIL_MEMORY" | "SPANTAIL_TRACE_MEMORY" => "64MiB",
            "SPANTAIL_OTLP_GRPC" | "SPANTAIL_OTLP_HTTP" => "127.0.0.1:1",
            _ => "100",
        };
        let env = |name: &str| (name == *variable).then(|| value.to_owned());
        let config = Config::resolve(None, &env, &Flags::default()).unwrap();
        let set: Vec<_> = config.settings().iter().filter(|set| set.origin != Origin::Default).collect();
        assert_eq!(set.len(), 1, "{variable}");
        assert_eq!((set[0].value.as_str(), &set[0].origin), (value, &Origin::Environment(variable)));
    }
}

#[test]
fn a_wrong_variable_is_named() {
    for (variable, value, expected) in [
        ("SPANTAIL_MEMORY", "lots", "SPANTAIL_MEMORY: `lots` is no size; write it like `512MiB`, `64k` or `2GB`"),
        ("SPANTAIL_DROP_POLICY", "oldst", "SPANTAIL_DROP_POLICY: unknown drop policy `oldst`; did you mean `oldest`?"),
        ("SPANTAIL_BUFFER_SIZE", "0", "SPANTAIL_BUFFER_SIZE: number would be zero for non-zero type"),
        ("SPANTAIL_MEMORY", "1k", "ingest.memory (from SPANTAIL_MEMORY): 1KiB is too little; the least is 1MiB"),
    ] {
        let env = |name: &str| (name == variable).then(|| value.to_owned());
        let error = Config::resolve(None, &env, &Flags::default()).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn a_source_has_its_own_limits_below_the_flags() {
    let text = "[ingest]\nbuffer_size = 4000\n[[source]]\nuri = \"a\"\n[[source]]\nuri = \"b\"\nbuffer_size = 100\nmax_lines_per_second = 5\n";
    let utc = FixedOffset::east_opt(0).unwrap();
    let of = |flags: &Flags| {
        let config = Config::resolve(Some(("x", text)), &|_| None, flags).unwrap();
        let options = config.sources.iter().map(|source| source.options(0, utc));
        let limits = options.map(|o| (o.max_lines_per_second, o.buffer_size, o.backpressure_limit));
        limits.collect::<Vec<_>>()
    };
    assert_eq!(of(&Flags::default()), [(0, 4000, 3000), (5, 100, 75)]);
    let flags = Flags { max_lines_per_second: Some(9), buffer_size: NonZeroU64::new(8), ..Flags::default() };
    assert_eq!(of(&flags), [(9, 8, 6), (9, 8, 6)]);
}
