//! Message templates (messagetemplates.org), as Serilog writes them: `Hello, {User}`.

use std::borrow::Cow;

use crate::model::{Attributes, Value};

/// Fills the holes of `template` with the values of `fields`. `{User,10}`, `{@User}` and `{User:000}` only say how to print it;
/// what came out of the last kind may be given in `renderings`, in the order of the holes that say so. A hole without a field
/// stays as it is, and a doubled brace means one.
pub(super) fn fill<'a>(template: Cow<'a, str>, fields: &Attributes, renderings: &[Value]) -> Cow<'a, str> {
    if !template.contains(['{', '}']) {
        return template;
    }
    let mut renderings = renderings.iter();
    let mut out = String::with_capacity(template.len());
    let mut rest = &*template;
    while let Some((before, from)) = rest.find(['{', '}']).and_then(|at| rest.split_at_checked(at)) {
        out.push_str(before);
        rest = part(from, fields, &mut renderings, &mut out);
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Writes what the brace that `from` begins with stands for, and answers what follows.
fn part<'a>(
    from: &'a str,
    fields: &Attributes,
    renderings: &mut std::slice::Iter<'_, Value>,
    out: &mut String,
) -> &'a str {
    for brace in ["{", "}"] {
        if let Some(rest) = from.strip_prefix(brace).and_then(|rest| rest.strip_prefix(brace)) {
            out.push_str(brace);
            return rest;
        }
    }
    let Some((hole, rest)) = from.strip_prefix('{').and_then(|from| from.split_once('}')) else {
        let mut chars = from.chars();
        out.extend(chars.next());
        return chars.as_str();
    };
    let name = hole.split([':', ',']).next().unwrap_or(hole).trim_start_matches(['@', '$']);
    let rendering = if hole.contains(':') { renderings.next() } else { None };
    match rendering.or_else(|| fields.get(name)) {
        Some(value) => out.push_str(&value.to_string()),
        None => out.extend(["{", hole, "}"]),
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_are_filled_and_what_is_none_stays() {
        let fields: Attributes =
            [("User", Value::from("n")), ("N", Value::Int(7)), ("0", Value::from("zero"))].into_iter().collect();
        let renderings = [Value::from("007")];
        for (template, filled) in [
            ("Hello, {User}!", "Hello, n!"),
            ("{@User} {$N} {N,5} {0}", "n 7 7 zero"),
            ("{N:000} {N:000} {N}", "007 7 7"),
            ("{N:000} {Odd:0} {} {{User}} }}", "007 {Odd:0} {} {User} }"),
            ("{User", "{User"),
            ("} é {", "} é {"),
            ("", ""),
        ] {
            assert_eq!(fill(template.into(), &fields, &renderings), filled, "{template}");
        }
    }
}
