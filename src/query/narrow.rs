//! What a query asks for that a system with traces can be asked for as well: the tests that must all hold.
//!
//! Such systems know a service, an operation, attributes, a duration and a verdict. Everything else (words, regexes,
//! alternatives, what is negated) is left to [`Plan::matches_trace`](super::Plan::matches_trace) over what they answer.

use super::ast::{Comparison, Expr, ExprKind, Field, ItemKind, Query, field_text, quote};
use super::key::Key;
use super::lex::key_at;
use super::number::{self, Unit};
use crate::model::TraceQuery;

/// Puts into `wanted` what `query` demands. What stands in `wanted` already stays; answers whether everything that the query
/// demands could be put there.
pub fn narrow(query: &Query, wanted: &mut TraceQuery) -> bool {
    query.root.as_ref().is_none_or(|root| demand(root, wanted))
}

/// The query that demands what `wanted` does, but for its time: for traces that are in memory.
pub fn demanded(wanted: &TraceQuery) -> String {
    let fields = [("service", &wanted.service), ("op", &wanted.operation)];
    let fields = fields.into_iter().filter_map(|(key, value)| Some(field_text(key, value.as_deref()?)));
    let tags = wanted.tags.iter().map(|(key, value)| match Key::of(key) {
        Key::Attribute | Key::Host | Key::Status | Key::Kind if key_at(&format!("{key}:_")) == Some(key) => {
            field_text(key, value)
        }
        // The language has no word for this attribute: its name and its value occur.
        _ => format!("{} {}", quote(key), quote(value)),
    });
    let least = wanted.min_duration.map(|nanos| format!("duration:>={nanos}ns"));
    let most = wanted.max_duration.map(|nanos| format!("duration:<={nanos}ns"));
    let verdict = wanted.is_error.then(|| "status:error".to_owned());
    fields.chain(tags).chain(least).chain(most).chain(verdict).collect::<Vec<_>>().join(" ")
}

fn demand(part: &Expr, wanted: &mut TraceQuery) -> bool {
    match &part.kind {
        // Every part is to be taken, whether or not the ones before could be.
        ExprKind::And(all) => all.iter().filter(|part| !demand(part, wanted)).count() == 0,
        ExprKind::Field(field) => demand_field(field, wanted).is_some(),
        ExprKind::Or(_) | ExprKind::Not(_) | ExprKind::Text(_) | ExprKind::Regex(_) => false,
    }
}

fn demand_field(field: &Field, wanted: &mut TraceQuery) -> Option<()> {
    let [item] = field.items.as_slice() else { return None };
    match (Key::of(&field.key), &item.kind) {
        (Key::Service, ItemKind::Equals(name)) => set(&mut wanted.service, name.clone()),
        (Key::Op, ItemKind::Equals(name)) => set(&mut wanted.operation, name.clone()),
        (Key::Status, ItemKind::Equals(verdict)) if verdict.eq_ignore_ascii_case("error") => {
            wanted.is_error = true;
            Some(())
        }
        (Key::Duration, ItemKind::Compare(comparison, text)) => {
            let bound = nanos(text)?;
            match comparison {
                Comparison::More | Comparison::AtLeast => set(&mut wanted.min_duration, bound)?,
                Comparison::Less | Comparison::AtMost => set(&mut wanted.max_duration, bound)?,
            }
            Some(())
        }
        (Key::Duration, ItemKind::Range(from, to)) => {
            let bound = |end: &Option<String>| end.as_ref().map_or(Some(None), |text| nanos(text).map(Some));
            let (from, to) = (bound(from)?, bound(to)?);
            from.map_or(Some(()), |from| set(&mut wanted.min_duration, from))?;
            to.map_or(Some(()), |to| set(&mut wanted.max_duration, to))
        }
        (Key::Attribute, ItemKind::Equals(value)) => {
            wanted.tags.push((field.key.clone(), value.clone()));
            Some(())
        }
        _ => None,
    }
}

/// Sets what is not set; what is set to something else can not be demanded as well.
fn set<T: PartialEq>(place: &mut Option<T>, value: T) -> Option<()> {
    if place.as_ref().is_some_and(|known| *known != value) {
        return None;
    }
    *place = Some(value);
    Some(())
}

fn nanos(text: &str) -> Option<i64> {
    let quantity = number::quantity(text).filter(|quantity| quantity.unit == Unit::Duration)?;
    #[expect(clippy::cast_possible_truncation, reason = "what is out of range becomes the longest there is")]
    let nanos = quantity.value.round() as i64;
    Some(nanos)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Window;
    use crate::query::parse;

    fn narrowed(text: &str) -> (TraceQuery, bool) {
        let mut wanted = TraceQuery::all(Window { from: 0, to: 1 }, 20);
        let is_whole = narrow(&parse(text).unwrap(), &mut wanted);
        (wanted, is_whole)
    }

    #[test]
    fn what_must_hold_is_taken_and_the_rest_left() {
        let (wanted, is_whole) =
            narrowed(r#"service:cart op:"GET /" status:error duration:>=1.5s http.status_code:502 error.type:"a b""#);
        assert!(is_whole);
        assert_eq!(narrowed(&demanded(&wanted)), (wanted.clone(), true));
        assert_eq!((wanted.service.as_deref(), wanted.operation.as_deref()), (Some("cart"), Some("GET /")));
        assert_eq!((wanted.is_error, wanted.min_duration, wanted.max_duration), (true, Some(1_500_000_000), None));
        let tags = wanted.tags.iter().map(|(key, value)| (&**key, &**value)).collect::<Vec<_>>();
        assert_eq!(tags, [("http.status_code", "502"), ("error.type", "a b")]);
        let (wanted, is_whole) = narrowed("duration:10ms..2s timeout");
        assert_eq!(
            (wanted.min_duration, wanted.max_duration, is_whole),
            (Some(10_000_000), Some(2_000_000_000), false)
        );
        let (wanted, is_whole) = narrowed("caller:frontend service:cart");
        assert_eq!((wanted.service.as_deref(), &*wanted.tags, is_whole), (Some("cart"), &[][..], false));
        let tags = [("level", "high"), ("a b", "c"), ("x(y", "1"), ("status", "odd")];
        let tags = tags.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
        let odd = TraceQuery { tags, ..TraceQuery::all(Window { from: 0, to: 1 }, 20) };
        assert_eq!(demanded(&odd), r#"level high "a b" c "x(y" 1 status:odd"#);
        for text in
            ["service:a,b", "service:a*", "-service:a", "service:a OR service:b", "/x/", "status:ok", "duration:5"]
        {
            assert_eq!(narrowed(text), (TraceQuery::all(Window { from: 0, to: 1 }, 20), false), "{text}");
        }
        assert_eq!(narrowed(""), (TraceQuery::all(Window { from: 0, to: 1 }, 20), true));
        let (wanted, is_whole) = narrowed("service:a service:b duration:..1s");
        assert_eq!((wanted.service.as_deref(), wanted.max_duration, is_whole), (Some("a"), Some(1_000_000_000), false));
    }
}
