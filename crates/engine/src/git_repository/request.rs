//! From a GitRepository and the objects it refers to, to what is fetched.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cluster::{Cluster, ObjectRef};
use kinds::flux::GitRepository;
use manifest::GroupVersionKind;
use source::{ClientCertificate, Credentials, GitRequest, Include, Proxy, Reference, ReferenceFields, Submodules};

use super::actor::Failure;
use crate::Key;
use crate::artifacts::{Artifacts, SourceKey};

/// Flux's default for `spec.timeout`.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(60);

/// Reads the referenced Secrets and sources, and puts everything together.
pub(crate) async fn request(
    cluster: &Cluster,
    artifacts: &Artifacts,
    repository: &GitRepository,
) -> Result<GitRequest, Failure> {
    let spec = &repository.spec;
    let namespace = &repository.metadata.namespace;
    if spec.verify.is_some() {
        return Err(Failure::unsupported("spec.verify"));
    }
    if let Some(provider) = spec.provider.as_deref().filter(|provider| *provider != "generic" && !provider.is_empty()) {
        return Err(Failure::unsupported(&format!("spec.provider {provider}")));
    }
    let secret = match &spec.secret_ref {
        Some(reference) => read_secret(cluster, namespace, &reference.name).await?,
        None => BTreeMap::new(),
    };
    let proxy = match &spec.proxy_secret_ref {
        Some(reference) => Some(proxy(&reference.name, read_secret(cluster, namespace, &reference.name).await?)?),
        None => None,
    };
    let mut request = GitRequest::new(
        &spec.url,
        Reference::from(ReferenceFields {
            branch: spec.reference.branch.clone(),
            tag: spec.reference.tag.clone(),
            semver: spec.reference.semver.clone(),
            name: spec.reference.name.clone(),
            commit: spec.reference.commit.clone(),
        }),
    );
    let name = spec.secret_ref.as_ref().map(|reference| reference.name.as_str()).unwrap_or_default();
    request.credentials = credentials(&spec.url, name, &secret)?;
    request.ca = secret.get("ca.crt").or_else(|| secret.get("caFile")).cloned();
    request.client_certificate = client_certificate(&secret);
    request.proxy = proxy;
    request.timeout = spec.timeout.map_or(DEFAULT_TIMEOUT, |timeout| timeout.0);
    request.submodules = if spec.recurse_submodules { Submodules::Recurse } else { Submodules::Skip };
    request.sparse = spec.sparse_checkout.clone();
    request.ignore = spec.ignore.clone();
    for include in &spec.include {
        let other = SourceKey::git_repository(&Key::new(namespace.as_str(), &*include.repository.name));
        let held = artifacts.get(&other).ok_or_else(|| Failure {
            reason: "NotFound",
            message: format!("include '{}': that GitRepository has no artifact yet", include.repository.name),
            waits_for: Some(other.key.clone()),
        })?;
        let to_path = match include.to_path.as_str() {
            "" => include.repository.name.clone(),
            path => path.to_owned(),
        };
        let tree = held.artifact.tree.clone();
        request.includes.push(Include { tree, from_path: include.from_path.clone(), to_path });
    }
    Ok(request)
}

type Secret = BTreeMap<String, Vec<u8>>;

async fn read_secret(cluster: &Cluster, namespace: &str, name: &str) -> Result<Secret, Failure> {
    let failure = |message: String| Failure { reason: "AuthenticationFailed", message, waits_for: None };
    let reference = ObjectRef::new(GroupVersionKind::from_api_version("v1", "Secret"), namespace, name);
    let found =
        cluster.get(&reference).await.map_err(|error| failure(format!("secret '{namespace}/{name}': {error}")))?;
    let object = found
        .ok_or_else(|| failure(format!("secret '{namespace}/{name}' not found; create it or correct secretRef")))?;
    let data = object["data"].as_object().into_iter().flatten();
    data.map(|(key, value)| {
        let decoded = STANDARD.decode(value.as_str().unwrap_or_default());
        let bytes = decoded.map_err(|_| failure(format!("secret '{namespace}/{name}': {key} is not base64")))?;
        Ok((key.clone(), bytes))
    })
    .collect()
}

/// What Flux reads from a Secret: `identity` and `known_hosts` for ssh, `bearerToken`, or `username` and `password`.
fn credentials(url: &str, name: &str, secret: &Secret) -> Result<Credentials, Failure> {
    let text =
        |key: &str| secret.get(key).map(|bytes| String::from_utf8_lossy(bytes).trim_end_matches('\n').to_owned());
    let missing = |keys: &str| Failure {
        reason: "AuthenticationFailed",
        message: format!("secret '{name}' lacks {keys}, which {} needs", scheme(url)),
        waits_for: None,
    };
    if secret.is_empty() {
        return Ok(Credentials::None);
    }
    if url.starts_with("ssh://") {
        let (Some(identity), Some(known_hosts)) = (secret.get("identity"), secret.get("known_hosts")) else {
            return Err(missing("`identity` or `known_hosts`"));
        };
        return Ok(Credentials::Ssh {
            identity: identity.clone(),
            known_hosts: known_hosts.clone(),
            password: text("password"),
        });
    }
    match (text("bearerToken"), text("username"), text("password")) {
        (Some(token), _, _) => Ok(Credentials::Bearer { token }),
        (None, Some(username), Some(password)) => Ok(Credentials::Basic { username, password }),
        (None, None, None) => Ok(Credentials::None),
        (None, Some(_), None) => Err(missing("`password`")),
        (None, None, Some(_)) => Err(missing("`username`")),
    }
}

fn scheme(url: &str) -> &str {
    url.split_once("://").map_or("the URL", |(scheme, _)| scheme)
}

fn client_certificate(secret: &Secret) -> Option<ClientCertificate> {
    let either = |new: &str, old: &str| secret.get(new).or_else(|| secret.get(old)).cloned();
    Some(ClientCertificate { certificate: either("tls.crt", "certFile")?, key: either("tls.key", "keyFile")? })
}

fn proxy(name: &str, secret: Secret) -> Result<Proxy, Failure> {
    let text = |key: &str| secret.get(key).map(|bytes| String::from_utf8_lossy(bytes).trim().to_owned());
    let address = text("address").ok_or_else(|| Failure {
        reason: "AuthenticationFailed",
        message: format!("proxy secret '{name}' lacks `address`"),
        waits_for: None,
    })?;
    Ok(Proxy { address, username: text("username"), password: text("password") })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(entries: &[(&str, &str)]) -> Secret {
        entries.iter().map(|(key, value)| ((*key).to_owned(), value.as_bytes().to_vec())).collect()
    }

    fn check(url: &str, entries: &[(&str, &str)], expected: Result<Credentials, &str>) {
        let found = credentials(url, "auth", &secret(entries)).map_err(|failure| failure.message);
        assert_eq!(found, expected.map_err(str::to_owned));
    }

    #[test]
    fn secrets_become_credentials() {
        let https = "https://example.com/repo.git";
        check(https, &[], Ok(Credentials::None));
        check(https, &[("ca.crt", "x")], Ok(Credentials::None));
        check(
            https,
            &[("username", "ada"), ("password", "p\n")],
            Ok(Credentials::Basic { username: "ada".into(), password: "p".into() }),
        );
        check(https, &[("bearerToken", "t")], Ok(Credentials::Bearer { token: "t".into() }));
        check(https, &[("username", "ada")], Err("secret 'auth' lacks `password`, which https needs"));
        check(
            "ssh://git@example.com/repo.git",
            &[("identity", "key")],
            Err("secret 'auth' lacks `identity` or `known_hosts`, which ssh needs"),
        );
    }
}
