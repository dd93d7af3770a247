//! What is in a registry, and how it answers.

use std::collections::BTreeMap;

use base64::Engine;
use bytes::Bytes;

use super::artifact::{Artifact, Manifest, digest_of};
use crate::web::{Asked, Reply};

/// What a registry wants of its users.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Login {
    /// Nothing.
    #[default]
    Open,
    /// The name `ada` and the password `secret`.
    Basic,
    /// A token, which is given at `/token` to the same user.
    Token,
}

/// One repository of a registry.
#[derive(Debug, Clone, Default)]
pub struct Content {
    manifests: BTreeMap<String, Manifest>,
    blobs: BTreeMap<String, Bytes>,
    tags: Vec<String>,
    referrers: BTreeMap<String, Manifest>,
    login: Login,
    /// How many tags are listed at once; 0 for all.
    page: usize,
}

impl Content {
    /// The same with a login.
    #[must_use]
    pub fn with_login(self, login: Login) -> Content {
        Content { login, ..self }
    }

    /// The same, listing tags in pages of so many.
    #[must_use]
    pub fn with_pages(self, page: usize) -> Content {
        Content { page, ..self }
    }

    /// Pushes an artifact under a tag, and returns its digest.
    pub fn push(&mut self, tag: &str, artifact: &Artifact) -> String {
        for blob in artifact.blobs() {
            self.blobs.insert(digest_of(&blob), blob);
        }
        self.push_manifest(tag, artifact.manifest())
    }

    /// Pushes a manifest alone.
    pub fn push_manifest(&mut self, tag: &str, manifest: Manifest) -> String {
        let digest = manifest.digest();
        self.manifests.insert(digest.clone(), manifest.clone());
        self.manifests.insert(tag.to_owned(), manifest);
        self.tags.push(tag.to_owned());
        digest
    }

    /// Says what refers to a digest. A registry that was told so lists what refers to anything.
    pub fn refer(&mut self, digest: &str, referrers: Manifest) {
        self.referrers.insert(digest.to_owned(), referrers);
    }

    /// Replaces a blob, whose digest is then wrong.
    pub fn damage(&mut self, digest: &str) {
        self.blobs.insert(digest.to_owned(), Bytes::from_static(b"something else"));
    }

    /// Removes a blob.
    pub fn lose(&mut self, digest: &str) {
        self.blobs.remove(digest);
    }

    /// The answer to a request, whatever the repository is called. `base` is the server's own address.
    pub fn answer(&self, base: &str, asked: &Asked) -> Reply {
        let authorization = asked.header("authorization");
        let ada = format!("Basic {}", base64::prelude::BASE64_STANDARD.encode("ada:secret"));
        if asked.path() == "/token" {
            let is_ada = authorization == ada || asked.body.windows(18).any(|part| part == b"refresh_token=long");
            return if is_ada { Reply::ok(r#"{"token": "short", "expires_in": 60}"#) } else { Reply::status(401) };
        }
        let challenge = match self.login {
            Login::Open => None,
            Login::Basic => (authorization != ada).then(|| "Basic realm=\"registry\"".to_owned()),
            Login::Token => (authorization != "Bearer short")
                .then(|| format!(r#"Bearer realm="{base}/token",service="registry.test",scope="repository:app:pull""#)),
        };
        if let Some(challenge) = challenge {
            return Reply::status(401).with("www-authenticate", &challenge);
        }
        let path = asked.path();
        if let Some((_, reference)) = path.rsplit_once("/manifests/") {
            let Some(manifest) = self.manifests.get(reference) else { return Reply::status(404) };
            let body = if asked.method == "HEAD" { Bytes::new() } else { manifest.content.clone() };
            return Reply::ok(body)
                .with("content-type", &manifest.media_type)
                .with("docker-content-digest", &manifest.digest());
        }
        if let Some((_, digest)) = path.rsplit_once("/blobs/") {
            return self.blobs.get(digest).map_or_else(|| Reply::status(404), |blob| Reply::ok(blob.clone()));
        }
        if let Some((_, digest)) = path.rsplit_once("/referrers/") {
            return match self.referrers.get(digest) {
                Some(referrers) => Reply::ok(referrers.content.clone()).with("content-type", &referrers.media_type),
                None if self.referrers.is_empty() => Reply::status(404),
                None => Reply::ok(Manifest::referrers(&[]).content),
            };
        }
        if path.ends_with("/tags/list") { self.list(asked) } else { Reply::ok("{}") }
    }

    fn list(&self, asked: &Asked) -> Reply {
        let last = asked.target.rsplit_once("last=").map(|(_, last)| last);
        let begin = last.and_then(|last| self.tags.iter().position(|tag| tag == last)).map_or(0, |at| at + 1);
        let end = if self.page == 0 { self.tags.len() } else { self.tags.len().min(begin + self.page) };
        let page = &self.tags[begin..end];
        let reply = Reply::ok(serde_json::json!({"name": "app", "tags": page}).to_string());
        match page.last() {
            Some(last) if end < self.tags.len() => {
                reply.with("link", &format!("<{}?n={}&last={last}>; rel=\"next\"", asked.path(), self.page))
            }
            _ => reply,
        }
    }
}
