//! Who we are at AWS: the region, the credentials and the client, as the AWS tools would find them.

use std::time::Duration;

use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::profile::profile_file;
use aws_config::provider_config::ProviderConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::config::interceptors::BeforeTransmitInterceptorContextMut;
use aws_sdk_cloudwatchlogs::config::retry::RetryConfig;
use aws_sdk_cloudwatchlogs::config::timeout::TimeoutConfig;
use aws_sdk_cloudwatchlogs::config::{
    ConfigBag, Intercept, ProvideCredentials as _, RuntimeComponents, SharedCredentialsProvider, SharedHttpClient,
    StalledStreamProtectionConfig,
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

/// Finds region and credentials, and says what is missing.
pub(super) async fn enter(target: &Target) -> Result<Account, Trouble> {
    let https = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    // What is refused is told, and tried again by the rules of all sources.
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(https.clone())
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
    if let Some(path) = &target.config {
        loader = loader.profile_files(files(path));
    }
    let mut config = loader.load().await;
    let Some(region) = config.region().map(ToString::to_string) else {
        let why = "no region is set; write it as in cloudwatch://eu-west-1/GROUP, or set AWS_REGION or the profile's";
        return Err(Trouble::lasting(why));
    };
    if target.profile.is_some() || target.config.is_some() {
        let provider = of_profile(target, https, region.clone());
        config = config.into_builder().credentials_provider(SharedCredentialsProvider::new(provider)).build();
    }
    have_credentials(&config, target).await?;
    Ok(Account { client: Client::new(&config), region })
}

/// The file at `path` in place of `~/.aws/config`, beside the usual file of credentials.
#[expect(deprecated, reason = "their new home is a crate that nothing else is needed of")]
fn files(path: &str) -> profile_file::ProfileFiles {
    profile_file::ProfileFiles::builder()
        .with_file(profile_file::ProfileFileKind::Config, path)
        .include_default_credentials_file(true)
        .build()
}

/// The credentials of a profile that was asked for. The usual chain would prefer keys in the environment, which may be
/// those of another account.
fn of_profile(target: &Target, https: SharedHttpClient, region: String) -> ProfileFileCredentialsProvider {
    let surroundings = ProviderConfig::without_region().with_http_client(https).with_region(Some(Region::new(region)));
    let mut provider = ProfileFileCredentialsProvider::builder().configure(&surroundings);
    if let Some(profile) = &target.profile {
        provider = provider.profile_name(profile);
    }
    if let Some(path) = &target.config {
        provider = provider.profile_files(files(path));
    }
    provider.build()
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
