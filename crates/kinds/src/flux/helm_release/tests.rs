use std::time::Duration;

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use super::*;
use crate::flux::{Bucket, HelmChart, HelmRepository, OciRepository};

fn release(spec: Value) -> HelmRelease {
    read_release(spec).unwrap()
}

fn read_release(mut spec: Value) -> Result<HelmRelease, ReadError> {
    let spec_fields = spec.as_object_mut().unwrap();
    spec_fields.entry("interval").or_insert(json!("10m"));
    if !spec_fields.contains_key("chartRef") {
        let chart = json!({"spec": {"chart": "podinfo", "sourceRef": {"kind": "HelmRepository", "name": "podinfo"}}});
        spec_fields.entry("chart").or_insert(chart);
    }
    HelmRelease::read(&json!({"metadata": {"name": "podinfo", "namespace": "apps"}, "spec": spec}))
}

#[test]
fn defaults_follow_helm_controller() {
    let read = release(json!({}));
    assert_eq!(read.timeout(), Duration::from_secs(300));
    assert_eq!(read.max_history(), Some(5));
    assert_eq!(read.full_release_name(), "podinfo");
    assert_eq!((read.release_namespace(), read.storage_namespace()), ("apps", "apps"));
    assert_eq!(read.spec.install.crds, CrdPolicy::Create);
    assert_eq!(read.spec.upgrade.crds, CrdPolicy::Create);
    assert_eq!(read.spec.upgrade.server_side_apply, ServerSideApply::Auto);
    assert_eq!(read.spec.upgrade.chart_name_change_strategy, ChartNameChange::Reinstall);
    assert_eq!(read.spec.uninstall.deletion_propagation.policy(), "Background");
    assert_eq!(read.spec.drift_detection.mode, DriftMode::Disabled);
    assert_eq!(read.values().unwrap(), Map::new());
    assert_eq!(read.active_remedy(), None);
    assert_eq!(release(json!({"maxHistory": 0})).max_history(), None);
}

#[test]
fn names_and_namespaces_follow_the_targets() {
    for (spec, name, namespace) in [
        (json!({"targetNamespace": "prod"}), "prod-podinfo", "prod"),
        (json!({"targetNamespace": "prod", "releaseName": "web"}), "web", "prod"),
        (json!({"releaseName": "web", "storageNamespace": "helm"}), "web", "apps"),
    ] {
        let read = release(spec.clone());
        assert_eq!((read.full_release_name().as_str(), read.release_namespace()), (name, namespace), "{spec}");
    }
    assert_eq!(release(json!({"storageNamespace": "helm", "targetNamespace": "prod"})).storage_namespace(), "helm");
}

#[test]
fn remedies_resolve_their_defaults() {
    #[track_caller]
    fn check(spec: Value, expected: Expect) {
        let read = release(spec);
        let show = |remedy: Remedy| {
            let Remedy { retries, test_failures, last_failure, strategy, .. } = remedy;
            format!("{retries:?} tests {test_failures:?} last {last_failure:?} by {strategy:?}")
        };
        expected.assert_eq(&format!(
            "install: {}\nupgrade: {}",
            show(read.install_remedy()),
            show(read.upgrade_remedy())
        ));
    }
    check(
        json!({}),
        expect![[r#"
            install: Some(0) tests Count last Leave by Uninstall
            upgrade: Some(0) tests Count last Leave by Rollback"#]],
    );
    check(
        json!({"install": {"remediation": {"retries": 3}}, "upgrade": {"remediation": {"retries": 3}}}),
        expect![[r#"
            install: Some(3) tests Count last Leave by Uninstall
            upgrade: Some(3) tests Count last Remedy by Rollback"#]],
    );
    check(
        json!({"install": {"remediation": {"retries": -1, "remediateLastFailure": true}},
               "upgrade": {"remediation": {"retries": -1, "strategy": "uninstall", "ignoreTestFailures": false}},
               "test": {"enable": true, "ignoreFailures": true}}),
        expect![[r#"
            install: None tests Ignore last Remedy by Uninstall
            upgrade: None tests Count last Leave by Uninstall"#]],
    );
}

#[test]
fn retries_are_exhausted_after_one_failure_more() {
    let remedy = release(json!({"upgrade": {"remediation": {"retries": 2}}})).upgrade_remedy();
    assert_eq!([1, 2, 3].map(|failures| remedy.exhausted(failures)), [false, false, true]);
    let endless = release(json!({"upgrade": {"remediation": {"retries": -1}}})).upgrade_remedy();
    assert!(!endless.exhausted(1_000_000));
}

#[test]
fn retry_on_failure_has_an_interval() {
    for (strategy, expected) in [
        (json!({"name": "RetryOnFailure"}), Some(300)),
        (json!({"name": "RetryOnFailure", "retryInterval": "30s"}), Some(30)),
        (json!({"name": "RemediateOnFailure"}), None),
    ] {
        let read = release(json!({"install": {"strategy": strategy}}));
        assert_eq!(read.spec.install.retry(), expected.map(Duration::from_secs));
    }
}

#[test]
fn test_filters_select_by_name() {
    for (filters, selected) in [
        (json!([]), [true, true, true]),
        (json!([{"name": "a"}]), [true, false, false]),
        (json!([{"name": "a", "exclude": true}]), [false, true, true]),
        (json!([{"name": "a"}, {"name": "b"}, {"name": "b", "exclude": true}]), [true, false, false]),
    ] {
        let test = release(json!({"test": {"filters": filters}})).spec.test;
        assert_eq!(["a", "b", "c"].map(|name| test.selects(name)), selected, "{filters}");
    }
}

#[test]
fn errors_name_the_field() {
    #[track_caller]
    fn check(spec: Value, expected: Expect) {
        let result = match read_release(spec) {
            Ok(read) => read.validate().map(|()| "valid".to_owned()).unwrap_or_else(|error| error.to_string()),
            Err(error) => error.to_string(),
        };
        expected.assert_eq(&result);
    }
    check(json!({}), expect!["valid"]);
    check(
        json!({"install": {"timeout": "soon"}}),
        expect![[
            r#"HelmRelease apps/podinfo cannot be read: spec.install.timeout: "soon" is not a duration; write a number and a unit, such as 30s, 10m or 1h30m; correct this field"#
        ]],
    );
    check(
        json!({"upgrade": {"remediation": {"strategy": "pray"}}}),
        expect![
            "HelmRelease apps/podinfo cannot be read: spec.upgrade.remediation.strategy: unknown variant `pray`, expected `rollback` or `uninstall`; correct this field"
        ],
    );
    check(
        json!({"valuesFrom": [{"kind": "Secret", "name": "a"}, {"kind": "Node", "name": "b"}]}),
        expect![
            "HelmRelease apps/podinfo cannot be read: spec.valuesFrom[1].kind: unknown variant `Node`, expected `Secret` or `ConfigMap`; correct this field"
        ],
    );
    check(json!({"chart": null}), expect!["spec.chart and spec.chartRef: neither is set; set exactly one of them"]);
    check(json!({"values": ["a"]}), expect!["spec.values: values are a mapping, this is a list; write `name: value`"]);
    check(
        json!({"kubeConfig": {"secretRef": {"name": "a"}, "configMapRef": {"name": "b"}}}),
        expect!["spec.kubeConfig.secretRef and spec.kubeConfig.configMapRef: both are set; set exactly one of them"],
    );
}

#[test]
fn charts_of_every_version_are_read() {
    let read = release(json!({"chart": {"spec": {
        "chart": "charts/web", "valuesFile": "old.yaml", "valuesFiles": ["a.yaml", "b.yaml"],
        "sourceRef": {"kind": "GitRepository", "name": "flux-system", "namespace": "flux-system"},
        "verify": {"secretRef": {"name": "keys"}},
    }}}));
    let ReleaseChart::Template(template) = read.chart().unwrap() else { panic!("a template") };
    assert_eq!(template.spec.all_values_files(), ["old.yaml", "a.yaml", "b.yaml"]);
    assert_eq!(template.namespace(&read.metadata), "flux-system");
    assert_eq!(template.interval(&read).to_string(), "10m0s");
    assert_eq!(template.spec.verify.as_ref().map(|verify| verify.provider.as_str()), Some("cosign"));

    let read = release(json!({"chartRef": {"kind": "OCIRepository", "name": "podinfo"}}));
    let ReleaseChart::Reference(reference) = read.chart().unwrap() else { panic!("a reference") };
    assert_eq!(reference.kind, ChartReferenceKind::OciRepository);
    assert_eq!(reference.namespace(&read.metadata), "apps");
}

fn snapshot(version: u32, status: &str) -> Snapshot {
    Snapshot { version, status: status.to_owned(), name: "web".to_owned(), ..Snapshot::default() }
}

fn tested(mut snapshot: Snapshot, phases: &[(&str, &str)]) -> Snapshot {
    let hooks = phases.iter().map(|(name, phase)| {
        ((*name).to_owned(), Some(TestHook { phase: (*phase).to_owned(), ..TestHook::default() }))
    });
    snapshot.test_hooks = Some(hooks.collect());
    snapshot
}

#[test]
fn history_is_sorted_and_truncated_after_the_previous() {
    #[track_caller]
    fn check(history: &[Snapshot], expected: Expect) {
        let mut all: Snapshots = history.iter().cloned().collect();
        let previous = |all: &Snapshots, tests| all.previous(tests).map(|snapshot| snapshot.version);
        let found = (previous(&all, TestFailures::Count), previous(&all, TestFailures::Ignore));
        all.truncate(TestFailures::Count);
        let left: Vec<u32> = all.all().iter().map(|snapshot| snapshot.version).collect();
        expected.assert_eq(&format!("previous {found:?}, left {left:?}"));
    }
    check(&[], expect!["previous (None, None), left []"]);
    check(&[snapshot(1, "deployed")], expect!["previous (None, None), left [1]"]);
    check(
        &[snapshot(1, "superseded"), snapshot(3, "failed"), snapshot(2, "superseded")],
        expect!["previous (Some(2), Some(2)), left [3, 2]"],
    );
    check(
        &[snapshot(3, "failed"), tested(snapshot(2, "superseded"), &[("a", "Failed")]), snapshot(1, "superseded")],
        expect!["previous (Some(1), Some(2)), left [3, 2, 1]"],
    );
    let failed: Vec<Snapshot> = (1..=7).map(|version| snapshot(version, "failed")).collect();
    check(&failed, expect!["previous (None, None), left [7, 6, 5, 4, 3]"]);
}

#[test]
fn a_release_is_tested_when_its_tests_are_done() {
    for (phases, done, failed) in [
        (&[][..], true, false),
        (&[("a", "Succeeded")][..], true, false),
        (&[("a", "Succeeded"), ("b", "Unknown")][..], false, false),
        (&[("a", "Failed"), ("b", "Unknown")][..], true, true),
        (&[("a", "Running")][..], false, false),
    ] {
        let snapshot = tested(snapshot(1, "deployed"), phases);
        assert_eq!((snapshot.is_tested(), snapshot.has_failed_test()), (done, failed), "{phases:?}");
    }
    assert!(!snapshot(1, "deployed").is_tested());
}

#[test]
fn status_is_read_and_written_as_flux_has_it() {
    let status = json!({
        "observedGeneration": 3,
        "conditions": [{"type": "Ready", "status": "True", "reason": "InstallSucceeded", "message": "done",
                        "lastTransitionTime": "2026-01-02T03:04:05Z", "observedGeneration": 3}],
        "helmChart": "flux-system/apps-podinfo",
        "storageNamespace": "apps",
        "history": [{
            "apiVersion": "v2", "digest": "sha256:a", "name": "podinfo", "namespace": "apps", "version": 1,
            "status": "deployed", "action": "install", "chartName": "podinfo", "chartVersion": "6.0.3",
            "appVersion": "6.0.3", "configDigest": "sha256:b", "firstDeployed": "2026-01-02T03:04:05Z",
            "lastDeployed": "2026-01-02T03:04:05Z", "testHooks": {},
        }],
        "inventory": {"entries": [{"id": "apps_podinfo_apps_Deployment", "v": "v1"}]},
        "lastAttemptedGeneration": 3,
        "lastAttemptedReleaseAction": "install",
        "lastAttemptedReleaseActionDuration": "1.5s",
        "failures": 1, "installFailures": 1,
        "lastAttemptedRevision": "6.0.3",
        "lastAttemptedConfigDigest": "sha256:b",
        "lastHandledForceAt": "x", "lastHandledReconcileAt": "x",
    });
    let read: HelmReleaseStatus = serde_json::from_value(status.clone()).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), status);
    assert_eq!(read.made_chart(), Some(("flux-system", "apps-podinfo")));
    let legacy = json!({"lastAppliedRevision": "1.0.0", "lastReleaseRevision": 2, "helmChart": "a/b", "history": null});
    assert!(serde_json::from_value::<HelmReleaseStatus>(legacy).is_ok());
}

#[test]
fn sources_have_their_defaults() {
    let object = |spec: Value| json!({"metadata": {"name": "a", "namespace": "b"}, "spec": spec});
    let repository = HelmRepository::read(&object(json!({"url": "https://charts.example.com"}))).unwrap();
    assert_eq!((repository.interval(), repository.timeout()), (Duration::from_secs(60), Duration::from_secs(60)));
    let chart = json!({"chart": "web", "interval": "1m", "sourceRef": {"kind": "Bucket", "name": "c"}});
    let chart = HelmChart::read(&object(chart)).unwrap();
    assert_eq!((chart.spec.version(), chart.spec.source_ref.kind.name()), ("*", "Bucket"));
    assert_eq!(chart.spec.reconcile_strategy.name(), "ChartVersion");
    let oci = json!({"url": "oci://example.com/a", "interval": "1m", "layerSelector": {"operation": "copy"}});
    let oci = OciRepository::read(&object(oci)).unwrap();
    assert_eq!((oci.timeout(), oci.spec.reference.tag), (Duration::from_secs(60), None));
    let bucket = json!({"bucketName": "c", "endpoint": "minio:9000", "interval": "1m", "provider": "aws"});
    assert!(Bucket::read(&object(bucket)).is_ok());
    let error = Bucket::read(&object(json!({"endpoint": "x", "interval": "1m"}))).unwrap_err();
    assert_eq!(error.to_string(), "Bucket b/a cannot be read: spec: missing field `bucketName`; correct this field");
}
