//! The messages of `jaeger.api_v3.QueryService` (jaeger-idl, `proto/api_v3/query_service.proto`), as far as they are used.
//! Traces come as OpenTelemetry's `TracesData`, which has the bytes of an export request.

use std::collections::HashMap;

use crate::model::Nanos;

const NANOS_PER_SECOND: i64 = 1_000_000_000;

/// `google.protobuf.Timestamp` and `google.protobuf.Duration`, which have the same fields.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Time {
    #[prost(int64, tag = "1")]
    pub(super) seconds: i64,
    /// 0 to 999,999,999.
    #[prost(int32, tag = "2")]
    pub(super) nanos: i32,
}

impl Time {
    /// Of so many nanoseconds.
    pub(super) fn of(nanos: Nanos) -> Self {
        let below = nanos.rem_euclid(NANOS_PER_SECOND);
        Self { seconds: nanos.div_euclid(NANOS_PER_SECOND), nanos: i32::try_from(below).unwrap_or(0) }
    }
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct GetTraceRequest {
    /// In hex.
    #[prost(string, tag = "1")]
    pub(super) trace_id: String,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct TraceQueryParameters {
    #[prost(string, tag = "1")]
    pub(super) service_name: String,
    #[prost(string, tag = "2")]
    pub(super) operation_name: String,
    #[prost(map = "string, string", tag = "3")]
    pub(super) attributes: HashMap<String, String>,
    #[prost(message, optional, tag = "4")]
    pub(super) start_time_min: Option<Time>,
    #[prost(message, optional, tag = "5")]
    pub(super) start_time_max: Option<Time>,
    #[prost(message, optional, tag = "6")]
    pub(super) duration_min: Option<Time>,
    #[prost(message, optional, tag = "7")]
    pub(super) duration_max: Option<Time>,
    #[prost(int32, tag = "8")]
    pub(super) search_depth: i32,
}

/// `FindTracesRequest` and `FindTraceSummariesRequest`, which have the same field.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct FindRequest {
    #[prost(message, optional, tag = "1")]
    pub(super) query: Option<TraceQueryParameters>,
}

/// `GetServicesRequest`, which has no fields.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct GetServicesRequest {}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct GetServicesResponse {
    #[prost(string, repeated, tag = "1")]
    pub(super) services: Vec<String>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct GetOperationsRequest {
    #[prost(string, tag = "1")]
    pub(super) service: String,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct GetOperationsResponse {
    #[prost(message, repeated, tag = "1")]
    pub(super) operations: Vec<Operation>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Operation {
    #[prost(string, tag = "1")]
    pub(super) name: String,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct GetDependenciesRequest {
    #[prost(message, optional, tag = "1")]
    pub(super) start_time: Option<Time>,
    #[prost(message, optional, tag = "2")]
    pub(super) end_time: Option<Time>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct GetDependenciesResponse {
    #[prost(message, repeated, tag = "1")]
    pub(super) dependencies: Vec<Edge>,
}

/// `Dependency`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Edge {
    #[prost(string, tag = "1")]
    pub(super) parent: String,
    #[prost(string, tag = "2")]
    pub(super) child: String,
    #[prost(uint64, tag = "3")]
    pub(super) call_count: u64,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct FindTraceSummariesResponse {
    #[prost(message, repeated, tag = "1")]
    pub(super) summaries: Vec<Summary>,
}

/// `TraceSummary`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Summary {
    #[prost(string, tag = "1")]
    pub(super) trace_id: String,
    #[prost(string, tag = "2")]
    pub(super) root_service_name: String,
    #[prost(string, tag = "3")]
    pub(super) root_operation_name: String,
    #[prost(fixed64, tag = "4")]
    pub(super) min_start_time_unix_nano: u64,
    #[prost(fixed64, tag = "5")]
    pub(super) max_end_time_unix_nano: u64,
    #[prost(uint32, tag = "6")]
    pub(super) span_count: u32,
    #[prost(uint32, tag = "7")]
    pub(super) error_span_count: u32,
    #[prost(message, repeated, tag = "9")]
    pub(super) services: Vec<ServiceSummary>,
}

/// What a trace has of one service; only that it is there counts.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct ServiceSummary {}
