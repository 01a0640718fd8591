//! What was found out about traces in the background: questions with their answers, the latest few.
//!
//! They belong to the screen as a whole and not to a view: going back does not take back an answer.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::analysis::question::{Answer, Question};

/// Answers that are kept: those of the views that one goes back and forth between.
const MAX_KEPT: usize = 8;

/// The answers so far.
#[derive(Debug, Default)]
pub struct Findings {
    answers: VecDeque<(Question, Arc<Answer>)>,
}

impl Findings {
    /// The latest answer to a question, if it was answered.
    pub fn of(&self, question: &Question) -> Option<&Arc<Answer>> {
        self.answers.iter().find(|(asked, _)| asked == question).map(|(_, answer)| answer)
    }

    /// Takes in an answer; it takes the place of those that nobody needs any more.
    pub fn answered(&mut self, question: Question, answer: Answer) {
        self.answers.retain(|(asked, _)| !question.replaces(asked));
        self.answers.push_front((question, Arc::new(answer)));
        self.answers.truncate(MAX_KEPT);
    }
}
