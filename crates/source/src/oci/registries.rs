//! Talking to registries: requests, tokens, manifests, blobs and tags.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue, LINK, WWW_AUTHENTICATE};
use reqwest::{Client, Method, Response, StatusCode, Url};

use super::challenge::Challenge;
use super::credentials::Login;
use super::manifest::{ACCEPTED, Descriptor, Document, Manifest, for_platform, is_sha256};
use super::name::Name;
use super::token;
use crate::blobs::Blobs;
use crate::error::SourceError;
use crate::fingerprint::{Fingerprint, sha256};
use crate::flights::Flights;
use crate::helm_repository::Registry;
use crate::http::{self, Clients};
use crate::limits::Limits;
use crate::mirrors::Mirrors;
use crate::request::{Connection, Credentials};

/// The largest manifest, as registries have it.
const MAX_MANIFEST: u64 = 4 << 20;

/// The largest page of tags.
const MAX_PAGE: u64 = 4 << 20;

/// How many pages of tags are read.
const MOST_PAGES: usize = 1000;

/// How many tokens are kept.
const MOST_TOKENS: usize = 1000;

/// The digest of what a registry sends.
const DIGEST: &str = "docker-content-digest";

/// All registries.
#[derive(Debug)]
pub(crate) struct Registries {
    clients: Arc<Clients>,
    blobs: Arc<Blobs>,
    mirrors: Arc<Mirrors>,
    pub(super) limits: Limits,
    downloads: Flights,
    /// What was sent as `Authorization` when a registry last answered, by repository and credentials.
    tokens: Mutex<HashMap<String, HeaderValue>>,
    /// Whether nearby registries speak TLS.
    schemes: Mutex<HashMap<String, &'static str>>,
}

/// One repository, for one user.
pub(super) struct Session<'a> {
    registries: &'a Registries,
    pub(super) name: Name,
    /// `https://host/v2/path/`.
    base: Url,
    client: Client,
    login: Login,
    /// What tells the repository, as this user sees it, from others.
    key: String,
}

/// Where a tag leads.
pub(super) struct Tagged {
    pub(super) digest: String,
}

impl Registries {
    pub(crate) fn new(clients: Arc<Clients>, blobs: Arc<Blobs>, mirrors: Arc<Mirrors>, limits: Limits) -> Registries {
        Registries {
            clients,
            blobs,
            mirrors,
            limits,
            downloads: Flights::default(),
            tokens: Mutex::default(),
            schemes: Mutex::default(),
        }
    }

    /// A session for a repository. Where the registry is nearby, it may be asked whether it speaks TLS.
    pub(super) async fn session(
        &self,
        url: &str,
        credentials: &Credentials,
        connection: &Connection,
        registry: Registry,
    ) -> Result<Session<'_>, SourceError> {
        let name = Name::parse(&self.mirrors.apply(url))?;
        let login = Login::of(credentials, &name)?;
        let invalid = |reason: String| SourceError::InvalidUrl { url: url.to_owned(), reason };
        let at = |scheme: &str| {
            Url::parse(&format!("{scheme}://{}/v2/{}/", name.server(), name.path))
                .map_err(|error| invalid(error.to_string()))
        };
        let secure = at("https")?;
        let client = self.clients.of(&secure, connection)?;
        let scheme = match registry {
            Registry::Plain => "http",
            Registry::Secure if name.is_nearby() => self.scheme(&name, &client, &secure).await,
            Registry::Secure => "https",
        };
        let base = at(scheme)?;
        let mut fingerprint = Fingerprint::default();
        fingerprint.add(base.as_str().as_bytes());
        fingerprint.add_credentials(credentials);
        Ok(Session { registries: self, name, base, client, login, key: fingerprint.finish() })
    }

    /// Whether a nearby registry speaks TLS. One that does and is not trusted does, and says why later.
    async fn scheme(&self, name: &Name, client: &Client, secure: &Url) -> &'static str {
        let known = self.schemes.lock().unwrap_or_else(PoisonError::into_inner).get(&name.host).copied();
        if let Some(scheme) = known {
            return scheme;
        }
        let answer = match secure.join("/v2/") {
            Ok(root) => http::send(client.get(root), &name.host).await.map(drop),
            Err(_) => return "https",
        };
        let scheme = match answer {
            Ok(()) | Err(SourceError::Certificate { .. } | SourceError::AuthenticationFailed { .. }) => "https",
            Err(_) => "http",
        };
        self.schemes.lock().unwrap_or_else(PoisonError::into_inner).insert(name.host.clone(), scheme);
        scheme
    }
}

impl Session<'_> {
    /// The digest that a tag stands for now. `missing` says what to check if there is no such tag.
    pub(super) async fn resolve(&self, tag: &str, missing: &str) -> Result<Tagged, SourceError> {
        let shown = format!("{}:{tag}", self.name);
        let path = format!("manifests/{tag}");
        let answer = self.ask(Method::HEAD, &path, &[(ACCEPT.as_str(), ACCEPTED)], &shown).await?;
        let announced = answer.headers().get(DIGEST).and_then(|digest| digest.to_str().ok());
        match (answer.status(), announced) {
            (StatusCode::OK, Some(digest)) if is_sha256(digest) => Ok(Tagged { digest: digest.to_owned() }),
            // Not all answer this; the manifest tells its digest itself.
            (status, _) if status == StatusCode::OK || status == StatusCode::METHOD_NOT_ALLOWED => {
                let answer = self.ask(Method::GET, &path, &[(ACCEPT.as_str(), ACCEPTED)], &shown).await?;
                self.check(&answer, &shown, missing)?;
                Ok(Tagged { digest: sha256(&http::body(answer, &shown, MAX_MANIFEST).await?) })
            }
            (status, _) => Err(self.refused(&shown, status, missing)),
        }
    }

    /// The manifest with a digest; of an index, that for the platform which Flux takes.
    pub(super) async fn manifest(&self, digest: &str) -> Result<Manifest, SourceError> {
        let shown = format!("{}@{digest}", self.name);
        match self.document(digest, &shown).await? {
            Document::Manifest(manifest) => Ok(manifest),
            Document::Index(manifests) => {
                let chosen = &for_platform(&shown, &manifests)?.digest;
                match self.document(chosen, &shown).await? {
                    Document::Manifest(manifest) => Ok(manifest),
                    Document::Index(_) => {
                        Err(SourceError::InvalidArtifact { url: shown, cause: "it is an index of indexes".to_owned() })
                    }
                }
            }
        }
    }

    async fn document(&self, digest: &str, shown: &str) -> Result<Document, SourceError> {
        let hint = "the registry no longer has it; push it again";
        let bytes = self.content(&format!("manifests/{digest}"), digest, shown, MAX_MANIFEST, hint).await?;
        Document::parse(shown, &bytes)
    }

    /// What refers to the artifact with a digest: as the registry lists it, or as the tag does that stands in for such a
    /// list where registries have none.
    pub(super) async fn referrers(&self, digest: &str) -> Result<Vec<Descriptor>, SourceError> {
        let shown = format!("{}@{digest}", self.name);
        let answer =
            self.ask(Method::GET, &format!("referrers/{digest}"), &[(ACCEPT.as_str(), ACCEPTED)], &shown).await?;
        if answer.status() == StatusCode::OK {
            let bytes = http::body(answer, &shown, MAX_MANIFEST).await?;
            return Ok(Document::parse(&shown, &bytes)?.into_referrers());
        }
        match self.resolve(&digest.replace(':', "-"), "nothing refers to it").await {
            Ok(tagged) => Ok(self.document(&tagged.digest, &shown).await?.into_referrers()),
            Err(SourceError::NotFound { .. }) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// The blob with a digest.
    pub(super) async fn blob(&self, digest: &str, limit: u64) -> Result<Arc<[u8]>, SourceError> {
        let shown = format!("{}@{digest}", self.name);
        let hint = "the manifest names this layer, but the registry does not have it; push the artifact again";
        self.content(&format!("blobs/{digest}"), digest, &shown, limit, hint).await
    }

    /// What a digest names, downloaded once for all who ask with the same credentials.
    async fn content(
        &self,
        path: &str,
        digest: &str,
        shown: &str,
        limit: u64,
        missing: &str,
    ) -> Result<Arc<[u8]>, SourceError> {
        if !is_sha256(digest) {
            let reason = "give sha256: and 64 lowercase hexadecimal digits".to_owned();
            return Err(SourceError::InvalidReference { reference: format!("digest {digest:?}"), reason });
        }
        let _alone = self.registries.downloads.board(&format!("{} {digest}", self.key)).await;
        if let Some(bytes) = self.registries.blobs.get(&self.key, digest).await {
            return Ok(bytes);
        }
        let answer = self.ask(Method::GET, path, &[(ACCEPT.as_str(), ACCEPTED)], shown).await?;
        self.check(&answer, shown, missing)?;
        let bytes = http::body(answer, shown, limit).await?;
        let found = sha256(&bytes);
        if found != digest {
            let (what, expected) = (shown.to_owned(), digest.to_owned());
            return Err(SourceError::DigestMismatch { what, expected, found });
        }
        Ok(self.registries.blobs.put(&self.key, digest, bytes).await)
    }

    /// All tags of the repository.
    pub(super) async fn tags(&self) -> Result<Vec<String>, SourceError> {
        let shown = self.name.to_string();
        let mut tags = Vec::new();
        let mut next = self.base.join("tags/list?n=1000").ok();
        let mut pages = 0;
        while let Some(url) = next {
            pages += 1;
            if pages > MOST_PAGES {
                let cause = format!("it has more than {MOST_PAGES} pages of tags; use a tag or a digest");
                return Err(SourceError::Protocol { url: shown, cause });
            }
            let answer = self.ask_at(Method::GET, url.clone(), &[], &shown).await?;
            self.check(&answer, &shown, "check spec.url, and that something was pushed there")?;
            next = match next_page(answer.headers()) {
                Some(link) => Some(self.same_registry(&url, &link)?),
                None => None,
            };
            let page = http::body(answer, &shown, MAX_PAGE).await?;
            tags.extend(tags_of(&shown, &page)?);
        }
        Ok(tags)
    }

    fn same_registry(&self, page: &Url, link: &str) -> Result<Url, SourceError> {
        let refuse = || SourceError::Protocol {
            url: self.name.to_string(),
            cause: format!("the next page of tags is said to be at {link:?}, which is not in this registry"),
        };
        let next = page.join(link).map_err(|_| refuse())?;
        if http::is_same_service(&next, &self.base) { Ok(next) } else { Err(refuse()) }
    }

    fn check(&self, answer: &Response, shown: &str, missing: &str) -> Result<(), SourceError> {
        match answer.status() {
            StatusCode::OK => Ok(()),
            status => Err(self.refused(shown, status, missing)),
        }
    }

    fn refused(&self, shown: &str, status: StatusCode, missing: &str) -> SourceError {
        match (status, &self.login) {
            (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN, Login::Anonymous { hint }) => {
                let hint = format!(
                    "the registry gives nothing to anonymous users ({}), or has no such repository; {hint}",
                    status.as_u16()
                );
                SourceError::AuthenticationFailed { url: shown.to_owned(), hint }
            }
            _ => http::failure::refused(shown, status, missing),
        }
    }

    async fn ask(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        shown: &str,
    ) -> Result<Response, SourceError> {
        let url = self.base.join(path).map_err(|error| SourceError::InvalidReference {
            reference: format!("{path:?}"),
            reason: error.to_string(),
        })?;
        self.ask_at(method, url, headers, shown).await
    }

    /// Asks, with what opened the repository before, or else with what the registry then says it wants.
    async fn ask_at(
        &self,
        method: Method,
        url: Url,
        headers: &[(&str, &str)],
        shown: &str,
    ) -> Result<Response, SourceError> {
        let request = |authorization: Option<HeaderValue>| {
            let mut request = self.client.request(method.clone(), url.clone());
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            match authorization {
                Some(value) => request.header(AUTHORIZATION, value),
                None => request,
            }
        };
        let known = self.registries.tokens.lock().unwrap_or_else(PoisonError::into_inner).get(&self.key).cloned();
        let answer = http::send(request(known), shown).await?;
        if answer.status() != StatusCode::UNAUTHORIZED {
            return Ok(answer);
        }
        let Some(authorization) = self.authorization(&answer, shown).await? else { return Ok(answer) };
        let again = http::send(request(Some(authorization.clone())), shown).await?;
        if again.status() != StatusCode::UNAUTHORIZED {
            let mut tokens = self.registries.tokens.lock().unwrap_or_else(PoisonError::into_inner);
            if tokens.len() >= MOST_TOKENS {
                tokens.clear();
            }
            tokens.insert(self.key.clone(), authorization);
        }
        Ok(again)
    }

    /// What to send to meet the challenge of an answer; `None` if there is nothing to send.
    async fn authorization(&self, answer: &Response, shown: &str) -> Result<Option<HeaderValue>, SourceError> {
        let unusable = |reason: String| SourceError::InvalidCredentials { url: shown.to_owned(), reason };
        let challenges = answer.headers().get_all(WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok());
        let challenge = challenges.filter_map(Challenge::parse).next().unwrap_or(Challenge::Basic);
        match (&self.login, challenge) {
            (Login::Bearer { token }, _) => {
                Ok(Some(http::secret_header(&format!("Bearer {token}")).map_err(unusable)?))
            }
            (Login::Basic { username, password }, Challenge::Basic) => {
                Ok(Some(http::basic(username, password).map_err(unusable)?))
            }
            (Login::Anonymous { .. } | Login::Refresh { .. }, Challenge::Basic) => Ok(None),
            (login, Challenge::Bearer { realm, service, scope }) => {
                let scope = scope.unwrap_or_else(|| format!("repository:{}:pull", self.name.path));
                let wanted = token::Wanted { realm: &realm, service: service.as_deref(), scope: &scope };
                let token = token::fetch(&self.client, &self.base, login, &wanted, shown).await?;
                match token {
                    Some(token) => Ok(Some(http::secret_header(&format!("Bearer {token}")).map_err(unusable)?)),
                    None => Ok(None),
                }
            }
        }
    }
}

/// The address of the next page, from `Link: </v2/…>; rel="next"`.
fn next_page(headers: &HeaderMap) -> Option<String> {
    headers.get_all(LINK).iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')).find_map(
        |link| {
            let (address, parameters) = link.trim().strip_prefix('<')?.split_once('>')?;
            parameters
                .replace(['"', ' '], "")
                .split(';')
                .any(|parameter| parameter == "rel=next")
                .then(|| address.to_owned())
        },
    )
}

fn tags_of(shown: &str, page: &[u8]) -> Result<Vec<String>, SourceError> {
    #[derive(serde::Deserialize)]
    struct Page {
        tags: Option<Vec<String>>,
    }
    let page: Page = serde_json::from_slice(page).map_err(|error| SourceError::Protocol {
        url: shown.to_owned(),
        cause: format!("the list of tags cannot be read: {error}"),
    })?;
    Ok(page.tags.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_next_page() {
        let check = |link: &str, expected: Option<&str>| {
            let mut headers = HeaderMap::new();
            headers.insert(LINK, link.parse().unwrap());
            assert_eq!(next_page(&headers).as_deref(), expected, "{link}");
        };
        check(r#"</v2/a/tags/list?n=1&last=b>; rel="next""#, Some("/v2/a/tags/list?n=1&last=b"));
        check("</v2/x>; rel=prev, </v2/y>; rel=next", Some("/v2/y"));
        check(r#"</v2/x>; rel="prev""#, None);
        check("nonsense", None);
    }

    #[test]
    fn reads_pages_of_tags() {
        assert_eq!(tags_of("u", br#"{"name": "a", "tags": ["1", "2"]}"#).unwrap(), ["1", "2"]);
        assert_eq!(tags_of("u", br#"{"name": "a", "tags": null}"#).unwrap(), Vec::<String>::new());
        assert!(tags_of("u", b"<html>").is_err());
    }
}
