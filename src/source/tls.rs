//! TLS as every client of a source speaks it: ring for the cryptography, the machine's own trust, and no exceptions but
//! those that the user names.

use std::path::Path;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use rustls_platform_verifier::Verifier;

use super::{Parameter, Parameters, SourceError};

/// The parameters that say whom to trust.
pub const TLS: &[Parameter] = &[
    Parameter { name: "ca_file", value: "PATH", about: "a file of PEM certificates to trust beside the machine's own" },
    Parameter {
        name: "tls_verify",
        value: "YES",
        about: "with `no`, take any certificate: whoever is between can then read and change everything",
    },
];

/// Whom a source trusts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Trust {
    /// A file of certificates to trust beside the machine's own.
    pub ca_file: Option<String>,
    /// Whether a certificate is looked at, at all.
    pub verifies: bool,
}

impl Default for Trust {
    fn default() -> Self {
        Self { ca_file: None, verifies: true }
    }
}

impl Trust {
    /// What the parameters [`TLS`] say.
    pub fn of(parameters: &Parameters) -> Result<Self, SourceError> {
        let ca_file = parameters.text("ca_file").map(str::to_owned);
        Ok(Self { ca_file, verifies: parameters.flag("tls_verify", true)? })
    }

    /// A configuration for clients that trust so. Reads the file.
    pub fn config(&self) -> Result<ClientConfig, SourceError> {
        let provider = provider();
        let failed = |why: String| SourceError::Io { doing: "setting up TLS".to_owned(), why };
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider));
        let builder = builder.with_safe_default_protocol_versions().map_err(|error| failed(error.to_string()))?;
        let verifier: Arc<dyn ServerCertVerifier> = if self.verifies {
            let extra = self.ca_file.as_deref().map(certificates).transpose()?.unwrap_or_default();
            let verifier = Verifier::new_with_extra_roots(extra, provider);
            Arc::new(verifier.map_err(|error| failed(error.to_string()))?)
        } else {
            Arc::new(Anyone(provider))
        };
        Ok(builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth())
    }
}

/// Makes ring the cryptography of libraries that ask for the process's own. May be called any number of times.
pub fn install_provider() {
    // Fails only where one is installed already.
    provider().as_ref().clone().install_default().ok();
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

fn certificates(path: &str) -> Result<Vec<CertificateDer<'static>>, SourceError> {
    let failed = |why: String| SourceError::Io { doing: format!("reading the certificates in {path}"), why };
    let found = CertificateDer::pem_file_iter(Path::new(path)).map_err(|error| failed(error.to_string()))?;
    let found: Result<Vec<_>, _> = found.collect();
    let found = found.map_err(|error| failed(error.to_string()))?;
    if found.is_empty() { Err(failed("there is none".to_owned())) } else { Ok(found) }
}

/// Takes any certificate, because the user said so.
#[derive(Debug)]
struct Anyone(Arc<CryptoProvider>);

impl ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
