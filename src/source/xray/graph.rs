//! Who called whom, and the names that are known: the service graph, and what the latest traces are annotated with.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_xray::types::{AnnotationValue, Edge, ErrorStatistics, FaultStatistics, Service as Node};

use super::filter::KEYWORDS;
use super::search::SLICE;
use super::service::{Asker, Service, time};
use crate::model::{Dependency, Names, Window};
use crate::source::retry::Trouble;

/// No more pages are asked for, nor more slices of time.
const MAX_QUESTIONS: usize = 50;
/// How far back annotations are looked at for names, in nanoseconds.
const LATELY: i64 = 15 * 60 * 1_000_000_000;

/// Calls, by who calls and who is called: how many, and how many of them failed.
type Calls = BTreeMap<(String, String), (u64, u64)>;

/// Who called whom in that time.
pub(super) async fn dependencies(service: &Service, window: Window) -> Result<Vec<Dependency>, Trouble> {
    let asker = service.enter().await?;
    let mut calls = Calls::new();
    let (mut end, mut questions) = (window.to, MAX_QUESTIONS);
    while end > window.from && questions > 0 {
        let slice = Window { from: window.from.max(end.saturating_sub(SLICE)), to: end };
        // Edges name their target by a number that holds within one graph.
        add(&graph(&asker, slice, &mut questions).await?, &mut calls);
        end = slice.from;
    }
    Ok(calls
        .into_iter()
        .map(|((parent, child), (calls, errors))| Dependency { parent, child, calls, errors: Some(errors) })
        .collect())
}

/// Names that are known of late.
pub(super) async fn names(service: &Service, of: &Names) -> Result<Vec<String>, Trouble> {
    if matches!(of, Names::Operations { .. }) {
        return Ok(Vec::new());
    }
    let asker = service.enter().await?;
    let mut names = BTreeSet::new();
    if *of == Names::Services {
        let nodes = graph(&asker, Window::before(service.now(), SLICE), &mut 5).await?;
        names.extend(nodes.iter().filter(|node| node.r#type() != Some("client")).filter_map(name));
    } else {
        let answer = asker.summaries(Window::before(service.now(), LATELY), None, None).await?;
        let annotations = answer.trace_summaries().iter().filter_map(|summary| summary.annotations()).flatten();
        for (key, values) in annotations {
            match of {
                Names::TagValues { tag } if tag == key => {
                    names.extend(values.iter().filter_map(|value| value.annotation_value()).filter_map(text));
                }
                Names::Tags => drop(names.insert(key.clone())),
                _ => {}
            }
        }
        if *of == Names::Tags {
            names.extend(KEYWORDS.iter().map(|(name, _)| (*name).to_owned()));
        }
    }
    Ok(names.into_iter().collect())
}

/// All nodes of the graph of a slice of time.
async fn graph(asker: &Asker<'_>, slice: Window, questions: &mut usize) -> Result<Vec<Node>, Trouble> {
    let (mut nodes, mut token) = (Vec::new(), None);
    while *questions > 0 {
        *questions -= 1;
        let question = asker.client.get_service_graph().start_time(time(slice.from)).end_time(time(slice.to));
        let answer = asker.answer("GetServiceGraph", question.set_next_token(token).send()).await?;
        token = answer.next_token().map(str::to_owned);
        nodes.extend(answer.services.unwrap_or_default());
        if token.is_none() {
            break;
        }
    }
    Ok(nodes)
}

fn add(nodes: &[Node], calls: &mut Calls) {
    let by_reference: BTreeMap<i32, String> =
        nodes.iter().filter_map(|node| Some((node.reference_id()?, name(node)?))).collect();
    for node in nodes {
        let Some(parent) = name(node) else { continue };
        for edge in node.edges() {
            let Some(child) = edge.reference_id().and_then(|reference| by_reference.get(&reference)) else { continue };
            let (count, errors) = counts(edge);
            let known = calls.entry((parent.clone(), child.clone())).or_default();
            *known = (known.0 + count, known.1 + errors);
        }
    }
}

/// How a node is called: those who call from outside have the name of what they call, and are told apart.
fn name(node: &Node) -> Option<String> {
    if node.r#type() == Some("client") { Some("client".to_owned()) } else { node.name().map(str::to_owned) }
}

fn counts(edge: &Edge) -> (u64, u64) {
    let count = |number: Option<i64>| number.and_then(|number| u64::try_from(number).ok()).unwrap_or(0);
    let Some(statistics) = edge.summary_statistics() else { return (0, 0) };
    let errors = count(statistics.error_statistics().and_then(ErrorStatistics::total_count));
    let faults = count(statistics.fault_statistics().and_then(FaultStatistics::total_count));
    (count(statistics.total_count()), errors + faults)
}

fn text(value: &AnnotationValue) -> Option<String> {
    match value {
        AnnotationValue::StringValue(text) => Some(text.clone()),
        AnnotationValue::NumberValue(number) => Some(number.to_string()),
        AnnotationValue::BooleanValue(truth) => Some(truth.to_string()),
        _ => None,
    }
}
