//! The shipped themes are whole and legible; wrong themes are told about, with their line.

use super::*;

fn shipped() -> impl Iterator<Item = Theme> {
    BUILTIN.iter().map(|(name, _)| Theme::shipped(name).unwrap())
}

fn resolver(name: &str) -> Option<String> {
    builtin(name).map(str::to_owned)
}

/// WCAG 2.2, "relative luminance" of an sRGB colour, 0 to 1.
fn luminance(color: Color) -> f64 {
    let (red, green, blue) = colour::rgb(color).expect("shipped themes write their colours out");
    let [red, green, blue] = [red, green, blue].map(|channel| {
        let channel = f64::from(channel) / 255.0;
        if channel <= 0.04045 { channel / 12.92 } else { ((channel + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/// WCAG 2.2, "contrast ratio", 1 to 21.
fn contrast(a: Color, b: Color) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// Foreground and ground that `role` ends up with when laid over `under` and the theme's ground.
fn seen(theme: &Theme, under: Role, role: Role) -> (Color, Color) {
    let style = theme.style(Role::Text).patch(theme.style(under)).patch(theme.style(role));
    (style.fg.unwrap(), style.bg.unwrap_or(theme.background()))
}

#[test]
fn every_shipped_theme_loads_clean_and_covers_every_role() {
    for (name, text) in BUILTIN {
        let (_, diagnostics) = Theme::load(name, text, &resolver);
        assert_eq!(diagnostics, [], "{name}");
        let sheets = collect(name, text, &resolver, &mut Vec::new());
        for role in Role::ALL {
            assert!(sheets.iter().any(|(.., sheet)| sheet.roles.contains_key(role)), "{name} lacks {}", role.name());
        }
    }
}

#[test]
fn the_list_of_shipped_themes_is_the_directory() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/themes");
    let mut files: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    files.sort();
    let mut listed: Vec<_> = BUILTIN.iter().map(|(name, _)| format!("{name}.toml")).collect();
    listed.sort();
    assert_eq!(files, listed);
}

#[test]
fn what_is_to_be_read_has_contrast() {
    for theme in shipped() {
        // What is not read but only seen may be weaker, yet not invisible.
        let (least, faintest) = if theme.name() == "high-contrast" { (7.0_f64, 6.0) } else { (4.5, 1.7) };
        for role in Role::ALL {
            let least = match role {
                Role::Text => 7.0,
                Role::Border | Role::Gutter | Role::HistogramEmpty => faintest,
                Role::Faint | Role::Bar | Role::LevelTrace | Role::LevelUnset => least.min(3.0).max(faintest),
                _ => least,
            };
            let (fg, bg) = seen(&theme, Role::Text, *role);
            let ratio = contrast(fg, bg);
            assert!(ratio >= least, "{}: {} has {ratio:.2}, needs {least}", theme.name(), role.name());
        }
    }
}

#[test]
fn a_selected_row_can_be_told_and_read() {
    for theme in shipped() {
        for selected in [Role::Selected, Role::SelectedUnfocused] {
            let (_, bg) = seen(&theme, Role::Text, selected);
            let ratio = contrast(bg, theme.background());
            assert!(ratio >= 1.12, "{}: {} is too like the ground: {ratio:.2}", theme.name(), selected.name());
            let inside = [Role::Text, Role::Error, Role::Warning, Role::LevelInfo, Role::Time, Role::Link];
            for role in inside.into_iter().chain(Role::SERVICES) {
                let (fg, bg) = seen(&theme, selected, role);
                let ratio = contrast(fg, bg);
                let (name, selected) = (theme.name(), selected.name());
                assert!(ratio >= 3.9, "{name}: {} in {selected} has {ratio:.2}", role.name());
            }
        }
    }
}

#[test]
fn services_differ_from_each_other_in_full_colour() {
    for theme in shipped() {
        for (index, one) in Role::SERVICES.iter().enumerate() {
            for other in &Role::SERVICES[index + 1..] {
                assert_ne!(theme.style(*one), theme.style(*other), "{}: {one:?} {other:?}", theme.name());
            }
        }
    }
}

#[test]
fn a_service_keeps_its_colour_for_good() {
    let expected = [("frontend", 2), ("checkout", 9), ("payment", 1), ("cart", 12), ("", 6)];
    let actual = expected.map(|(name, _)| (name, service_role(name) as usize - Role::Service1 as usize + 1));
    assert_eq!(actual, expected);
    let mut used = [0; 12];
    for index in 0..1200 {
        used[service_role(&format!("service-{index}")) as usize - Role::Service1 as usize] += 1;
    }
    assert!(used.iter().all(|count| (50..200).contains(count)), "{used:?}");
}

#[test]
fn without_colours_selection_errors_and_matches_still_show() {
    for theme in shipped() {
        let theme = theme.reduced(ColorDepth::None);
        for role in Role::ALL {
            let style = theme.style(*role);
            assert_eq!((style.fg, style.bg), (None, None), "{role:?}");
        }
        let plain = theme.style(Role::Text);
        let told = [Role::Selected, Role::Match, Role::MatchCurrent, Role::Error, Role::LevelFatal, Role::TabActive];
        for role in told.into_iter().chain([Role::Cursor, Role::BorderFocused, Role::CriticalPath, Role::Loss]) {
            assert_ne!(theme.style(role), plain, "{role:?}");
        }
        assert_ne!(theme.style(Role::Match), theme.style(Role::MatchCurrent));
        assert_ne!(theme.style(Role::Selected), theme.style(Role::SelectedUnfocused));
    }
}

#[test]
fn fewer_colours_hide_nothing() {
    for theme in shipped() {
        for depth in [ColorDepth::Ansi16, ColorDepth::Ansi256] {
            let reduced = theme.clone().reduced(depth);
            let ground = reduced.style(Role::Text).bg;
            for role in Role::ALL {
                let style = reduced.style(*role);
                assert!(![style.fg, style.bg].into_iter().flatten().any(|color| matches!(color, Color::Rgb(..))));
                let shows = style.bg.is_none() || style.fg != style.bg;
                assert!(shows, "{} {depth:?}: {} on itself", theme.name(), role.name());
                let vanishes = style.fg.is_some() && style.fg == style.bg.or(ground);
                assert!(!vanishes, "{} {depth:?}: {} vanishes", theme.name(), role.name());
            }
            let text = reduced.style(Role::Text);
            for role in [Role::Selected, Role::Match, Role::TabActive] {
                assert_ne!(text.patch(reduced.style(role)), text, "{} {depth:?}: {}", theme.name(), role.name());
            }
        }
        assert_eq!(theme.clone().reduced(ColorDepth::True), theme);
    }
}

#[test]
fn a_theme_is_laid_over_what_it_inherits() {
    let text = "inherits = \"dark\"\n[palette]\nbad = \"#ff0000\"\n[role]\ntitle = \"bad\"\n";
    let (theme, diagnostics) = Theme::load("mine", text, &resolver);
    assert_eq!(diagnostics, []);
    let dark = Theme::shipped("dark").unwrap();
    assert_eq!(theme.style(Role::Title).fg, Some(Color::Rgb(255, 0, 0)));
    assert_eq!(theme.style(Role::Error).fg, Some(Color::Rgb(255, 0, 0)), "the parent's roles see the new palette");
    assert_eq!(theme.style(Role::Text), dark.style(Role::Text));
    assert_eq!(theme.kind(), Kind::Dark);
}

#[test]
fn a_user_may_build_on_the_shipped_theme_of_the_same_name() {
    let text = "inherits = \"dark\"\n[role]\ntext = \"#ffffff\"\n";
    let (theme, diagnostics) = Theme::load("dark", text, &|_| Some(text.to_owned()));
    assert_eq!(diagnostics, []);
    assert_eq!(theme.style(Role::Text).fg, Some(Color::Rgb(255, 255, 255)));
    assert_eq!(theme.style(Role::Error), Theme::shipped("dark").unwrap().style(Role::Error));
}

#[test]
fn a_missing_role_falls_back_along_its_chain() {
    let (theme, diagnostics) = Theme::load("small", "[role]\ntext = \"white\"\nerror = \"red\"\n", &resolver);
    assert_eq!(diagnostics, []);
    assert_eq!(theme.style(Role::LevelFatal).fg, Some(Color::Red));
    assert_eq!(theme.style(Role::Service7).fg, Some(Color::Gray));
    let (empty, _) = Theme::load("empty", "", &resolver);
    assert!(Role::ALL.iter().all(|role| empty.style(*role) == Style::new()));
}

#[test]
fn what_is_wrong_is_told_with_its_place_and_the_rest_is_kept() {
    for (text, expected) in [
        ("kind = \"drak\"", "x.toml:1:8: unknown kind `drak`; did you mean `dark`?"),
        ("\n[roles]\n", "x.toml:2:2: unknown key `roles`; did you mean `role`?"),
        ("[role]\n\nerorr = \"red\"", "x.toml:3:1: unknown role `erorr`; did you mean `error`?"),
        ("[role]\ntext = \"rde\"", "x.toml:2:8: unknown colour `rde`; did you mean `red`?"),
        ("[palette]\nsand = \"#fff\"", "x.toml:2:8: a colour is `#` and six hex digits"),
        (
            "[palette]\nsand = \"#e0c58f\"\n[role]\ntext = \"snad\"",
            "x.toml:4:8: unknown colour `snad`; did you mean `sand`?",
        ),
        ("[role]\ntext = { fg = 1 }", "x.toml:2:15: a text is expected here, not integer"),
        ("[role]\ntext = { bold = \"yes\" }", "x.toml:2:17: `bold` is either true or false"),
        ("[role]\ntext = { blod = true }", "x.toml:2:10: unknown part of a style `blod`; did you mean `bold`?"),
        ("role = 3", "x.toml:1:8: a table is expected here, not integer"),
        ("inherits = \"drak\"", "x.toml:1:12: unknown theme `drak`; did you mean `dark`?"),
    ] {
        let text = format!("{text}\n");
        let (_, diagnostics) = Theme::load("x", &text, &resolver);
        assert_eq!(diagnostics.iter().map(ToString::to_string).collect::<Vec<_>>(), [expected], "{text}");
    }
    let (theme, diagnostics) = Theme::load("x", "[role]\nerror = \"red\"\ntext = = 1\n", &resolver);
    assert_eq!(diagnostics.first().map(|diagnostic| diagnostic.line), Some(3), "{diagnostics:?}");
    assert_eq!(theme.style(Role::Error).fg, Some(Color::Red));
}

#[test]
fn a_circle_of_themes_ends() {
    let circle = |name: &str| Some(format!("inherits = \"{}\"", if name == "a" { "b" } else { "a" }));
    let (_, diagnostics) = Theme::load("a", "inherits = \"b\"", &circle);
    assert_eq!(diagnostics.len(), 1);
    assert!(diagnostics[0].message.contains("circle"), "{}", diagnostics[0]);
}
