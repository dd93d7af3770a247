//! Writes pass a fence, reads do not need to.

use std::net::SocketAddr;
use std::time::Duration;

use apiserver::ApiServer;
use cluster::lease::{Fence, Moment};
use cluster::{ApplyError, ApplyMode, Cluster, ClusterError, ObjectRef, Propagation, Settings};
use expect_test::expect;
use kube::config::{KubeConfigOptions, Kubeconfig};
use serde_json::json;

use crate::fake::{Fake, Reply, config_map, gvk};

/// How long a short term lasts.
const TERM: Duration = Duration::from_millis(100);

fn settings() -> ObjectRef {
    ObjectRef::new(gvk("v1", "ConfigMap"), "prod", "settings")
}

#[tokio::test]
async fn nothing_is_written_after_the_term_has_ended() {
    let fake =
        Fake::new([Reply::Json(200, config_map("settings", "1")), Reply::Json(200, config_map("settings", "2"))]);
    let fence = Fence::new(Moment::now().after(Duration::from_secs(60)));
    let cluster = fake.cluster().fenced(fence.clone()).unwrap().impersonating("somebody");
    let object = config_map("settings", "1");
    let patch = json!({"data": {"a": "b"}});
    cluster.merge_patch(&settings(), "test", &patch).await.expect("the term holds");

    fence.end();
    let not_leading = Err(ClusterError::NotLeading);
    assert_eq!(cluster.merge_patch(&settings(), "test", &patch).await, not_leading);
    assert_eq!(cluster.json_patch(&settings(), "test", &json!([])).await, not_leading);
    assert_eq!(cluster.patch_status(&settings(), "test", &patch).await, not_leading);
    assert_eq!(cluster.create(&object, "test").await, not_leading);
    assert_eq!(cluster.delete(&settings(), Propagation::Background, None).await, Err(ClusterError::NotLeading));
    for mode in [ApplyMode::forced("test"), ApplyMode::forced("test").dry()] {
        let refused = cluster.apply(&object, None, &mode).await;
        assert_eq!(refused, Err(ApplyError::Other(ClusterError::NotLeading)));
    }
    cluster.get(&settings()).await.expect("reading needs no lease");
    expect![[r#"
        PATCH /api/v1/namespaces/prod/configmaps/settings?fieldManager=test content-type=application/merge-patch+json impersonate-user=somebody {"data":{"a":"b"}}
        GET /api/v1/namespaces/prod/configmaps/settings impersonate-user=somebody"#]]
    .assert_eq(&fake.requests());
}

#[tokio::test]
async fn a_write_that_is_under_way_is_given_up_with_the_term() {
    let fake = Fake::new([Reply::Silent]);
    let fence = Fence::new(Moment::now().after(Duration::from_secs(60)));
    let cluster = fake.cluster().fenced(fence.clone()).unwrap();
    let writing = tokio::spawn(async move { cluster.merge_patch(&settings(), "test", &json!({})).await });
    while fake.requests().is_empty() {
        tokio::task::yield_now().await;
    }
    fence.end();
    assert_eq!(writing.await.expect("it ends"), Err(ClusterError::NotLeading));
    fence.drained().await;
}

/// A write waits in several queues after it has passed the fence; a process may be stopped while it does.
#[test]
fn what_waits_to_be_sent_when_the_process_stops_is_never_sent() {
    let elsewhere =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("threads");
    let (server, kubeconfig) = elsewhere.block_on(async {
        let server = ApiServer::open(apiserver::Config::default()).await.expect("a server");
        let endpoint = server.serve(SocketAddr::from(([127, 0, 0, 1], 0))).await.expect("a port");
        let kubeconfig = endpoint.kubeconfig();
        ((server, endpoint), kubeconfig)
    });
    let here = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a thread");
    here.block_on(async {
        let kubeconfig = Kubeconfig::from_yaml(&kubeconfig.to_string()).expect("a kubeconfig");
        let options = KubeConfigOptions::default();
        let config = kube::Config::from_custom_kubeconfig(kubeconfig, &options).await.expect("a configuration");
        let cluster = Cluster::connect(config, Settings::default()).expect("a client");
        let fence = Fence::new(Moment::now().after(Duration::from_secs(60)));
        let leading = cluster.fenced(fence.clone()).expect("a client of the term");
        let mut object = config_map("settings", "1");
        object["metadata"] = json!({"name": "settings", "namespace": "default"});
        let settings = leading.create(&object, "test").await.map(|object| ObjectRef::of(&object).expect("an object"));
        let settings = settings.expect("the term holds");

        assert!(fence.extend(Moment::now().after(TERM), Moment::now()));
        let patch = json!({"data": {"written": "too late"}});
        let mut writing = std::pin::pin!(leading.merge_patch(&settings, "test", &patch));
        assert!(futures::poll!(&mut writing).is_pending());
        // All of the process stands still, for longer than the term.
        std::thread::sleep(TERM * 2);
        // Whoever sends is awake before the one who asked for it.
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        assert_eq!(writing.await, Err(ClusterError::NotLeading));
        let found = cluster.get(&settings).await.expect("reading needs no lease").expect("the object");
        assert_eq!(found["data"]["written"], json!(null));
    });
    drop(server);
}
