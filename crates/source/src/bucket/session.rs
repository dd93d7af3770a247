//! Talking to an S3 server about one bucket.

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use reqwest::header::{AUTHORIZATION, ETAG};
use reqwest::{Client, Response, StatusCode, Url};

use super::listing::{Page, Refusal, unquoted};
use super::request::{AccessKeys, Addressing, BucketRequest};
use super::signature::{NO_BODY, Signed, Slashes, escape};
use crate::error::SourceError;
use crate::http::{self, Clients};
use crate::mirrors::Mirrors;
use crate::request::Credentials;

/// The region of a bucket that names none.
const DEFAULT_REGION: &str = "us-east-1";

/// The largest page of a listing, and the largest error.
const MAX_PAGE: u64 = 16 << 20;

/// One bucket, for one user.
pub(super) struct Session<'a> {
    client: Client,
    /// The server, and what stands before the names of objects: `https://server/bucket`.
    base: Url,
    pub(super) shown: String,
    name: &'a str,
    keys: Option<&'a AccessKeys>,
    region: Mutex<String>,
}

/// An object's content.
pub(super) struct Content {
    pub(super) etag: String,
    pub(super) bytes: Vec<u8>,
}

impl<'a> Session<'a> {
    pub(super) fn new(
        request: &'a BucketRequest,
        clients: &Clients,
        mirrors: &Mirrors,
    ) -> Result<Session<'a>, SourceError> {
        let endpoint = request.endpoint.trim_end_matches('/');
        let name = &request.name;
        let is_name = |character: char| character.is_ascii_alphanumeric() || matches!(character, '.' | '-' | '_');
        if name.is_empty() || name.starts_with('.') || !name.chars().all(is_name) {
            let reason = format!("{name:?} is no name of a bucket");
            return Err(SourceError::InvalidUrl { url: crate::url::redact(endpoint), reason });
        }
        let declared = format!("{endpoint}/{name}");
        let address = match (mirrors.instead_of(&declared), request.addressing) {
            (Some(mirror), _) => mirror,
            (None, Addressing::Path) => declared,
            (None, Addressing::Host) => endpoint.replacen("://", &format!("://{name}."), 1),
        };
        let (mut base, _in_address) = http::address(&address, &Credentials::None)?;
        base.set_query(None);
        let client = clients.of(&base, &request.connection)?;
        let region = if request.region.is_empty() { DEFAULT_REGION.to_owned() } else { request.region.clone() };
        let shown = base.as_str().trim_end_matches('/').to_owned();
        Ok(Session { client, base, shown, name, keys: request.keys.as_ref(), region: Mutex::new(region) })
    }

    /// One page of the objects whose names begin with a prefix.
    pub(super) async fn list(&self, prefix: &str, token: Option<&str>) -> Result<Page, SourceError> {
        // Sorted by name, as they are signed.
        let mut query = Vec::new();
        if let Some(token) = token {
            query.push(format!("continuation-token={}", escape(token, Slashes::Escaped)));
        }
        query.push("encoding-type=url".to_owned());
        query.push("list-type=2".to_owned());
        query.push("max-keys=1000".to_owned());
        query.push(format!("prefix={}", escape(prefix, Slashes::Escaped)));
        let answer = self.get("", &query.join("&")).await?;
        let bytes = http::body(answer, &self.shown, MAX_PAGE).await?;
        let text = String::from_utf8_lossy(&bytes);
        Page::parse(&text).map_err(|problem| SourceError::Protocol {
            url: self.shown.clone(),
            cause: format!("the server does not list the bucket as S3 does: {problem}"),
        })
    }

    /// An object, if it is there and has at most `limit` bytes.
    pub(super) async fn object(&self, key: &str, limit: u64) -> Result<Option<Content>, SourceError> {
        let answer = match self.get(key, "").await {
            Ok(answer) => answer,
            Err(SourceError::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let etag = answer.headers().get(ETAG).and_then(|etag| etag.to_str().ok()).map(unquoted);
        let etag = etag.unwrap_or_default().to_owned();
        let bytes = http::body(answer, &format!("{}/{key}", self.shown), limit).await?;
        Ok(Some(Content { etag, bytes }))
    }

    /// Asks; once more, if the server says that the bucket is in another region.
    async fn get(&self, key: &str, query: &str) -> Result<Response, SourceError> {
        let shown = if key.is_empty() { self.shown.clone() } else { format!("{}/{key}", self.shown) };
        let answer = self.ask(key, query, &shown).await?;
        if answer.status() == StatusCode::OK {
            return Ok(answer);
        }
        let refusal = self.refusal(answer, &shown).await?;
        let Some(region) = &refusal.1.region else { return Err(self.explain(&shown, refusal)) };
        {
            let mut known = self.region.lock().unwrap_or_else(PoisonError::into_inner);
            if *known == *region {
                return Err(self.explain(&shown, refusal));
            }
            known.clone_from(region);
        }
        let answer = self.ask(key, query, &shown).await?;
        match answer.status() {
            StatusCode::OK => Ok(answer),
            _ => {
                let refusal = self.refusal(answer, &shown).await?;
                Err(self.explain(&shown, refusal))
            }
        }
    }

    async fn ask(&self, key: &str, query: &str, shown: &str) -> Result<Response, SourceError> {
        let mut url = self.base.clone();
        let folder = url.path().trim_end_matches('/').to_owned();
        let path = match (folder.as_str(), key) {
            ("", _) => format!("/{}", escape(key, Slashes::Kept)),
            (folder, "") => folder.to_owned(),
            (folder, key) => format!("{folder}/{}", escape(key, Slashes::Kept)),
        };
        url.set_path(&path);
        url.set_query(Some(query).filter(|query| !query.is_empty()));
        let mut request = self.client.get(url.clone());
        if let Some(keys) = self.keys {
            let host = match (url.host_str(), url.port()) {
                (Some(host), Some(port)) => format!("{host}:{port}"),
                (host, _) => host.unwrap_or_default().to_owned(),
            };
            let region = self.region.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let time = Timestamp::now();
            let signed = Signed { method: "GET", host: &host, path: url.path(), query, region: &region, time };
            let unusable = |reason| SourceError::InvalidCredentials { url: self.shown.clone(), reason };
            request = request
                .header("x-amz-content-sha256", NO_BODY)
                .header("x-amz-date", signed.date())
                .header(AUTHORIZATION, http::secret_header(&signed.authorization(keys)).map_err(unusable)?);
        }
        http::send(request, shown).await
    }

    async fn refusal(&self, answer: Response, shown: &str) -> Result<(StatusCode, Refusal), SourceError> {
        let status = answer.status();
        let bytes = http::body(answer, shown, MAX_PAGE).await?;
        Ok((status, Refusal::parse(&String::from_utf8_lossy(&bytes))))
    }

    fn explain(&self, shown: &str, (status, refusal): (StatusCode, Refusal)) -> SourceError {
        let failed = |hint: &str| SourceError::AuthenticationFailed { url: shown.to_owned(), hint: hint.to_owned() };
        match refusal.code.as_str() {
            "NoSuchBucket" => SourceError::NotFound {
                url: shown.to_owned(),
                hint: format!("there is no bucket {:?} there; check spec.bucketName and spec.endpoint", self.name),
            },
            "InvalidAccessKeyId" => failed("the server does not know the access key; check `accesskey` in the secret"),
            "SignatureDoesNotMatch" => {
                failed("the signature is wrong; check `secretkey` in the secret, and spec.region")
            }
            "RequestTimeTooSkewed" => failed("this machine's clock and the server's differ too much; set them right"),
            "AccessDenied" if self.keys.is_none() => failed(
                "the bucket is not open to everybody; set secretRef to a secret with `accesskey` and `secretkey`",
            ),
            "AccessDenied" => {
                failed("these keys may not list or read the bucket; grant s3:ListBucket and s3:GetObject")
            }
            "" => http::failure::refused(shown, status, "check spec.endpoint and spec.bucketName"),
            code => match status {
                StatusCode::NOT_FOUND => {
                    SourceError::NotFound { url: shown.to_owned(), hint: format!("the server says {code}") }
                }
                _ => SourceError::Protocol {
                    url: shown.to_owned(),
                    cause: format!("the server answered {status}: {code}: {}", refusal.message),
                },
            },
        }
    }
}
