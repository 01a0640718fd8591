//! What systems that hold traces tell of the calls between services: whom one asked, when, and what each said.

use crate::model::{Dependency, Nanos, Window};

/// The time that is asked about: the last hour.
pub const ASKED_ABOUT: Nanos = 3_600_000_000_000;
/// What is known is asked for again when it is older than this.
const FRESH_FOR: Nanos = 60_000_000_000;
/// Calls of one system that are kept: more than can be drawn.
const MAX_CALLS: usize = 4096;

/// The calls between services that systems tell of.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ToldCalls {
    asked_at: Option<Nanos>,
    systems: Vec<Teller>,
}

/// One system.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Teller {
    /// Its label.
    pub backend: String,
    /// How far it is.
    pub state: TellerState,
    /// What it told last.
    pub calls: Vec<Dependency>,
}

/// How far a system is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TellerState {
    /// It is asked.
    Asked,
    /// It has told.
    Told,
    /// Something is wrong.
    Failed(String),
}

impl ToldCalls {
    /// Whether it is time to ask.
    pub fn is_due(&self, now: Nanos) -> bool {
        self.asked_at.is_none_or(|at| now.saturating_sub(at) >= FRESH_FOR)
    }

    /// Notes that all of these are asked `now`; gives those that are to be asked, as they are not being asked already, and
    /// the time to ask about. What a system told before stays until it tells anew; one that is gone is forgotten.
    pub fn ask(&mut self, now: Nanos, all: Vec<String>) -> (Window, Vec<String>) {
        self.systems.retain(|system| all.contains(&system.backend));
        let mut to_ask = Vec::new();
        for backend in all {
            match self.systems.iter_mut().find(|system| system.backend == backend) {
                Some(system) if system.state == TellerState::Asked => {}
                Some(system) => {
                    system.state = TellerState::Asked;
                    to_ask.push(backend);
                }
                None => {
                    let system = Teller { backend: backend.clone(), state: TellerState::Asked, calls: Vec::new() };
                    self.systems.push(system);
                    to_ask.push(backend);
                }
            }
        }
        self.asked_at = (!self.systems.is_empty()).then_some(now);
        (Window { from: now.saturating_sub(ASKED_ABOUT), to: now }, to_ask)
    }

    /// Takes in what a system told. Of more than can be drawn the most frequent calls are kept.
    pub fn answered(&mut self, backend: &str, result: Result<Vec<Dependency>, String>) {
        let Some(system) = self.systems.iter_mut().find(|system| system.backend == backend) else { return };
        match result {
            Ok(mut calls) => {
                if calls.len() > MAX_CALLS {
                    calls.sort_by_key(|call| std::cmp::Reverse(call.calls));
                    calls.truncate(MAX_CALLS);
                }
                (system.state, system.calls) = (TellerState::Told, calls);
            }
            Err(why) => system.state = TellerState::Failed(why),
        }
    }

    /// Each system that was asked.
    pub fn systems(&self) -> &[Teller] {
        &self.systems
    }

    /// Whether an answer is waited for.
    pub fn is_waiting(&self) -> bool {
        self.systems.iter().any(|system| system.state == TellerState::Asked)
    }
}
