//! The handle everything else goes through.

use std::sync::Arc;

use kube::Client;

use crate::RetryPolicy;

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
    #[expect(dead_code)]
    pub(crate) shared: Arc<Shared>,
    /// The user that requests are made as (`Impersonate-User`); none: the client's own.
    pub(crate) user: Option<Arc<str>>,
}

pub(crate) struct Shared {
    #[expect(dead_code)]
    pub(crate) client: Client,
    #[expect(dead_code)]
    pub(crate) settings: Settings,
}

impl Cluster {
    /// A handle with default [`Settings`].
    pub fn new(client: Client) -> Cluster {
        Cluster::with_settings(client, Settings::default())
    }

    /// A handle with these settings.
    pub fn with_settings(client: Client, settings: Settings) -> Cluster {
        Cluster { shared: Arc::new(Shared { client, settings }), user: None }
    }

    /// The same API server, with requests made as another user, such as
    /// `system:serviceaccount:prod:reconciler`.
    pub fn impersonating(&self, user: &str) -> Cluster {
        Cluster { user: Some(user.into()), ..self.clone() }
    }
}
