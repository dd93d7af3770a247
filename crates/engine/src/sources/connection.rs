//! How servers are reached: certificates and proxies from Secrets.

use std::time::Duration;

use kinds::flux::LocalReference;
use source::{ClientCertificate, Connection, Credentials, Proxy};

use super::failure::Failure;
use super::secrets::{Secret, Secrets};

/// The Secrets that say how a server is reached.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Reached<'a> {
    /// `spec.certSecretRef`.
    pub(super) certificates: Option<&'a LocalReference>,
    /// `spec.proxySecretRef`.
    pub(super) proxy: Option<&'a LocalReference>,
}

/// How a server is reached. Certificates may also stand beside the credentials, as in older versions.
pub(super) fn connection(
    secrets: &Secrets,
    reached: Reached<'_>,
    credentials: &Secret,
    timeout: Duration,
) -> Result<Connection, Failure> {
    let certificates = match reached.certificates {
        Some(reference) => &secrets.get("certSecretRef", reference)?,
        None => credentials,
    };
    Ok(Connection {
        ca: certificates.either("ca.crt", "caFile"),
        client_certificate: client_certificate(certificates)?,
        proxy: proxy(secrets, reached.proxy)?,
        timeout,
    })
}

/// The certificate to show; a certificate without its key is of no use.
fn client_certificate(secret: &Secret) -> Result<Option<ClientCertificate>, Failure> {
    match (secret.either("tls.crt", "certFile"), secret.either("tls.key", "keyFile")) {
        (Some(certificate), Some(key)) => Ok(Some(ClientCertificate { certificate, key })),
        (None, None) => Ok(None),
        (Some(_), None) => Err(secret.lacks("`tls.key`", "the certificate in it")),
        (None, Some(_)) => Err(secret.lacks("`tls.crt`", "the key in it")),
    }
}

/// The proxy to go through.
pub(super) fn proxy(secrets: &Secrets, reference: Option<&LocalReference>) -> Result<Option<Proxy>, Failure> {
    let Some(reference) = reference else { return Ok(None) };
    let secret = secrets.get("proxySecretRef", reference)?;
    let address = secret.text("address");
    let address = address.ok_or_else(|| Failure::secret(format!("proxy secret '{}' lacks `address`", secret.name)))?;
    let address = address.trim().to_owned();
    Ok(Some(Proxy { address, username: secret.text("username"), password: secret.text("password") }))
}

/// The credentials for a registry: a `.dockerconfigjson`, or a name and a password.
pub(super) fn registry_credentials(secret: &Secret) -> Result<Credentials, Failure> {
    match secret.bytes(".dockerconfigjson") {
        Some(json) => Ok(Credentials::DockerConfig { json: json.clone() }),
        None => secret.basic("a registry"),
    }
}

/// Refuses cloud providers, whose credentials come from the machine.
pub(super) fn only_generic(provider: Option<&str>) -> Result<(), Failure> {
    match provider.filter(|provider| !provider.is_empty() && *provider != "generic") {
        Some(provider) => Err(Failure::unsupported(&format!("spec.provider {provider}"))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn certificates_stand_beside_credentials_too() {
        let secrets = Secrets::default();
        let check = |entries: &[(&str, &str)]| {
            let found = connection(&secrets, Reached::default(), &Secret::of("auth", entries), MINUTE);
            found.map(|found| (found.ca.is_some(), found.client_certificate.is_some())).map_err(|error| error.message)
        };
        assert_eq!(check(&[]), Ok((false, false)));
        assert_eq!(check(&[("ca.crt", "a")]), Ok((true, false)));
        assert_eq!(check(&[("caFile", "a"), ("certFile", "b"), ("keyFile", "c")]), Ok((true, true)));
        assert_eq!(
            check(&[("tls.crt", "b")]),
            Err("secret 'auth' lacks `tls.key`, which the certificate in it needs".into())
        );
        assert_eq!(check(&[("tls.key", "b")]), Err("secret 'auth' lacks `tls.crt`, which the key in it needs".into()));
    }

    #[test]
    fn a_docker_config_counts_before_a_name() {
        let config = Secret::of("auth", &[(".dockerconfigjson", "{}"), ("username", "ada")]);
        assert_eq!(registry_credentials(&config), Ok(Credentials::DockerConfig { json: b"{}".to_vec() }));
        let half = registry_credentials(&Secret::of("auth", &[("username", "ada")])).map_err(|error| error.message);
        assert_eq!(half, Err("secret 'auth' lacks `password`, which a registry needs".to_owned()));
    }

    #[test]
    fn cloud_providers_are_refused() {
        assert!(only_generic(None).is_ok() && only_generic(Some("")).is_ok() && only_generic(Some("generic")).is_ok());
        assert_eq!(only_generic(Some("aws")).map_err(|failure| failure.reason), Err("Unsupported"));
    }
}
