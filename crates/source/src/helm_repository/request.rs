//! What to fetch from a Helm repository, and how to get in.

use crate::oci::Verification;
use crate::request::{Connection, Credentials};

/// One `HelmRepository`, as far as reading it is concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HelmRepositoryRequest {
    /// `https://` or `http://` to where `index.yaml` is, or `oci://` to what the names of charts are added to.
    pub url: String,
    /// How to authenticate: a name and a password, and for `oci://` also a `.dockerconfigjson`.
    pub credentials: Credentials,
    /// Who is shown them.
    pub pass_credentials: PassCredentials,
    /// How the server is reached. For `oci://`, see [`Registry`].
    pub connection: Connection,
    /// How a registry is spoken to, for `oci://`.
    pub registry: Registry,
}

impl HelmRepositoryRequest {
    /// A request without credentials, over a connection with defaults.
    pub fn new(url: impl Into<String>) -> HelmRepositoryRequest {
        HelmRepositoryRequest {
            url: url.into(),
            credentials: Credentials::None,
            pass_credentials: PassCredentials::SameHost,
            connection: Connection::default(),
            registry: Registry::Secure,
        }
    }

    /// Whether the charts are in a registry, where there is no index.
    pub fn is_oci(&self) -> bool {
        self.url.starts_with("oci://")
    }
}

/// Who is shown the credentials of a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PassCredentials {
    /// The scheme, host and port of the repository.
    #[default]
    SameHost,
    /// Whatever hosts its index names: `spec.passCredentials`.
    AllHosts,
}

/// How a registry is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Registry {
    /// Over TLS. A registry on this machine or in a private network may do without, as for all of Flux's registry code.
    #[default]
    Secure,
    /// Over plain HTTP: `spec.insecure`.
    Plain,
}

/// One `HelmChart` of a `HelmRepository`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HelmChartRequest {
    /// Where it is.
    pub repository: HelmRepositoryRequest,
    /// The name of the chart.
    pub name: String,
    /// A version or a range of versions; empty and `*` for the newest release.
    pub version: String,
    /// Who must have signed it, which only charts in registries can be.
    pub verification: Verification,
}
