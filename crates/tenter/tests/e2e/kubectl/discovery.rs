//! What the cluster says it is and serves.

use testkit::kubernetes::Selected;

use super::Kubectl;

#[test]
fn kubectl_finds_out_what_is_served() {
    let Some(kubectl) = Kubectl::with_shop() else { return };
    let version = kubectl.shows(&["get", "--raw", "/version"], &["gitVersion", "v1.34."]);
    assert_eq!(version.contains("+tenter."), Selected::from_environment() == Selected::Embedded, "{version}");
    kubectl.shows(&["get", "--raw", "/readyz"], &["ok"]);
    kubectl.shows(&["get", "--raw", "/healthz"], &["ok"]);
    kubectl.shows(&["cluster-info"], &["Kubernetes control plane", "https://127.0.0.1:"]);
    kubectl.shows(
        &["api-versions"],
        &[
            "\nv1\n",
            "apps/v1",
            "autoscaling/v2",
            "kustomize.toolkit.fluxcd.io/v1beta2",
            "helm.toolkit.fluxcd.io/v2beta1",
            "flagger.app/v1beta1",
            "networking.istio.io/v1",
            "gateway.networking.k8s.io/v1",
        ],
    );
    let resources = kubectl.ok(&["api-resources", "--no-headers"]);
    for row in ["deployments deploy apps/v1 true Deployment", "namespaces ns v1 false Namespace"] {
        let found = resources.lines().any(|line| line.split_whitespace().eq(row.split(' ')));
        assert!(found, "no {row:?} in\n{resources}");
    }
    kubectl.shows(&["api-resources", "--api-group=apps", "-o", "name"], &["deployments.apps", "statefulsets.apps"]);
    kubectl.shows(&["api-resources", "--categories=all", "-o", "name"], &["pods", "services", "cronjobs.batch"]);
    kubectl.shows(&["auth", "whoami"], &["Username", "kubernetes-admin", "system:masters"]);
}

#[test]
fn kubectl_explains_built_in_and_custom_kinds() {
    let Some(kubectl) = Kubectl::with_shop() else { return };
    kubectl.shows(
        &["explain", "deployment.spec.strategy"],
        &["GROUP:      apps", "FIELD: strategy <DeploymentStrategy>", "rollingUpdate\t<RollingUpdateDeployment>"],
    );
    kubectl.shows(&["explain", "deployment.spec.strategy", "--recursive"], &["    maxSurge\t<IntOrString>"]);
    kubectl.shows(
        &["explain", "kustomization.spec"],
        &[
            "GROUP:      kustomize.toolkit.fluxcd.io",
            "FIELD: spec <Object>",
            "dependsOn\t<[]Object>",
            "prune\t<boolean>",
        ],
    );
    kubectl.shows(&["explain", "canary.spec.analysis", "--recursive"], &["metrics\t<[]Object>", "stepWeight"]);
    kubectl.refuses(&["explain", "deployment.spec.nonsense"], &["field \"nonsense\" does not exist"]);
}
