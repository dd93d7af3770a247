//! Where a run applies: at home, where its object is, or in another cluster.

use std::borrow::Cow;
use std::sync::{Arc, PoisonError};

use cluster::Cluster;
use manifest::Value;

use super::task::Task;
use crate::engine::Engine;
use crate::other_clusters::{OtherCluster, OtherClusterError};

/// Where a run applies.
pub(crate) struct Scene<'a> {
    /// The engine, with what is known of that cluster. Statuses, events and what is read still are those of home.
    pub(crate) engine: Cow<'a, Engine>,
    /// That cluster, as the user that applies.
    pub(crate) cluster: Cluster,
}

impl Task {
    /// Where an object with these fields applies. From here on it hears of what is there.
    pub(crate) async fn scene(
        &self,
        kube_config: &Option<Value>,
        service_account: &Option<String>,
    ) -> Result<Scene<'_>, OtherClusterError> {
        let Some(reference) = kube_config else {
            self.listen(None);
            return Ok(self.home(service_account));
        };
        let home = &self.engine;
        let other = home.other_clusters.find(&home.cluster, &self.key.namespace, reference).await?;
        let cluster = home.acting_in(&other.cluster, service_account, &self.key);
        let engine = Cow::Owned(home.knowing(&other));
        self.listen(Some(other));
        Ok(Scene { engine, cluster })
    }

    /// At home: also where another cluster cannot be had, to tell of that.
    pub(crate) fn home(&self, service_account: &Option<String>) -> Scene<'_> {
        let cluster = self.engine.acting_as(service_account, &self.key);
        Scene { engine: Cow::Borrowed(&self.engine), cluster }
    }

    /// Hears of one cluster and of no other: objects of both may have the same names.
    fn listen(&self, to: Option<Arc<OtherCluster>>) {
        // What is held is replaced whole.
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        if heard.as_ref().map(Arc::as_ptr) == to.as_ref().map(Arc::as_ptr) {
            return;
        }
        self.leave(heard.as_deref());
        self.subscription.forget_unless(|_| false);
        let tracker = to.as_ref().map_or(&self.engine.tracker, |other| &other.tracker);
        tracker.subscribe(self.subscription.clone());
        *heard = to;
    }

    /// Hears of nothing any more.
    pub(crate) fn stop_listening(&self) {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        self.leave(heard.as_deref());
    }

    fn leave(&self, other: Option<&OtherCluster>) {
        let (tracker, releases) = match other {
            Some(other) => (&other.tracker, &other.releases),
            None => (&self.engine.tracker, &self.engine.releases),
        };
        tracker.unsubscribe(&self.subscription);
        releases.forget(&self.mailbox);
    }
}
