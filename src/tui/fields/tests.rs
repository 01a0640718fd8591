//! The list of fields: trees that fold, values higher than the screen, and names that can not be asked for.

use super::*;
use crate::model::{Attributes, Value};

fn map(json: &str) -> Attributes {
    let line = crate::parse::read(crate::parse::format_by_name("json").unwrap(), json.as_bytes());
    line.fields
}

fn rows(json: &str) -> Vec<Field> {
    let mut out = Vec::new();
    attributes(&map(json), 0, &mut out);
    out
}

fn labels(list: &FieldList) -> Vec<String> {
    list.visible.iter().map(|at| list.fields[*at].label.clone()).collect()
}

#[test]
fn nested_values_are_rows_with_their_way() {
    let fields = rows(r#"{"a":{"b":{"c":1}},"list":[7,{"id":"x","deep":[true]}],"s":"{\"k\":[2]}","n":null}"#);
    let told: Vec<_> = fields
        .iter()
        .map(|field| {
            let asked = match field.asked {
                Asked::Value => "=",
                Asked::Presence => "*",
                Asked::Never(_) => "-",
            };
            let column = field.column.as_deref().unwrap_or("-");
            format!("{} {} {} {asked} {column}", field.depth, field.label, field.key)
        })
        .collect();
    let expected = [
        "0 a a * a",
        "1 b a.b * a.b",
        "2 c a.b.c = a.b.c",
        "0 list list * list",
        "1 [0] list = list[0]",
        "1 [1] list - list[1]",
        "2 id  - list[1].id",
        "2 deep  - list[1].deep",
        "3 [0]  - list[1].deep[0]",
        "0 s s = s",
        "1 k  - -",
        "2 [0]  - -",
        "0 n n - n",
    ];
    assert_eq!(told, expected);
    let known = map(r#"{"a":{"b":{"c":1}},"list":[7,{"id":"x","deep":[true]}]}"#);
    for field in &fields[..9] {
        let column = field.column.as_deref().unwrap();
        assert_eq!(lookup(&known, column).map(ToString::to_string).as_ref(), Some(&field.value), "{column}");
    }
    let dotted = map(r#"{"a":{"b":{"c":1}},"a.b":{"d":2}}"#);
    assert_eq!((lookup(&dotted, "a.b.d"), lookup(&dotted, "a.b.c")), (Some(&Value::Int(2)), Some(&Value::Int(1))));
    for wrong in ["", "a.", "a.x", "list[2]", "list[1", "list[-1]", "list[0].id", "list.0", "[0]", "a[0]", "."] {
        assert_eq!(lookup(&known, wrong), None, "{wrong}");
    }
}

#[test]
fn what_is_folded_hides_what_is_below_and_the_keys_go_through_the_tree() {
    let mut list = FieldList::new(rows(r#"{"a":{"b":{"c":1},"d":2},"e":3}"#));
    list.project(80, 10);
    assert_eq!(labels(&list), ["a", "b", "c", "d", "e"]);
    for (action, selected, visible) in [
        (Action::Expand, "b", 5),
        (Action::Collapse, "b", 4),
        (Action::SelectNext, "d", 4),
        (Action::Collapse, "a", 4),
        (Action::ToggleCollapse, "a", 2),
        (Action::SelectNext, "e", 2),
        (Action::Expand, "e", 2),
        (Action::SelectPrevious, "a", 2),
        (Action::ToggleCollapse, "a", 4),
        (Action::SelectNext, "b", 4),
        (Action::Expand, "b", 5),
        (Action::Expand, "c", 5),
        (Action::ToggleCollapse, "b", 4),
    ] {
        assert!(list.navigate(action));
        assert_eq!((list.selected().unwrap().label.as_str(), labels(&list).len()), (selected, visible), "{action:?}");
    }
    assert!(!list.navigate(Action::Copy));
}

#[test]
fn other_fields_are_folded_alike_and_the_same_one_stays_selected() {
    let mut list = FieldList::new(rows(r#"{"a":{"b":1,"c":2},"m":{"x":1},"e":3}"#));
    list.project(80, 10);
    list.navigate(Action::SelectNext);
    list.navigate(Action::SelectNext);
    list.replace(rows(r#"{"new":0,"a":{"c":5},"m":{"x":1}}"#));
    assert_eq!(list.selected().unwrap().value, "5");
    list.navigate(Action::SelectNext);
    list.navigate(Action::Collapse);
    list.replace(rows(r#"{"m":{"x":1},"a":{}}"#));
    assert_eq!((list.selected().unwrap().label.as_str(), labels(&list)), ("m", vec!["m".to_owned(), "a".to_owned()]));
    list.replace(Vec::new());
    assert!(list.selected().is_none());
}

#[test]
fn a_value_higher_than_the_screen_is_read_to_its_end() {
    let trace: Vec<String> = (0..100).map(|n| format!("at frame {n}")).collect();
    let fields =
        vec![Field::new("a", "1", "int"), Field::new("trace", trace.join("\n"), "string"), Field::new("z", "2", "int")];
    let mut list = FieldList::new(fields);
    let seen = |list: &mut FieldList, action| {
        list.navigate(action);
        list.project(60, 10);
        (list.selected().unwrap().label.clone(), list.offset)
    };
    list.project(60, 10);
    assert_eq!(seen(&mut list, Action::SelectNext), ("trace".into(), 1));
    assert_eq!(seen(&mut list, Action::SelectNext), ("trace".into(), 2));
    assert_eq!(seen(&mut list, Action::PageDown), ("trace".into(), 12));
    assert_eq!(seen(&mut list, Action::SelectPrevious), ("trace".into(), 11));
    assert_eq!(seen(&mut list, Action::SelectLast), ("z".into(), 93));
    assert_eq!(seen(&mut list, Action::SelectPrevious), ("trace".into(), 92), "its end is what comes first from below");
    for _ in 0..90 {
        list.navigate(Action::SelectNext);
    }
    assert_eq!(seen(&mut list, Action::SelectNext), ("z".into(), 93), "keys count though nothing was drawn between");
    assert_eq!(seen(&mut list, Action::SelectFirst), ("a".into(), 0));
    assert_eq!(list.lines.len(), 103, "nothing is left out");
}

#[test]
fn what_is_left_out_is_told() {
    let long = Field::new("long", "x".repeat(100_007), "string");
    let mut list = FieldList::new(vec![long]);
    list.project(200, 10);
    let text: String = list.lines.last().unwrap().1.iter().map(|piece| piece.text.as_str()).collect();
    assert!(text.contains("⋯ 7 more characters; copying takes all ⋯"), "{text}");
    let numbers: Vec<String> = (0..1_200).map(|n| n.to_string()).collect();
    let fields = rows(&format!(r#"{{"list":[{}]}}"#, numbers.join(",")));
    assert_eq!(fields.len(), 1 + 1_000 + 1);
    assert!(fields.last().unwrap().label.contains("200 more have no row"));
}
