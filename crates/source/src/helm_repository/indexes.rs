//! Indexes, fetched once for everybody who may see them.

use std::collections::HashMap;
use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};

use flate2::read::GzDecoder;
use reqwest::header::{
    ACCEPT_ENCODING, AUTHORIZATION, CONTENT_ENCODING, ETAG, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH,
    LAST_MODIFIED,
};
use reqwest::{Client, RequestBuilder, Response, StatusCode, Url};

use super::index::Index;
use super::request::{HelmRepositoryRequest, PassCredentials};
use crate::blobs::Blobs;
use crate::error::SourceError;
use crate::fingerprint::{Fingerprint, sha256};
use crate::flights::Flights;
use crate::http::{self, Clients};
use crate::mirrors::Mirrors;
use crate::oci::Registries;
use crate::request::Credentials;

/// The largest index, as in Flux.
const MAX_INDEX: u64 = 50 << 20;

/// How many indexes are kept.
const MOST_INDEXES: usize = 1000;

/// Helm repositories: their indexes, and what is needed to get at their charts.
#[derive(Debug)]
pub(crate) struct HelmRepositories {
    pub(super) clients: Arc<Clients>,
    pub(super) blobs: Arc<Blobs>,
    pub(super) mirrors: Arc<Mirrors>,
    pub(super) registries: Arc<Registries>,
    pub(super) downloads: Flights,
    indexes: Mutex<HashMap<String, Arc<Slot>>>,
}

/// The place of one repository's index.
#[derive(Debug, Default)]
pub(super) struct Slot {
    held: tokio::sync::Mutex<Option<Held>>,
    /// Digests of archives for which the index has none, by address, as they were when they were downloaded.
    pub(super) seen: Mutex<HashMap<String, String>>,
}

/// An index, and what to show the server to learn whether it is still the same.
#[derive(Debug)]
struct Held {
    index: Arc<Index>,
    etag: Option<HeaderValue>,
    modified: Option<HeaderValue>,
}

/// A repository's address and credentials, in the form that requests need.
pub(super) struct Place {
    /// With a slash at its end, and without credentials.
    pub(super) base: Url,
    pub(super) shown: String,
    credentials: Credentials,
    pass_credentials: PassCredentials,
}

impl Place {
    fn of(request: &HelmRepositoryRequest, mirrors: &Mirrors) -> Result<Place, SourceError> {
        let (mut base, credentials) = http::address(&mirrors.apply(&request.url), &request.credentials)?;
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        let shown = base.as_str().trim_end_matches('/').to_owned();
        Ok(Place { base, shown, credentials, pass_credentials: request.pass_credentials })
    }

    /// The address with what follows it; the query of the repository stays, since some carry tokens there.
    pub(super) fn join(&self, reference: &str) -> Result<Url, SourceError> {
        let joined = self.base.join(reference);
        let mut url = joined.map_err(|error| SourceError::InvalidUrl {
            url: crate::url::redact(reference),
            reason: format!("the index of {} has it as the address of a chart: {error}", self.shown),
        })?;
        if Url::parse(reference).is_err() {
            url.set_query(self.base.query());
        }
        Ok(url)
    }

    /// What tells an archive's host, as this user sees it, from others.
    pub(super) fn scope(&self, url: &Url, own: &Credentials) -> String {
        let mut fingerprint = Fingerprint::default();
        fingerprint.add(url.origin().ascii_serialization().as_bytes());
        fingerprint.add_credentials(self.credentials_for(url, own));
        fingerprint.finish()
    }

    fn credentials_for<'a>(&'a self, url: &Url, own: &'a Credentials) -> &'a Credentials {
        let may_see_ours = self.pass_credentials == PassCredentials::AllHosts || http::is_same_service(&self.base, url);
        match own {
            Credentials::None if may_see_ours => &self.credentials,
            own => own,
        }
    }

    /// A request for an address, with the credentials in it, or else ours if the address may see them.
    pub(super) fn get(&self, client: &Client, url: &Url, own: &Credentials) -> Result<RequestBuilder, SourceError> {
        let request = client.get(url.clone());
        let unusable = |reason: String| SourceError::InvalidCredentials { url: self.shown.clone(), reason };
        match self.credentials_for(url, own) {
            Credentials::None => Ok(request),
            Credentials::Basic { username, password } => {
                Ok(request.header(AUTHORIZATION, http::basic(username, password).map_err(unusable)?))
            }
            Credentials::Bearer { .. } | Credentials::Ssh { .. } | Credentials::DockerConfig { .. } => {
                Err(unusable("a Helm repository over http takes `username` and `password`".to_owned()))
            }
        }
    }
}

impl HelmRepositories {
    pub(crate) fn new(
        clients: Arc<Clients>,
        blobs: Arc<Blobs>,
        mirrors: Arc<Mirrors>,
        registries: Arc<Registries>,
    ) -> HelmRepositories {
        let (downloads, indexes) = (Flights::default(), Mutex::default());
        HelmRepositories { clients, blobs, mirrors, registries, downloads, indexes }
    }

    /// The index as it is now.
    pub(crate) async fn refresh(&self, request: &HelmRepositoryRequest) -> Result<Arc<Index>, SourceError> {
        let place = self.place(request)?;
        let slot = self.slot(request);
        let mut held = slot.held.lock().await;
        self.fetch(request, &place, &mut held).await
    }

    /// The index that is at hand, or else as it is now.
    pub(super) async fn index(
        &self,
        request: &HelmRepositoryRequest,
    ) -> Result<(Place, Arc<Slot>, Arc<Index>), SourceError> {
        let place = self.place(request)?;
        let slot = self.slot(request);
        let index = {
            let mut held = slot.held.lock().await;
            match &*held {
                Some(held) => Arc::clone(&held.index),
                None => self.fetch(request, &place, &mut held).await?,
            }
        };
        Ok((place, slot, index))
    }

    fn place(&self, request: &HelmRepositoryRequest) -> Result<Place, SourceError> {
        if request.is_oci() {
            let reason = "a registry has no index; charts are found by their names".to_owned();
            return Err(SourceError::InvalidUrl { url: crate::url::redact(&request.url), reason });
        }
        Place::of(request, &self.mirrors)
    }

    fn slot(&self, request: &HelmRepositoryRequest) -> Arc<Slot> {
        let key = key(request);
        let mut indexes = self.indexes.lock().unwrap_or_else(PoisonError::into_inner);
        if !indexes.contains_key(&key) && indexes.len() >= MOST_INDEXES {
            // Those that somebody reads right now stay.
            indexes.retain(|_, slot| Arc::strong_count(slot) > 1);
        }
        Arc::clone(indexes.entry(key).or_default())
    }

    async fn fetch(
        &self,
        request: &HelmRepositoryRequest,
        place: &Place,
        held: &mut Option<Held>,
    ) -> Result<Arc<Index>, SourceError> {
        let url = place.join("index.yaml")?;
        let shown = crate::url::redact(url.as_str());
        let client = self.clients.of(&url, &request.connection)?;
        let mut asked = place.get(&client, &url, &Credentials::None)?.header(ACCEPT_ENCODING, "gzip");
        if let Some(held) = held.as_ref() {
            if let Some(etag) = &held.etag {
                asked = asked.header(IF_NONE_MATCH, etag);
            }
            if let Some(modified) = &held.modified {
                asked = asked.header(IF_MODIFIED_SINCE, modified);
            }
        }
        let answer = http::send(asked, &shown).await?;
        match (answer.status(), held.as_ref()) {
            (StatusCode::NOT_MODIFIED, Some(held)) => return Ok(Arc::clone(&held.index)),
            (StatusCode::OK, _) => {}
            (status, _) => {
                let hint = "check that spec.url is where index.yaml is, without that name";
                return Err(http::failure::refused(&shown, status, hint));
            }
        }
        let (etag, modified) = (answer.headers().get(ETAG).cloned(), answer.headers().get(LAST_MODIFIED).cloned());
        let bytes = unpacked(answer, &shown).await?;
        let index = match held.as_ref() {
            Some(held) if held.index.revision() == sha256(&bytes) => Arc::clone(&held.index),
            _ => Arc::new(parse(shown, bytes).await?),
        };
        *held = Some(Held { index: Arc::clone(&index), etag, modified });
        Ok(index)
    }
}

/// What tells a repository, as somebody may see it, from others.
fn key(request: &HelmRepositoryRequest) -> String {
    let mut fingerprint = Fingerprint::default();
    fingerprint.add(request.url.trim_end_matches('/').as_bytes());
    fingerprint.add_credentials(&request.credentials);
    fingerprint.add_optional(request.connection.ca.as_deref());
    let own = request.connection.client_certificate.as_ref();
    fingerprint.add_optional(own.map(|own| own.certificate.as_slice()));
    fingerprint.add_optional(own.map(|own| own.key.as_slice()));
    fingerprint.add_optional(request.connection.proxy.as_ref().map(|proxy| proxy.address.as_bytes()));
    fingerprint.finish()
}

/// Off the threads that serve everybody, since an index can be large.
async fn parse(url: String, bytes: Vec<u8>) -> Result<Index, SourceError> {
    let gone = SourceError::Protocol { url: url.clone(), cause: "given up, since the process ends".to_owned() };
    match tokio::task::spawn_blocking(move || Index::read(&url, &bytes)).await {
        Ok(index) => index,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_ended) => Err(gone),
        },
    }
}

/// The body, uncompressed, within the limit either way.
async fn unpacked(answer: Response, shown: &str) -> Result<Vec<u8>, SourceError> {
    let is_packed = answer.headers().get(CONTENT_ENCODING).is_some_and(|encoding| encoding == "gzip");
    let bytes = http::body(answer, shown, MAX_INDEX).await?;
    if !is_packed {
        return Ok(bytes);
    }
    let mut unpacked = Vec::new();
    GzDecoder::new(bytes.as_slice()).take(MAX_INDEX + 1).read_to_end(&mut unpacked).map_err(|error| {
        SourceError::Protocol { url: shown.to_owned(), cause: format!("it says gzip, and is not: {error}") }
    })?;
    if unpacked.len() as u64 > MAX_INDEX {
        return Err(SourceError::TooLarge { what: shown.to_owned(), limit: MAX_INDEX });
    }
    Ok(unpacked)
}
