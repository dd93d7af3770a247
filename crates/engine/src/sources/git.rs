//! GitRepositories.

use std::collections::BTreeMap;
use std::time::Duration;

use kinds::flux::GitRepository;
use source::{
    Artifact, ClientCertificate, Credentials, GitRequest, Include, Reference, ReferenceFields, SourceKind, Submodules,
};

use super::connection::{only_generic, proxy};
use super::failure::Failure;
use super::found::{Found, Observed, Summary};
use super::look::{Look, facts};
use super::secrets::Secret;
use super::verification;
use crate::Key;
use crate::artifacts::{Origin, SourceKey};

/// Flux's default for `spec.timeout`.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(60);

/// Looks for a new commit.
pub(super) async fn fetch(look: &Look<'_>, repository: &GitRepository) -> Result<Found, Failure> {
    let request = request(look, repository)?;
    let held = look.held_from(|origin| matches!(origin, Origin::Git(known) if *known == request));
    let last = held.as_ref().map(|held| held.artifact.revision.as_str());
    let fetched = look.engine.sources.fetch(&request, last).await;
    let fetched = fetched.map_err(|error| Failure::of(&error, SourceKind::GitRepository))?;
    let (artifact, news) = look.keep(fetched, held, Origin::Git(request));
    let told = match &artifact.commit {
        Some(commit) => format!("stored artifact for commit '{}'", commit.summary()),
        None => format!("stored artifact for revision '{}'", artifact.revision),
    };
    Ok(Found {
        artifact: Some(facts(&artifact, commit(&artifact))),
        news,
        summary: Summary::succeeded(format!("stored artifact for revision '{}'", artifact.revision)),
        told,
        verified: verification::told(&artifact),
        observed: Observed {
            ignore: repository.spec.ignore.clone(),
            verification_mode: repository.spec.verify.as_ref().map(|verify| verify.mode.as_str().to_owned()),
            ..Observed::default()
        },
    })
}

/// What people want to know of the commit.
fn commit(artifact: &Artifact) -> BTreeMap<String, String> {
    let facts = artifact.commit.iter().flat_map(|commit| {
        [
            ("author", format!("{} <{}>", commit.author_name, commit.author_email)),
            ("date", commit.time.to_string()),
            ("message", commit.summary().to_owned()),
        ]
    });
    facts.map(|(key, value)| (key.to_owned(), value)).collect()
}

/// Puts together what the object, its Secrets and the sources that it includes say.
fn request(look: &Look<'_>, repository: &GitRepository) -> Result<GitRequest, Failure> {
    let spec = &repository.spec;
    only_generic(spec.provider.as_deref())?;
    let secret = look.secrets.get_if_given("secretRef", spec.secret_ref.as_ref())?;
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
    request.proxy = proxy(&look.secrets, spec.proxy_secret_ref.as_ref())?;
    request.credentials = credentials(&spec.url, &secret)?;
    request.ca = secret.either("ca.crt", "caFile");
    request.client_certificate = client_certificate(&secret);
    request.timeout = spec.timeout.map_or(DEFAULT_TIMEOUT, |timeout| timeout.0);
    request.submodules = if spec.recurse_submodules { Submodules::Recurse } else { Submodules::Skip };
    request.sparse = spec.sparse_checkout.clone();
    request.ignore = spec.ignore.clone();
    request.verification =
        spec.verify.as_ref().map(|verify| verification::of_git(&look.secrets, verify)).transpose()?;
    for include in &spec.include {
        let name = &include.repository.name;
        let other = SourceKey::git_repository(&Key::new(repository.metadata.namespace.as_str(), name.as_str()));
        let held = look.engine.artifacts.get(&other).ok_or_else(|| {
            Failure::waiting("NotFound", format!("include '{name}': that GitRepository has no artifact yet"))
        })?;
        let to_path = if include.to_path.is_empty() { name.clone() } else { include.to_path.clone() };
        let tree = held.artifact.tree.clone();
        request.includes.push(Include { tree, from_path: include.from_path.clone(), to_path });
    }
    Ok(request)
}

/// What Flux reads from a Secret: `identity` and `known_hosts` for ssh, `bearerToken`, or `username` and `password`.
fn credentials(url: &str, secret: &Secret) -> Result<Credentials, Failure> {
    let scheme = url.split_once("://").map_or("the URL", |(scheme, _)| scheme);
    if secret.is_empty() {
        return Ok(Credentials::None);
    }
    if scheme == "ssh" {
        let (Some(identity), Some(known_hosts)) = (secret.bytes("identity"), secret.bytes("known_hosts")) else {
            return Err(secret.lacks("`identity` or `known_hosts`", scheme));
        };
        return Ok(Credentials::Ssh {
            identity: identity.clone(),
            known_hosts: known_hosts.clone(),
            password: secret.text("password"),
        });
    }
    match secret.text("bearerToken") {
        Some(token) => Ok(Credentials::Bearer { token }),
        None => secret.basic(scheme),
    }
}

fn client_certificate(secret: &Secret) -> Option<ClientCertificate> {
    let certificate = secret.either("tls.crt", "certFile")?;
    Some(ClientCertificate { certificate, key: secret.either("tls.key", "keyFile")? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(url: &str, entries: &[(&str, &str)], expected: Result<Credentials, &str>) {
        let found = credentials(url, &Secret::of("auth", entries)).map_err(|failure| failure.message);
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
