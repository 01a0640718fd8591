//! A query's tree to a plan's: text to patterns, fields to tests, and everything into the cheapest order.

use super::field::compile_field;
use super::test::Test;
use super::{CompileContext, Node};
use crate::query::ast::{Expr, ExprKind, Query};
use crate::query::error::QueryError;
use crate::query::pattern::Pattern;

/// What compiling collects on its way.
pub(super) struct Compiler<'a> {
    pub(super) context: &'a CompileContext,
    /// Tests of names so far.
    pub(super) name_slots: usize,
    /// What to highlight.
    pub(super) highlights: Vec<Pattern>,
    is_negated: bool,
}

/// The plan's root and what it highlights.
pub(super) fn compile(query: &Query, context: &CompileContext) -> Result<(Node, Vec<Pattern>), QueryError> {
    let mut compiler = Compiler { context, name_slots: 0, highlights: Vec::new(), is_negated: false };
    let root = query.root.as_ref().map_or(Ok(Node::All(Vec::new())), |root| compiler.node(root))?;
    Ok((root, compiler.highlights))
}

impl Compiler<'_> {
    fn node(&mut self, expr: &Expr) -> Result<Node, QueryError> {
        Ok(match &expr.kind {
            ExprKind::And(parts) => Node::All(self.by_cost(parts)?),
            ExprKind::Or(parts) => Node::Any(self.by_cost(parts)?),
            ExprKind::Not(inner) => {
                self.is_negated = !self.is_negated;
                let inner = self.node(inner);
                self.is_negated = !self.is_negated;
                Node::Not(Box::new(inner?))
            }
            ExprKind::Text(text) if text.is_empty() => Node::All(Vec::new()),
            ExprKind::Text(text) => {
                let pattern = Pattern::literal(text);
                self.highlight(&pattern);
                Node::from(Test::Text(Box::new(pattern)))
            }
            ExprKind::Regex(regex) => {
                let pattern = regex_at(regex, &expr.span)?;
                self.highlight(&pattern);
                Node::from(Test::Text(Box::new(pattern)))
            }
            ExprKind::Field(field) => compile_field(self, field)?,
        })
    }

    fn by_cost(&mut self, parts: &[Expr]) -> Result<Vec<Node>, QueryError> {
        let mut nodes = parts.iter().map(|part| self.node(part)).collect::<Result<Vec<_>, _>>()?;
        nodes.sort_by_key(Node::cost);
        Ok(nodes)
    }

    pub(super) fn highlight(&mut self, pattern: &Pattern) {
        if !self.is_negated {
            self.highlights.push(pattern.clone());
        }
    }
}

/// A regex, or an error that underlines `span`.
pub(super) fn regex_at(regex: &str, span: &std::ops::Range<usize>) -> Result<Pattern, QueryError> {
    Pattern::regex(regex).map_err(|what| {
        QueryError::new(span.clone(), format!("the regex is wrong: {what}"), "a regex of Rust's syntax")
    })
}
