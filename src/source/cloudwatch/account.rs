//! The client of CloudWatch Logs, with the account that it asks for.

use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::config::interceptors::BeforeTransmitInterceptorContextMut;
use aws_sdk_cloudwatchlogs::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_cloudwatchlogs::error::BoxError;

use super::target::Target;
use crate::source::retry::Trouble;

/// A client, and where it asks.
pub(super) struct Account {
    pub(super) client: Client,
    pub(super) region: String,
}

/// Finds region and credentials, and says what is missing.
pub(super) async fn enter(target: &Target) -> Result<Account, Trouble> {
    let entered = target.caller.enter("cloudwatch://eu-west-1/GROUP").await?;
    Ok(Account { client: Client::new(&entered.config), region: entered.region })
}

/// A live tail is asked for at `streaming-` before the host's name. There is no such name for another server than AWS's.
#[derive(Debug)]
pub(super) struct WithoutPrefix;

impl Intercept for WithoutPrefix {
    fn name(&self) -> &'static str {
        "WithoutPrefix"
    }

    fn modify_before_signing(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request_mut();
        let uri = request.uri().replacen("://streaming-", "://", 1);
        request.set_uri(uri)?;
        Ok(())
    }
}
