//! Writes pass a fence, reads do not need to.

use std::time::Duration;

use cluster::lease::{Fence, Moment};
use cluster::{ApplyError, ApplyMode, ClusterError, ObjectRef, Propagation};
use expect_test::expect;
use serde_json::json;

use crate::fake::{Fake, Reply, config_map, gvk};

fn settings() -> ObjectRef {
    ObjectRef::new(gvk("v1", "ConfigMap"), "prod", "settings")
}

#[tokio::test]
async fn nothing_is_written_after_the_term_has_ended() {
    let fake =
        Fake::new([Reply::Json(200, config_map("settings", "1")), Reply::Json(200, config_map("settings", "2"))]);
    let fence = Fence::new(Moment::now().after(Duration::from_secs(60)));
    let cluster = fake.cluster().fenced(fence.clone()).impersonating("somebody");
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
    let cluster = fake.cluster().fenced(fence.clone());
    let writing = tokio::spawn(async move { cluster.merge_patch(&settings(), "test", &json!({})).await });
    while fake.requests().is_empty() {
        tokio::task::yield_now().await;
    }
    fence.end();
    assert_eq!(writing.await.expect("it ends"), Err(ClusterError::NotLeading));
    fence.drained().await;
}
