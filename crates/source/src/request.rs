//! What to fetch, and how to get in.

use std::fmt;
use std::time::Duration;

use manifest::Tree;

use crate::git::GitVerification;

/// One `GitRepository`, as far as fetching it is concerned.
#[derive(Debug, Clone, PartialEq)]
pub struct GitRequest {
    /// `https://`, `http://`, `ssh://`, `user@host:path`, `file://` or a path.
    pub url: String,
    /// What to check out.
    pub reference: Reference,
    /// How to authenticate.
    pub credentials: Credentials,
    /// Certificates (PEM) to trust besides the system's, for `https://`.
    pub ca: Option<Vec<u8>>,
    /// The certificate to present to the server, for `https://`.
    pub client_certificate: Option<ClientCertificate>,
    /// The proxy to go through, for `https://` and `http://`.
    pub proxy: Option<Proxy>,
    /// How long the whole operation may take. Flux's default is 60 s.
    pub timeout: Duration,
    /// Whether submodules are read too.
    pub submodules: Submodules,
    /// `spec.sparseCheckout`: only files whose paths begin with one of these are read, and each has to be there. Empty:
    /// everything.
    pub sparse: Vec<String>,
    /// `spec.ignore`: rules that follow those of all `.sourceignore` files.
    pub ignore: Option<String>,
    /// `spec.include`: files of other sources, placed over the repository's before ignore rules apply.
    pub includes: Vec<Include>,
    /// `spec.verify`: who must have signed the commit; anybody may have written it where there is none.
    pub verification: Option<GitVerification>,
}

impl GitRequest {
    /// A request for a branch without credentials, includes or rules, and with Flux's timeout of 60 s.
    pub fn new(url: impl Into<String>, reference: Reference) -> GitRequest {
        GitRequest {
            url: url.into(),
            reference,
            credentials: Credentials::None,
            ca: None,
            client_certificate: None,
            proxy: None,
            timeout: Duration::from_secs(60),
            submodules: Submodules::Skip,
            sparse: Vec::new(),
            ignore: None,
            includes: Vec::new(),
            verification: None,
        }
    }
}

/// The commit to check out, by one of git's many names for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reference {
    /// The head of a branch.
    Branch(String),
    /// A tag; an annotated one is followed to its commit.
    Tag(String),
    /// The highest tag in a range, as the Masterminds library reads it; see [`manifest::semver_range::VersionRange`].
    SemVer(String),
    /// A commit by its full id.
    Commit {
        /// Forty hexadecimal digits.
        sha: String,
        /// The branch it is on, if known: it becomes a part of the revision, and is all that is fetched where the
        /// server gives no commit by its id.
        branch: Option<String>,
    },
    /// Any reference by its full name, such as `refs/pull/1/head`.
    Name(String),
}

/// `spec.ref` as written: any of its fields may be given together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReferenceFields {
    /// `spec.ref.branch`.
    pub branch: Option<String>,
    /// `spec.ref.tag`.
    pub tag: Option<String>,
    /// `spec.ref.semver`.
    pub semver: Option<String>,
    /// `spec.ref.name`.
    pub name: Option<String>,
    /// `spec.ref.commit`.
    pub commit: Option<String>,
}

impl From<ReferenceFields> for Reference {
    /// The field that counts: commit, name, tag, semver, branch, in this order, and else the branch `master`. Empty
    /// fields count as absent.
    ///
    /// Flux's API documentation puts semver before tag; its code, which this follows, does not.
    fn from(fields: ReferenceFields) -> Reference {
        let given = |field: Option<String>| field.filter(|text| !text.is_empty());
        let branch = given(fields.branch);
        if let Some(sha) = given(fields.commit) {
            return Reference::Commit { sha, branch };
        }
        given(fields.name)
            .map(Reference::Name)
            .or_else(|| given(fields.tag).map(Reference::Tag))
            .or_else(|| given(fields.semver).map(Reference::SemVer))
            .unwrap_or_else(|| Reference::Branch(branch.unwrap_or_else(|| "master".to_owned())))
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reference::Branch(name) => write!(f, "branch {name:?}"),
            Reference::Tag(name) => write!(f, "tag {name:?}"),
            Reference::SemVer(range) => write!(f, "version {range:?}"),
            Reference::Commit { sha, .. } => write!(f, "commit {sha}"),
            Reference::Name(name) => write!(f, "reference {name:?}"),
        }
    }
}

/// How to authenticate. Its `Debug` form shows no secret.
#[derive(Clone, Default, PartialEq, Eq)]
pub enum Credentials {
    /// Not at all, or with the name and password in the URL.
    #[default]
    None,
    /// A name and a password or token.
    Basic {
        /// The name.
        username: String,
        /// The password or token.
        password: String,
    },
    /// A token in the `Authorization` header.
    Bearer {
        /// The token.
        token: String,
    },
    /// A private key for ssh.
    Ssh {
        /// The private key, in OpenSSH or PEM format.
        identity: Vec<u8>,
        /// The host keys to trust, in `known_hosts` format. No other host key is ever accepted.
        known_hosts: Vec<u8>,
        /// The private key's passphrase.
        password: Option<String>,
    },
    /// A `.dockerconfigjson`: credentials for several registries, each chosen by its host.
    DockerConfig {
        /// The file's content.
        json: Vec<u8>,
    },
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Credentials::None => "None",
            Credentials::Basic { .. } => "Basic(…)",
            Credentials::Bearer { .. } => "Bearer(…)",
            Credentials::Ssh { .. } => "Ssh(…)",
            Credentials::DockerConfig { .. } => "DockerConfig(…)",
        })
    }
}

/// How a server is reached: what all sources but git have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// Certificates (PEM) to trust besides the system's.
    pub ca: Option<Vec<u8>>,
    /// The certificate to present to the server.
    pub client_certificate: Option<ClientCertificate>,
    /// The proxy to go through; `None` for what the environment says.
    pub proxy: Option<Proxy>,
    /// How long one operation may take in all. Flux's default is 60 s.
    pub timeout: Duration,
}

impl Default for Connection {
    /// The system's certificates, the environment's proxy, and 60 s.
    fn default() -> Connection {
        Connection { ca: None, client_certificate: None, proxy: None, timeout: Duration::from_secs(60) }
    }
}

/// A certificate to present, and its key. Its `Debug` form shows neither.
#[derive(Clone, PartialEq, Eq)]
pub struct ClientCertificate {
    /// The certificate chain, PEM.
    pub certificate: Vec<u8>,
    /// The private key, PEM.
    pub key: Vec<u8>,
}

impl fmt::Debug for ClientCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientCertificate(…)")
    }
}

/// An HTTP or SOCKS proxy. Its `Debug` form shows no password.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    /// `http://host:port`, `https://host:port` or `socks5://host:port`.
    pub address: String,
    /// The name for it.
    pub username: Option<String>,
    /// The password for it.
    pub password: Option<String>,
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proxy({})", crate::url::redact(&self.address))
    }
}

/// Whether submodules become a part of the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Submodules {
    /// Their folders stay empty, and so are left out.
    #[default]
    Skip,
    /// They are fetched with the same credentials where they live on the same host, else with none, and so on for
    /// theirs.
    Recurse,
}

/// One entry of `spec.include`.
#[derive(Debug, Clone, PartialEq)]
pub struct Include {
    /// The other source's files.
    pub tree: Tree,
    /// The file or folder of it to take; empty for all.
    pub from_path: String,
    /// Where to put it. Flux's default is the name of the other `GitRepository`.
    pub to_path: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reference(fields: &[(&str, &str)]) -> Reference {
        let field = |name: &str| fields.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        Reference::from(ReferenceFields {
            branch: field("branch"),
            tag: field("tag"),
            semver: field("semver"),
            name: field("name"),
            commit: field("commit"),
        })
    }

    #[test]
    fn the_most_exact_field_counts() {
        let mut fields =
            vec![("branch", "main"), ("semver", ">=1"), ("tag", "v1"), ("name", "refs/heads/x"), ("commit", "abc")];
        let mut chosen = Vec::new();
        while !fields.is_empty() {
            chosen.push(reference(&fields).to_string());
            fields.pop();
        }
        chosen.push(reference(&[]).to_string());
        chosen.push(reference(&[("branch", ""), ("tag", "")]).to_string());
        expect_test::expect![[r#"
            [
                "commit abc",
                "reference \"refs/heads/x\"",
                "tag \"v1\"",
                "version \">=1\"",
                "branch \"main\"",
                "branch \"master\"",
                "branch \"master\"",
            ]
        "#]]
        .assert_debug_eq(&chosen);
    }

    #[test]
    fn secrets_do_not_show() {
        let mut request = GitRequest::new("https://example.com/a.git", Reference::Branch("main".into()));
        request.credentials = Credentials::Basic { username: "ada".into(), password: "hunter2".into() };
        request.proxy = Some(Proxy {
            address: "http://ada:hunter2@proxy:1".into(),
            username: None,
            password: Some("hunter2".into()),
        });
        request.client_certificate = Some(ClientCertificate { certificate: b"x".to_vec(), key: b"hunter2".to_vec() });
        let shown = format!("{request:?}");
        assert!(!shown.contains("hunter2") && !shown.contains("ada"), "{shown}");
    }
}
