//! The roles that the program's text and lines play: all that code may say about looks.
//!
//! To add a role: one line in the table below. Its name in theme files and the chain it falls back along come from
//! that line; the shipped themes must then name it (a test says so).

use ratatui::style::Modifier;

/// Writes the enum, the names and the fallbacks from one table: `/// doc`, `Variant = "name" < Fallback [plain]`.
macro_rules! roles {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal < $fallback:ident [$($plain:ident)*];)+) => {
        /// What a piece of the screen is there for. A theme gives each role a style; a role that a theme leaves out
        /// takes the style of its [`Role::fallback`].
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Role { $($(#[doc = $doc])+ $variant,)+ }

        impl Role {
            /// All roles, in the order of their declaration.
            pub const ALL: &[Self] = &[$(Self::$variant),+];
            /// How many roles there are.
            pub const COUNT: usize = Self::ALL.len();

            /// The name in theme files, in kebab-case.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// The role whose style stands in where a theme has none for this one. Ends at [`Role::Text`], which
            /// stands in for itself.
            pub const fn fallback(self) -> Self {
                match self { $(Self::$variant => Self::$fallback,)+ }
            }

            /// What distinguishes the role where there are no colours at all.
            pub(super) const fn plain(self) -> Modifier {
                match self { $(Self::$variant => Modifier::empty()$(.union(Modifier::$plain))*,)+ }
            }
        }
    };
}

roles! {
    /// Ordinary text, and the ground that everything is drawn on.
    Text = "text" < Text [];
    /// Text of second rank: units, hints, what is beside the point.
    Muted = "muted" < Text [];
    /// Text of third rank: separators, ellipses, what only has to be there.
    Faint = "faint" < Muted [DIM];
    /// The frame of a pane.
    Border = "border" < Faint [];
    /// The frame of the pane that has the keys.
    BorderFocused = "border-focused" < Accent [BOLD];
    /// The title of a pane.
    Title = "title" < Muted [];
    /// The title of the pane that has the keys.
    TitleFocused = "title-focused" < BorderFocused [BOLD];
    /// A tab that is not shown.
    Tab = "tab" < Muted [];
    /// The tab that is shown.
    TabActive = "tab-active" < Selected [REVERSED];
    /// The selected row of the pane that has the keys.
    Selected = "selected" < Text [REVERSED];
    /// The selected row of a pane without the keys.
    SelectedUnfocused = "selected-unfocused" < Selected [UNDERLINED];
    /// Where a search or filter matches.
    Match = "match" < Accent [UNDERLINED];
    /// The match that the search stands on.
    MatchCurrent = "match-current" < Match [REVERSED BOLD];
    /// The caret of a prompt.
    Cursor = "cursor" < Text [REVERSED];
    /// The sign in front of what is typed: `/`, `&`, `:`.
    Prompt = "prompt" < Accent [BOLD];
    /// A row that the user marked.
    Marked = "marked" < Accent [BOLD];
    /// Well, up, live.
    Ok = "ok" < Accent [];
    /// Not well yet not broken.
    Warning = "warning" < Accent [BOLD];
    /// Broken, failed.
    Error = "error" < Warning [BOLD UNDERLINED];
    /// What should catch the eye without meaning good or bad.
    Accent = "accent" < Text [BOLD];
    /// The status bar.
    StatusBar = "status-bar" < Muted [REVERSED];
    /// A key in the status bar and in the help.
    StatusKey = "status-key" < Accent [BOLD];
    /// The level of a record without one.
    LevelUnset = "level-unset" < Muted [];
    /// The level trace.
    LevelTrace = "level-trace" < Faint [DIM];
    /// The level debug.
    LevelDebug = "level-debug" < Muted [];
    /// The level info.
    LevelInfo = "level-info" < Ok [];
    /// The level warn.
    LevelWarn = "level-warn" < Warning [BOLD];
    /// The level error.
    LevelError = "level-error" < Error [BOLD UNDERLINED];
    /// The level fatal.
    LevelFatal = "level-fatal" < LevelError [REVERSED BOLD];
    /// A timestamp.
    Time = "time" < Muted [];
    /// The name of a field or an attribute.
    FieldKey = "field-key" < Accent [];
    /// The value of a field or an attribute.
    FieldValue = "field-value" < Text [];
    /// A quoted text inside a line.
    String = "string" < FieldValue [];
    /// A number inside a line.
    Number = "number" < FieldValue [];
    /// A trace or span id, which can be followed.
    Link = "link" < Accent [UNDERLINED];
    /// The row that says where lines were lost.
    Loss = "loss" < Warning [REVERSED];
    /// A span on the critical path.
    CriticalPath = "critical-path" < Accent [BOLD];
    /// A span's bar off the critical path, where it does not take its service's colour.
    Bar = "bar" < Muted [];
    /// The margin: row markers, tree lines, scroll bars.
    Gutter = "gutter" < Faint [];
    /// A message to the user.
    Notice = "notice" < Accent [BOLD];
    /// The part of a histogram, a gauge or a sparkline without data.
    HistogramEmpty = "histogram-empty" < Faint [DIM];
    /// The first of twelve colours that services are told apart by.
    Service1 = "service-1" < Accent [];
    /// The second of the services' colours.
    Service2 = "service-2" < Accent [];
    /// The third of the services' colours.
    Service3 = "service-3" < Accent [];
    /// The fourth of the services' colours.
    Service4 = "service-4" < Accent [];
    /// The fifth of the services' colours.
    Service5 = "service-5" < Accent [];
    /// The sixth of the services' colours.
    Service6 = "service-6" < Accent [];
    /// The seventh of the services' colours.
    Service7 = "service-7" < Accent [];
    /// The eighth of the services' colours.
    Service8 = "service-8" < Accent [];
    /// The ninth of the services' colours.
    Service9 = "service-9" < Accent [];
    /// The tenth of the services' colours.
    Service10 = "service-10" < Accent [];
    /// The eleventh of the services' colours.
    Service11 = "service-11" < Accent [];
    /// The twelfth of the services' colours.
    Service12 = "service-12" < Accent [];
}

impl Role {
    /// The twelve colours that services are told apart by.
    pub const SERVICES: [Self; 12] = [
        Self::Service1,
        Self::Service2,
        Self::Service3,
        Self::Service4,
        Self::Service5,
        Self::Service6,
        Self::Service7,
        Self::Service8,
        Self::Service9,
        Self::Service10,
        Self::Service11,
        Self::Service12,
    ];

    /// The role that theme files call `name`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|role| role.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_chain_of_fallbacks_ends_at_text() {
        for role in Role::ALL {
            let mut end = *role;
            for _ in 0..Role::COUNT {
                end = end.fallback();
            }
            assert_eq!(end, Role::Text, "{role:?}");
        }
    }

    #[test]
    fn a_name_finds_its_role() {
        for (index, role) in Role::ALL.iter().enumerate() {
            assert_eq!(Role::from_name(role.name()), Some(*role));
            assert_eq!(*role as usize, index);
        }
        assert_eq!(Role::from_name("Text"), None);
    }
}
