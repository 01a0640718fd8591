//! Which of Jaeger's two APIs a server has, and how an answer tells that it has not what was asked for.
//!
//! Up to 2.18 searches are best asked of the JSON API: api_v3 has no summaries there and passes over tags. From 2.19 on
//! api_v3 has all, and after 2.20 the JSON API can no longer be searched. Others (VictoriaTraces) have the JSON API alone. No
//! endpoint tells a version, so it is found out by asking, and remembered until an answer says otherwise.

use std::sync::atomic::{AtomicU8, Ordering};

use crate::source::backend::Answer;
use crate::source::retry::Trouble;
use crate::source::{Parameters, SourceError};

/// How a server is asked. The order is that of preference.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Api {
    /// api_v3 with summaries: Jaeger 2.19 and later.
    Summaries,
    /// `/api/…`: Jaeger up to 2.20, and others.
    Json,
    /// api_v3 without summaries.
    V3,
}

impl Api {
    /// All, in the order in which they are tried.
    const ALL: [Self; 3] = [Self::Summaries, Self::Json, Self::V3];

    /// What the parameter `api` asks for: [`Self::V3`] stands for both forms of it, `None` for whatever there is.
    pub(super) fn of(parameters: &Parameters) -> Result<Option<Self>, SourceError> {
        match parameters.text("api") {
            None | Some("auto") => Ok(None),
            Some("json") => Ok(Some(Self::Json)),
            Some("v3") => Ok(Some(Self::V3)),
            Some(other) => Err(SourceError::Spec(format!("api={other}: expected auto, json or v3"))),
        }
    }

    /// The question that tells whether a server has it: a search without anything is refused, but not unknown.
    pub(super) fn probe(self) -> &'static str {
        match self {
            Self::Summaries => "/api/v3/trace-summaries",
            Self::Json => "/api/services",
            Self::V3 => "/api/v3/services",
        }
    }
}

/// What is known of a server's API.
#[derive(Debug)]
pub(super) struct Known {
    /// What the user wants.
    wanted: Option<Api>,
    /// One above the place in [`Api::ALL`]; 0 where nothing is known yet.
    found: AtomicU8,
}

impl Known {
    pub(super) fn new(wanted: Option<Api>) -> Self {
        Self { wanted, found: AtomicU8::new(0) }
    }

    /// What it has, if that is known.
    pub(super) fn get(&self) -> Option<Api> {
        let found = usize::from(self.found.load(Ordering::Relaxed));
        Api::ALL.get(found.checked_sub(1)?).copied()
    }

    pub(super) fn set(&self, api: Api) {
        let place = Api::ALL.iter().zip(1_u8..).find(|(known, _)| **known == api);
        self.found.store(place.map_or(0, |(_, place)| place), Ordering::Relaxed);
    }

    pub(super) fn forget(&self) {
        self.found.store(0, Ordering::Relaxed);
    }

    /// What may be tried, the best first.
    pub(super) fn candidates(&self) -> impl Iterator<Item = Api> {
        let wanted = self.wanted;
        Api::ALL.into_iter().filter(move |api| match wanted {
            None => true,
            Some(Api::Json) => *api == Api::Json,
            Some(_) => *api != Api::Json,
        })
    }
}

/// Why a question brought nothing.
#[derive(Debug)]
pub(super) enum Failed {
    /// The server does not have this API.
    Absent(Trouble),
    /// It has, and something else is wrong.
    Trouble(Trouble),
}

impl From<Trouble> for Failed {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

impl From<Failed> for Trouble {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Absent(trouble) | Failed::Trouble(trouble) => trouble,
        }
    }
}

/// What VictoriaTraces says of what it does not have, with status 400.
const ABSENT: [&[u8]; 2] = [b"unsupported path", b"is not supported"];

/// Whether an answer says that there is nothing at this path, whatever was asked of it. `says`: whether the API itself speaks
/// in it.
///
/// A router knows no such path (404, 405, 501; VictoriaTraces says 400), and a server with a web page shows that
/// page for every path that it does not know, as a success.
pub(super) fn is_absent(answer: &Answer, says: impl Fn(&[u8]) -> bool) -> bool {
    let is_json = || answer.body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
    match answer.status.as_u16() {
        200 => !is_json(),
        404 | 405 | 410 | 501 => !says(&answer.body),
        400 => ABSENT.iter().any(|words| answer.body.windows(words.len()).any(|found| found == *words)),
        _ => false,
    }
}

/// The trouble with an answer that is no answer of this API.
pub(super) fn absent(answer: &Answer, path: &str) -> Failed {
    let trouble = if answer.status.is_success() {
        Trouble::lasting(format!(
            "{path} answers with something else than Jaeger's JSON; is this the right server and path?"
        ))
    } else {
        answer.trouble(None)
    };
    Failed::Absent(trouble)
}
