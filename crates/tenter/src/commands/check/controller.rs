//! Whether the controller is there and works.

use cluster::lease::Seen;
use cluster::{Cluster, ClusterError, ObjectRef};
use manifest::{GroupVersionKind, Value};

use super::hint::Hint;
use super::report::Category;
use crate::commands::install::is_available;
use crate::installation::{CONTROLLER, Installation, LEASE};

/// Checks its Deployment and its lease.
pub(super) async fn works(cluster: &Cluster, installation: &Installation) -> Category {
    let mut category = Category::new("tenter-controller");
    let read = |api_version: &str, kind: &str, name: &str| {
        let gvk = GroupVersionKind::from_api_version(api_version, kind);
        let reference = ObjectRef::new(gvk, installation.system.clone(), name);
        async move { cluster.get(&reference).await }
    };
    let deployment = read("apps/v1", "Deployment", CONTROLLER).await;
    category.check(Hint::ControllerExists, "the controller's Deployment exists", absent(&deployment));
    let Ok(Some(deployment)) = deployment else { return category };
    category.check(Hint::ControllerAvailable, "every replica is available", unavailable(&deployment));
    let replicas = deployment["spec"]["replicas"].as_u64().unwrap_or(1);
    let few = (replicas < 2).then(|| format!("there is {replicas}, and nobody to take over from it"));
    category.warn(Hint::ControllerReplicas, "another replica could take over", few);
    match read("coordination.k8s.io/v1", "Lease", LEASE).await {
        Ok(lease) => category.check(Hint::ControllerLease, "a replica holds the lease", vacant(lease.as_ref())),
        Err(error) => category.check(Hint::ControllerLease, "the lease can be read", Some(error.to_string())),
    }
    category
}

fn absent(found: &Result<Option<Value>, ClusterError>) -> Option<String> {
    match found {
        Ok(Some(_)) => None,
        Ok(None) => Some("it does not; run `tenter install`".to_owned()),
        Err(error) => Some(error.to_string()),
    }
}

fn unavailable(deployment: &Value) -> Option<String> {
    if is_available(deployment) {
        return None;
    }
    let count = |field: &str| deployment["status"][field].as_u64().unwrap_or(0);
    let conditions = deployment["status"]["conditions"].as_array().into_iter().flatten();
    let messages: Vec<&str> = conditions.filter_map(|condition| condition["message"].as_str()).collect();
    let wanted = deployment["spec"]["replicas"].as_u64().unwrap_or(1);
    Some(format!("{} of {wanted} are\n{}", count("availableReplicas"), messages.join("\n")).trim_end().to_owned())
}

/// Whether it is renewed cannot be told from one look: our clock is not the holder's.
fn vacant(lease: Option<&Value>) -> Option<String> {
    match lease.map(|lease| Seen::of(lease).record.holder) {
        Some(Some(_)) => None,
        Some(None) => Some("nobody does: look at the logs of the controller's pods".to_owned()),
        None => Some("there is none: no replica ever led; look at the logs of the controller's pods".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use serde_json::json;

    use super::*;

    fn check(problem: Option<String>, expected: Expect) {
        expected.assert_eq(&problem.unwrap_or_else(|| "fine".to_owned()));
    }

    #[test]
    fn leases() {
        check(vacant(Some(&json!({"spec": {"holderIdentity": "pod_1"}}))), expect!["fine"]);
        check(vacant(Some(&json!({"spec": {}}))), expect!["nobody does: look at the logs of the controller's pods"]);
        check(vacant(None), expect!["there is none: no replica ever led; look at the logs of the controller's pods"]);
    }

    #[test]
    fn deployments() {
        let deployment = |available: u64, message: &str| {
            json!({
                "metadata": {"generation": 1}, "spec": {"replicas": 2},
                "status": {
                    "observedGeneration": 1, "updatedReplicas": 2, "availableReplicas": available,
                    "conditions": [{"type": "Available", "message": message}],
                },
            })
        };
        check(unavailable(&deployment(2, "")), expect!["fine"]);
        check(
            unavailable(&deployment(1, "the image cannot be pulled")),
            expect![[r#"
            1 of 2 are
            the image cannot be pulled"#]],
        );
    }
}
