//! What goes over the wire, and what becomes of the answers.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::fake::{Fake, Reply, config_map, gvk, status};
use cluster::{
    ApplyMode, Change, Cluster, ClusterError, Conflicts, Deletion, DryRun, EventType, FieldValidation, KubernetesEvent,
    ObjectRef, Propagation, Scope, Selector, Settings,
};
use expect_test::{Expect, expect};
use manifest::Value;
use serde_json::json;

fn settings() -> ObjectRef {
    ObjectRef::new(gvk("v1", "ConfigMap"), "prod", "settings")
}

#[track_caller]
fn check_requests(fake: &Fake, expected: Expect) {
    expected.assert_eq(&fake.requests());
}

#[tokio::test(start_paused = true)]
async fn objects_are_read_where_they_live() {
    let fake = Fake::new([
        Reply::Json(200, config_map("settings", "1")),
        status(404, "NotFound", "configmaps \"settings\" not found"),
        Reply::Json(200, json!({ "kind": "ClusterRole" })),
    ]);
    let cluster = fake.cluster();
    assert_eq!(cluster.get(&settings()).await, Ok(Some(config_map("settings", "1"))));
    assert_eq!(cluster.get(&settings()).await, Ok(None));
    // A namespace on a cluster-scoped object is ignored, and `:` is legal in names but not in paths.
    let role = ObjectRef::new(gvk("rbac.authorization.k8s.io/v1", "ClusterRole"), "prod", "system:reader");
    cluster.get(&role).await.expect("a role");
    check_requests(
        &fake,
        expect![[r#"
        GET /api/v1/namespaces/prod/configmaps/settings
        GET /api/v1/namespaces/prod/configmaps/settings
        GET /apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Areader"#]],
    );
    let nowhere = ObjectRef::new(gvk("v1", "ConfigMap"), "", "settings");
    assert_eq!(
        cluster.get(&nowhere).await.expect_err("no namespace").to_string(),
        "namespace not specified: v1 ConfigMap is namespaced; set metadata.namespace, or targetNamespace in the Kustomization",
    );
}

#[tokio::test(start_paused = true)]
async fn overload_faults_and_broken_connections_are_tried_again() {
    let fake = Fake::new([
        Reply::Later(429, 2),
        status(500, "InternalError", "etcd is busy"),
        Reply::Broken,
        Reply::Text(502, "Bad Gateway"),
        Reply::Json(200, config_map("settings", "1")),
    ]);
    assert_eq!(fake.cluster().get(&settings()).await, Ok(Some(config_map("settings", "1"))));
    assert_eq!(fake.requests().lines().count(), 5);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_ends_too_early_was_lost() {
    let half = Reply::Text(200, "{\"apiVersion\": \"v1\", \"kind\": \"Conf");
    let fake = Fake::new([half, Reply::Json(200, config_map("settings", "1"))]);
    assert_eq!(fake.cluster().get(&settings()).await, Ok(Some(config_map("settings", "1"))));

    let fake = Fake::new([Reply::Text(201, "{\"apiVersion\": "), Reply::Json(201, json!({}))]);
    let error = fake.cluster().create(&config_map("settings", ""), "me").await.expect_err("it may have been done");
    assert!(error.is_retryable(), "{error}");
    assert_eq!(fake.requests().lines().count(), 1);

    let fake = Fake::new([Reply::Text(200, "<html>")]);
    let error = fake.cluster().get(&settings()).await.expect_err("no API server");
    assert!(matches!(error, ClusterError::Protocol { .. }), "{error}");
}

#[tokio::test(start_paused = true)]
async fn what_changed_since_it_was_seen_is_not_deleted() {
    let fake = Fake::new([status(409, "Conflict", "the ResourceVersion in the precondition (1) does not match")]);
    let deleted =
        fake.cluster().delete_as_seen(&settings(), Propagation::Background, &config_map("settings", "1")).await;
    assert!(matches!(deleted, Err(ClusterError::Conflict { .. })), "{deleted:?}");
    let sent = fake.requests();
    assert!(sent.contains(r#""preconditions":{"resourceVersion":"1","uid":null}"#), "{sent}");
}

#[tokio::test(start_paused = true)]
async fn trying_again_ends() {
    let fake = Fake::new((0..5).map(|_| Reply::Text(503, "no backend")));
    let error = fake.cluster().get(&settings()).await.expect_err("unavailable");
    assert_eq!(error, ClusterError::Unavailable { code: 503, message: "no backend".to_owned() });
    assert_eq!(error.to_string(), "the API server answers 503: no backend; it is tried again later");
    assert_eq!(fake.requests().lines().count(), 5);

    let fake = Fake::new((0..5).map(|_| Reply::Broken));
    let error = fake.cluster().get(&settings()).await.expect_err("unreachable");
    assert_eq!(error.to_string(), "cannot reach the API server: connection reset; it is tried again later");
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_to_a_create_is_not_repeated() {
    let fake = Fake::new([Reply::Broken, Reply::Json(201, json!({}))]);
    let error = fake.cluster().create(&config_map("settings", ""), "me").await.expect_err("unreachable");
    assert!(matches!(error, ClusterError::Unreachable { .. }), "{error}");
    assert_eq!(fake.requests().lines().count(), 1);
}

#[tokio::test(start_paused = true)]
async fn many_reads_keep_their_order_and_the_bound() {
    let fake = Fake::new((0..20).map(|_| Reply::Json(200, json!({}))));
    let cluster = fake.cluster_with(Settings { concurrency: 3, ..Settings::default() });
    let objects: Vec<ObjectRef> =
        (0..20).map(|index| ObjectRef::new(gvk("v1", "ConfigMap"), "prod", format!("c{index:02}"))).collect();
    let results = cluster.get_all(&objects).await;
    assert!(results.iter().all(Result::is_ok));
    assert_eq!(fake.most_under_way(), 3);

    let fake = Fake::new((0..3).map(|index| Reply::Json(200, json!({ "index": index }))));
    let cluster = fake.cluster_with(Settings { concurrency: 1, ..Settings::default() });
    let results = cluster.get_all(&objects[..3]).await;
    assert_eq!(
        results,
        [Ok(Some(json!({ "index": 0 }))), Ok(Some(json!({ "index": 1 }))), Ok(Some(json!({ "index": 2 })))]
    );
}

#[tokio::test(start_paused = true)]
async fn an_apply_says_what_it_did() {
    let manifest = config_map("settings", "");
    let fake = Fake::new([
        Reply::Json(201, config_map("settings", "1")),
        Reply::Json(200, config_map("settings", "2")),
        Reply::Json(200, config_map("settings", "2")),
        Reply::Json(200, config_map("settings", "2")),
    ]);
    let cluster = fake.cluster();
    let mode = ApplyMode::forced("kustomize-controller");
    assert_eq!(cluster.apply(&manifest, None, &mode).await.expect("applied").change, Change::Created);
    assert_eq!(cluster.apply(&manifest, Some("1"), &mode).await.expect("applied").change, Change::Configured);
    assert_eq!(cluster.apply(&manifest, Some("2"), &mode).await.expect("applied").change, Change::Unchanged);
    let careful = ApplyMode { conflicts: Conflicts::Report, dry_run: DryRun::Yes, ..mode };
    cluster
        .impersonating("system:serviceaccount:prod:deployer")
        .apply(&manifest, None, &careful)
        .await
        .expect("applied");
    check_requests(
        &fake,
        expect![[r#"
        PATCH /api/v1/namespaces/prod/configmaps/settings?fieldManager=kustomize-controller&force=true content-type=application/apply-patch+yaml {"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"settings","namespace":"prod","resourceVersion":""}}
        PATCH /api/v1/namespaces/prod/configmaps/settings?fieldManager=kustomize-controller&force=true content-type=application/apply-patch+yaml {"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"settings","namespace":"prod","resourceVersion":""}}
        PATCH /api/v1/namespaces/prod/configmaps/settings?fieldManager=kustomize-controller&force=true content-type=application/apply-patch+yaml {"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"settings","namespace":"prod","resourceVersion":""}}
        PATCH /api/v1/namespaces/prod/configmaps/settings?fieldManager=kustomize-controller&force=false&dryRun=All content-type=application/apply-patch+yaml impersonate-user=system:serviceaccount:prod:deployer {"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"settings","namespace":"prod","resourceVersion":""}}"#]],
    );
}

#[tokio::test]
async fn what_becomes_of_unknown_fields_is_said_where_it_is_not_as_usual() {
    let manifest = config_map("settings", "");
    let fake = Fake::new((0..2).map(|_| Reply::Json(200, config_map("settings", "1"))));
    for validation in [FieldValidation::Strict, FieldValidation::Ignore] {
        let mode = ApplyMode::forced("me").validating(validation);
        fake.cluster().dry_run_all(&[&manifest], &mode).await.remove(0).expect("previewed");
    }
    check_requests(
        &fake,
        expect![[r#"
        PATCH /api/v1/namespaces/prod/configmaps/settings?fieldManager=me&force=true&dryRun=All&fieldValidation=Strict content-type=application/apply-patch+yaml {"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"settings","namespace":"prod","resourceVersion":""}}
        PATCH /api/v1/namespaces/prod/configmaps/settings?fieldManager=me&force=true&dryRun=All&fieldValidation=Ignore content-type=application/apply-patch+yaml {"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"settings","namespace":"prod","resourceVersion":""}}"#]],
    );
    let untyped =
        "failed to create typed patch object (prod/settings; /v1, Kind=ConfigMap): .date: field not declared in schema";
    check_apply_error(
        refused(status(500, "", untyped)).await,
        expect![
            "(Invalid) failed to create typed patch object (prod/settings; /v1, Kind=ConfigMap): .date: field not declared in schema"
        ],
    );
}

#[track_caller]
fn check_apply_error(outcome: Result<Value, cluster::ApplyError>, expected: Expect) {
    let error = outcome.expect_err("an error");
    expected.assert_eq(&format!("({}) {error}", error.reason()));
}

async fn refused(reply: Reply) -> Result<Value, cluster::ApplyError> {
    let manifest = config_map("settings", "");
    let fake = Fake::new([reply]);
    let cluster = fake.cluster_with(Settings {
        retry: cluster::RetryPolicy { attempts: 1, ..cluster::RetryPolicy::default() },
        ..Settings::default()
    });
    cluster.dry_run_all(&[&manifest], &ApplyMode::forced("me")).await.remove(0)
}

fn invalid(causes: Value) -> Reply {
    let message = "ConfigMap \"settings\" is invalid";
    Reply::Json(422, json!({ "reason": "Invalid", "message": message, "details": { "causes": causes } }))
}

#[tokio::test(start_paused = true)]
async fn refusals_are_told_in_the_users_terms() {
    check_apply_error(
        refused(invalid(
            json!([{ "reason": "FieldValueInvalid", "field": "data", "message": "Invalid value: field is immutable" }]),
        ))
        .await,
        expect![[
            r#"(Invalid) immutable field changed: ConfigMap "settings" is invalid; recreate the object, or set `force: true`"#
        ]],
    );
    check_apply_error(
        refused(invalid(json!([
            { "reason": "FieldValueRequired", "field": "data.a", "message": "Required value" },
            { "reason": "FieldValueInvalid", "field": "data.b", "message": "Invalid value" },
        ])))
        .await,
        expect![[r#"(Invalid) ConfigMap "settings" is invalid"#]],
    );
    check_apply_error(
        refused(invalid(json!([{ "reason": "FieldValueForbidden", "field": "spec", "message": "Forbidden: updates to statefulset spec for fields other than 'replicas' are forbidden" }]))).await,
        expect![[r#"(Invalid) immutable field changed: ConfigMap "settings" is invalid; recreate the object, or set `force: true`"#]],
    );
    check_apply_error(
        refused(status(404, "NotFound", "namespaces \"prod\" not found")).await,
        expect![[
            r#"(NotFound) namespace "prod" not found; declare it, or make the Kustomization depend on the one that does"#
        ]],
    );
    check_apply_error(
        refused(status(404, "NotFound", "the server could not find the requested resource")).await,
        expect![[
            r#"() no matches for kind "ConfigMap" in version "v1": the API server does not serve it any more (the server could not find the requested resource)"#
        ]],
    );
    check_apply_error(
        refused(status(403, "Forbidden", "configmaps \"settings\" is forbidden: unable to create new content in namespace prod because it is being terminated")).await,
        expect![[r#"(Forbidden) namespace "prod" is being terminated; new content cannot be created in it until it is gone"#]],
    );
    check_apply_error(
        refused(status(403, "Forbidden", "User \"me\" cannot patch resource \"configmaps\"")).await,
        expect![[
            r#"(Forbidden) User "me" cannot patch resource "configmaps"; give the service account a Role that allows it"#
        ]],
    );
    check_apply_error(
        refused(status(403, "Forbidden", "admission webhook \"policy.example.com\" denied the request: no")).await,
        expect![[r#"(Forbidden) admission webhook "policy.example.com" denied the request: no"#]],
    );
    check_apply_error(
        refused(status(
            400,
            "BadRequest",
            "admission webhook \"policy.example.com\" denied the request: spec.host is immutable",
        ))
        .await,
        expect![[
            r#"(Invalid) immutable field changed: admission webhook "policy.example.com" denied the request: spec.host is immutable; recreate the object, or set `force: true`"#
        ]],
    );
    check_apply_error(
        refused(Reply::Json(409, json!({
            "reason": "Conflict",
            "message": "Apply failed with 1 conflict: conflict with \"kubectl\": .data.a",
            "details": { "causes": [{ "reason": "FieldManagerConflict", "field": ".data.a", "message": "conflict with \"kubectl\"" }] },
        })))
        .await,
        expect![[r#"(FieldManagerConflict) Apply failed with 1 conflict: conflict with "kubectl": .data.a"#]],
    );
    check_apply_error(
        refused(status(409, "Conflict", "the object has been modified")).await,
        expect!["(Conflict) the object has been modified"],
    );
    check_apply_error(
        refused(status(413, "RequestEntityTooLarge", "Request entity too large: limit is 3145728")).await,
        expect![
            "(RequestEntityTooLarge) too large: Request entity too large: limit is 3145728; split the object (etcd takes 1.5 MiB)"
        ],
    );
    check_apply_error(
        refused(status(500, "InternalError", "etcdserver: request is too large")).await,
        expect![
            "(RequestEntityTooLarge) too large: etcdserver: request is too large; split the object (etcd takes 1.5 MiB)"
        ],
    );
    check_apply_error(
        refused(status(500, "InternalError", "etcd is busy")).await,
        expect!["() the API server answers 500: etcd is busy; it is tried again later"],
    );
    check_apply_error(
        refused(Reply::Broken).await,
        expect!["() cannot reach the API server: connection reset; it is tried again later"],
    );
    check_apply_error(
        refused(status(401, "Unauthorized", "Unauthorized")).await,
        expect!["() unauthorized: Unauthorized; check the credentials of the kubeconfig or service account"],
    );
    check_apply_error(
        refused(status(400, "BadRequest", "unknown field \"spec.x\"")).await,
        expect![[r#"() the API server does not accept the request: unknown field "spec.x""#]],
    );
    check_apply_error(
        refused(Reply::Text(418, "")).await,
        expect!["() the API server does not accept the request: HTTP status 418"],
    );
}

#[tokio::test(start_paused = true)]
async fn a_type_that_is_not_served_is_named() {
    let fake = Fake::new([]);
    let manifest = json!({ "apiVersion": "flagger.app/v1beta1", "kind": "Canary", "metadata": { "name": "web", "namespace": "prod" } });
    let outcome = fake.cluster().dry_run_all(&[&manifest], &ApplyMode::forced("me")).await.remove(0);
    check_apply_error(
        outcome,
        expect![[
            r#"() no matches for kind "Canary" in version "flagger.app/v1beta1": the API server does not serve it; apply its CustomResourceDefinition first, or add a dependsOn on the Kustomization that installs flagger.app"#
        ]],
    );
}

async fn deletion(reply: Reply, uid: Option<&str>) -> (Result<Deletion, ClusterError>, String) {
    let fake = Fake::new([reply]);
    let outcome = fake.cluster().delete(&settings(), Propagation::Background, uid).await;
    (outcome, fake.requests())
}

#[tokio::test(start_paused = true)]
async fn a_deletion_says_what_it_found() {
    let (outcome, requests) =
        deletion(Reply::Json(200, json!({ "kind": "Status", "status": "Success" })), Some("u-1")).await;
    assert_eq!(outcome, Ok(Deletion::Gone));
    expect![[r#"DELETE /api/v1/namespaces/prod/configmaps/settings content-type=application/json {"apiVersion":"v1","kind":"DeleteOptions","preconditions":{"uid":"u-1"},"propagationPolicy":"Background"}"#]].assert_eq(&requests);

    let held = json!({ "kind": "ConfigMap", "metadata": { "deletionTimestamp": "2026-01-01T00:00:00Z" } });
    assert_eq!(deletion(Reply::Json(200, held), None).await.0, Ok(Deletion::Terminating));
    assert_eq!(deletion(status(404, "NotFound", "gone"), None).await.0, Ok(Deletion::Absent));
    assert_eq!(
        deletion(status(409, "Conflict", "the UID in the precondition does not match"), Some("u-1")).await.0,
        Ok(Deletion::Absent)
    );
    assert!(deletion(status(409, "Conflict", "try again"), None).await.0.is_err());

    let unknown = ObjectRef::new(gvk("gone.example.com/v1", "Thing"), "prod", "x");
    let outcome = Fake::new([]).cluster().delete(&unknown, Propagation::Orphan, None).await;
    assert_eq!(outcome, Ok(Deletion::Absent));
}

#[tokio::test(start_paused = true)]
async fn an_object_is_recreated_after_it_is_really_gone() {
    let (lines, watch) = crate::fake::stream();
    let fake = Fake::new([
        Reply::Json(200, json!({ "metadata": { "deletionTimestamp": "2026-01-01T00:00:00Z" } })),
        watch,
        Reply::Json(201, config_map("settings", "9")),
    ]);
    for line in [
        json!({ "type": "ADDED", "object": config_map("settings", "5") }),
        json!({ "type": "BOOKMARK", "object": { "metadata": { "resourceVersion": "5", "annotations": { "k8s.io/initial-events-end": "true" } } } }),
        json!({ "type": "MODIFIED", "object": config_map("settings", "6") }),
        json!({ "type": "DELETED", "object": config_map("settings", "7") }),
    ] {
        lines.unbounded_send(format!("{line}\n")).expect("the stream is open");
    }
    let applied =
        fake.cluster().recreate(&config_map("settings", ""), &ApplyMode::forced("me")).await.expect("applied");
    assert_eq!(applied.change, Change::Created);
    check_requests(
        &fake,
        expect![[r#"
        DELETE /api/v1/namespaces/prod/configmaps/settings content-type=application/json {"apiVersion":"v1","kind":"DeleteOptions","propagationPolicy":"Background"}
        GET /api/v1/namespaces/prod/configmaps?fieldSelector=metadata.name%3Dsettings&watch=true&allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan
        PATCH /api/v1/namespaces/prod/configmaps/settings?fieldManager=me&force=true content-type=application/apply-patch+yaml {"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"settings","namespace":"prod","resourceVersion":""}}"#]],
    );
}

#[tokio::test(start_paused = true)]
async fn an_object_that_does_not_go_away_is_not_recreated() {
    let (lines, watch) = crate::fake::stream();
    let fake = Fake::new([Reply::Json(200, json!({})), watch]);
    let end = json!({ "type": "BOOKMARK", "object": { "metadata": { "annotations": { "k8s.io/initial-events-end": "true" } } } });
    let held = json!({ "type": "ADDED", "object": config_map("settings", "5") });
    lines.unbounded_send(format!("{held}\n{end}\n")).expect("the stream is open");
    let error = fake.cluster().recreate(&config_map("settings", ""), &ApplyMode::forced("me")).await.expect_err("held");
    expect!["ConfigMap/prod/settings is still there 60s after it was deleted to be recreated; a finalizer holds it"]
        .assert_eq(&error.to_string());
}

#[tokio::test(start_paused = true)]
async fn patches_go_to_the_object_or_its_status() {
    let fake = Fake::new((0..3).map(|_| Reply::Json(200, json!({}))));
    let cluster = fake.cluster();
    cluster.merge_patch(&settings(), "me", &json!({ "data": null })).await.expect("patched");
    cluster.json_patch(&settings(), "me", &json!([{ "op": "remove", "path": "/data" }])).await.expect("patched");
    cluster.patch_status(&settings(), "me", &json!({ "phase": "Ready" })).await.expect("patched");
    check_requests(
        &fake,
        expect![[r#"
        PATCH /api/v1/namespaces/prod/configmaps/settings?fieldManager=me content-type=application/merge-patch+json {"data":null}
        PATCH /api/v1/namespaces/prod/configmaps/settings?fieldManager=me content-type=application/json-patch+json [{"op":"remove","path":"/data"}]
        PATCH /api/v1/namespaces/prod/configmaps/settings/status?fieldManager=me content-type=application/merge-patch+json {"status":{"phase":"Ready"}}"#]],
    );
}

#[tokio::test(start_paused = true)]
async fn lists_come_in_pages_and_start_over_when_they_expire() {
    let page = |name: &str, next: &str| {
        Reply::Json(
            200,
            json!({ "metadata": { "resourceVersion": "7", "continue": next }, "items": [{ "metadata": { "name": name } }] }),
        )
    };
    let fake = Fake::new([page("a", "t1"), status(410, "Expired", "too old"), page("a", "t2"), page("b", "")]);
    let namespace = Scope::Namespace("prod".to_owned());
    let selector = Selector { labels: "app=web,tier!=cache".to_owned(), fields: "metadata.name=x".to_owned() };
    let objects = fake.cluster().list(&gvk("apps/v1", "Deployment"), &namespace, &selector).await.expect("a list");
    expect![[r#"[{"apiVersion": String("apps/v1"), "kind": String("Deployment"), "metadata": {"name": String("a")}}, {"apiVersion": String("apps/v1"), "kind": String("Deployment"), "metadata": {"name": String("b")}}]"#]].assert_eq(&format!("{objects:?}").replace("Object ", ""));
    check_requests(
        &fake,
        expect![[r#"
        GET /apis/apps/v1/namespaces/prod/deployments?labelSelector=app%3Dweb%2Ctier%21%3Dcache&fieldSelector=metadata.name%3Dx&limit=500
        GET /apis/apps/v1/namespaces/prod/deployments?labelSelector=app%3Dweb%2Ctier%21%3Dcache&fieldSelector=metadata.name%3Dx&limit=500&continue=t1
        GET /apis/apps/v1/namespaces/prod/deployments?labelSelector=app%3Dweb%2Ctier%21%3Dcache&fieldSelector=metadata.name%3Dx&limit=500
        GET /apis/apps/v1/namespaces/prod/deployments?labelSelector=app%3Dweb%2Ctier%21%3Dcache&fieldSelector=metadata.name%3Dx&limit=500&continue=t2"#]],
    );
}

fn event(message: &str) -> KubernetesEvent {
    KubernetesEvent {
        about: json!({
            "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
            "kind": "Kustomization",
            "metadata": { "namespace": "flux-system", "name": "apps", "uid": "u-1" },
        }),
        kind: EventType::Normal,
        reason: "ReconciliationSucceeded".to_owned(),
        message: message.to_owned(),
        annotations: BTreeMap::from([("kustomize.toolkit.fluxcd.io/revision".to_owned(), "main@sha1:1".to_owned())]),
        source: "kustomize-controller".to_owned(),
        times: 1,
        time: "2026-01-02T03:04:05.678Z".parse().expect("a time"),
    }
}

#[tokio::test(start_paused = true)]
async fn an_event_that_happens_again_is_counted() {
    let fake = Fake::new([
        Reply::Json(201, json!({})),
        status(409, "AlreadyExists", "events \"apps\" already exists"),
        Reply::Json(200, json!({ "count": 4 })),
        Reply::Json(200, json!({})),
    ]);
    let cluster = fake.cluster();
    cluster.create_event(&event("done")).await.expect("recorded");
    cluster.create_event(&event("done")).await.expect("recorded");
    check_requests(
        &fake,
        expect![[r#"
        POST /api/v1/namespaces/flux-system/events?fieldManager=kustomize-controller content-type=application/json {"apiVersion":"v1","count":1,"firstTimestamp":"2026-01-02T03:04:05Z","involvedObject":{"apiVersion":"kustomize.toolkit.fluxcd.io/v1","kind":"Kustomization","name":"apps","namespace":"flux-system","uid":"u-1"},"kind":"Event","lastTimestamp":"2026-01-02T03:04:05Z","message":"done","metadata":{"annotations":{"kustomize.toolkit.fluxcd.io/revision":"main@sha1:1"},"name":"apps.3d1e2f78f0c2a600","namespace":"flux-system"},"reason":"ReconciliationSucceeded","reportingComponent":"kustomize-controller","reportingInstance":"","source":{"component":"kustomize-controller"},"type":"Normal"}
        POST /api/v1/namespaces/flux-system/events?fieldManager=kustomize-controller content-type=application/json {"apiVersion":"v1","count":1,"firstTimestamp":"2026-01-02T03:04:05Z","involvedObject":{"apiVersion":"kustomize.toolkit.fluxcd.io/v1","kind":"Kustomization","name":"apps","namespace":"flux-system","uid":"u-1"},"kind":"Event","lastTimestamp":"2026-01-02T03:04:05Z","message":"done","metadata":{"annotations":{"kustomize.toolkit.fluxcd.io/revision":"main@sha1:1"},"name":"apps.3d1e2f78f0c2a600","namespace":"flux-system"},"reason":"ReconciliationSucceeded","reportingComponent":"kustomize-controller","reportingInstance":"","source":{"component":"kustomize-controller"},"type":"Normal"}
        GET /api/v1/namespaces/flux-system/events/apps.3d1e2f78f0c2a600
        PATCH /api/v1/namespaces/flux-system/events/apps.3d1e2f78f0c2a600?fieldManager=kustomize-controller content-type=application/merge-patch+json {"count":5,"lastTimestamp":"2026-01-02T03:04:05Z"}"#]],
    );
}

#[tokio::test(start_paused = true)]
async fn long_event_messages_are_cut_between_characters() {
    let fake = Fake::new([Reply::Json(201, json!({}))]);
    fake.cluster().create_event(&event(&"ä".repeat(2000))).await.expect("recorded");
    let requests = fake.requests();
    let body = requests.split_once('{').expect("a body").1;
    let object: Value = serde_json::from_str(&format!("{{{body}")).expect("JSON");
    let message = object["message"].as_str().expect("a message");
    assert!(message.len() <= 1024 && message.ends_with("ä…"), "{} bytes", message.len());
}

#[tokio::test(start_paused = true)]
async fn types_are_asked_for_once() {
    let fake = Fake::new([]);
    let cluster: Cluster = fake.cluster();
    let (config_map, thing, deployment) =
        (gvk("v1", "ConfigMap"), gvk("example.com/v1", "Thing"), gvk("apps/v1", "Deployment"));
    let found = tokio::join!(cluster.kind(&config_map), cluster.kind(&thing), cluster.kind(&deployment));
    assert_eq!(found.0.expect("served").plural, "configmaps");
    assert_eq!(found.1.expect("served").gvk.version, "v1");
    assert_eq!(found.2.expect("served").scope, cluster::KindScope::Namespaced);
    assert_eq!(cluster.preferred("example.com", "Thing").await.expect("served").gvk.version, "v2");
    assert_eq!(fake.discoveries(), 2);

    // A miss asks once more, and again for each later miss, since CRDs come and go.
    let missing = gvk("example.com/v3", "Thing");
    assert_eq!(cluster.kind(&missing).await, Err(ClusterError::NoSuchKind { gvk: missing.clone() }));
    assert_eq!(fake.discoveries(), 4);
    cluster.kind(&config_map).await.expect("served");
    assert_eq!(fake.discoveries(), 4);
    cluster.forget_kinds();
    cluster.kind(&config_map).await.expect("served");
    assert_eq!(fake.discoveries(), 6);
}

/// What applying a definition of `Paint` is answered with.
fn paint() -> Value {
    json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": { "name": "paints.paints.example.com", "resourceVersion": "1" },
        "spec": {
            "group": "paints.example.com",
            "names": { "kind": "Paint", "plural": "paints" },
            "versions": [{ "name": "v1", "served": true }, { "name": "v0", "served": false }],
        },
    })
}

#[tokio::test(start_paused = true)]
async fn what_a_definition_brings_is_waited_for() {
    let lists_paint = |kinds: &[cluster::ApiKind]| kinds.iter().any(|kind| kind.gvk.kind == "Paint");
    let late = || Fake::new([Reply::Json(201, paint())]).listing_paint_after(7);
    let mode = ApplyMode::forced("tenter");

    let fake = late();
    let cluster = fake.cluster();
    assert!(!lists_paint(&cluster.kinds().await.expect("kinds")));
    cluster.apply(&paint(), None, &mode).await.expect("applied");
    assert!(lists_paint(&cluster.kinds().await.expect("kinds")), "the third answer after the definition lists it");
    assert_eq!(fake.discoveries(), 8);

    let fake = late();
    let cluster = fake.cluster();
    cluster.apply(&paint(), None, &mode).await.expect("applied");
    assert_eq!(cluster.kind(&gvk("paints.example.com/v1", "Paint")).await.expect("served").plural, "paints");
    assert_eq!(fake.discoveries(), 8);
}

#[tokio::test(start_paused = true)]
async fn what_is_never_listed_is_given_up() {
    let fake = Fake::new([Reply::Json(201, paint())]);
    let cluster = fake.cluster();
    cluster.apply(&paint(), None, &ApplyMode::forced("tenter")).await.expect("applied");
    let paint = gvk("paints.example.com/v1", "Paint");
    assert_eq!(cluster.kind(&paint).await, Err(ClusterError::NoSuchKind { gvk: paint.clone() }));
    let asked = fake.discoveries();
    assert_eq!(cluster.kind(&paint).await, Err(ClusterError::NoSuchKind { gvk: paint.clone() }));
    assert_eq!(fake.discoveries(), asked + 2, "it is looked up once more, and not waited for again");
}

#[tokio::test(start_paused = true)]
async fn what_others_bring_is_seen_by_whoever_wants_all_types() {
    let fake = Fake::new([]).listing_paint_after(2);
    let cluster = fake.cluster();
    let count = async || cluster.kinds().await.expect("kinds").len();
    let before = count().await;
    assert_eq!((count().await, fake.discoveries()), (before, 2));
    tokio::time::advance(Duration::from_secs(10)).await;
    assert_eq!((count().await, fake.discoveries()), (before + 1, 4));
}

#[tokio::test(start_paused = true)]
async fn old_api_servers_are_asked_group_by_group() {
    let fake = Fake::new([]).with_plain_discovery();
    let kinds = fake.cluster().kinds().await.expect("kinds");
    let lines: Vec<String> =
        kinds.iter().map(|kind| format!("{} {} {:?}", kind.gvk, kind.plural, kind.scope)).collect();
    expect![[r#"
        v1 ConfigMap configmaps Namespaced
        v1 Namespace namespaces Cluster
        apps/v1 Deployment deployments Namespaced"#]]
    .assert_eq(&lines.join("\n"));
}
