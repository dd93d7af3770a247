//! What the cluster fetches with: a Secret of its own. One that is there already stays.

use std::path::Path;

use cluster::{ApplyMode, Cluster, ObjectRef};
use manifest::{GroupVersionKind, Value};
use serde_json::json;
use tokio::process::Command;

use crate::cli::BootstrapGit;
use crate::entry::{MANAGER, NAME};
use crate::error::Failure;
use crate::output;

/// The Secret of the source.
pub(super) enum Credentials {
    /// It is in the cluster.
    There,
    /// It is to be made.
    New(Value),
}

impl Credentials {
    /// Its name.
    pub(super) fn name(&self) -> &'static str {
        NAME
    }

    /// Makes it, unless it is there.
    pub(super) async fn apply(&self, cluster: &Cluster) -> Result<(), Failure> {
        let Credentials::New(secret) = self else { return Ok(()) };
        let applied = cluster.apply(secret, None, &ApplyMode::forced(MANAGER)).await;
        applied.map_err(|error| Failure::Reconciliation(format!("Secret '{NAME}' cannot be applied: {error}")))?;
        let namespace = secret["metadata"]["namespace"].as_str().unwrap_or_default();
        output::error(&format!("✔ Secret/{namespace}/{NAME} created"));
        Ok(())
    }
}

/// How an address is fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Scheme {
    /// With a key, from this host and port.
    Ssh { host: String, port: Option<String> },
    /// With a password, or without.
    Http,
    /// From this machine, without anything.
    Local,
}

/// The Secret of an address; none if it needs none.
pub(super) async fn find(
    cluster: &Cluster,
    namespace: &str,
    arguments: &BootstrapGit,
) -> Result<Option<Credentials>, Failure> {
    let scheme = scheme(&arguments.url)?;
    if scheme == Scheme::Local {
        return Ok(None);
    }
    let access = &arguments.access;
    let renewed = access.private_key_file.is_some() || access.username.is_some();
    let secrets = GroupVersionKind::from_api_version("v1", "Secret");
    if !renewed && cluster.get(&ObjectRef::new(secrets, namespace, NAME)).await?.is_some() {
        return Ok(Some(Credentials::There));
    }
    let data = match scheme {
        Scheme::Local => return Ok(None),
        Scheme::Http => match &access.username {
            None => return Ok(None),
            Some(username) => {
                let password = std::env::var("GIT_PASSWORD").ok().filter(|password| !password.is_empty());
                let missing = || Failure::Usage("--username needs a password in $GIT_PASSWORD".to_owned());
                json!({"username": username, "password": password.ok_or_else(missing)?})
            }
        },
        Scheme::Ssh { host, port } => {
            let identity = match &access.private_key_file {
                Some(path) => read(path)?,
                None => generate().await?,
            };
            let known_hosts = match &access.known_hosts_file {
                Some(path) => read(path)?,
                None => scan(&host, port.as_deref()).await?,
            };
            json!({"identity": identity, "known_hosts": known_hosts})
        }
    };
    Ok(Some(Credentials::New(json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": NAME, "namespace": namespace},
        "stringData": data,
    }))))
}

fn scheme(url: &str) -> Result<Scheme, Failure> {
    if source::local_path(url).is_some() {
        return Ok(Scheme::Local);
    }
    match url.split_once("://") {
        Some(("https" | "http", _)) => Ok(Scheme::Http),
        Some(("ssh", rest)) => {
            let authority = rest.split('/').next().unwrap_or_default();
            let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
            let (host, port) = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
                Some((host, after)) => (host, after.strip_prefix(':')),
                None => host.split_once(':').map_or((host, None), |(host, port)| (host, Some(port))),
            };
            if host.is_empty() || host.starts_with('-') {
                return Err(Failure::Usage(format!("{url} names no host")));
            }
            Ok(Scheme::Ssh { host: host.to_owned(), port: port.map(str::to_owned) })
        }
        Some(_) | None => Err(Failure::Usage(format!(
            "{url} is no address that a cluster can fetch; write ssh://git@HOST/PATH or https://HOST/PATH"
        ))),
    }
}

fn read(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|source| Failure::Read { path: path.to_owned(), source })
}

/// A new key. Its public half is for the git server; the private one is never written anywhere but into the cluster.
async fn generate() -> Result<String, Failure> {
    let folder = tempfile::tempdir().map_err(|source| Failure::Write { path: std::env::temp_dir(), source })?;
    let file = folder.path().join("identity");
    let name = file.to_string_lossy();
    execute("ssh-keygen", &["-q", "-t", "ed25519", "-N", "", "-C", "tenter", "-f", &name]).await?;
    let public = read(&file.with_extension("pub"))?;
    output::error(&format!("► the cluster's deploy key; give it read access to the repository:\n{}", public.trim()));
    read(&file)
}

/// The keys of a host, as it shows them now. Whoever runs this compares them with what the host's owner published.
async fn scan(host: &str, port: Option<&str>) -> Result<String, Failure> {
    let mut arguments = vec!["-T", "10", "-t", "ed25519,ecdsa,rsa"];
    if let Some(port) = port {
        arguments.extend(["-p", port]);
    }
    arguments.push(host);
    let keys = execute("ssh-keyscan", &arguments).await?;
    if keys.trim().is_empty() {
        return Err(Failure::Usage(format!("{host} shows no ssh host keys; name them with --known-hosts-file")));
    }
    output::error(&format!("► the keys of {host}; compare them with what its owner published:\n{}", keys.trim()));
    Ok(keys)
}

async fn execute(program: &str, arguments: &[&str]) -> Result<String, Failure> {
    let failed = |why: String| Failure::Program { program: program.to_owned(), why };
    let output = Command::new(program)
        .args(arguments)
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|error| failed(error.to_string()))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(failed(String::from_utf8_lossy(&output.stderr).trim().to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(url: &str, expected: Expect) {
        let shown = match scheme(url) {
            Ok(scheme) => format!("{scheme:?}"),
            Err(error) => error.to_string(),
        };
        expected.assert_eq(&shown);
    }

    #[test]
    fn addresses() {
        check("ssh://git@git.example.com/org/fleet.git", expect![[r#"Ssh { host: "git.example.com", port: None }"#]]);
        check(
            "ssh://git.example.com:2222/fleet.git",
            expect![[r#"Ssh { host: "git.example.com", port: Some("2222") }"#]],
        );
        check("ssh://git@[::1]:22/fleet.git", expect![[r#"Ssh { host: "::1", port: Some("22") }"#]]);
        check("https://git.example.com/fleet.git", expect!["Http"]);
        check("file:///srv/fleet.git", expect!["Local"]);
        check("ssh://-oProxyCommand=x/fleet.git", expect!["ssh://-oProxyCommand=x/fleet.git names no host"]);
        check(
            "ftp://git.example.com/fleet.git",
            expect![
                "ftp://git.example.com/fleet.git is no address that a cluster can fetch; write ssh://git@HOST/PATH or \
                 https://HOST/PATH"
            ],
        );
    }
}
