//! Tables as `kubectl get` shows them.

use expect_test::{Expect, expect};

use super::*;

fn now() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().expect("a time")
}

fn resource_of(object: &Value) -> Resource {
    let gvk = manifest::GroupVersionKind::of(object).expect("a type");
    let custom = || {
        kinds::crd::all().into_iter().flat_map(|mut crd| {
            crate::crd::default(&mut crd);
            crate::crd::resources_of(&crd)
        })
    };
    crate::builtin::resources().into_iter().chain(custom()).find(|resource| resource.gvk == gvk).expect("a kind")
}

/// One `heading: cell` line for each column, wide ones in parentheses.
#[track_caller]
fn check(object: Value, expected: Expect) {
    let resource = resource_of(&object);
    let table = table(&resource, [&object], json!({"resourceVersion": "7"}), IncludeObject::None, now());
    let columns = table["columnDefinitions"].as_array().expect("columns");
    let cells = table["rows"][0]["cells"].as_array().expect("cells");
    assert_eq!(columns.len(), cells.len());
    let lines: Vec<String> = columns
        .iter()
        .zip(cells)
        .map(|(column, cell)| {
            let line = format!("{}: {cell}", column["name"].as_str().expect("a heading"));
            if column["priority"] == 0 { line } else { format!("({line})") }
        })
        .collect();
    expected.assert_eq(&lines.join("\n"));
}

fn metadata(name: &str) -> Value {
    json!({"name": name, "namespace": "prod", "creationTimestamp": "2026-11-21T11:57:00Z"})
}

fn template() -> Value {
    json!({"spec": {"containers": [{"name": "a", "image": "x:1"}, {"name": "b", "image": "y:2"}]}})
}

#[test]
fn ages_are_human() {
    let at = |seconds: i64| cells::duration(seconds);
    let shown: Vec<String> = [
        -5,
        -1,
        0,
        5,
        119,
        120,
        200,
        599,
        600,
        10_799,
        10_800,
        11_100,
        28_800,
        172_799,
        172_800,
        180_000,
        691_200,
        63_072_000,
        64_000_000,
        300_000_000,
    ]
    .into_iter()
    .map(at)
    .collect();
    expect!["<invalid> 0s 0s 5s 119s 2m 3m20s 9m59s 10m 179m 3h 3h5m 8h 47h 2d 2d2h 8d 2y 2y10d 9y"]
        .assert_eq(&shown.join(" "));
}

#[test]
fn pods() {
    check(
        json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": metadata("web-1"),
            "spec": {"nodeName": "n1", "containers": [{}, {}]},
            "status": {
                "phase": "Running", "podIP": "10.0.0.1",
                "containerStatuses": [
                    {"ready": true, "restartCount": 2, "state": {"running": {}}, "lastState": {"terminated": {"finishedAt": "2026-11-21T11:59:30Z"}}},
                    {"ready": false, "restartCount": 1, "state": {"waiting": {"reason": "CrashLoopBackOff"}}},
                ],
            },
        }),
        expect![[r#"
            Name: "web-1"
            Ready: "1/2"
            Status: "CrashLoopBackOff"
            Restarts: "3 (30s ago)"
            Age: "3m"
            (IP: "10.0.0.1")
            (Node: "n1")
            (Nominated Node: "<none>")
            (Readiness Gates: "<none>")"#]],
    );
    let status = |pod: Value| {
        let mut object =
            json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": {"containers": [{}]}});
        for (key, value) in pod.as_object().expect("fields") {
            object[key] = value.clone();
        }
        let resource = resource_of(&object);
        table(&resource, [&object], json!({}), IncludeObject::None, now())["rows"][0]["cells"][2]
            .as_str()
            .expect("a status")
            .to_owned()
    };
    assert_eq!(status(json!({"status": {"phase": "Pending"}})), "Pending");
    assert_eq!(status(json!({"metadata": {"deletionTimestamp": "x"}, "status": {"phase": "Running"}})), "Terminating");
    assert_eq!(
        status(
            json!({"status": {"phase": "Failed", "containerStatuses": [{"state": {"terminated": {"exitCode": 3}}}]}})
        ),
        "ExitCode:3"
    );
    assert_eq!(
        status(json!({
            "spec": {"initContainers": [{"name": "i"}, {"name": "j"}]},
            "status": {"phase": "Pending", "initContainerStatuses": [{"name": "i", "state": {"terminated": {"exitCode": 0}}}, {"name": "j", "state": {"running": {}}}]},
        })),
        "Init:1/2"
    );
}

#[test]
fn workloads() {
    check(
        json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata("web"),
            "spec": {"replicas": 3, "selector": {"matchLabels": {"app": "web"}}, "template": template()},
            "status": {"readyReplicas": 2, "updatedReplicas": 3, "availableReplicas": 2},
        }),
        expect![[r#"
            Name: "web"
            Ready: "2/3"
            Up-to-date: 3
            Available: 2
            Age: "3m"
            (Containers: "a,b")
            (Images: "x:1,y:2")
            (Selector: "app=web")"#]],
    );
    check(
        json!({
            "apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": metadata("agent"),
            "spec": {"selector": {"matchExpressions": [{"key": "a", "operator": "In", "values": ["b", "c"]}]}, "template": template()},
            "status": {"desiredNumberScheduled": 1, "numberReady": 1},
        }),
        expect![[r#"
            Name: "agent"
            Desired: 1
            Current: 0
            Ready: 1
            Up-to-date: 0
            Available: 0
            Node Selector: "<none>"
            Age: "3m"
            (Containers: "a,b")
            (Images: "x:1,y:2")
            (Selector: "a in (b,c)")"#]],
    );
    check(
        json!({
            "apiVersion": "batch/v1", "kind": "Job", "metadata": metadata("once"),
            "spec": {"completions": 2, "parallelism": 1, "template": template()},
            "status": {"succeeded": 2, "startTime": "2026-11-21T11:57:00Z", "completionTime": "2026-11-21T11:58:30Z", "conditions": [{"type": "Complete", "status": "True"}]},
        }),
        expect![[r#"
            Name: "once"
            Status: "Complete"
            Completions: "2/2"
            Duration: "90s"
            Age: "3m"
            (Containers: "a,b")
            (Images: "x:1,y:2")
            (Selector: "<none>")"#]],
    );
    check(
        json!({
            "apiVersion": "batch/v1", "kind": "CronJob", "metadata": metadata("nightly"),
            "spec": {"schedule": "0 1 * * *", "suspend": false, "jobTemplate": {"spec": {"template": template()}}},
            "status": {"lastScheduleTime": "2026-11-21T01:00:00Z"},
        }),
        expect![[r#"
            Name: "nightly"
            Schedule: "0 1 * * *"
            Timezone: "<none>"
            Suspend: false
            Active: 0
            Last Schedule: "11h"
            Age: "3m"
            (Containers: "a,b")
            (Images: "x:1,y:2")
            (Selector: "<none>")"#]],
    );
    check(
        json!({
            "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": metadata("web"),
            "spec": {
                "scaleTargetRef": {"kind": "Deployment", "name": "web"}, "minReplicas": 2, "maxReplicas": 4,
                "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 99}}}],
            },
        }),
        expect![[r#"
            Name: "web"
            Reference: "Deployment/web"
            Targets: "cpu: <unknown>/99%"
            MinPods: 2
            MaxPods: 4
            Replicas: 0
            Age: "3m""#]],
    );
}

#[test]
fn services_and_routes() {
    check(
        json!({
            "apiVersion": "v1", "kind": "Service", "metadata": metadata("web"),
            "spec": {"type": "LoadBalancer", "clusterIP": "10.96.0.9", "ports": [{"port": 80, "nodePort": 30080, "protocol": "TCP"}, {"port": 53, "protocol": "UDP"}], "selector": {"app": "web"}},
        }),
        expect![[r#"
            Name: "web"
            Type: "LoadBalancer"
            Cluster-IP: "10.96.0.9"
            External-IP: "<pending>"
            Port(s): "80:30080/TCP,53/UDP"
            Age: "3m"
            (Selector: "app=web")"#]],
    );
    check(
        json!({
            "apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": metadata("web"),
            "spec": {"rules": [{"host": "a"}, {"host": "b"}, {"host": "c"}, {"host": "d"}], "tls": [{}]},
            "status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}},
        }),
        expect![[r#"
            Name: "web"
            Class: "<none>"
            Hosts: "a,b,c + 1 more..."
            Address: "192.0.2.1"
            Ports: "80, 443"
            Age: "3m""#]],
    );
    check(
        json!({
            "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": metadata("web-x"), "addressType": "IPv4",
            "ports": [{"port": 80}], "endpoints": [{"addresses": ["10.0.0.1"]}, {"addresses": ["10.0.0.2"]}],
        }),
        expect![[r#"
            Name: "web-x"
            AddressType: "IPv4"
            Ports: "80"
            Endpoints: "10.0.0.1,10.0.0.2"
            Age: "3m""#]],
    );
}

#[test]
fn events_in_both_groups() {
    check(
        json!({
            "apiVersion": "v1", "kind": "Event", "metadata": metadata("web.1"), "type": "Normal", "reason": "ScalingReplicaSet",
            "involvedObject": {"kind": "Deployment", "name": "web"}, "message": "Scaled up\n", "count": 3,
            "firstTimestamp": "2026-11-21T11:00:00Z", "lastTimestamp": "2026-11-21T11:59:00Z", "source": {"component": "deployment-controller"},
        }),
        expect![[r#"
            Last Seen: "60s"
            Type: "Normal"
            Reason: "ScalingReplicaSet"
            Object: "deployment/web"
            (Subobject: "")
            (Source: "deployment-controller")
            Message: "Scaled up"
            (First Seen: "60m")
            (Count: 3)
            (Name: "web.1")"#]],
    );
    check(
        json!({
            "apiVersion": "events.k8s.io/v1", "kind": "Event", "metadata": metadata("web.2"), "type": "Warning", "reason": "Failed",
            "regarding": {"kind": "Pod", "name": "web-1"}, "note": "no", "eventTime": "2026-11-21T11:58:00Z", "reportingController": "kubelet",
        }),
        expect![[r#"
            Last Seen: "2m"
            Type: "Warning"
            Reason: "Failed"
            Object: "pod/web-1"
            (Subobject: "")
            (Source: "kubelet")
            Message: "no"
            (First Seen: "2m")
            (Count: 1)
            (Name: "web.2")"#]],
    );
}

#[test]
fn storage_and_policy() {
    check(
        json!({
            "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata("data"),
            "spec": {"volumeName": "pv1", "storageClassName": "standard", "volumeMode": "Filesystem"},
            "status": {"phase": "Bound", "capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"]},
        }),
        expect![[r#"
            Name: "data"
            Status: "Bound"
            Volume: "pv1"
            Capacity: "1Gi"
            Access Modes: "RWO"
            StorageClass: "standard"
            VolumeAttributesClass: "<unset>"
            Age: "3m"
            (VolumeMode: "Filesystem")"#]],
    );
    check(
        json!({
            "apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": metadata("web"), "spec": {"minAvailable": "50%"},
            "status": {"disruptionsAllowed": 1},
        }),
        expect![[r#"
            Name: "web"
            Min Available: "50%"
            Max Unavailable: "N/A"
            Allowed Disruptions: 1
            Age: "3m""#]],
    );
    check(
        json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": metadata("b"),
            "roleRef": {"kind": "Role", "name": "r"}, "subjects": [{"kind": "ServiceAccount", "name": "flux", "namespace": "prod"}, {"kind": "User", "name": "ada"}],
        }),
        expect![[r#"
            Name: "b"
            Role: "Role/r"
            Age: "3m"
            (Users: "ada")
            (Groups: "")
            (ServiceAccounts: "prod/flux")"#]],
    );
}

#[test]
fn custom_kinds_show_their_columns() {
    check(
        json!({
            "apiVersion": "kustomize.toolkit.fluxcd.io/v1beta2", "kind": "Kustomization", "metadata": metadata("apps"),
            "status": {"conditions": [{"type": "Ready", "status": "True", "message": "Applied revision: main@sha1:abc"}]},
        }),
        expect![[r#"
            Name: "apps"
            Age: "3m"
            Ready: "True"
            Status: "Applied revision: main@sha1:abc""#]],
    );
    check(
        json!({
            "apiVersion": "networking.istio.io/v1beta1", "kind": "VirtualService", "metadata": metadata("web"),
            "spec": {"hosts": ["a", "b"], "gateways": ["mesh"]},
        }),
        expect![[r#"
            Name: "web"
            Gateways: "[\"mesh\"]"
            Hosts: "[\"a\",\"b\"]"
            Age: "3m""#]],
    );
}

#[test]
fn rows_carry_what_was_asked_for() {
    let object = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"k": "v"}});
    let row =
        |include| table(&resource_of(&object), [&object], json!({}), include, now())["rows"][0]["object"].to_string();
    expect![[r#"
        null
        {"apiVersion":"meta.k8s.io/v1","kind":"PartialObjectMetadata","metadata":{"name":"a"}}
        {"apiVersion":"v1","data":{"k":"v"},"kind":"ConfigMap","metadata":{"name":"a"}}"#]]
    .assert_eq(&[row(IncludeObject::None), row(IncludeObject::Metadata), row(IncludeObject::Object)].join("\n"));
}
