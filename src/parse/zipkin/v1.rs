//! Zipkin's first format: one span has both halves of a call, told by annotations of two letters.
//!
//! After `V1SpanConverter` of openzipkin/zipkin: `cs` and `cr` are the client's start and end, `sr` and `ss` the server's,
//! `ms` and `mr` a message sent and received; `ca`, `sa` and `ma` are the address of the other side.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::json::{Moment, Place, annotation, endpoint, text_of};
use super::record::{Endpoint, Record, nanos, owned};
use crate::model::SpanKind;
use crate::parse::otlp::scalar::{Text, Unsigned};

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Span<'a> {
    #[serde(borrow)]
    trace_id: Text<'a>,
    #[serde(borrow)]
    id: Text<'a>,
    #[serde(borrow)]
    parent_id: Text<'a>,
    #[serde(borrow)]
    name: Text<'a>,
    timestamp: Unsigned,
    duration: Unsigned,
    #[serde(borrow)]
    annotations: Option<Vec<Moment<'a>>>,
    #[serde(borrow)]
    binary_annotations: Option<Vec<Binary<'a>>>,
    debug: Option<bool>,
}

/// A tag, or an address.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Binary<'a> {
    #[serde(borrow)]
    key: Text<'a>,
    #[serde(borrow)]
    value: Option<&'a RawValue>,
    #[serde(borrow)]
    endpoint: Option<Place<'a>>,
}

/// A side of a call, and its annotations for start and end.
struct Side {
    kind: SpanKind,
    start: &'static str,
    end: &'static str,
    /// The address of the other side.
    remote: &'static [&'static str],
}

const SIDES: &[Side] = &[
    Side { kind: SpanKind::Client, start: "cs", end: "cr", remote: &["sa"] },
    Side { kind: SpanKind::Server, start: "sr", end: "ss", remote: &["ca"] },
    Side { kind: SpanKind::Producer, start: "ms", end: "ws", remote: &["ma", "sa"] },
    Side { kind: SpanKind::Consumer, start: "wr", end: "mr", remote: &["ma", "ca"] },
];

/// The two or fewer halves of a v1 span; none when it can not be read.
pub(super) fn read(text: &str) -> Vec<Record> {
    let Ok(span) = serde_json::from_str::<Span<'_>>(text) else { return Vec::new() };
    let Some(mut base) = Record::of_hex(&span.trace_id.0, &span.id.0, &span.parent_id.0) else {
        return Vec::new();
    };
    base.name = owned(span.name.0);
    base.is_debug = span.debug.unwrap_or_default();
    let moments: Vec<(Moment<'_>, Endpoint)> = span.annotations.into_iter().flatten().map(placed).collect();
    let mut halves = halves(&base, &moments);
    if let Some(first) = halves.first_mut() {
        let (start, duration) = (nanos(span.timestamp.0), nanos(span.duration.0));
        // The one who began the trace's span tells its time; a server's half without it has another's span.
        first.is_shared = first.kind == Some(SpanKind::Server) && start == 0;
        if start != 0 {
            (first.start, first.duration) = (start, if duration == 0 { first.duration } else { duration });
        }
    }
    for (moment, place) in moments {
        let is_core = SIDES.iter().any(|side| [side.start, side.end].contains(&&*moment.value.0));
        if let Some(half) = half_of(&mut halves, &place).filter(|_| !is_core) {
            half.annotations.push(annotation(moment));
        }
    }
    for binary in span.binary_annotations.into_iter().flatten() {
        take_binary(&mut halves, binary);
    }
    halves
}

fn placed(mut moment: Moment<'_>) -> (Moment<'_>, Endpoint) {
    let place = moment.endpoint.take().map(endpoint).unwrap_or_default();
    (moment, place)
}

/// A record for each side that has an annotation; one without a kind where none has. The client's comes first.
fn halves(base: &Record, moments: &[(Moment<'_>, Endpoint)]) -> Vec<Record> {
    let mut halves: Vec<Record> = Vec::new();
    for side in SIDES {
        let found = |name: &str| moments.iter().find(|(moment, _)| moment.value.0 == name);
        let (start, end) = (found(side.start), found(side.end));
        let Some((_, local)) = start.or(end) else { continue };
        let time = |moment: Option<&(Moment<'_>, Endpoint)>| moment.map_or(0, |(moment, _)| nanos(moment.timestamp.0));
        let (from, to) = (time(start), time(end));
        halves.push(Record {
            kind: Some(side.kind),
            local: local.clone(),
            start: if from == 0 { to } else { from },
            duration: if from == 0 { 0 } else { to.saturating_sub(from).max(0) },
            is_shared: side.kind == SpanKind::Server && !halves.is_empty(),
            ..base.clone()
        });
    }
    if halves.is_empty() {
        let local = moments.iter().map(|(_, place)| place).find(|place| !place.service.is_empty());
        halves.push(Record { local: local.cloned().unwrap_or_default(), ..base.clone() });
    }
    halves
}

/// The half that ran at `place`, else the first.
fn half_of<'a>(halves: &'a mut [Record], place: &Endpoint) -> Option<&'a mut Record> {
    let at = halves.iter().position(|half| half.local.service == place.service).unwrap_or(0);
    halves.get_mut(at)
}

fn take_binary(halves: &mut [Record], binary: Binary<'_>) {
    let place = binary.endpoint.map(endpoint).unwrap_or_default();
    let value = binary.value.map(text_of).unwrap_or_default();
    let is_address = |side: &Side| value == "true" && side.remote.contains(&&*binary.key.0);
    let side = SIDES.iter().find(|side| is_address(side) && halves.iter().any(|half| half.kind == Some(side.kind)));
    if let Some(side) = side {
        if let Some(half) = halves.iter_mut().find(|half| half.kind == Some(side.kind)) {
            half.remote = place;
        }
        return;
    }
    let Some(half) = half_of(halves, &place) else { return };
    if half.local == Endpoint::default() {
        half.local = place;
    }
    // `lc` without a value only says where a local span ran.
    if !(binary.key.0 == "lc" && value.is_empty()) {
        half.tags.push((owned(binary.key.0), value));
    }
}
