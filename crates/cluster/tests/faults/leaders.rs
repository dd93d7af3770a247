//! Two replicas under faults, of which one stands still and goes on.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use apiserver::ApiServer;
use cluster::lease::{Elector, Place, Timing};
use cluster::{Cluster, ObjectRef};
use http::{Method, Request};
use http_body_util::BodyExt;
use kube::client::Body;
use manifest::Value;
use serde_json::json;
use testkit::faults::{Chance, Climate, Weather};
use tower::{Layer, ServiceExt};

use crate::{clear, config_maps, server};

/// As quick as the API allows, which counts in seconds.
const QUICK: Timing = Timing {
    lease: Duration::from_secs(1),
    renew_within: Duration::from_millis(600),
    renew_every: Duration::from_millis(200),
    retry: Duration::from_millis(50),
};

/// How long two replicas work.
const SHIFT: Duration = Duration::from_secs(6);

/// What arrives at the server, in order: who holds the lease from here on, and who writes.
#[derive(Clone, Default)]
struct Arrivals(Arc<Mutex<Vec<Arrival>>>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Arrival {
    Holder(String),
    Write(String),
}

/// The server, noting what arrives and is done.
async fn noted(
    server: ApiServer,
    arrivals: Arrivals,
    request: Request<Body>,
) -> Result<http::Response<http_body_util::Full<bytes::Bytes>>, Box<dyn std::error::Error + Send + Sync>> {
    let (path, method) = (request.uri().path().to_owned(), request.method().clone());
    let (parts, body) = server.service().oneshot(request).await?.into_parts();
    let bytes = body.collect().await.map_err(|error| error.to_string())?.to_bytes();
    if parts.status.is_success() && method != Method::GET {
        let object: Value = serde_json::from_slice(&bytes)?;
        let arrival = if path.contains("/leases") {
            Arrival::Holder(object["spec"]["holderIdentity"].as_str().unwrap_or_default().to_owned())
        } else {
            Arrival::Write(object["data"]["by"].as_str().unwrap_or_default().to_owned())
        };
        arrivals.0.lock().unwrap().push(arrival);
    }
    Ok(http::Response::from_parts(parts, bytes.into()))
}

/// A replica with a thread of its own, so that it can stand still as a whole: whenever it leads, it writes; and now and
/// then it stops for longer than its lease lasts.
fn replica(server: &ApiServer, arrivals: &Arrivals, identity: &'static str, seed: u64, climate: Climate) -> Weather {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let weather = Weather::new(seed, climate);
        let (server, arrivals) = (server.clone(), arrivals.clone());
        let service = tower::service_fn(move |request| noted(server.clone(), arrivals.clone(), request));
        let client = kube::Client::new(weather.process(None).layer().layer(service), "default");
        let cluster = Cluster::new(client);
        let place = Place { namespace: "default".to_owned(), name: "tenter".to_owned() };
        let mut elector = Elector::start(&cluster, place, identity, QUICK);
        let mut chance = Chance::of(seed, identity, 0);
        let object = ObjectRef::new(config_maps(), "default", "work");
        let end = Instant::now() + SHIFT;
        while Instant::now() < end {
            let left = end.saturating_duration_since(Instant::now());
            let Ok(term) = tokio::time::timeout(left, elector.elected()).await else { break };
            let leading = cluster.fenced(term).unwrap();
            for _ in 0..1 + chance.below(40) {
                // It fails when the term ends and when the fault says so.
                let patch = json!({"data": {"by": identity, "number": chance.draw().to_string()}});
                let _ = tokio::time::timeout(QUICK.lease, leading.merge_patch(&object, "test", &patch)).await;
                if chance.comes(60) {
                    // All of the replica stands still, also what would renew its lease.
                    std::thread::sleep(Duration::from_millis(500 + chance.below(1500)));
                }
            }
            tokio::task::yield_now().await;
        }
        weather
    })
}

/// Writes that arrived when somebody else held the lease.
fn strays(arrivals: &[Arrival]) -> usize {
    let mut holder = None;
    let is_stray = |arrival: &&Arrival| match arrival {
        Arrival::Holder(name) => {
            holder = Some(name.clone());
            false
        }
        Arrival::Write(by) => holder.as_ref().is_none_or(|holder| holder != by),
    };
    arrivals.iter().filter(is_stray).count()
}

#[test]
fn a_replica_that_stood_still_writes_nothing_after_another_one_leads() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let mut terms = BTreeMap::new();
    let seeds: Vec<_> = (0..8).map(|seed| (seed, Arrivals::default(), runtime.block_on(server()))).collect();
    std::thread::scope(|scope| {
        for (seed, arrivals, server) in &seeds {
            let _entered = runtime.enter();
            runtime.block_on(async {
                clear(server).create(&crate::config_map("work", 0), "test").await.unwrap();
            });
            // What the network holds back is not for a client to mend: see `Fence`.
            let climate = Climate {
                busy: 20,
                failed: 20,
                refused: 30,
                conflict: 20,
                cut: 20,
                watch_breaks: 100,
                ..Climate::default()
            };
            for identity in ["first", "second"] {
                scope.spawn(move || replica(server, arrivals, identity, *seed, climate));
            }
        }
    });
    for (seed, arrivals, _server) in &seeds {
        let arrivals = arrivals.0.lock().unwrap();
        let mut holders: Vec<&Arrival> =
            arrivals.iter().filter(|arrival| matches!(arrival, Arrival::Holder(_))).collect();
        holders.dedup();
        terms.insert(*seed, holders.len());
        assert_eq!(strays(&arrivals), 0, "seed {seed}: {arrivals:?}");
    }
    assert!(terms.values().sum::<usize>() > seeds.len(), "leaders change: {terms:?}");
}

#[test]
fn strays_are_found() {
    let (holder, write) = (|name: &str| Arrival::Holder(name.to_owned()), |name: &str| Arrival::Write(name.to_owned()));
    assert_eq!(strays(&[holder("a"), write("a"), holder("a"), write("a"), holder("b"), write("b")]), 0);
    assert_eq!(strays(&[holder("a"), write("a"), holder("b"), write("a"), write("b")]), 1);
    assert_eq!(strays(&[write("a")]), 1);
}
