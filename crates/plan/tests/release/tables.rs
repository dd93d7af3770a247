use expect_test::{Expect, expect};
use kinds::flux::{Conditions, HelmRelease};
use plan::release::{
    Fingerprint, Hold, RevisionOf, Status, chart_decision, chart_version, common_metadata_digest, hold,
    post_renderers_digest, prerequisites_met, release_name, surplus,
};
use serde_json::{Value, json};

fn release(name: &str, mut spec: Value) -> HelmRelease {
    spec["interval"] = json!("10m");
    HelmRelease::read(&json!({"metadata": {"name": name, "namespace": "apps", "generation": 2}, "spec": spec})).unwrap()
}

#[test]
fn release_names_have_at_most_53_characters() {
    #[track_caller]
    fn check(name: &str, spec: Value, expected: Expect) {
        let found = release_name(&release(name, spec));
        assert!(found.len() <= 53);
        expected.assert_eq(&found);
    }
    check("web", json!({}), expect!["web"]);
    check("web", json!({"targetNamespace": "prod"}), expect!["prod-web"]);
    check("web", json!({"targetNamespace": "prod", "releaseName": "site"}), expect!["site"]);
    check(&"a".repeat(53), json!({}), expect!["aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"]);
    check(
        "release-with-very-long-name-that-needs-shortening",
        json!({"targetNamespace": "some-front-appended-namespace"}),
        expect!["some-front-appended-namespace-release-wi-50120e6bb75d"],
    );
}

/// The digests are what helm-controller 1.6.3 computes.
#[test]
fn digests_are_those_of_helm_controller() {
    #[track_caller]
    fn check(spec: Value, post_renderers: Expect, common_metadata: Expect) {
        let read = release("web", spec);
        post_renderers.assert_eq(&post_renderers_digest(&read.spec));
        common_metadata.assert_eq(&common_metadata_digest(&read.spec));
    }
    check(json!({}), expect![], expect![]);
    check(
        json!({"postRenderers": [], "commonMetadata": {}}),
        expect!["sha256:37517e5f3dc66819f61f5a7bb8ace1921282415f10551d2defa5c3eb0985b570"],
        expect!["sha256:ca3d163bab055381827226140568f3bef7eaac187cebd76878e0b63e9e442356"],
    );
    check(
        json!({
            "postRenderers": [{"kustomize": {
                "images": [{"newTag": "1", "name": "a", "digest": "d", "newName": "b"}],
                "patches": [{"target": {"kind": "Deployment", "labelSelector": "a=b", "name": "<x>"}, "patch": "a: 1\n"}],
            }}, {}],
            "commonMetadata": {"labels": {"b": "2", "a": "1"}, "annotations": {"c": "&"}},
        }),
        expect!["sha256:1b6cae05eff57427dce1648da33679ece090a6092a92fe3d08eb0398ebe35573"],
        expect!["sha256:4f5e8c28c434503f0ff70a25e38e7f0591e1bd33f5ab4068a5c28a03043827a3"],
    );
}

/// The digests are what helm-controller 1.6.3 computes of the release in `render`'s tests.
#[test]
fn fingerprints_take_the_digest_of_the_artifact() {
    let fingerprint = Fingerprint::of(
        r#"{"name":"a","version":1,"info":{},"chartMetadata":{},"config":null,"manifest":"","hooks":null,"namespace":""}"#,
    );
    expect!["sha256:49b19fae8f5c14187825de5c691b564a1daa53bb4302dc50f1b07573ef09593e"]
        .assert_eq(&fingerprint.digest(""));
    expect!["sha256:c328e52a3b051a4c733411df64a199c35c3d47e998d60610b98a4592630d9ebd"]
        .assert_eq(&fingerprint.digest("sha256:0123"));
}

#[test]
fn the_oldest_revisions_make_room() {
    let check = |statuses: &[Status], most: Option<u32>, expected: &[u32]| {
        let history: Vec<(u32, Status)> =
            statuses.iter().enumerate().map(|(index, status)| (index as u32 + 1, *status)).rev().collect();
        assert_eq!(surplus(&history, most), expected, "{statuses:?} {most:?}");
    };
    use Status::{Deployed, Failed, Superseded};
    check(&[Superseded, Superseded, Deployed], Some(3), &[1]);
    check(&[Superseded, Superseded, Deployed], Some(4), &[]);
    check(&[Deployed, Failed, Failed], Some(2), &[2, 3]);
    check(&[Failed, Failed], Some(1), &[1, 2]);
    check(&[Deployed], Some(1), &[]);
    check(&[Superseded, Deployed], None, &[]);
    check(&[], Some(5), &[]);
}

#[test]
fn versions_of_charts_from_artifacts_have_the_digest() {
    #[track_caller]
    fn check(of: RevisionOf, revision: &str, version: &str, expected: Expect) {
        let found = chart_version(of, revision, version);
        expected.assert_eq(
            &found.map_or_else(|error| error.to_string(), |(version, digest)| format!("{version} {digest}")),
        );
    }
    let digest = "sha256:0123456789abcdef";
    check(RevisionOf::HelmChart, "6.0.3", "6.0.3", expect!["6.0.3 "]);
    check(
        RevisionOf::OciRepository,
        &format!("6.0.3@{digest}"),
        "6.0.3",
        expect!["6.0.3+0123456789ab sha256:0123456789abcdef"],
    );
    check(
        RevisionOf::OciRepository,
        &format!("6.0.3_x@{digest}"),
        "6.0.3+x",
        expect!["6.0.3+0123456789ab sha256:0123456789abcdef"],
    );
    check(
        RevisionOf::OciRepository,
        &format!("latest@{digest}"),
        "v6.0",
        expect!["6.0.0+0123456789ab sha256:0123456789abcdef"],
    );
    check(RevisionOf::OciRepository, digest, "6.0.3", expect!["6.0.3+0123456789ab sha256:0123456789abcdef"]);
    check(
        RevisionOf::OciRepository,
        &format!("6.0.4@{digest}"),
        "6.0.3",
        expect!["artifact revision 6.0.4 does not match chart version 6.0.3"],
    );
    check(RevisionOf::OciRepository, "6.0.3@sha256:0123", "6.0.3", expect!["invalid artifact revision sha256:0123"]);
    check(RevisionOf::OciRepository, "6.0.3", "6.0.3", expect!["invalid artifact revision 6.0.3"]);
    check(RevisionOf::OciRepository, digest, "six", expect!["invalid chart version six"]);
    check(RevisionOf::ExternalArtifact, "6.0.3", "6.0.3", expect!["6.0.3 "]);
    check(RevisionOf::ExternalArtifact, digest, "6.0.3", expect!["6.0.3+0123456789ab sha256:0123456789abcdef"]);
}

#[test]
fn chart_objects_follow_the_template() {
    #[track_caller]
    fn check(release: &HelmRelease, expected: Expect) {
        expected.assert_eq(&format!("{:#?}", chart_decision(release)));
    }
    let template = json!({"chart": {
        "metadata": {"labels": {"a": "b"}, "annotations": {"c": "d"}},
        "spec": {
            "chart": "podinfo", "version": "6.x", "interval": "5m", "reconcileStrategy": "Revision",
            "sourceRef": {"kind": "GitRepository", "name": "podinfo", "namespace": "flux-system"},
            "valuesFiles": ["a.yaml"], "ignoreMissingValuesFiles": true,
            "verify": {"provider": "cosign", "secretRef": {"name": "keys"}},
        },
    }});
    let mut full = release("web", template);
    full.status.helm_chart = "apps/apps-web".to_owned();
    check(
        &full,
        expect![[r#"
        Apply {
            object: Object {
                "apiVersion": String("source.toolkit.fluxcd.io/v1"),
                "kind": String("HelmChart"),
                "metadata": Object {
                    "annotations": Object {
                        "c": String("d"),
                    },
                    "labels": Object {
                        "a": String("b"),
                        "helm.toolkit.fluxcd.io/name": String("web"),
                        "helm.toolkit.fluxcd.io/namespace": String("apps"),
                    },
                    "name": String("apps-web"),
                    "namespace": String("flux-system"),
                },
                "spec": Object {
                    "chart": String("podinfo"),
                    "ignoreMissingValuesFiles": Bool(true),
                    "interval": String("5m0s"),
                    "reconcileStrategy": String("Revision"),
                    "sourceRef": Object {
                        "kind": String("GitRepository"),
                        "name": String("podinfo"),
                    },
                    "valuesFiles": Array [
                        String("a.yaml"),
                    ],
                    "verify": Object {
                        "provider": String("cosign"),
                        "secretRef": Object {
                            "name": String("keys"),
                        },
                    },
                    "version": String("6.x"),
                },
            },
            delete: Some(
                (
                    "apps",
                    "apps-web",
                ),
            ),
        }"#]],
    );
    let source = json!({"kind": "HelmRepository", "name": "podinfo"});
    let mut small = release("web", json!({"chart": {"spec": {"chart": "podinfo", "sourceRef": source}}}));
    small.status.helm_chart = "apps/apps-web".to_owned();
    check(
        &small,
        expect![[r#"
        Apply {
            object: Object {
                "apiVersion": String("source.toolkit.fluxcd.io/v1"),
                "kind": String("HelmChart"),
                "metadata": Object {
                    "labels": Object {
                        "helm.toolkit.fluxcd.io/name": String("web"),
                        "helm.toolkit.fluxcd.io/namespace": String("apps"),
                    },
                    "name": String("apps-web"),
                    "namespace": String("apps"),
                },
                "spec": Object {
                    "chart": String("podinfo"),
                    "interval": String("10m0s"),
                    "reconcileStrategy": String("ChartVersion"),
                    "sourceRef": Object {
                        "kind": String("HelmRepository"),
                        "name": String("podinfo"),
                    },
                },
            },
            delete: None,
        }"#]],
    );
    small.metadata.deletion_timestamp = Some("2026-01-02T03:04:05Z".to_owned());
    check(
        &small,
        expect![[r#"
        Delete(
            "apps",
            "apps-web",
        )"#]],
    );
    let mut reference = release("web", json!({"chartRef": {"kind": "OCIRepository", "name": "web"}}));
    check(&reference, expect!["None"]);
    reference.status.helm_chart = "apps/apps-web".to_owned();
    check(
        &reference,
        expect![[r#"
        Delete(
            "apps",
            "apps-web",
        )"#]],
    );
}

#[test]
fn what_is_waited_for_is_told_and_forgotten() {
    #[track_caller]
    fn check(what: Hold, expected: Expect) {
        let mut release = release("web", json!({"chartRef": {"kind": "OCIRepository", "name": "web"}}));
        let event = hold(&mut release, &what, "2026-01-02T03:04:05Z");
        let show = |conditions: &Conditions| -> Vec<String> {
            let one = |condition: &kinds::flux::Condition| {
                format!("{}={} {}: {}", condition.kind, condition.status, condition.reason, condition.message)
            };
            conditions.0.iter().map(one).collect()
        };
        let held = show(&release.status.conditions).join("\n");
        prerequisites_met(&mut release, "2026-01-02T03:04:06Z");
        let event = event.map(|event| format!("{:?} {}: {}", event.kind, event.reason, event.message));
        let after = show(&release.status.conditions).remove(0);
        expected.assert_eq(&format!("{held}\nevent {event:?}\nlater {after}"));
    }
    check(
        Hold::Dependency("dependency 'apps/db' is not ready".to_owned()),
        expect![[r#"
        Ready=False DependencyNotReady: dependency 'apps/db' is not ready
        event Some("Normal DependencyNotReady: dependency 'apps/db' is not ready")
        later Ready=Unknown Progressing: reconciliation in progress"#]],
    );
    check(
        Hold::Source("OCIRepository 'apps/web' is not ready: no artifact".to_owned()),
        expect![[r#"
        Ready=False SourceNotReady: OCIRepository 'apps/web' is not ready: no artifact
        event None
        later Ready=Unknown Progressing: reconciliation in progress"#]],
    );
    check(
        Hold::Chart("no Chart.yaml".to_owned()),
        expect![[r#"
        Ready=False ArtifactFailed: Could not load chart: no Chart.yaml
        event Some("Warning ArtifactFailed: no Chart.yaml")
        later Ready=Unknown Progressing: reconciliation in progress"#]],
    );
    check(
        Hold::Values("could not resolve Secret chart values reference 'apps/v'".to_owned()),
        expect![[r#"
        Ready=False ValuesError: could not resolve Secret chart values reference 'apps/v'
        event Some("Warning ValuesError: could not resolve Secret chart values reference 'apps/v'")
        later Ready=Unknown Progressing: reconciliation in progress"#]],
    );
    check(
        Hold::AccessDenied("can't access 'OCIRepository/other/web'".to_owned()),
        expect![[r#"
        Ready=False AccessDenied: can't access 'OCIRepository/other/web'
        Stalled=True AccessDenied: can't access 'OCIRepository/other/web'
        event Some("Warning AccessDenied: can't access 'OCIRepository/other/web'")
        later Ready=Unknown Progressing: reconciliation in progress"#]],
    );
}
