//! The controller's Deployment, and how many of its pods must stay.

use manifest::Value;
use serde_json::json;

use super::{CONTROLLER, Installation, RECONCILER, Tenancy, labels, selector};

/// The port of health and metrics.
const PORT: u16 = 8080;

/// Its name.
pub(super) const PORT_NAME: &str = "http";

/// A user that is nobody anywhere.
const USER: u32 = 65532;

impl Installation {
    pub(super) fn workload(&self) -> Vec<Value> {
        let mut objects = Vec::new();
        if self.replicas > 1 {
            objects.push(json!({
                "apiVersion": "policy/v1",
                "kind": "PodDisruptionBudget",
                "metadata": self.metadata(CONTROLLER),
                "spec": {"maxUnavailable": 1, "selector": {"matchLabels": selector()}},
            }));
        }
        objects.push(json!({
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": self.metadata(CONTROLLER),
            "spec": {
                "replicas": self.replicas,
                "revisionHistoryLimit": 2,
                "selector": {"matchLabels": selector()},
                "template": {"metadata": {"labels": labels()}, "spec": self.pod()},
            },
        }));
        objects
    }

    fn pod(&self) -> Value {
        json!({
            "serviceAccountName": CONTROLLER,
            "enableServiceLinks": false,
            "priorityClassName": "system-cluster-critical",
            // A clean stop passes the lease on in well under a second.
            "terminationGracePeriodSeconds": 10,
            "securityContext": {
                "runAsNonRoot": true,
                "runAsUser": USER,
                "runAsGroup": USER,
                "fsGroup": USER,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            // On nodes of their own where there are several.
            "topologySpreadConstraints": [{
                "maxSkew": 1,
                "topologyKey": "kubernetes.io/hostname",
                "whenUnsatisfiable": "ScheduleAnyway",
                "labelSelector": {"matchLabels": selector()},
            }],
            "nodeSelector": {"kubernetes.io/os": "linux"},
            "containers": [self.container()],
            "volumes": [{"name": "data", "emptyDir": {}}, {"name": "tmp", "emptyDir": {}}],
        })
    }

    fn container(&self) -> Value {
        let probe = |path: &str| json!({"httpGet": {"path": path, "port": PORT_NAME}});
        json!({
            "name": CONTROLLER,
            "image": self.image,
            "imagePullPolicy": "IfNotPresent",
            "args": self.arguments(),
            "env": [
                {"name": "RUNTIME_NAMESPACE", "valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}}},
                {"name": "HOME", "value": "/tmp"},
            ],
            "ports": [{"name": PORT_NAME, "containerPort": PORT, "protocol": "TCP"}],
            "livenessProbe": probe("/healthz"),
            "readinessProbe": probe("/readyz"),
            "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}, "limits": {"memory": "1Gi"}},
            "securityContext": {
                "allowPrivilegeEscalation": false,
                "readOnlyRootFilesystem": true,
                "runAsNonRoot": true,
                "capabilities": {"drop": ["ALL"]},
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "volumeMounts": [{"name": "data", "mountPath": "/data"}, {"name": "tmp", "mountPath": "/tmp"}],
        })
    }

    fn arguments(&self) -> Vec<String> {
        let mut arguments =
            vec!["run".to_owned(), format!("--health-addr=0.0.0.0:{PORT}"), "--storage-path=/data".to_owned()];
        match self.tenancy {
            Tenancy::Locked => {
                arguments.push(format!("--default-service-account={RECONCILER}"));
                arguments.push("--no-cross-namespace-refs".to_owned());
            }
            Tenancy::Open => arguments.push("--remote-bases".to_owned()),
        }
        arguments
    }
}
