//! One layer of settings, and what becomes of several: the last to speak wins, and who spoke is remembered.

use std::fmt;
use std::num::NonZeroU64;
use std::str::FromStr;

use super::columns::Columns;
use super::raw::Raw;
use super::rules::Packs;
use super::value::{Address, Size, TimeZone};
use super::{ConfigError, DropPolicy};

/// What one layer (the file, the environment, the flags) says. What it leaves unset is left to the layers below.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The theme's name.
    pub theme: Option<String>,
    /// The keymap's name.
    pub keymap: Option<String>,
    /// Whether to draw with ASCII only.
    pub ascii: Option<bool>,
    /// How points in time are shown.
    pub time: Option<TimeZone>,
    /// Whether to take the mouse.
    pub mouse: Option<bool>,
    /// Log lines a second that each source is let in; 0 is unlimited.
    pub max_lines_per_second: Option<u64>,
    /// Pending records that each source's queue holds at most.
    pub buffer_size: Option<NonZeroU64>,
    /// Pending records from which on a source is paused or refused.
    pub backpressure_limit: Option<NonZeroU64>,
    /// What gives way when a queue is full.
    pub drop_policy: Option<DropPolicy>,
    /// What the log store may hold.
    pub memory: Option<Size>,
    /// What the trace store may hold.
    pub trace_memory: Option<Size>,
    /// The built-in packs of rules that are in force.
    pub packs: Option<Packs>,
    /// Whether to listen for OTLP.
    pub otlp_listen: Option<bool>,
    /// Where to listen for OTLP over gRPC.
    pub otlp_grpc: Option<Address>,
    /// Where to listen for OTLP over HTTP.
    pub otlp_http: Option<Address>,
    /// The columns of the log pane.
    pub columns: Option<Columns>,
}

/// What the command line says: a layer of settings over all others.
pub type Flags = Settings;

/// Where a setting's value came from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Origin {
    /// Nobody said anything.
    Default,
    /// The config file of that path.
    File(String),
    /// An environment variable.
    Environment(&'static str),
    /// A flag on the command line.
    Flag,
}

/// One setting as it came out, for `config check`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Setting {
    /// Its name: the section and the key of the file, with a dot between.
    pub key: &'static str,
    /// Its value in words.
    pub value: String,
    /// Who said so.
    pub origin: Origin,
}

/// The layers, lowest first, and the settings that came out of them so far.
pub(super) struct Layers<'a> {
    pub(super) file: Option<(&'a str, Settings)>,
    pub(super) environment: Settings,
    pub(super) flags: &'a Settings,
    pub(super) settings: Vec<Setting>,
}

/// The environment's names for the settings, in one table with what reads them.
macro_rules! environment {
    ($($variable:literal = $key:literal $field:ident,)+) => {
        /// The environment variables that are read.
        pub const VARIABLES: &[&str] = &[$($variable),+];

        impl Settings {
            /// What the environment says; an empty variable says nothing.
            pub(super) fn from_environment(get: &dyn Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
                let mut settings = Self::default();
                $(settings.$field = variable($variable, get)?;)+
                Ok(settings)
            }
        }

        /// The variable that sets `key`.
        fn variable_of(key: &str) -> Option<&'static str> {
            [$(($key, $variable)),+].into_iter().find(|(known, _)| *known == key).map(|(_, variable)| variable)
        }
    };
}

environment! {
    "SPANTAIL_THEME" = "ui.theme" theme,
    "SPANTAIL_KEYMAP" = "ui.keymap" keymap,
    "SPANTAIL_ASCII" = "ui.ascii" ascii,
    "SPANTAIL_TIME" = "ui.time" time,
    "SPANTAIL_MOUSE" = "ui.mouse" mouse,
    "SPANTAIL_MAX_LINES_PER_SECOND" = "ingest.max_lines_per_second" max_lines_per_second,
    "SPANTAIL_BUFFER_SIZE" = "ingest.buffer_size" buffer_size,
    "SPANTAIL_BACKPRESSURE_LIMIT" = "ingest.backpressure_limit" backpressure_limit,
    "SPANTAIL_DROP_POLICY" = "ingest.drop_policy" drop_policy,
    "SPANTAIL_MEMORY" = "ingest.memory" memory,
    "SPANTAIL_TRACE_MEMORY" = "ingest.trace_memory" trace_memory,
    "SPANTAIL_OTLP_LISTEN" = "otlp.listen" otlp_listen,
    "SPANTAIL_OTLP_GRPC" = "otlp.grpc" otlp_grpc,
    "SPANTAIL_OTLP_HTTP" = "otlp.http" otlp_http,
}

impl From<&Raw> for Settings {
    fn from(raw: &Raw) -> Self {
        Self {
            theme: raw.ui.theme.clone(),
            keymap: raw.ui.keymap.clone(),
            ascii: raw.ui.ascii,
            time: raw.ui.time.as_ref().map(|time| time.0),
            mouse: raw.ui.mouse,
            max_lines_per_second: raw.ingest.max_lines_per_second,
            buffer_size: raw.ingest.buffer_size,
            backpressure_limit: raw.ingest.backpressure_limit,
            drop_policy: raw.ingest.drop_policy.as_ref().map(|policy| policy.0),
            memory: raw.ingest.memory.as_ref().map(|size| size.0),
            trace_memory: raw.ingest.trace_memory.as_ref().map(|size| size.0),
            // Their names are checked where the file's text is at hand.
            packs: None,
            otlp_listen: raw.otlp.listen,
            otlp_grpc: raw.otlp.grpc.as_ref().map(|address| address.0),
            otlp_http: raw.otlp.http.as_ref().map(|address| address.0),
            columns: raw.logs.columns.clone(),
        }
    }
}

impl Layers<'_> {
    /// The value of `key` that the highest layer gives, else `default`.
    pub(super) fn pick<T: fmt::Display>(
        &mut self,
        key: &'static str,
        default: T,
        get: impl Fn(&Settings) -> Option<T>,
    ) -> T {
        let from_flags = || get(self.flags).map(|value| (value, Origin::Flag));
        let from_environment = || {
            let origin = variable_of(key).map_or(Origin::Default, Origin::Environment);
            get(&self.environment).map(|value| (value, origin))
        };
        let from_file = || {
            let (path, settings) = self.file.as_ref()?;
            get(settings).map(|value| (value, Origin::File((*path).to_owned())))
        };
        let picked = from_flags().or_else(from_environment).or_else(from_file);
        let (value, origin) = picked.unwrap_or((default, Origin::Default));
        self.settings.push(Setting { key, value: value.to_string(), origin });
        value
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => f.write_str(path),
            Self::Environment(variable) => f.write_str(variable),
            Self::Flag => f.write_str("command line"),
        }
    }
}

fn variable<T>(name: &'static str, get: &dyn Fn(&str) -> Option<String>) -> Result<Option<T>, ConfigError>
where
    T: FromStr,
    T::Err: fmt::Display,
{
    let Some(text) = get(name).filter(|text| !text.is_empty()) else { return Ok(None) };
    let value =
        text.parse().map_err(|error: T::Err| ConfigError::Environment { variable: name, why: error.to_string() });
    value.map(Some)
}
