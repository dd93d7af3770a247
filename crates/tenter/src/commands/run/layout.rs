//! Shares of the work, of which there may be another number one day.
//!
//! Each share has a lease of its own, which keeps two replicas of one share apart. Shares of another number divide the same
//! objects differently, so those who hold one must have ended before those of the new number begin.

use std::collections::BTreeMap;
use std::time::Duration;

use cluster::lease::Timing;
use cluster::{Cluster, Event, Scope, Selector};
use engine::Shard;
use manifest::{GroupVersionKind, Value};
use tokio::time::{Instant, sleep_until};

/// How much longer than its duration a lease of another number is left alone: for clocks of slightly different speed, and
/// for writes that are under way.
const MARGIN: Duration = Duration::from_secs(1);

/// One share among others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Layout {
    /// The namespace of the leases.
    pub(super) namespace: String,
    /// What their names begin with.
    pub(super) name: String,
    pub(super) shard: Shard,
}

/// The lease of a share.
pub(super) fn lease(name: &str, shard: Shard) -> String {
    if shard.is_whole() { name.to_owned() } else { format!("{name}-{}-of-{}", shard.index(), shard.count()) }
}

impl Layout {
    /// The lease of this share.
    pub(super) fn lease(&self) -> String {
        lease(&self.name, self.shard)
    }

    /// Waits until nobody holds a share of another number. Who crashed while it did is waited for like a leader.
    pub(super) async fn alone(&self, cluster: &Cluster, timing: &Timing) {
        let leases = GroupVersionKind::from_api_version("coordination.k8s.io/v1", "Lease");
        let mut events = cluster.watch(&leases, Scope::Namespace(self.namespace.clone()), Selector::all());
        let mut others = Others::default();
        let patience = timing.lease + MARGIN;
        let mut told = false;
        self.hear(&mut others, events.next().await);
        while let Some((name, since)) = others.newest() {
            let due = since + patience;
            if due <= Instant::now() {
                return;
            }
            if !std::mem::replace(&mut told, true) {
                tracing::info!(lease = name, share = %self.shard, "waiting for a share of another number to end");
            }
            tokio::select! {
                event = events.next() => self.hear(&mut others, event),
                () = sleep_until(due) => {}
            }
        }
    }

    fn hear(&self, others: &mut Others, event: Event) {
        match event {
            Event::Applied(lease) => self.note(others, &lease),
            Event::Deleted(lease) => drop(others.0.remove(name(&lease))),
            Event::Restarted(leases) => {
                others.0.retain(|known, _| leases.iter().any(|lease| name(lease) == known));
                leases.iter().for_each(|lease| self.note(others, lease));
            }
        }
    }

    /// Notes when a lease of another number was last seen to change, by our own clock; none of one that nobody holds.
    fn note(&self, others: &mut Others, lease: &Value) {
        let holder = lease["spec"]["holderIdentity"].as_str().filter(|holder| !holder.is_empty());
        if holder.is_none() || !self.differs(name(lease)) {
            others.0.remove(name(lease));
            return;
        }
        let spec = &lease["spec"];
        if others.0.get(name(lease)).is_none_or(|(known, _)| known != spec) {
            others.0.insert(name(lease).to_owned(), (spec.clone(), Instant::now()));
        }
    }

    /// Whether a lease is that of a share of another number.
    fn differs(&self, lease: &str) -> bool {
        match lease.strip_prefix(&self.name) {
            Some("") => !self.shard.is_whole(),
            Some(rest) => {
                let parts = rest.strip_prefix('-').and_then(|rest| rest.split_once("-of-"));
                let shard = parts.and_then(|(index, count)| format!("{index}/{count}").parse::<Shard>().ok());
                shard.is_some_and(|shard| shard.count() != self.shard.count())
            }
            None => false,
        }
    }
}

/// Leases of another number that are held: what they say, and since when.
#[derive(Debug, Default)]
struct Others(BTreeMap<String, (Value, Instant)>);

impl Others {
    /// The one that changed last.
    fn newest(&self) -> Option<(&str, Instant)> {
        let newest = self.0.iter().max_by_key(|(_, (_, since))| *since);
        newest.map(|(name, (_, since))| (name.as_str(), *since))
    }
}

fn name(lease: &Value) -> &str {
    lease["metadata"]["name"].as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use apiserver::{ApiServer, Config};
    use cluster::ObjectRef;
    use serde_json::json;

    use super::*;

    fn layout(shard: &str) -> Layout {
        Layout { namespace: "default".to_owned(), name: "tenter".to_owned(), shard: shard.parse().unwrap() }
    }

    #[test]
    fn only_shares_of_another_number_are_in_the_way() {
        for (own, lease, differs) in [
            ("0/1", "tenter", false),
            ("0/1", "tenter-0-of-2", true),
            ("0/2", "tenter", true),
            ("0/2", "tenter-1-of-2", false),
            ("0/2", "tenter-1-of-3", true),
            ("0/2", "tenter-b0cc3519", false),
            ("0/2", "tenter-b0cc3519-1-of-3", false),
            ("0/2", "tenters-1-of-3", false),
            ("0/2", "other", false),
        ] {
            assert_eq!(layout(own).differs(lease), differs, "{own} {lease}");
        }
    }

    fn lease(name: &str, holder: Value, renewed: u32) -> Value {
        json!({
            "apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": name, "namespace": "default"},
            "spec": {"holderIdentity": holder, "renewTime": format!("2026-01-01T00:00:{renewed:02}.000000Z")},
        })
    }

    /// The time until nobody is in the way, while `during` happens.
    async fn waited(before: Vec<Value>, during: impl AsyncFnOnce(&Cluster)) -> Duration {
        let server = ApiServer::open(Config::default()).await.unwrap();
        let cluster = Cluster::new(kube::Client::new(server.service(), "default"));
        for lease in &before {
            cluster.create(lease, "test").await.unwrap();
        }
        let began = Instant::now();
        let (layout, timing) = (layout("0/2"), Timing::default());
        tokio::join!(layout.alone(&cluster, &timing), during(&cluster));
        began.elapsed()
    }

    async fn change(cluster: &Cluster, lease: Value) {
        cluster.merge_patch(&ObjectRef::of(&lease).unwrap(), "test", &json!({"spec": lease["spec"]})).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_alone_begins_at_once() {
        let others = vec![lease("tenter-1-of-2", json!("b"), 1), lease("tenter-0-of-3", Value::Null, 1)];
        assert!(waited(others, async |_| {}).await < Duration::from_secs(1));
    }

    #[tokio::test(start_paused = true)]
    async fn who_crashed_is_waited_for_like_a_leader() {
        let waited = waited(vec![lease("tenter", json!("a"), 1)], async |_| {}).await;
        assert!(waited >= Duration::from_secs(5) && waited < Duration::from_secs(6), "{waited:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_at_work_is_waited_for_until_it_lets_go() {
        let others = vec![lease("tenter-0-of-3", json!("a"), 1), lease("tenter-2-of-3", json!("c"), 1)];
        let waited = waited(others, async |cluster| {
            for second in 2..20 {
                tokio::time::sleep(Duration::from_secs(1)).await;
                change(cluster, lease("tenter-2-of-3", json!("c"), second)).await;
            }
            change(cluster, lease("tenter-2-of-3", Value::Null, 20)).await;
        })
        .await;
        assert!(waited >= Duration::from_secs(18) && waited < Duration::from_secs(19), "{waited:?}");
    }
}
