//! The handle everything else goes through.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use kube::{Client, Config};
use tokio::sync::Semaphore;

use crate::discovery::Discovery;
use crate::lease::Fence;
use crate::observation::{Observed, Observer};
use crate::{ClusterError, RetryPolicy, endpoint};

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
    /// What writes are sent with: the shared client, or one whose connections end with the fence's term.
    pub(crate) writer: Client,
    /// Who is told of requests.
    pub(crate) observed: Option<Observed>,
}

pub(crate) struct Shared {
    pub(crate) client: Client,
    /// How to connect again; none: the client was given ready-made, and is no connection of ours.
    endpoint: Option<Config>,
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
        Cluster::of(client, None, settings)
    }

    /// A handle for the API server of a configuration.
    ///
    /// # Errors
    /// The configuration asks for what cannot be done: a proxy of an unknown kind, certificates that cannot be read, a
    /// credential program that fails.
    pub fn connect(config: Config, settings: Settings) -> Result<Cluster, kube::Error> {
        let client = Client::try_from(config.clone())?;
        Ok(Cluster::of(client, Some(config), settings))
    }

    fn of(client: Client, endpoint: Option<Config>, settings: Settings) -> Cluster {
        let permits = Semaphore::new(settings.concurrency.max(1));
        let random = AtomicU64::new(settings.seed);
        let writer = client.clone();
        let shared = Shared { client, endpoint, settings, permits, discovery: Discovery::default(), random };
        Cluster { shared: Arc::new(shared), user: None, fence: None, writer, observed: None }
    }

    /// The same API server, with requests made as another user, such as
    /// `system:serviceaccount:prod:reconciler`.
    pub fn impersonating(&self, user: &str) -> Cluster {
        Cluster { user: Some(user.into()), ..self.clone() }
    }

    /// The same API server, for as long as a term of leadership lasts: after that every request that is not a read fails
    /// with [`ClusterError::NotLeading`], and none that was not sent yet is. Over a network, writes have connections of
    /// their own, which look at the fence whenever they send.
    ///
    /// # Errors
    /// As [`Cluster::connect`]: the connections of the term cannot be made ready.
    pub fn fenced(&self, fence: Arc<Fence>) -> Result<Cluster, ClusterError> {
        let writer = match &self.shared.endpoint {
            Some(config) => endpoint::client_for_term(config, fence.clone())
                .map_err(|error| ClusterError::Unreachable { message: error.to_string() })?,
            None => self.shared.client.clone(),
        };
        Ok(Cluster { fence: Some(fence), writer, ..self.clone() })
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
