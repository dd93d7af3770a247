//! The one node, and the storage class that goes with it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Node, NodeAddress, NodeCondition, NodeSpec, NodeStatus, NodeSystemInfo};
use k8s_openapi::api::storage::v1::StorageClass;
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time};

use crate::NODE_NAME;
use crate::action::{Action, Step, Story};

/// Where the node and the pods on its network are said to be.
pub(crate) const NODE_ADDRESS: &str = "10.244.0.1";
/// The class claims get that name none.
pub(crate) const STORAGE_CLASS: &str = "standard";
/// The version of Kubernetes the stand-ins follow.
const KUBELET_VERSION: &str = "v1.34.0";

/// Registers the node, and says that it is ready.
pub(crate) fn step(node: Option<&Node>, now: Timestamp) -> Step {
    let mut step = Step::default();
    let Some(node) = node else {
        step.push(Action::create(&registration(), Story::Silent));
        return step;
    };
    let status = status(node, now);
    step.push(Action::status(node, &node.status, &status));
    step
}

/// Makes sure that there is a default storage class.
pub(crate) fn storage_class_step(class: Option<&StorageClass>) -> Step {
    let mut step = Step::default();
    if class.is_none() {
        let default = ("storageclass.kubernetes.io/is-default-class".to_owned(), "true".to_owned());
        let class = StorageClass {
            metadata: ObjectMeta {
                name: Some(STORAGE_CLASS.to_owned()),
                annotations: Some(BTreeMap::from([default])),
                ..ObjectMeta::default()
            },
            provisioner: "tenter.dev/stand-in".to_owned(),
            reclaim_policy: Some("Delete".to_owned()),
            volume_binding_mode: Some("Immediate".to_owned()),
            ..StorageClass::default()
        };
        step.push(Action::create(&class, Story::Silent));
    }
    step
}

fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

fn registration() -> Node {
    let labels = [
        ("kubernetes.io/hostname", NODE_NAME),
        ("kubernetes.io/os", "linux"),
        ("kubernetes.io/arch", architecture()),
        ("beta.kubernetes.io/os", "linux"),
        ("beta.kubernetes.io/arch", architecture()),
        ("node-role.kubernetes.io/control-plane", ""),
    ];
    Node {
        metadata: ObjectMeta {
            name: Some(NODE_NAME.to_owned()),
            labels: Some(labels.map(|(key, value)| (key.to_owned(), value.to_owned())).into()),
            ..ObjectMeta::default()
        },
        spec: Some(NodeSpec {
            pod_cidr: Some("10.244.0.0/16".to_owned()),
            pod_cidrs: Some(vec!["10.244.0.0/16".to_owned()]),
            provider_id: Some(format!("tenter://{NODE_NAME}")),
            ..NodeSpec::default()
        }),
        status: None,
    }
}

fn status(node: &Node, now: Timestamp) -> NodeStatus {
    let quantity = |text: &str| Quantity(text.to_owned());
    // Stand-ins need nothing, so the node has room for whatever a repository asks for.
    let capacity = BTreeMap::from([
        ("cpu".to_owned(), quantity("1k")),
        ("memory".to_owned(), quantity("4Ti")),
        ("ephemeral-storage".to_owned(), quantity("64Ti")),
        ("pods".to_owned(), quantity("65k")),
    ]);
    let before = node.status.clone().unwrap_or_default();
    let conditions = [
        ("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
        ("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
        ("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
        ("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
    ];
    let conditions = conditions.map(|(kind, status, reason, message)| {
        let standing = before.conditions.iter().flatten().find(|known| known.type_ == kind && known.status == status);
        standing.cloned().unwrap_or_else(|| NodeCondition {
            type_: kind.to_owned(),
            status: status.to_owned(),
            reason: Some(reason.to_owned()),
            message: Some(message.to_owned()),
            last_heartbeat_time: Some(Time(now)),
            last_transition_time: Some(Time(now)),
        })
    });
    let address = |kind: &str, address: &str| NodeAddress { type_: kind.to_owned(), address: address.to_owned() };
    NodeStatus {
        addresses: Some(vec![address("InternalIP", NODE_ADDRESS), address("Hostname", NODE_NAME)]),
        allocatable: Some(capacity.clone()),
        capacity: Some(capacity),
        conditions: Some(conditions.to_vec()),
        node_info: Some(NodeSystemInfo {
            architecture: architecture().to_owned(),
            container_runtime_version: concat!("tenter://", env!("CARGO_PKG_VERSION")).to_owned(),
            kubelet_version: KUBELET_VERSION.to_owned(),
            operating_system: "linux".to_owned(),
            os_image: "Tenter stand-in".to_owned(),
            ..NodeSystemInfo::default()
        }),
        ..before
    }
}
