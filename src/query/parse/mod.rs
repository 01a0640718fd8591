//! Tokens to a tree, by recursive descent.

use std::ops::Range;

use super::ast::{Expr, ExprKind, Query};
use super::error::QueryError;
use super::lex::{Token, TokenKind, lex};

/// Parentheses and negations within each other, at most: the tree is walked by recursion.
const MAX_DEPTH: usize = 64;
/// Bytes of a query, at most.
const MAX_BYTES: usize = 16 << 10;

/// Reads a query. Empty input is the query that everything matches. Time grows with the length of the input.
pub fn parse(text: &str) -> Result<Query, QueryError> {
    if text.len() > MAX_BYTES {
        return Err(QueryError::new(0..text.len(), "the query is too long", format!("at most {MAX_BYTES} bytes")));
    }
    let tokens = lex(text)?;
    let mut parser = Parser { tokens: &tokens, at: 0, depth: 0, end: text.len() };
    if tokens.is_empty() {
        return Ok(Query::default());
    }
    let root = parser.any_of()?;
    match parser.peek() {
        None => Ok(Query { root: Some(root) }),
        Some(token) => Err(QueryError::new(token.span.clone(), "there is nothing to close", "a term or the end")),
    }
}

struct Parser<'a> {
    tokens: &'a [Token],
    at: usize,
    depth: usize,
    end: usize,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<&'a Token> {
        self.tokens.get(self.at)
    }

    fn accept(&mut self, kind: &TokenKind) -> Option<&'a Token> {
        let token = self.peek().filter(|token| token.kind == *kind)?;
        self.at += 1;
        Some(token)
    }

    fn any_of(&mut self) -> Result<Expr, QueryError> {
        let mut parts = vec![self.all_of()?];
        while let Some(or) = self.accept(&TokenKind::Or) {
            self.needs_term(or, "OR")?;
            parts.push(self.all_of()?);
        }
        Ok(join(parts, ExprKind::Or))
    }

    fn all_of(&mut self) -> Result<Expr, QueryError> {
        let mut parts = vec![self.negation()?];
        loop {
            if let Some(and) = self.accept(&TokenKind::And) {
                self.needs_term(and, "AND")?;
            } else if self.peek().is_none_or(|token| matches!(token.kind, TokenKind::Or | TokenKind::Close)) {
                return Ok(join(parts, ExprKind::And));
            }
            parts.push(self.negation()?);
        }
    }

    fn negation(&mut self) -> Result<Expr, QueryError> {
        let Some(token) = self.peek() else { return Err(self.missing_term()) };
        match &token.kind {
            TokenKind::Minus => {
                self.at += 1;
                let adjacent = self.peek().is_some_and(|next| next.span.start == token.span.end);
                if !adjacent {
                    let expected = "a term right after the minus, or \"-\" to search for it";
                    return Err(QueryError::new(token.span.clone(), "nothing follows -", expected));
                }
                self.not(token.span.start)
            }
            TokenKind::Not => {
                self.at += 1;
                self.needs_term(token, "NOT")?;
                self.not(token.span.start)
            }
            _ => self.primary(token),
        }
    }

    fn not(&mut self, start: usize) -> Result<Expr, QueryError> {
        let inner = self.nested(start..self.end, Self::negation)?;
        Ok(Expr { span: start..inner.span.end, kind: ExprKind::Not(Box::new(inner)) })
    }

    fn primary(&mut self, token: &Token) -> Result<Expr, QueryError> {
        let kind = match &token.kind {
            TokenKind::Open => return self.group(token),
            TokenKind::Text(text) => ExprKind::Text(text.clone()),
            TokenKind::Regex(regex) => ExprKind::Regex(regex.clone()),
            TokenKind::Field(field) => ExprKind::Field(field.clone()),
            TokenKind::And => return Err(dangling(token, "nothing precedes AND")),
            TokenKind::Or => return Err(dangling(token, "nothing precedes OR")),
            TokenKind::Close => return Err(dangling(token, "there is nothing to close")),
            TokenKind::Minus | TokenKind::Not => return Err(dangling(token, "a negation is out of place")),
        };
        self.at += 1;
        Ok(Expr { span: token.span.clone(), kind })
    }

    fn group(&mut self, open: &Token) -> Result<Expr, QueryError> {
        self.at += 1;
        if let Some(close) = self.accept(&TokenKind::Close) {
            return Err(QueryError::new(open.span.start..close.span.end, "the parentheses are empty", "a term inside"));
        }
        if self.peek().is_none() {
            return Err(QueryError::new(open.span.clone(), "the parenthesis is not closed", "a term and )"));
        }
        let mut inner = self.nested(open.span.clone(), Self::any_of)?;
        let Some(close) = self.accept(&TokenKind::Close) else {
            return Err(QueryError::new(open.span.clone(), "the parenthesis is not closed", "a closing )"));
        };
        inner.span = open.span.start..close.span.end;
        Ok(inner)
    }

    fn nested(
        &mut self,
        span: Range<usize>,
        read: fn(&mut Self) -> Result<Expr, QueryError>,
    ) -> Result<Expr, QueryError> {
        if self.depth == MAX_DEPTH {
            return Err(QueryError::new(span, "the query is nested too deeply", format!("at most {MAX_DEPTH} levels")));
        }
        self.depth += 1;
        let expr = read(self);
        self.depth -= 1;
        expr
    }

    /// Refuses an operator at the end or before another that takes no term from it.
    fn needs_term(&self, operator: &Token, name: &str) -> Result<(), QueryError> {
        let follows = self.peek().map(|token| &token.kind);
        if matches!(follows, None | Some(TokenKind::And | TokenKind::Or | TokenKind::Close)) {
            return Err(dangling(operator, &format!("nothing follows {name}")));
        }
        Ok(())
    }

    fn missing_term(&self) -> QueryError {
        QueryError::new(self.end..self.end, "a term is missing", "a word, \"a phrase\", /a regex/ or key:value")
    }
}

fn dangling(token: &Token, message: &str) -> QueryError {
    let expected = "a word, \"a phrase\", /a regex/ or key:value there; quotes to search for the word itself";
    QueryError::new(token.span.clone(), message, expected)
}

fn join(mut parts: Vec<Expr>, kind: fn(Vec<Expr>) -> ExprKind) -> Expr {
    if parts.len() == 1 {
        return parts.swap_remove(0);
    }
    let start = parts.first().map_or(0, |part| part.span.start);
    let end = parts.last().map_or(start, |part| part.span.end);
    Expr { span: start..end, kind: kind(parts) }
}

#[cfg(test)]
mod tests;
