//! How a refusal is written: `google.rpc.Status`, and in it when to come again (`google/rpc/status.proto` and
//! `google/rpc/error_details.proto` of googleapis).

use prost::Message as _;
use tonic::{Code, Status};

/// What a sender is asked to wait under backpressure, in seconds.
pub(super) const RETRY_SECONDS: u8 = 1;

/// `google.type_url` of [`RetryInfo`].
const RETRY_INFO: &str = "type.googleapis.com/google.rpc.RetryInfo";

/// `google.rpc.Status`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct RpcStatus {
    #[prost(int32, tag = "1")]
    pub(super) code: i32,
    #[prost(string, tag = "2")]
    pub(super) message: String,
    #[prost(message, repeated, tag = "3")]
    pub(super) details: Vec<Any>,
}

/// `google.protobuf.Any`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Any {
    #[prost(string, tag = "1")]
    pub(super) type_url: String,
    #[prost(bytes = "vec", tag = "2")]
    pub(super) value: Vec<u8>,
}

/// `google.rpc.RetryInfo`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct RetryInfo {
    #[prost(message, optional, tag = "1")]
    pub(super) retry_delay: Option<Delay>,
}

/// `google.protobuf.Duration`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Delay {
    #[prost(int64, tag = "1")]
    pub(super) seconds: i64,
}

/// The refusal that every OTLP sender answers by keeping the batch and trying again, and not before it was asked to.
pub(super) fn come_again(message: &str) -> Status {
    let info = RetryInfo { retry_delay: Some(Delay { seconds: i64::from(RETRY_SECONDS) }) };
    let details = vec![Any { type_url: RETRY_INFO.to_owned(), value: info.encode_to_vec() }];
    let status = RpcStatus { code: Code::Unavailable as i32, message: message.to_owned(), details };
    Status::with_details(Code::Unavailable, message, status.encode_to_vec().into())
}
