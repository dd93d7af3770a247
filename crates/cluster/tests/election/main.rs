//! Elections over a real API server, the embedded one: candidates that come, go, and are cut off.

#![allow(clippy::unwrap_used, reason = "helpers of tests, outside of their functions")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use apiserver::{ApiServer, Config};
use cluster::lease::{Elector, Fence, Moment, Place, Timing};
use cluster::{Cluster, ObjectRef};
use http::{Request, Response};
use kube::client::Body;
use manifest::{GroupVersionKind, Value};
use serde_json::json;
use tower::ServiceExt;

/// No election takes this long on any machine that can run the tests.
const PATIENCE: Duration = Duration::from_secs(60);

/// As quick as the API allows, which counts in seconds.
const QUICK: Timing = Timing {
    lease: Duration::from_secs(1),
    renew_within: Duration::from_millis(600),
    renew_every: Duration::from_millis(200),
    retry: Duration::from_millis(50),
};

/// Nobody outwaits this one.
const ENDLESS: Timing = Timing { lease: Duration::from_secs(100_000), ..QUICK };

async fn server() -> (ApiServer, Cluster) {
    let server = ApiServer::open(Config::default()).await.unwrap();
    let cluster = Cluster::new(kube::Client::new(server.service(), "default"));
    (server, cluster)
}

fn run(cluster: &Cluster, identity: &str, timing: Timing) -> Elector {
    let place = Place { namespace: "default".to_owned(), name: "tenter".to_owned() };
    Elector::start(cluster, place, identity, timing)
}

async fn elected(elector: &mut Elector) -> Arc<Fence> {
    tokio::time::timeout(PATIENCE, elector.elected()).await.expect("somebody is elected")
}

async fn lease(cluster: &Cluster) -> Value {
    let leases = GroupVersionKind::from_api_version("coordination.k8s.io/v1", "Lease");
    let lease = cluster.get(&ObjectRef::new(leases, "default", "tenter")).await.unwrap();
    lease.map(|lease| lease["spec"].clone()).unwrap_or_default()
}

/// A way to the server that can be cut: requests hang then, as they do when packets are lost.
fn cuttable(server: &ApiServer) -> (Cluster, Arc<AtomicBool>) {
    let (cut, service) = (Arc::new(AtomicBool::new(false)), server.service());
    let state = cut.clone();
    let way = tower::service_fn(move |request: Request<Body>| {
        let (state, service) = (state.clone(), service.clone());
        async move {
            if state.load(Ordering::SeqCst) {
                return std::future::pending::<Result<Response<_>, _>>().await;
            }
            service.oneshot(request).await
        }
    });
    (Cluster::new(kube::Client::new(way, "default")), cut)
}

#[tokio::test]
async fn a_lease_that_is_released_passes_on_without_waiting() {
    let (_server, cluster) = server().await;
    let mut first = run(&cluster, "first", ENDLESS);
    let term = elected(&mut first).await;
    let mut second = run(&cluster, "second", ENDLESS);
    let spec = lease(&cluster).await;
    assert_eq!((&spec["holderIdentity"], &spec["leaseTransitions"]), (&json!("first"), &json!(0)));
    assert!(tokio::time::timeout(Duration::ZERO, second.elected()).await.is_err());

    term.close();
    term.drained().await;
    first.resign().await;
    assert!(!term.holds(Moment::now()));
    assert!(elected(&mut second).await.holds(Moment::now()));
    let spec = lease(&cluster).await;
    assert_eq!((&spec["holderIdentity"], &spec["leaseTransitions"]), (&json!("second"), &json!(1)));
    assert_eq!(second.holder().as_deref(), Some("second"));
}

#[tokio::test]
async fn a_lease_that_nobody_renews_runs_out() {
    let (_server, cluster) = server().await;
    let mut first = run(&cluster, "first", QUICK);
    let term = elected(&mut first).await;
    let mut second = run(&cluster, "second", QUICK);
    // As in a crash: nothing is released.
    drop(first);
    elected(&mut second).await;
    assert!(!term.holds(Moment::now()));
    assert_eq!(lease(&cluster).await["holderIdentity"], "second");
}

#[tokio::test]
async fn a_holder_renews_for_as_long_as_it_lives() {
    let (_server, cluster) = server().await;
    let mut first = run(&cluster, "first", QUICK);
    let term = elected(&mut first).await;
    let mut second = run(&cluster, "second", QUICK);
    // Four times as long as the lease lasts without renewals.
    let waited = tokio::time::timeout(QUICK.lease * 4, second.elected()).await;
    assert!(waited.is_err() && term.holds(Moment::now()));
    assert_eq!(lease(&cluster).await["leaseTransitions"], 0);
}

#[tokio::test]
async fn who_is_cut_off_stops_before_another_begins_and_comes_back_as_a_candidate() {
    let (server, cluster) = server().await;
    let (way, cut) = cuttable(&server);
    let mut first = run(&way, "first", QUICK);
    let term = elected(&mut first).await;
    let mut second = run(&cluster, "second", QUICK);
    cut.store(true, Ordering::SeqCst);
    let next = elected(&mut second).await;
    assert!(!term.holds(Moment::now()), "both lead");

    cut.store(false, Ordering::SeqCst);
    next.close();
    second.resign().await;
    let again = elected(&mut first).await;
    assert!(again.holds(Moment::now()) && !term.holds(Moment::now()), "a new term, not the old one");
    assert_eq!(lease(&cluster).await["leaseTransitions"], 2);
}

#[tokio::test]
async fn a_lease_that_is_taken_away_by_hand_ends_the_term() {
    let (_server, cluster) = server().await;
    let mut first = run(&cluster, "first", QUICK);
    let term = elected(&mut first).await;
    let leases = GroupVersionKind::from_api_version("coordination.k8s.io/v1", "Lease");
    let object = ObjectRef::new(leases, "default", "tenter");
    let theft = json!({"spec": {"holderIdentity": "somebody", "leaseDurationSeconds": 100_000}});
    cluster.merge_patch(&object, "kubectl", &theft).await.unwrap();
    tokio::time::timeout(PATIENCE, term.ended()).await.expect("it ends");
    assert!(term.pass().is_none());
    assert_eq!(lease(&cluster).await["holderIdentity"], "somebody");
}

#[tokio::test]
async fn of_many_candidates_one_leads_at_a_time() {
    let (_server, cluster) = server().await;
    let mut candidates: Vec<Elector> = (0..5).map(|number| run(&cluster, &number.to_string(), ENDLESS)).collect();
    let mut terms: Vec<Arc<Fence>> = Vec::new();
    while !candidates.is_empty() {
        let waiting: Vec<_> = candidates.iter_mut().map(|candidate| Box::pin(elected(candidate))).collect();
        let (term, leader, _) = futures::future::select_all(waiting).await;
        terms.push(term);
        let holding = terms.iter().filter(|term| term.holds(Moment::now())).count();
        assert_eq!(holding, 1);
        candidates.remove(leader).resign().await;
    }
    assert_eq!(terms.len(), 5);
    assert_eq!(lease(&cluster).await["leaseTransitions"], 4);
}
