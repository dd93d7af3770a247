//! Which credentials a registry is shown.

use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;

use super::name::Name;
use crate::error::SourceError;
use crate::request::Credentials;

/// The credentials for one registry.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Login {
    /// None. Of a `.dockerconfigjson` without an entry for the registry too.
    Anonymous {
        /// What to say if the registry wants some.
        hint: &'static str,
    },
    /// A name and a password.
    Basic { username: String, password: String },
    /// A token that is exchanged for others.
    Refresh { token: String },
    /// A token for the registry itself.
    Bearer { token: String },
}

/// `~/.docker/config.json`.
#[derive(Deserialize)]
struct DockerConfig {
    #[serde(default)]
    auths: BTreeMap<String, Entry>,
}

#[derive(Deserialize, Default)]
struct Entry {
    #[serde(default)]
    username: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    auth: String,
    #[serde(default, rename = "identitytoken")]
    identity_token: String,
    #[serde(default, rename = "registrytoken")]
    registry_token: String,
}

impl Login {
    /// The credentials of a request for a repository.
    pub(super) fn of(credentials: &Credentials, name: &Name) -> Result<Login, SourceError> {
        let unusable =
            |reason: &str| SourceError::InvalidCredentials { url: name.to_string(), reason: reason.to_owned() };
        match credentials {
            Credentials::None => Ok(Login::Anonymous { hint: "set secretRef to a secret with .dockerconfigjson" }),
            Credentials::Basic { username, password } => {
                Ok(Login::Basic { username: username.clone(), password: password.clone() })
            }
            Credentials::Bearer { token } => Ok(Login::Bearer { token: token.clone() }),
            Credentials::Ssh { .. } => Err(unusable("these are for ssh://; give a .dockerconfigjson")),
            Credentials::DockerConfig { json } => {
                let config: DockerConfig = serde_json::from_slice(json)
                    .map_err(|_| unusable("the .dockerconfigjson is no JSON of that form"))?;
                let found =
                    config.auths.iter().filter_map(|(key, entry)| Some((name.matches_config_entry(key)?, entry)));
                match found.max_by_key(|(exactness, _)| *exactness) {
                    Some((_, entry)) => entry.login().ok_or_else(|| {
                        unusable(
                            "its entry in .dockerconfigjson has neither a name with a password nor a readable `auth`",
                        )
                    }),
                    None => {
                        Ok(Login::Anonymous { hint: "the .dockerconfigjson has no entry for this registry; add one" })
                    }
                }
            }
        }
    }
}

impl Entry {
    fn login(&self) -> Option<Login> {
        if !self.registry_token.is_empty() {
            return Some(Login::Bearer { token: self.registry_token.clone() });
        }
        if !self.identity_token.is_empty() {
            return Some(Login::Refresh { token: self.identity_token.clone() });
        }
        if !self.username.is_empty() {
            return Some(Login::Basic { username: self.username.clone(), password: self.password.clone() });
        }
        let decoded = String::from_utf8(BASE64_STANDARD.decode(&self.auth).ok()?).ok()?;
        let (username, password) = decoded.split_once(':')?;
        Some(Login::Basic { username: username.to_owned(), password: password.trim_end_matches('\0').to_owned() })
    }
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Login::Anonymous { .. } => "Anonymous",
            Login::Basic { .. } => "Basic(…)",
            Login::Refresh { .. } => "Refresh(…)",
            Login::Bearer { .. } => "Bearer(…)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str, url: &str, expected: Result<&str, &str>) {
        let credentials = Credentials::DockerConfig { json: json.as_bytes().to_vec() };
        let login = Login::of(&credentials, &Name::parse(url).unwrap());
        let shown = match &login {
            Ok(Login::Basic { username, password }) => Ok(format!("{username} {password}")),
            Ok(Login::Refresh { token }) => Ok(format!("refresh {token}")),
            Ok(Login::Bearer { token }) => Ok(format!("bearer {token}")),
            Ok(Login::Anonymous { .. }) => Ok("nobody".to_owned()),
            Err(error) => Err(error.to_string()),
        };
        assert_eq!(shown.as_deref().map_err(String::as_str), expected);
    }

    #[test]
    fn the_most_exact_entry_counts() {
        let json = r#"{"auths": {
            "ghcr.io": {"auth": "YWRhOnNlOmNyZXQ="},
            "ghcr.io/org": {"username": "org", "password": "x"},
            "*.io": {"username": "any", "password": "x"},
            "https://index.docker.io/v1/": {"identitytoken": "long"},
            "quay.io": {"registrytoken": "short"},
            "broken.example.com": {"auth": "?"}
        }}"#;
        check(json, "oci://ghcr.io/other/app", Ok("ada se:cret"));
        check(json, "oci://ghcr.io/org/app", Ok("org x"));
        check(json, "oci://gcr.io/org/app", Ok("any x"));
        check(json, "oci://docker.io/org/app", Ok("refresh long"));
        check(json, "oci://quay.io/app", Ok("bearer short"));
        check(json, "oci://example.com/app", Ok("nobody"));
        check(
            json,
            "oci://broken.example.com/app",
            Err(
                "oci://broken.example.com/app: unusable credentials: its entry in .dockerconfigjson has neither a name with a password nor a readable `auth`",
            ),
        );
        check(
            "[",
            "oci://ghcr.io/a",
            Err("oci://ghcr.io/a: unusable credentials: the .dockerconfigjson is no JSON of that form"),
        );
    }
}
