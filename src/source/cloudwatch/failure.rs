//! What goes wrong between us and CloudWatch, and what the user can do about it.

use std::time::Duration;

use aws_sdk_cloudwatchlogs::error::{ProvideErrorMetadata, SdkError};
use tokio::time::error::Elapsed;

use super::target::Target;
use crate::source::aws;
use crate::source::retry::Trouble;

/// For how long an answer may take.
pub(super) const ANSWER: Duration = Duration::from_secs(60);

/// What it means that `operation` failed.
pub(super) fn trouble<E, R>(error: &SdkError<E, R>, operation: &str, region: &str, target: &Target) -> Trouble
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: std::fmt::Debug + 'static,
{
    let place = target.caller.place("CloudWatch Logs", region);
    aws::trouble(error, &place, &target.caller, |code| hint(code, operation, target))
}

/// What it means that an answer has not come within [`ANSWER`].
pub(super) fn late(_: Elapsed) -> Trouble {
    Trouble::passing(format!("CloudWatch Logs has not answered for {} s", ANSWER.as_secs()))
}

/// What to do about an error that the service names.
fn hint(code: &str, operation: &str, target: &Target) -> Option<String> {
    Some(match code {
        "ResourceNotFoundException" => format!("is `{}` the group's whole name, and this its region?", target.name()),
        "AccessDeniedException" => format!("ask for a policy that allows logs:{operation} on {}", target.name()),
        "InvalidParameterException" => "look at filter, streams and the group's name".to_owned(),
        "InvalidOperationException" => {
            "a live tail reads groups of the class Standard only; leave out live=yes".to_owned()
        }
        _ => return None,
    })
}
