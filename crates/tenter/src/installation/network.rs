//! Who may talk to the controller: those who ask for its metrics, and nobody else.

use manifest::Value;
use serde_json::json;

use super::workload::PORT_NAME;
use super::{CONTROLLER, Installation, selector};

impl Installation {
    pub(super) fn network(&self) -> Vec<Value> {
        vec![
            json!({
                "apiVersion": "v1",
                "kind": "Service",
                "metadata": self.metadata(CONTROLLER),
                "spec": {
                    "selector": selector(),
                    "ports": [{"name": PORT_NAME, "port": 80, "targetPort": PORT_NAME, "protocol": "TCP"}],
                },
            }),
            json!({
                "apiVersion": "networking.k8s.io/v1",
                "kind": "NetworkPolicy",
                "metadata": self.metadata(CONTROLLER),
                "spec": {
                    "podSelector": {"matchLabels": selector()},
                    "policyTypes": ["Ingress", "Egress"],
                    "ingress": [{
                        "from": [{"namespaceSelector": {}}],
                        "ports": [{"port": PORT_NAME, "protocol": "TCP"}],
                    }],
                    // Sources may be anywhere.
                    "egress": [{}],
                },
            }),
        ]
    }
}
