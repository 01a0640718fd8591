//! Who we are at AWS: the region and the credentials, as the AWS tools would find them.

use std::time::Duration;

use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::profile::profile_file;
use aws_config::provider_config::ProviderConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_cloudwatchlogs::config::retry::RetryConfig;
use aws_sdk_cloudwatchlogs::config::timeout::TimeoutConfig;
use aws_sdk_cloudwatchlogs::config::{
    ProvideCredentials as _, SharedCredentialsProvider, SharedHttpClient, StalledStreamProtectionConfig,
};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;

use super::failure::innermost;
use crate::source::retry::Trouble;
use crate::source::{Parameter, Parameters};

/// For how long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(10);

/// The parameters of everything that asks AWS.
pub(in crate::source) const PARAMETERS: &[Parameter] = &[
    Parameter { name: "profile", value: "NAME", about: "the profile of the AWS tools' files; default $AWS_PROFILE" },
    Parameter { name: "config", value: "PATH", about: "the AWS tools' config file; default $AWS_CONFIG_FILE" },
    Parameter { name: "endpoint", value: "URL", about: "another server than AWS's: http://localhost:4566" },
];

/// Who asks AWS, and where, by what the user says of it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(in crate::source) struct Caller {
    /// `None` is that of the environment or the profile.
    pub(in crate::source) region: Option<String>,
    pub(in crate::source) profile: Option<String>,
    /// The file that profiles are in, beside the usual file of credentials.
    pub(in crate::source) config: Option<String>,
    pub(in crate::source) endpoint: Option<String>,
}

/// What clients of AWS's services are made of, and where they ask.
pub(in crate::source) struct Entered {
    pub(in crate::source) config: SdkConfig,
    pub(in crate::source) region: String,
}

impl Caller {
    /// A caller of this region (empty or `-` leaves it open), with what the [`PARAMETERS`] say.
    pub(in crate::source) fn of(region: String, parameters: &Parameters) -> Self {
        let text = |name: &str| parameters.text(name).map(str::to_owned);
        Self {
            region: Some(region).filter(|region| !matches!(region.as_str(), "" | "-")),
            profile: text("profile"),
            config: text("config"),
            endpoint: text("endpoint"),
        }
    }

    /// Where a service is asked, as errors name it.
    pub(in crate::source) fn place(&self, service: &str, region: &str) -> String {
        self.endpoint.clone().unwrap_or_else(|| format!("{service} in {region}"))
    }

    /// Finds region and credentials, and says what is missing. `example` shows where a region may be written.
    pub(in crate::source) async fn enter(&self, example: &str) -> Result<Entered, Trouble> {
        let https = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
        // What is refused is told, and tried again by the rules of all sources.
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .http_client(https.clone())
            .retry_config(RetryConfig::disabled())
            .timeout_config(TimeoutConfig::builder().connect_timeout(CONNECT).build())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        if let Some(region) = &self.region {
            loader = loader.region(Region::new(region.clone()));
        }
        if let Some(profile) = &self.profile {
            loader = loader.profile_name(profile);
        }
        if let Some(endpoint) = &self.endpoint {
            loader = loader.endpoint_url(endpoint);
        }
        if let Some(path) = &self.config {
            loader = loader.profile_files(files(path));
        }
        let mut config = loader.load().await;
        let Some(region) = config.region().map(ToString::to_string) else {
            let why = format!("no region is set; write it as in {example}, or set AWS_REGION or the profile's");
            return Err(Trouble::lasting(why));
        };
        if self.profile.is_some() || self.config.is_some() {
            let provider = self.of_profile(https, region.clone());
            config = config.into_builder().credentials_provider(SharedCredentialsProvider::new(provider)).build();
        }
        self.have_credentials(&config).await?;
        Ok(Entered { config, region })
    }

    /// The credentials of a profile that was asked for. The usual chain would prefer keys in the environment, which may
    /// be those of another account.
    fn of_profile(&self, https: SharedHttpClient, region: String) -> ProfileFileCredentialsProvider {
        let surroundings =
            ProviderConfig::without_region().with_http_client(https).with_region(Some(Region::new(region)));
        let mut provider = ProfileFileCredentialsProvider::builder().configure(&surroundings);
        if let Some(profile) = &self.profile {
            provider = provider.profile_name(profile);
        }
        if let Some(path) = &self.config {
            provider = provider.profile_files(files(path));
        }
        provider.build()
    }

    async fn have_credentials(&self, config: &SdkConfig) -> Result<(), Trouble> {
        let why = match config.credentials_provider() {
            Some(provider) => match provider.provide_credentials().await {
                Ok(_) => return Ok(()),
                Err(error) => innermost(&error),
            },
            None => "none are configured".to_owned(),
        };
        Err(Trouble::lasting(format!("looking for AWS credentials: {why}; {}", self.sign_in())))
    }

    /// What to do without credentials that are good for something.
    pub(in crate::source) fn sign_in(&self) -> String {
        match &self.profile {
            Some(profile) => {
                format!("sign in with `aws sso login --profile {profile}` or `aws configure --profile {profile}`")
            }
            None => "sign in with `aws sso login` or `aws configure`, name a profile=NAME, or set AWS_ACCESS_KEY_ID \
                     and AWS_SECRET_ACCESS_KEY"
                .to_owned(),
        }
    }
}

/// The file at `path` in place of `~/.aws/config`, beside the usual file of credentials.
#[expect(deprecated, reason = "their new home is a crate that nothing else is needed of")]
fn files(path: &str) -> profile_file::ProfileFiles {
    profile_file::ProfileFiles::builder()
        .with_file(profile_file::ProfileFileKind::Config, path)
        .include_default_credentials_file(true)
        .build()
}
