//! Kinds that come to life only through a controller beside the API server, and whether one has looked at an object.

use manifest::GroupVersionKind;
use serde_json::Value;

/// Whether objects of this kind get a status from such a controller, and stay as they are without one.
pub(super) fn is_attended(gvk: &GroupVersionKind, object: &Value) -> bool {
    match (gvk.group.as_str(), gvk.kind.as_str()) {
        ("kustomize.toolkit.fluxcd.io", kind) => kind == "Kustomization",
        ("helm.toolkit.fluxcd.io", kind) => kind == "HelmRelease",
        // An OCI registry has no index to fetch, so nobody reports on one.
        ("source.toolkit.fluxcd.io", "HelmRepository") => object["spec"]["type"] != "oci",
        ("source.toolkit.fluxcd.io", kind) => {
            matches!(kind, "GitRepository" | "OCIRepository" | "HelmChart" | "Bucket")
        }
        ("image.toolkit.fluxcd.io", kind) => {
            matches!(kind, "ImageRepository" | "ImagePolicy" | "ImageUpdateAutomation")
        }
        ("notification.toolkit.fluxcd.io", kind) => kind == "Receiver",
        ("flagger.app", kind) => kind == "Canary",
        _ => false,
    }
}

/// Whether the object needs a controller and none has ever looked at it: its status is empty, or only holds the
/// `observedGeneration: -1` that Flux's CRDs give a new object.
pub fn is_unattended(object: &Value) -> bool {
    let Some(gvk) = GroupVersionKind::of(object) else { return false };
    is_attended(&gvk, object) && !has_status(&object["status"])
}

fn has_status(status: &Value) -> bool {
    status.as_object().is_some_and(|fields| {
        fields.iter().any(|(field, value)| !(field == "observedGeneration" && value.as_i64() == Some(-1)))
    })
}

/// Who reconciles a kind that Tenter does not.
pub(super) fn controller(kind: &str) -> Option<&'static str> {
    match kind {
        "Canary" => Some("Flagger"),
        "ImageRepository" | "ImagePolicy" => Some("Flux's image-reflector-controller"),
        "ImageUpdateAutomation" => Some("Flux's image-automation-controller"),
        "Receiver" => Some("Flux's notification-controller"),
        _ => None,
    }
}

/// The kind whose controller, where it is absent, leaves `kind` unattended too: only HelmReleases read HelmCharts and
/// HelmRepositories, and it is a HelmRelease that installs Flagger. None if the kind stands for itself.
pub fn attended_through(kind: &str) -> Option<&'static str> {
    matches!(kind, "HelmRepository" | "HelmChart" | "Canary").then_some("HelmRelease")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_object_is_unattended_until_a_controller_says_anything() {
        let release = |status: Value| {
            is_unattended(&json!({
                "apiVersion": "helm.toolkit.fluxcd.io/v2beta1", "kind": "HelmRelease",
                "metadata": {"name": "istiod", "generation": 1}, "status": status,
            }))
        };
        assert!(release(Value::Null));
        assert!(release(json!({})));
        assert!(release(json!({"observedGeneration": -1})));
        assert!(!release(json!({"observedGeneration": 1})));
        assert!(!release(json!({"observedGeneration": -1, "conditions": []})));
    }

    #[test]
    fn who_is_missed_is_named() {
        let check = |kind: &str, expected: expect_test::Expect| {
            expected.assert_eq(&super::super::Health::unattended(kind).message);
        };
        check(
            "Canary",
            expect_test::expect![
                "no controller for Canary has answered, and Tenter runs none for it; install Flagger, or go on without by --assume-ready Canary"
            ],
        );
        check(
            "Receiver",
            expect_test::expect![
                "no controller for Receiver has answered, and Tenter runs none for it; install Flux's notification-controller, or go on without by --assume-ready Receiver"
            ],
        );
        check(
            "Thing",
            expect_test::expect![
                "no controller for Thing has answered, and Tenter runs none for it; install one, or go on without by --assume-ready Thing"
            ],
        );
    }

    #[test]
    fn kinds_that_need_no_controller_are_never_unattended() {
        for (api_version, kind, spec) in [
            ("v1", "ConfigMap", json!({})),
            ("apps/v1", "Deployment", json!({})),
            ("notification.toolkit.fluxcd.io/v1beta3", "Alert", json!({})),
            ("source.toolkit.fluxcd.io/v1", "HelmRepository", json!({"type": "oci"})),
            ("flagger.app/v1beta1", "MetricTemplate", json!({})),
        ] {
            assert!(!is_unattended(&json!({"apiVersion": api_version, "kind": kind, "spec": spec})), "{kind}");
        }
        let canary = json!({"apiVersion": "flagger.app/v1beta1", "kind": "Canary"});
        assert!(is_unattended(&canary));
    }
}
