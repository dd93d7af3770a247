//! The handle everything else goes through.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use kube::Client;
use tokio::sync::Semaphore;

use crate::RetryPolicy;
use crate::discovery::Discovery;
use crate::lease::Fence;
use crate::observation::{Observed, Observer};

/// How a [`Cluster`] behaves towards its API server.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How many requests (watches not counted) are under way at once, over all users of the handle and its clones.
    pub concurrency: usize,
    /// How failed requests are tried again.
    pub retry: RetryPolicy,
    /// Seed of the jitter in delays.
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { concurrency: 32, retry: RetryPolicy::default(), seed: 0 }
    }
}

/// A Kubernetes API server. Clones share connections, discovery and the bound on concurrency.
#[derive(Clone)]
pub struct Cluster {
    pub(crate) shared: Arc<Shared>,
    /// The user that requests are made as (`Impersonate-User`); none: the client's own.
    pub(crate) user: Option<Arc<str>>,
    /// What stands before writes; none: nothing does.
    pub(crate) fence: Option<Arc<Fence>>,
    /// Who is told of requests.
    pub(crate) observed: Option<Observed>,
}

pub(crate) struct Shared {
    pub(crate) client: Client,
    pub(crate) settings: Settings,
    pub(crate) permits: Semaphore,
    pub(crate) discovery: Discovery,
    random: AtomicU64,
}

impl Cluster {
    /// A handle with default [`Settings`].
    pub fn new(client: Client) -> Cluster {
        Cluster::with_settings(client, Settings::default())
    }

    /// A handle with these settings.
    pub fn with_settings(client: Client, settings: Settings) -> Cluster {
        let permits = Semaphore::new(settings.concurrency.max(1));
        let random = AtomicU64::new(settings.seed);
        Cluster {
            shared: Arc::new(Shared { client, settings, permits, discovery: Discovery::default(), random }),
            user: None,
            fence: None,
            observed: None,
        }
    }

    /// The same API server, with requests made as another user, such as
    /// `system:serviceaccount:prod:reconciler`.
    pub fn impersonating(&self, user: &str) -> Cluster {
        Cluster { user: Some(user.into()), ..self.clone() }
    }

    /// The same API server, for as long as a term of leadership lasts: after that every request that is not a read fails
    /// with [`ClusterError::NotLeading`](crate::ClusterError::NotLeading), and none that was not sent yet is.
    pub fn fenced(&self, fence: Arc<Fence>) -> Cluster {
        Cluster { fence: Some(fence), ..self.clone() }
    }

    /// The same API server, on `host`, with somebody who is told of requests.
    pub fn observed(&self, observer: Arc<dyn Observer>, host: &str) -> Cluster {
        Cluster { observed: Some(Observed { observer, host: host.into() }), ..self.clone() }
    }

    /// The next pseudo-random number from 0 (included) to 1 (excluded): SplitMix64 over the seed.
    pub(crate) fn random(&self) -> f64 {
        const STEP: u64 = 0x9E37_79B9_7F4A_7C15;
        let mut bits = self.shared.random.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^= bits >> 31;
        (bits >> 11) as f64 / (1_u64 << 53) as f64
    }
}
