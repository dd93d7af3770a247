//! The certificate authority, the server's and the administrator's certificates, and the administrator's token.

use std::fs;
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    SanType,
};
use serde::{Deserialize, Serialize};

use crate::authentication::{Tokens, new_token};
use crate::identity::NoRandomness;

const FILE: &str = "credentials.json";

/// Why the server has no credentials.
#[derive(Debug, thiserror::Error)]
pub enum CredentialsError {
    /// A certificate cannot be made.
    #[error("cannot make a certificate: {0}")]
    Certificate(#[from] rcgen::Error),
    /// The stored credentials cannot be read or written.
    #[error("cannot keep credentials in {path}: {cause}; check that you may write there")]
    File {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        cause: std::io::Error,
    },
    /// The stored credentials are damaged.
    #[error("{path} does not hold credentials: {cause}; remove it to have new ones made")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        cause: serde_json::Error,
    },
    /// No random bytes.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
}

/// A certificate and its key, both PEM.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Identity {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

/// Everything that proves who is who. Debugging shows no secrets.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Credentials {
    pub(crate) authority: Identity,
    pub(crate) server: Identity,
    pub(crate) administrator: Identity,
    token: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credentials")
    }
}

impl Credentials {
    /// New ones.
    pub(crate) fn generate() -> Result<Credentials, CredentialsError> {
        let key = KeyPair::generate()?;
        let mut params = named("tenter-ca", None);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages =
            vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign, KeyUsagePurpose::DigitalSignature];
        let certificate = params.self_signed(&key)?;
        let authority = Identity { certificate: certificate.pem(), key: key.serialize_pem() };
        let issuer = Issuer::new(params, key);

        let mut params = named("kube-apiserver", None);
        params.subject_alt_names = server_names()?;
        let server = issued(params, ExtendedKeyUsagePurpose::ServerAuth, &issuer)?;
        let params = named("kubernetes-admin", Some("system:masters"));
        let administrator = issued(params, ExtendedKeyUsagePurpose::ClientAuth, &issuer)?;
        Ok(Credentials { authority, server, administrator, token: new_token()? })
    }

    /// Those kept in a directory; new ones are made and kept where there are none.
    pub(crate) fn open(directory: &Path) -> Result<Credentials, CredentialsError> {
        let path = directory.join(FILE);
        match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|cause| CredentialsError::Damaged { path, cause }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let credentials = Credentials::generate()?;
                let text = serde_json::to_vec_pretty(&credentials);
                text.map_err(std::io::Error::from)
                    .and_then(|text| write_secret(&path, &text))
                    .map_err(|cause| CredentialsError::File { path, cause })?;
                Ok(credentials)
            }
            Err(cause) => Err(CredentialsError::File { path, cause }),
        }
    }

    pub(crate) fn tokens(&self) -> Tokens {
        Tokens::new(self.token.clone())
    }
}

/// Writes a file that only its owner can read; either all of it appears or nothing.
fn write_secret(path: &Path, text: &[u8]) -> std::io::Result<()> {
    let draft = path.with_extension("new");
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&draft)?;
    file.write_all(text)?;
    file.sync_all()?;
    fs::rename(&draft, path)
}

fn named(common_name: &str, organization: Option<&str>) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.remove(DnType::CommonName);
    params.distinguished_name.push(DnType::CommonName, common_name);
    if let Some(organization) = organization {
        params.distinguished_name.push(DnType::OrganizationName, organization);
    }
    params
}

fn server_names() -> Result<Vec<SanType>, rcgen::Error> {
    let names = ["localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"];
    let mut all =
        vec![SanType::IpAddress(IpAddr::V4(Ipv4Addr::LOCALHOST)), SanType::IpAddress(IpAddr::V6(Ipv6Addr::LOCALHOST))];
    for name in names {
        all.push(SanType::DnsName(name.try_into()?));
    }
    Ok(all)
}

fn issued(
    mut params: CertificateParams,
    purpose: ExtendedKeyUsagePurpose,
    issuer: &Issuer<'_, KeyPair>,
) -> Result<Identity, rcgen::Error> {
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![purpose];
    params.use_authority_key_identifier_extension = true;
    let key = KeyPair::generate()?;
    let certificate = params.signed_by(&key, issuer)?;
    Ok(Identity { certificate: certificate.pem(), key: key.serialize_pem() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_kept() {
        let directory = tempfile::tempdir().expect("a directory");
        let first = Credentials::open(directory.path()).expect("new credentials");
        let second = Credentials::open(directory.path()).expect("the same ones");
        assert_eq!(first.token, second.token);
        assert_eq!(first.authority.certificate, second.authority.certificate);
        fs::write(directory.path().join(FILE), "{}").expect("a damaged file");
        assert!(matches!(Credentials::open(directory.path()), Err(CredentialsError::Damaged { .. })));
    }
}
