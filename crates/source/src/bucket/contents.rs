//! From a bucket to its files.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use futures::stream::{self, StreamExt, TryStreamExt};
use manifest::Tree;
use manifest::tree::{Entry, normalise};
use sha2::{Digest, Sha256};

use super::request::BucketRequest;
use super::session::Session;
use crate::artifact::{Artifact, Fetched};
use crate::assemble::blocked;
use crate::error::SourceError;
use crate::fingerprint::Fingerprint;
use crate::http::Clients;
use crate::ignore::{IGNORE_FILE, Rules};
use crate::limits::{Limits, Meter};
use crate::mirrors::Mirrors;

/// How many objects are fetched at once.
const AT_ONCE: usize = 16;

/// How many pages a listing may have.
const MOST_PAGES: usize = 10_000;

/// How many objects may be looked at, as a multiple of those that may be kept: ignore rules can only leave out what
/// was found.
const LISTED_PER_KEPT: usize = 10;

/// How many buckets are remembered.
const MOST_BUCKETS: usize = 1000;

/// The contents of a bucket's objects, by name, each with its ETag, as long as somebody uses them.
type Known = BTreeMap<String, (String, Weak<[u8]>)>;

/// All buckets.
#[derive(Debug)]
pub(crate) struct Buckets {
    clients: Arc<Clients>,
    mirrors: Arc<Mirrors>,
    limits: Limits,
    known: Mutex<HashMap<String, Known>>,
}

/// An object that counts.
struct Indexed {
    etag: String,
    size: u64,
}

/// An object that was fetched, or is known from before; without content, one that is gone.
struct Fetch {
    key: String,
    etag: String,
    content: Option<Arc<[u8]>>,
}

impl Buckets {
    pub(crate) fn new(clients: Arc<Clients>, mirrors: Arc<Mirrors>, limits: Limits) -> Buckets {
        Buckets { clients, mirrors, limits, known: Mutex::default() }
    }

    /// The files, unless the bucket still stands at `last`.
    pub(crate) async fn fetch(&self, request: &BucketRequest, last: Option<&str>) -> Result<Fetched, SourceError> {
        let session = Session::new(request, &self.clients, &self.mirrors)?;
        let mut index = self.index(&session, request).await?;
        if last == Some(revision(&index).as_str()) {
            return Ok(Fetched::Unchanged);
        }
        let tree = self.files(&session, request, &mut index).await?;
        // What changed between the listing and now counts as it is now.
        Ok(Fetched::New(Artifact::new(revision(&index), tree, None)))
    }

    /// All objects that the rules of the bucket and the request let stay.
    async fn index(
        &self,
        session: &Session<'_>,
        request: &BucketRequest,
    ) -> Result<BTreeMap<String, Indexed>, SourceError> {
        let own = session.object(IGNORE_FILE, self.limits.file).await?;
        let own = own.map(|content| String::from_utf8_lossy(&content.bytes).into_owned()).unwrap_or_default();
        let rules = Rules::without_defaults(&[(String::new(), own)], request.ignore.as_deref());
        let mut index = BTreeMap::new();
        let (mut next, mut pages, mut listed) = (None, 0, 0_usize);
        loop {
            let page = session.list(&request.prefix, next.as_deref()).await?;
            pages += 1;
            listed += page.objects.len();
            if pages > MOST_PAGES || listed > self.limits.count.saturating_mul(LISTED_PER_KEPT) {
                return Err(SourceError::TooManyFiles { limit: self.limits.count });
            }
            for object in page.objects {
                let is_folder = object.key.ends_with('/');
                if !is_folder && object.key != IGNORE_FILE && rules.keeps(&object.key) {
                    index.insert(object.key, Indexed { etag: object.etag, size: object.size });
                }
            }
            match page.next {
                Some(token) => next = Some(token),
                None => return Ok(index),
            }
        }
    }

    /// The files of the index. Objects that are gone by now leave it, and those that changed are noted.
    async fn files(
        &self,
        session: &Session<'_>,
        request: &BucketRequest,
        index: &mut BTreeMap<String, Indexed>,
    ) -> Result<Tree, SourceError> {
        let defaults = Rules::new(&[], None);
        let mut meter = Meter::new(&self.limits);
        let mut wanted = Vec::new();
        for (key, object) in index.iter() {
            if normalise(key).as_deref() != Some(key.as_str()) {
                let cause = format!("the object {key:?} has a name that is no path; leave it out with spec.ignore");
                return Err(SourceError::InvalidArtifact { url: session.shown.clone(), cause });
            }
            if key.split('/').count() > self.limits.depth {
                return Err(SourceError::TooDeep { path: key.clone(), limit: self.limits.depth });
            }
            if defaults.keeps(key) {
                meter.count(key, object.size)?;
                wanted.push((key.clone(), object.etag.clone()));
            }
        }
        let scope = scope(session, request);
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&scope).cloned().unwrap_or_default();
        let fetched: Vec<Fetch> = stream::iter(wanted.into_iter().map(|(key, etag)| {
            let held = known.get(&key).filter(|(held, _)| *held == etag).and_then(|(_, content)| content.upgrade());
            async move {
                if let Some(content) = held {
                    return Ok(Fetch { key, etag, content: Some(content) });
                }
                let Some(found) = session.object(&key, self.limits.file).await? else {
                    return Ok(Fetch { key, etag, content: None });
                };
                // Some servers tell no ETag here.
                let etag = if found.etag.is_empty() { etag } else { found.etag };
                Ok(Fetch { key, etag, content: Some(found.bytes.into()) })
            }
        }))
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await?;
        let mut entries: BTreeMap<Arc<str>, Entry> = BTreeMap::new();
        let mut now = Known::new();
        for Fetch { key, etag, content } in fetched {
            let Some(content) = content else {
                index.remove(&key);
                continue;
            };
            now.insert(key.clone(), (etag.clone(), Arc::downgrade(&content)));
            if let Some(indexed) = index.get_mut(&key) {
                indexed.etag = etag;
            }
            entries.insert(key.into(), Entry::File { content, executable: false });
        }
        self.remember(scope, now);
        if let Some(path) = blocked(&entries) {
            let cause = format!("the object {path:?} stands in a folder that is an object itself; rename one of them");
            return Err(SourceError::InvalidArtifact { url: session.shown.clone(), cause });
        }
        Ok(Tree::new(entries))
    }

    fn remember(&self, scope: String, now: Known) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST_BUCKETS {
            known.clear();
        }
        known.insert(scope, now);
    }
}

/// Flux's revision of a bucket: the digest of a line with the name and the ETag of each object, sorted by name.
fn revision(index: &BTreeMap<String, Indexed>) -> String {
    let mut hash = Sha256::new();
    for (key, object) in index {
        hash.update(format!("{key} {}\n", object.etag));
    }
    format!("sha256:{}", hex::encode(hash.finalize()))
}

/// What tells a bucket, as this user sees it, from others.
fn scope(session: &Session<'_>, request: &BucketRequest) -> String {
    let mut fingerprint = Fingerprint::default();
    fingerprint.add(session.shown.as_bytes());
    fingerprint.add_optional(request.keys.as_ref().map(|keys| keys.id.as_bytes()));
    fingerprint.add_optional(request.keys.as_ref().map(|keys| keys.secret.as_bytes()));
    fingerprint.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_revision_is_that_of_flux() {
        let indexed = |etag: &str| Indexed { etag: etag.to_owned(), size: 0 };
        let index = BTreeMap::from([("b.yaml".to_owned(), indexed("2")), ("a/c.yaml".to_owned(), indexed("1"))]);
        assert_eq!(revision(&index), crate::fingerprint::sha256(b"a/c.yaml 1\nb.yaml 2\n"));
        assert_eq!(revision(&BTreeMap::new()), crate::fingerprint::sha256(b""));
    }
}
