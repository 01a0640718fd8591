//! What every match of a pattern contains: the literals by which a line that can not match is told at little cost.

use regex_syntax::hir::{Class, Hir, HirKind};

/// Shorter literals stand in too many lines to tell anything.
const SHORTEST: usize = 3;
/// More alternatives than this are no faster to look for than the pattern itself.
const MOST: usize = 48;

/// Literals of which one, in any case of its ASCII letters, stands in every match; `None` when nothing is known. Linear in
/// the size of the pattern.
pub(super) fn needed(hir: &Hir) -> Option<Vec<String>> {
    best_of(hir).filter(|literals| shortest(literals) >= SHORTEST)
}

/// The most telling set of literals that can be seen in sequences, groups and alternatives.
fn best_of(hir: &Hir) -> Option<Vec<String>> {
    match hir.kind() {
        HirKind::Literal(_) | HirKind::Class(_) => texts([exact(hir)?]),
        HirKind::Capture(group) => best_of(&group.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => best_of(&repetition.sub),
        HirKind::Concat(parts) => of_sequence(parts),
        HirKind::Alternation(parts) => {
            let mut all = Vec::new();
            for part in parts {
                all.extend(best_of(part)?);
            }
            all.sort_unstable();
            all.dedup();
            (all.len() <= MOST).then_some(all)
        }
        _ => None,
    }
}

/// Of a sequence the best of its runs of fixed text and of what its other parts need.
fn of_sequence(parts: &[Hir]) -> Option<Vec<String>> {
    let mut candidates = Vec::new();
    let mut run = Vec::new();
    for part in parts {
        if let Some(text) = exact(part) {
            run.extend(text);
        } else {
            candidates.extend(texts([std::mem::take(&mut run)]));
            candidates.extend(best_of(part));
        }
    }
    candidates.extend(texts([run]));
    candidates.into_iter().max_by_key(|literals| (shortest(literals), usize::MAX - literals.len()))
}

fn shortest(literals: &[String]) -> usize {
    literals.iter().map(String::len).min().unwrap_or_default()
}

fn texts<const N: usize>(runs: [Vec<u8>; N]) -> Option<Vec<String>> {
    runs.into_iter().map(|run| String::from_utf8(run).ok().filter(|text| !text.is_empty())).collect()
}

/// The one text that `hir` matches, letters in lower case, if it is but one; what has no width is empty.
fn exact(hir: &Hir) -> Option<Vec<u8>> {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => Some(Vec::new()),
        HirKind::Literal(literal) => Some(literal.0.to_ascii_lowercase()),
        HirKind::Class(class) => one_letter(class).map(|letter| vec![letter]),
        HirKind::Capture(group) => exact(&group.sub),
        HirKind::Concat(parts) => parts.iter().map(exact).collect::<Option<Vec<_>>>().map(|parts| parts.concat()),
        _ => None,
    }
}

/// The letter of a class that is but the two cases of one. The long s and the Kelvin sign, which Unicode takes for cases
/// of `s` and `k`, stand in no log.
fn one_letter(class: &Class) -> Option<u8> {
    const ODD: [char; 2] = ['\u{17f}', '\u{212a}'];
    let members: Vec<char> = match class {
        Class::Unicode(class) => class.iter().flat_map(|range| range.start()..=range.end()).take(5).collect(),
        Class::Bytes(class) => {
            class.iter().flat_map(|range| range.start()..=range.end()).map(char::from).take(5).collect()
        }
    };
    let plain: Vec<char> = members.into_iter().filter(|c| !ODD.contains(c)).collect();
    match plain.as_slice() {
        [upper, lower] if upper.is_ascii_alphabetic() && upper.eq_ignore_ascii_case(lower) => {
            u8::try_from(*lower).ok().map(|letter| letter.to_ascii_lowercase())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_every_match_has_is_seen() {
        for (pattern, literals) in [
            ("connection refused", Some("connection refused")),
            ("(?i)Connection Refused|ECONNREFUSED", Some("connection refused, econnrefused")),
            (r"\bTool (?<tool>\w+) called", Some(" called")),
            (r"(?i)(?:dns|host) (not found|unknown)", Some("not found, unknown")),
            (r"a|bcd", None),
            (r"\d+ms", None),
            (r"(?:oops)+ \d", Some("oops")),
            (r"x?(?i:kiss)", Some("kiss")),
            (r"(abc)?\d", None),
            (r"\w+", None),
        ] {
            let hir = regex_syntax::parse(pattern).unwrap();
            assert_eq!(needed(&hir).map(|found| found.join(", ")).as_deref(), literals, "{pattern}");
        }
    }
}
