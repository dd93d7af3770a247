//! The newest artifact of every source, in memory, shared by reference.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, Weak};

use render::helm::chart::Chart;
use source::{Artifact, BucketRequest, GitRequest, HelmRepositoryRequest, OciRequest};
use tokio::sync::Mutex;

use crate::Key;
use crate::directory::Kind;

/// The kind and key of a source.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct SourceKey {
    /// `GitRepository`, `HelmChart` and so on; whatever a reference says, even if there is no such kind.
    pub kind: String,
    /// Its namespace and name.
    pub key: Key,
}

impl SourceKey {
    /// Of an object of a kind that is reconciled.
    pub(crate) fn of(kind: Kind, key: &Key) -> SourceKey {
        SourceKey { kind: kind.name().to_owned(), key: key.clone() }
    }

    /// Of a GitRepository.
    pub(crate) fn git_repository(key: &Key) -> SourceKey {
        SourceKey::of(Kind::GitRepository, key)
    }
}

/// The files that a source holds now.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    /// The newest artifact.
    pub artifact: Arc<Artifact>,
    /// How it was fetched.
    pub origin: Arc<Origin>,
}

/// How files were fetched, with everything that decides what they are.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Origin {
    /// From a git repository.
    Git(GitRequest),
    /// From a registry.
    Oci(OciRequest),
    /// From a bucket, which has no past revisions.
    Bucket(BucketRequest),
}

/// How to get at the charts of a HelmRepository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HeldRepository {
    /// Where it is, and the credentials for it.
    pub request: Arc<HelmRepositoryRequest>,
    /// The revision of its index; a registry has none.
    pub revision: Option<String>,
}

/// The chart that a source holds now.
#[derive(Debug, Clone)]
pub(crate) struct HeldChart {
    /// The chart. Whoever holds the same content holds the same chart.
    pub chart: Arc<Chart>,
    /// The revision of the artifact: of a HelmChart, the version of the chart with what values files and strategy add.
    pub revision: String,
    /// The digest of the content, `sha256:<hex>`.
    pub digest: String,
    /// The generation of the source that it was made for: with an older one than the source's, a newer chart is on its way.
    pub generation: i64,
}

/// The artifacts of all sources.
#[derive(Debug, Clone, Default)]
pub(crate) struct Artifacts {
    contents: Arc<RwLock<Contents>>,
    /// Every chart that somebody holds, by the digest of its content. Locked while one is read, so that many who hold
    /// the same chart read it once.
    parsed: Arc<Mutex<HashMap<String, Weak<Chart>>>>,
}

#[derive(Debug, Default)]
struct Contents {
    files: BTreeMap<SourceKey, Held>,
    repositories: BTreeMap<SourceKey, HeldRepository>,
    charts: BTreeMap<SourceKey, HeldChart>,
}

impl Artifacts {
    /// The newest files of a source, if any were ever fetched.
    pub(crate) fn get(&self, source: &SourceKey) -> Option<Held> {
        self.read().files.get(source).cloned()
    }

    /// Replaces a source's files. Says whether their revision or content changed.
    pub(crate) fn put(&self, source: SourceKey, held: Held) -> bool {
        let new = (held.artifact.revision.clone(), held.artifact.digest.clone());
        let old = self.write().files.insert(source, held);
        old.is_none_or(|old| (old.artifact.revision.clone(), old.artifact.digest.clone()) != new)
    }

    /// How to get at the charts of a HelmRepository, once it was reached.
    pub(crate) fn repository(&self, source: &SourceKey) -> Option<HeldRepository> {
        self.read().repositories.get(source).cloned()
    }

    /// A HelmRepository of a namespace with this URL, if one was reached.
    pub(crate) fn repository_with_url(&self, namespace: &str, url: &str) -> Option<HeldRepository> {
        let is_same = |other: &str| other.trim_end_matches('/') == url.trim_end_matches('/');
        let contents = self.read();
        let mut of_namespace = contents.repositories.iter().filter(|(source, _)| *source.key.namespace == *namespace);
        of_namespace.find(|(_, held)| is_same(&held.request.url)).map(|(_, held)| held.clone())
    }

    /// Replaces what is known of a HelmRepository. Says whether that changed.
    pub(crate) fn put_repository(&self, source: SourceKey, held: HeldRepository) -> bool {
        let old = self.write().repositories.insert(source, held.clone());
        old.is_none_or(|old| old != held)
    }

    /// The chart of a source, if it holds one: of a HelmChart, or of an OCIRepository whose files are a chart.
    pub(crate) fn chart(&self, source: &SourceKey) -> Option<HeldChart> {
        self.read().charts.get(source).cloned()
    }

    /// Replaces a source's chart. Says whether its revision or content changed.
    pub(crate) fn put_chart(&self, source: SourceKey, held: HeldChart) -> bool {
        let new = (held.revision.clone(), held.digest.clone());
        let old = self.write().charts.insert(source, held);
        old.is_none_or(|old| (old.revision, old.digest) != new)
    }

    /// Forgets the chart of a source: it holds something else now.
    pub(crate) fn remove_chart(&self, source: &SourceKey) {
        self.write().charts.remove(source);
    }

    /// The chart with the given content, which is read only if nobody holds it.
    ///
    /// # Errors
    /// That of `read`.
    pub(crate) async fn shared<E>(
        &self,
        digest: &str,
        read: impl FnOnce() -> Result<Chart, E>,
    ) -> Result<Arc<Chart>, E> {
        let mut parsed = self.parsed.lock().await;
        if let Some(chart) = parsed.get(digest).and_then(Weak::upgrade) {
            return Ok(chart);
        }
        let chart = Arc::new(crate::blocking::compute(read)?);
        parsed.retain(|_, chart| chart.strong_count() > 0);
        parsed.insert(digest.to_owned(), Arc::downgrade(&chart));
        Ok(chart)
    }

    /// Forgets a source.
    pub(crate) fn remove(&self, source: &SourceKey) {
        let mut contents = self.write();
        contents.files.remove(source);
        contents.repositories.remove(source);
        contents.charts.remove(source);
    }

    fn read(&self) -> RwLockReadGuard<'_, Contents> {
        // Every change is one map operation, so a panic elsewhere leaves the maps whole.
        self.contents.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Contents> {
        self.contents.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn who_holds_the_same_content_holds_the_same_chart() {
        let artifacts = Artifacts::default();
        let read = || Ok::<_, String>(Chart::default());
        let first = artifacts.shared("sha256:a", read).await.unwrap();
        let again = artifacts.shared("sha256:a", || Err("read twice".to_owned())).await.unwrap();
        assert!(Arc::ptr_eq(&first, &again));
        let other = artifacts.shared("sha256:b", read).await.unwrap();
        assert!(!Arc::ptr_eq(&first, &other));
        drop((first, again));
        let refused = artifacts.shared("sha256:a", || Err("nobody holds it".to_owned())).await;
        assert_eq!(refused.err().as_deref(), Some("nobody holds it"));
        drop(artifacts.shared("sha256:c", read).await.unwrap());
        let _last = artifacts.shared("sha256:d", read).await.unwrap();
        assert_eq!(artifacts.parsed.lock().await.len(), 2, "what nobody holds is forgotten");
    }

    #[test]
    fn a_chart_is_news_if_its_version_or_content_is() {
        let artifacts = Artifacts::default();
        let source = SourceKey::of(Kind::HelmChart, &Key::new("apps", "apps-web"));
        let held = |revision: &str, digest: &str, generation| HeldChart {
            chart: Arc::default(),
            revision: revision.to_owned(),
            digest: digest.to_owned(),
            generation,
        };
        let put =
            |revision, digest, generation| artifacts.put_chart(source.clone(), held(revision, digest, generation));
        assert!(put("1.0.0", "sha256:a", 1));
        assert!(!put("1.0.0", "sha256:a", 2));
        assert!(put("1.1.0", "sha256:a", 2));
        assert!(put("1.1.0", "sha256:b", 2));
        assert_eq!(artifacts.chart(&source).map(|held| held.generation), Some(2));
        artifacts.remove(&source);
        assert!(artifacts.chart(&source).is_none());
    }
}
