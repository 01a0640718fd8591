//! A segment or subsegment as a span: what is called what, and who ran it.
//!
//! Names are those of OpenTelemetry's conventions where X-Ray's field is that very thing; others keep X-Ray's path with
//! dots (`aws.table_name`), and fields of the document itself stand below `aws.xray.`, as the receiver of OpenTelemetry's
//! collector has them. Annotations keep their keys.

use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::cause::{Causes, events};
use super::document::{Fields, Piece};
use super::notation;
use crate::model::{Attributes, Resource, Scope, Span, SpanId, SpanKind, SpanLink, Status, StatusCode, TraceId, Value};
use crate::source::json_value::{flat, flatten};

/// X-Ray's path, and the name of OpenTelemetry's conventions for it.
const NAMES: &[(&str, &str)] = &[
    ("http.request.method", "http.request.method"),
    ("http.request.url", "url.full"),
    ("http.request.user_agent", "user_agent.original"),
    ("http.request.client_ip", "client.address"),
    ("http.response.status", "http.response.status_code"),
    ("http.response.content_length", "http.response.body.size"),
    ("sql.sanitized_query", "db.query.text"),
    ("sql.database_type", "db.system.name"),
    ("sql.url", "db.connection_string"),
    ("sql.user", "db.user"),
    ("user", "enduser.id"),
    ("peer", "peer.service"),
    ("aws.operation", "rpc.method"),
    ("aws.region", "cloud.region"),
    ("aws.account_id", "cloud.account.id"),
    ("aws.queue_url", "aws.sqs.queue.url"),
    ("aws.ec2.instance_id", "host.id"),
    ("aws.ec2.instance_size", "host.type"),
    ("aws.ec2.ami_id", "host.image.id"),
    ("aws.ec2.availability_zone", "cloud.availability_zone"),
    ("aws.ecs.container", "container.name"),
    ("aws.ecs.container_id", "container.id"),
    ("aws.ecs.container_arn", "aws.ecs.container.arn"),
    ("aws.ecs.cluster_arn", "aws.ecs.cluster.arn"),
    ("aws.ecs.task_arn", "aws.ecs.task.arn"),
    ("aws.ecs.task_family", "aws.ecs.task.family"),
    ("aws.eks.cluster_name", "k8s.cluster.name"),
    ("aws.eks.pod", "k8s.pod.name"),
    ("aws.eks.container_id", "container.id"),
    ("aws.elastic_beanstalk.environment_name", "deployment.environment.name"),
    ("aws.xray.sdk", "telemetry.sdk.name"),
    ("aws.xray.sdk_version", "telemetry.sdk.version"),
    ("service.runtime", "process.runtime.name"),
    ("service.runtime_version", "process.runtime.version"),
    ("resource_arn", "cloud.resource_id"),
];

/// The members of a segment's `aws` that say who ran it; the others say what it did.
const OF_RESOURCE: &[&str] = &["account_id", "cloudwatch_logs", "ec2", "ecs", "eks", "elastic_beanstalk", "xray"];

/// Where a segment comes from, and OpenTelemetry's `cloud.platform` for it.
const PLATFORMS: &[(&str, &str)] = &[
    ("AWS::EC2::", "aws_ec2"),
    ("AWS::ECS::", "aws_ecs"),
    ("AWS::EKS::", "aws_eks"),
    ("AWS::ElasticBeanstalk::", "aws_elastic_beanstalk"),
    ("AWS::Lambda", "aws_lambda"),
    ("AWS::AppRunner::", "aws_app_runner"),
];

/// How deep `http`, `aws` and `sql` are taken apart.
const DEPTH: usize = 2;

/// Who ran a segment. What it says of that is taken out of its fields.
pub(super) fn resource(piece: &mut Piece) -> Arc<Resource> {
    let mut attributes = Attributes::default();
    attributes.set("service.name", piece.name.as_str());
    if let Some(origin) = piece.fields.text("origin") {
        if origin.starts_with("AWS::") {
            attributes.set("cloud.provider", "aws");
        }
        if let Some((_, platform)) = PLATFORMS.iter().find(|(prefix, _)| origin.starts_with(prefix)) {
            attributes.set("cloud.platform", *platform);
        }
        attributes.set("aws.xray.origin", origin);
    }
    let aws = piece.fields.0.get_mut("aws").and_then(Json::as_object_mut);
    let of_aws = aws.into_iter().flat_map(|aws| OF_RESOURCE.iter().filter_map(|name| aws.remove_entry(*name)));
    let of_aws: Vec<_> = of_aws.map(|(name, value)| (format!("aws.{name}"), value)).collect();
    let others = ["service", "resource_arn"].map(|name| (name.to_owned(), piece.fields.take(name).unwrap_or_default()));
    for (path, value) in of_aws.into_iter().chain(others).filter(|(_, value)| *value != json!({})) {
        flatten(value, &path, 1, &mut |path, value| attributes.set(renamed(&path), value));
    }
    Arc::new(Resource { attributes })
}

/// The span that a piece is.
pub(super) fn span(mut piece: Piece, trace_id: TraceId, resource: Arc<Resource>, causes: &Causes) -> Span {
    let kind = match piece.fields.0.get("namespace").and_then(Json::as_str) {
        _ if piece.is_segment => SpanKind::Server,
        Some("aws" | "remote") => SpanKind::Client,
        _ => SpanKind::Internal,
    };
    let is_error = ["error", "fault", "throttle"].iter().any(|name| piece.fields.is(name));
    let end = piece.end.unwrap_or(piece.start);
    let cause = piece.fields.take("cause");
    let message = cause.as_ref().and_then(|cause| causes.message(cause)).unwrap_or_default();
    let links = links(&mut piece.fields, trace_id);
    let mut attributes = attributes(&mut piece.fields);
    if piece.end.is_none() {
        attributes.set("aws.xray.in_progress", true);
    }
    let events = cause.map(|cause| events(cause, end, &mut attributes)).unwrap_or_default();
    Span {
        trace_id,
        span_id: piece.id,
        parent_id: piece.parent,
        trace_state: Box::default(),
        name: piece.name.into(),
        kind,
        start: piece.start,
        end,
        status: if is_error { Status { code: StatusCode::Error, message: message.into() } } else { Status::default() },
        flags: 0,
        attributes,
        events,
        links,
        resource,
        scope: Arc::<Scope>::default(),
    }
}

fn attributes(fields: &mut Fields) -> Attributes {
    let mut all: Vec<(String, Value)> = Vec::new();
    if let Some(annotations) = fields.take("annotations") {
        flatten(annotations, "", 1, &mut |path, value| all.push((path, value)));
    }
    for name in ["http", "sql", "aws", "user", "peer"] {
        let Some(found) = fields.take(name) else { continue };
        flatten(found, name, DEPTH, &mut |path, value| all.push((renamed(&path).to_owned(), value)));
    }
    let rest = std::mem::take(&mut fields.0).into_iter();
    for (name, value) in rest.filter(|(name, _)| name != "in_progress") {
        let depth = usize::from(name == "metadata");
        flatten(value, &format!("aws.xray.{name}"), depth, &mut |path, value| all.push((path, value)));
    }
    all.into_iter().collect()
}

/// Other spans that a piece names: what ran before it, and what it is linked to.
fn links(fields: &mut Fields, trace_id: TraceId) -> Vec<SpanLink> {
    let link = |trace_id, span_id, attributes| SpanLink { trace_id, span_id, trace_state: Box::default(), attributes };
    let list = |field: Option<Json>| match field {
        Some(Json::Array(items)) => items,
        _ => Vec::new(),
    };
    let span_id = |id: &Json| SpanId::from_hex(id.as_str()?.as_bytes());
    let before = list(fields.take("precursor_ids")).into_iter().filter_map(|id| {
        let kind = [("aws.xray.link", "precursor")].into_iter().collect();
        Some(link(trace_id, span_id(&id)?, kind))
    });
    let others = list(fields.take("links")).into_iter().filter_map(|mut other| {
        let trace_id = notation::trace_id(other.get("trace_id")?.as_str()?)?;
        let attributes = other.get_mut("attributes").map(Json::take).unwrap_or_default();
        Some(link(trace_id, span_id(other.get("id")?)?, flat(attributes, "", 1)))
    });
    before.chain(others).collect()
}

fn renamed(path: &str) -> &str {
    NAMES.iter().find(|(from, _)| *from == path).map_or(path, |(_, to)| to)
}
