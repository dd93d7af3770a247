//! Rights: ours before an installation, the controller's and the reconciler's after it.

use cluster::{Cluster, ClusterError};

use super::hint::Hint;
use super::report::Category;
use super::review::Deed;
use crate::installation::{CONTROLLER, Installation, RECONCILER};

const RBAC: &str = "rbac.authorization.k8s.io";

/// Whether we may install.
pub(super) async fn to_install(cluster: &Cluster, installation: &Installation) -> Category {
    let system = installation.system.as_str();
    let mut category = Category::new("pre-permissions");
    let deeds = [
        ("create namespaces", Deed::everywhere("create", "", "namespaces")),
        (
            "create CustomResourceDefinitions",
            Deed::everywhere("create", "apiextensions.k8s.io", "customresourcedefinitions"),
        ),
        ("create ClusterRoles", Deed::everywhere("create", RBAC, "clusterroles")),
        ("create ClusterRoleBindings", Deed::everywhere("create", RBAC, "clusterrolebindings")),
        ("create Roles", Deed::within("create", RBAC, "roles", system)),
        ("create RoleBindings", Deed::within("create", RBAC, "rolebindings", system)),
        ("create ServiceAccounts", Deed::within("create", "", "serviceaccounts", system)),
        ("create Services", Deed::within("create", "", "services", system)),
        ("create Deployments", Deed::within("create", "apps", "deployments", system)),
        ("create PodDisruptionBudgets", Deed::within("create", "policy", "poddisruptionbudgets", system)),
        ("create NetworkPolicies", Deed::within("create", "networking.k8s.io", "networkpolicies", system)),
        // Nobody can give what he does not have.
        ("do what the reconciler is to be allowed", Deed::everywhere("*", "*", "*")),
    ];
    for (what, deed) in deeds {
        let answer = deed.is_allowed(cluster).await;
        category.check(Hint::Permissions, format!("you may {what}"), problem(answer, &deed, "your user"));
    }
    category
}

/// Whether the service accounts may do what they are there for.
pub(super) async fn at_work(cluster: &Cluster, installation: &Installation) -> Category {
    let mut category = Category::new("tenter-rbac");
    let system = installation.system.as_str();
    let deeds = [
        ("watch everything", Deed::everywhere("watch", "*", "*")),
        ("act as service accounts", Deed::everywhere("impersonate", "", "serviceaccounts")),
        ("write events", Deed::everywhere("create", "", "events")),
        (
            "write the status of Kustomizations",
            Deed::everywhere("patch", "kustomize.toolkit.fluxcd.io", "kustomizations/status"),
        ),
        (
            "write the status of HelmReleases",
            Deed::everywhere("patch", "helm.toolkit.fluxcd.io", "helmreleases/status"),
        ),
        (
            "write the status of sources",
            Deed::everywhere("patch", "source.toolkit.fluxcd.io", "gitrepositories/status"),
        ),
        ("make HelmCharts", Deed::everywhere("create", "source.toolkit.fluxcd.io", "helmcharts")),
        ("take the lease", Deed::within("create", "coordination.k8s.io", "leases", system)),
    ];
    for (what, deed) in deeds {
        let answer = deed.is_allowed_to(cluster, system, CONTROLLER).await;
        let problem = problem(answer, &deed, &format!("the service account {system}/{CONTROLLER}"));
        category.check(Hint::ControllerRights, format!("the controller may {what}"), problem);
    }
    let entry = installation.entry.as_str();
    let deed = Deed::everywhere("*", "*", "*");
    let answer = deed.is_allowed_to(cluster, entry, RECONCILER).await;
    let problem = problem(answer, &deed, &format!("the service account {entry}/{RECONCILER}"));
    // With rights of one's own choice it may be less.
    category.warn(Hint::ReconcilerRights, format!("the reconciler of {entry} may apply everything"), problem);
    category
}

fn problem(answer: Result<bool, ClusterError>, deed: &Deed, who: &str) -> Option<String> {
    match answer {
        Ok(true) => None,
        Ok(false) => Some(format!("{who} may not; this rule is missing:\n{}", deed.rule())),
        Err(error) => Some(format!("cannot be told: {error}")),
    }
}
