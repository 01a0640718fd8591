//! Who we are at AWS: the region, the credentials and the client, as the AWS tools would find them.

use std::time::Duration;

use aws_config::{BehaviorVersion, ConfigLoader, Region, SdkConfig};
use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::config::interceptors::BeforeTransmitInterceptorContextMut;
use aws_sdk_cloudwatchlogs::config::retry::RetryConfig;
use aws_sdk_cloudwatchlogs::config::timeout::TimeoutConfig;
use aws_sdk_cloudwatchlogs::config::{
    ConfigBag, Intercept, ProvideCredentials as _, RuntimeComponents, StalledStreamProtectionConfig,
};
use aws_sdk_cloudwatchlogs::error::BoxError;
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;

use super::failure::innermost;
use super::target::Target;
use crate::source::retry::Trouble;

/// For how long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(10);

/// A client, and where it asks.
pub(super) struct Account {
    pub(super) client: Client,
    pub(super) region: String,
}

/// A configuration to start from: the chain that the AWS tools look for credentials in.
pub(super) fn chain() -> ConfigLoader {
    aws_config::defaults(BehaviorVersion::latest())
}

/// Finds region and credentials, and says what is missing.
pub(super) async fn enter(target: &Target, loader: ConfigLoader) -> Result<Account, Trouble> {
    let https = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    // What is refused is told, and tried again by the rules of all sources.
    let mut loader = loader
        .http_client(https)
        .retry_config(RetryConfig::disabled())
        .timeout_config(TimeoutConfig::builder().connect_timeout(CONNECT).build())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
    if let Some(region) = &target.region {
        loader = loader.region(Region::new(region.clone()));
    }
    if let Some(profile) = &target.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(endpoint) = &target.endpoint {
        loader = loader.endpoint_url(endpoint);
    }
    let config = loader.load().await;
    let Some(region) = config.region().map(ToString::to_string) else {
        let why = "no region is set; write it as in cloudwatch://eu-west-1/GROUP, or set AWS_REGION or the profile's";
        return Err(Trouble::lasting(why));
    };
    have_credentials(&config, target).await?;
    Ok(Account { client: Client::new(&config), region })
}

async fn have_credentials(config: &SdkConfig, target: &Target) -> Result<(), Trouble> {
    let why = match config.credentials_provider() {
        Some(provider) => match provider.provide_credentials().await {
            Ok(_) => return Ok(()),
            Err(error) => innermost(&error),
        },
        None => "none are configured".to_owned(),
    };
    Err(Trouble::lasting(format!("looking for AWS credentials: {why}; {}", sign_in(target))))
}

/// What to do without credentials that are good for something.
pub(super) fn sign_in(target: &Target) -> String {
    match &target.profile {
        Some(profile) => {
            format!("sign in with `aws sso login --profile {profile}` or `aws configure --profile {profile}`")
        }
        None => "sign in with `aws sso login` or `aws configure`, name a profile=NAME, or set AWS_ACCESS_KEY_ID and \
                 AWS_SECRET_ACCESS_KEY"
            .to_owned(),
    }
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
