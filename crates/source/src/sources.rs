//! What others call to fetch.

use std::path::PathBuf;
use std::sync::Arc;

use crate::blobs::Blobs;
use crate::bucket::Buckets;
use crate::git::Fetcher;
use crate::helm_repository::HelmRepositories;
use crate::http::Clients;
use crate::limits::Limits;
use crate::mirrors::Mirrors;
use crate::oci::Registries;
use crate::places::Places;
use crate::watch::Watches;

/// Fetches sources of every kind, and keeps what it fetched. Cloning it is cheap and shares everything.
///
/// Remote git repositories are mirrored, shallowly, into bare repositories in the cache folder. Those on this machine
/// (`file://` or a path) are read in place; a directory there that is no repository is one revision of its content.
/// Archives from Helm repositories and registries are kept in the cache folder by their digests.
#[derive(Debug, Clone)]
pub struct Sources {
    pub(crate) clients: Arc<Clients>,
    pub(crate) git: Arc<Fetcher>,
    pub(crate) places: Arc<Places>,
    pub(crate) helm: Arc<HelmRepositories>,
    pub(crate) registries: Arc<Registries>,
    pub(crate) buckets: Arc<Buckets>,
    pub(crate) mirrors: Arc<Mirrors>,
    pub(crate) watches: Arc<Watches>,
}

/// What holds for all sources.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// How much of a source is accepted.
    pub limits: Limits,
    /// Where addresses lead instead.
    pub mirrors: Mirrors,
}

impl Sources {
    /// Sources that keep what they fetched in `cache`, which need not exist, with default [`Options`].
    pub fn new(cache: impl Into<PathBuf>) -> Sources {
        Sources::with_options(cache, Options::default())
    }

    /// As [`Sources::new`], with other options.
    pub fn with_options(cache: impl Into<PathBuf>, options: Options) -> Sources {
        let cache = cache.into();
        let Options { limits, mirrors } = options;
        let mirrors = Arc::new(mirrors);
        let clients = Arc::new(Clients::default());
        let blobs = Arc::new(Blobs::new(cache.join("blobs")));
        let registries =
            Arc::new(Registries::new(Arc::clone(&clients), Arc::clone(&blobs), Arc::clone(&mirrors), limits.clone()));
        let buckets = Buckets::new(Arc::clone(&clients), Arc::clone(&mirrors), limits.clone());
        let helm = HelmRepositories::new(Arc::clone(&clients), blobs, Arc::clone(&mirrors), Arc::clone(&registries));
        Sources {
            clients,
            git: Arc::new(Fetcher::new(cache, limits, Arc::clone(&mirrors))),
            places: Arc::default(),
            helm: Arc::new(helm),
            registries,
            buckets: Arc::new(buckets),
            mirrors,
            watches: Arc::default(),
        }
    }
}
