//! Tables of the core group, discovery, events and networking.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::Printer;
use super::cells::{age, condition, containers, count, joined, list, object_age, or, selector, size, text};

/// The printer of a kind, if it is one of this file's.
pub(super) fn printer(group: &str, kind: &str) -> Option<&'static Printer> {
    Some(match (group, kind) {
        ("", "Pod") => &Printer {
            columns: &[
                ("Name", "string", 0),
                ("Ready", "string", 0),
                ("Status", "string", 0),
                ("Restarts", "string", 0),
                ("Age", "string", 0),
                ("IP", "string", 1),
                ("Node", "string", 1),
                ("Nominated Node", "string", 1),
                ("Readiness Gates", "string", 1),
            ],
            cells: pod,
        },
        ("", "Service") => &Printer {
            columns: &[
                ("Name", "string", 0),
                ("Type", "string", 0),
                ("Cluster-IP", "string", 0),
                ("External-IP", "string", 0),
                ("Port(s)", "string", 0),
                ("Age", "string", 0),
                ("Selector", "string", 1),
            ],
            cells: service,
        },
        ("", "Node") => &Printer {
            columns: &[
                ("Name", "string", 0),
                ("Status", "string", 0),
                ("Roles", "string", 0),
                ("Age", "string", 0),
                ("Version", "string", 0),
                ("Internal-IP", "string", 1),
                ("External-IP", "string", 1),
                ("OS-Image", "string", 1),
                ("Kernel-Version", "string", 1),
                ("Container-Runtime", "string", 1),
            ],
            cells: node,
        },
        ("", "Namespace") => &Printer {
            columns: &[("Name", "string", 0), ("Status", "string", 0), ("Age", "string", 0)],
            cells: |object, now| vec![name(object), object["status"]["phase"].clone(), object_age(object, now)],
        },
        ("", "ConfigMap") => &Printer {
            columns: &[("Name", "string", 0), ("Data", "string", 0), ("Age", "string", 0)],
            cells: |object, now| {
                vec![
                    name(object),
                    (size(&object["data"]) + size(&object["binaryData"])).into(),
                    object_age(object, now),
                ]
            },
        },
        ("", "Secret") => &Printer {
            columns: &[("Name", "string", 0), ("Type", "string", 0), ("Data", "string", 0), ("Age", "string", 0)],
            cells: |object, now| {
                vec![name(object), object["type"].clone(), size(&object["data"]).into(), object_age(object, now)]
            },
        },
        ("", "ServiceAccount") => &Printer {
            columns: &[("Name", "string", 0), ("Secrets", "string", 0), ("Age", "string", 0)],
            cells: |object, now| vec![name(object), list(&object["secrets"]).len().into(), object_age(object, now)],
        },
        ("", "Endpoints") => &Printer {
            columns: &[("Name", "string", 0), ("Endpoints", "string", 0), ("Age", "string", 0)],
            cells: |object, now| vec![name(object), endpoints(object), object_age(object, now)],
        },
        ("discovery.k8s.io", "EndpointSlice") => &Printer {
            columns: &[
                ("Name", "string", 0),
                ("AddressType", "string", 0),
                ("Ports", "string", 0),
                ("Endpoints", "string", 0),
                ("Age", "string", 0),
            ],
            cells: endpoint_slice,
        },
        ("", "Event") => &Printer {
            columns: &[
                ("Last Seen", "string", 0),
                ("Type", "string", 0),
                ("Reason", "string", 0),
                ("Object", "string", 0),
                ("Subobject", "string", 1),
                ("Source", "string", 1),
                ("Message", "string", 0),
                ("First Seen", "string", 1),
                ("Count", "string", 1),
                ("Name", "string", 1),
            ],
            cells: |object, now| {
                event(
                    object,
                    [
                        "involvedObject",
                        "message",
                        "source",
                        "firstTimestamp",
                        "lastTimestamp",
                        "count",
                        "reportingComponent",
                    ],
                    now,
                )
            },
        },
        ("events.k8s.io", "Event") => &Printer {
            columns: &[
                ("Last Seen", "string", 0),
                ("Type", "string", 0),
                ("Reason", "string", 0),
                ("Object", "string", 0),
                ("Subobject", "string", 1),
                ("Source", "string", 1),
                ("Message", "string", 0),
                ("First Seen", "string", 1),
                ("Count", "string", 1),
                ("Name", "string", 1),
            ],
            cells: |object, now| {
                event(
                    object,
                    [
                        "regarding",
                        "note",
                        "deprecatedSource",
                        "deprecatedFirstTimestamp",
                        "deprecatedLastTimestamp",
                        "deprecatedCount",
                        "reportingController",
                    ],
                    now,
                )
            },
        },
        ("", "PersistentVolume") => &Printer {
            columns: &[
                ("Name", "string", 0),
                ("Capacity", "string", 0),
                ("Access Modes", "string", 0),
                ("Reclaim Policy", "string", 0),
                ("Status", "string", 0),
                ("Claim", "string", 0),
                ("StorageClass", "string", 0),
                ("VolumeAttributesClass", "string", 0),
                ("Reason", "string", 0),
                ("Age", "string", 0),
                ("VolumeMode", "string", 1),
            ],
            cells: volume,
        },
        ("", "PersistentVolumeClaim") => &Printer {
            columns: &[
                ("Name", "string", 0),
                ("Status", "string", 0),
                ("Volume", "string", 0),
                ("Capacity", "string", 0),
                ("Access Modes", "string", 0),
                ("StorageClass", "string", 0),
                ("VolumeAttributesClass", "string", 0),
                ("Age", "string", 0),
                ("VolumeMode", "string", 1),
            ],
            cells: claim,
        },
        ("networking.k8s.io", "Ingress") => &Printer {
            columns: &[
                ("Name", "string", 0),
                ("Class", "string", 0),
                ("Hosts", "string", 0),
                ("Address", "string", 0),
                ("Ports", "string", 0),
                ("Age", "string", 0),
            ],
            cells: ingress,
        },
        ("networking.k8s.io", "IngressClass") => &Printer {
            columns: &[
                ("Name", "string", 0),
                ("Controller", "string", 0),
                ("Parameters", "string", 0),
                ("Age", "string", 0),
            ],
            cells: |object, now| {
                let parameters = &object["spec"]["parameters"];
                let shown = match parameters.as_object() {
                    Some(_) => {
                        let group = Some(text(&parameters["apiGroup"])).filter(|group| !group.is_empty());
                        let kind = group.map_or_else(
                            || text(&parameters["kind"]).to_owned(),
                            |group| format!("{}.{group}", text(&parameters["kind"])),
                        );
                        format!("{kind}/{}", text(&parameters["name"]))
                    }
                    None => "<none>".to_owned(),
                };
                vec![name(object), object["spec"]["controller"].clone(), shown.into(), object_age(object, now)]
            },
        },
        ("networking.k8s.io", "NetworkPolicy") => &Printer {
            columns: &[("Name", "string", 0), ("Pod-Selector", "string", 0), ("Age", "string", 0)],
            cells: |object, now| vec![name(object), selector(&object["spec"]["podSelector"]), object_age(object, now)],
        },
        _ => return None,
    })
}

pub(super) fn name(object: &Value) -> Value {
    object["metadata"]["name"].clone()
}

fn pod(object: &Value, now: Timestamp) -> Vec<Value> {
    let (spec, status) = (&object["spec"], &object["status"]);
    let statuses = list(&status["containerStatuses"]);
    let ready = statuses.iter().filter(|container| container["ready"] == true).count();
    let restarts: i64 = statuses.iter().map(|container| count(&container["restartCount"])).sum();
    let last = statuses
        .iter()
        .map(|container| &container["lastState"]["terminated"]["finishedAt"])
        .filter(|finished| finished.is_string())
        .max_by_key(|finished| text(finished));
    let restarts = match last {
        Some(finished) if restarts > 0 => json!(format!("{restarts} ({} ago)", age(finished, now))),
        Some(_) | None => json!(restarts.to_string()),
    };
    let gates = list(&spec["readinessGates"]);
    let gates = if gates.is_empty() {
        "<none>".to_owned()
    } else {
        let passed = gates.iter().filter(|gate| condition(object, text(&gate["conditionType"])) == "True").count();
        format!("{passed}/{}", gates.len())
    };
    vec![
        name(object),
        format!("{ready}/{}", list(&spec["containers"]).len()).into(),
        pod_status(object).into(),
        restarts,
        object_age(object, now),
        or(&status["podIP"], "<none>"),
        or(&spec["nodeName"], "<none>"),
        or(&status["nominatedNodeName"], "<none>"),
        gates.into(),
    ]
}

/// The one word `kubectl get pods` shows: the phase, unless a container or a deletion says more.
fn pod_status(object: &Value) -> String {
    let status = &object["status"];
    let mut reason = match text(&status["reason"]) {
        "" => text(&status["phase"]).to_owned(),
        reason => reason.to_owned(),
    };
    if list(&object["status"]["conditions"])
        .iter()
        .any(|condition| condition["type"] == "PodScheduled" && condition["reason"] == "SchedulingGated")
    {
        reason = "SchedulingGated".to_owned();
    }
    let terminated = |state: &Value| match text(&state["terminated"]["reason"]) {
        "" => match count(&state["terminated"]["signal"]) {
            0 => format!("ExitCode:{}", count(&state["terminated"]["exitCode"])),
            signal => format!("Signal:{signal}"),
        },
        reason => reason.to_owned(),
    };
    let inits = list(&object["spec"]["initContainers"]);
    let mut initializing = false;
    for (index, container) in list(&status["initContainerStatuses"]).iter().enumerate() {
        let state = &container["state"];
        let sidecar = inits.iter().any(|init| init["name"] == container["name"] && init["restartPolicy"] == "Always");
        if state["terminated"].is_object() && count(&state["terminated"]["exitCode"]) == 0 {
            continue;
        }
        if sidecar && container["started"] == true {
            continue;
        }
        let waiting = text(&state["waiting"]["reason"]);
        reason = if state["terminated"].is_object() {
            format!("Init:{}", terminated(state))
        } else if !matches!(waiting, "" | "PodInitializing") {
            format!("Init:{waiting}")
        } else {
            format!("Init:{index}/{}", inits.len())
        };
        initializing = true;
        break;
    }
    if !initializing {
        let mut has_running = false;
        for container in list(&status["containerStatuses"]).iter().rev() {
            let state = &container["state"];
            match text(&state["waiting"]["reason"]) {
                "" if state["terminated"].is_object() => reason = terminated(state),
                "" => has_running |= container["ready"] == true && state["running"].is_object(),
                waiting => reason = waiting.to_owned(),
            }
        }
        if reason == "Completed" && has_running {
            reason = if condition(object, "Ready") == "True" { "Running" } else { "NotReady" }.to_owned();
        }
    }
    if object["metadata"]["deletionTimestamp"].is_string() {
        return if status["reason"] == "NodeLost" { "Unknown" } else { "Terminating" }.to_owned();
    }
    reason
}

fn service(object: &Value, now: Timestamp) -> Vec<Value> {
    let spec = &object["spec"];
    let ports = list(&spec["ports"]).iter().map(|port| match count(&port["nodePort"]) {
        0 => format!("{}/{}", count(&port["port"]), text(&port["protocol"])),
        node => format!("{}:{node}/{}", count(&port["port"]), text(&port["protocol"])),
    });
    vec![
        name(object),
        spec["type"].clone(),
        or(&spec["clusterIP"], if spec["type"] == "ExternalName" { "<none>" } else { "None" }),
        external_address(object).into(),
        joined(ports),
        object_age(object, now),
        selector(&spec["selector"]),
    ]
}

fn external_address(object: &Value) -> String {
    let spec = &object["spec"];
    let external: Vec<&str> = list(&spec["externalIPs"]).iter().map(text).collect();
    let all = |addresses: Vec<&str>| if addresses.is_empty() { "<none>".to_owned() } else { addresses.join(",") };
    match text(&spec["type"]) {
        "ExternalName" => text(&spec["externalName"]).to_owned(),
        "LoadBalancer" => {
            let mut addresses = balancer_addresses(object);
            addresses.extend(external);
            if addresses.is_empty() { "<pending>".to_owned() } else { addresses.join(",") }
        }
        _ => all(external),
    }
}

fn balancer_addresses(object: &Value) -> Vec<&str> {
    let points = list(&object["status"]["loadBalancer"]["ingress"]);
    points
        .iter()
        .map(|point| if point["ip"].is_string() { text(&point["ip"]) } else { text(&point["hostname"]) })
        .collect()
}

fn node(object: &Value, now: Timestamp) -> Vec<Value> {
    const ROLE: &str = "node-role.kubernetes.io/";
    let mut status = match condition(object, "Ready") {
        "True" => "Ready".to_owned(),
        "" => "Unknown".to_owned(),
        _ => "NotReady".to_owned(),
    };
    if object["spec"]["unschedulable"] == true {
        status.push_str(",SchedulingDisabled");
    }
    let labels = object["metadata"]["labels"].as_object();
    let mut roles: Vec<String> = labels
        .into_iter()
        .flatten()
        .filter_map(|(key, value)| match key.strip_prefix(ROLE) {
            Some(role) => Some(role.to_owned()),
            None => (key == "kubernetes.io/role").then(|| text(value).to_owned()),
        })
        .filter(|role| !role.is_empty())
        .collect();
    roles.sort();
    let address = |ty: &str| -> Value {
        let found = list(&object["status"]["addresses"]).iter().find(|address| address["type"] == ty);
        found.map_or_else(|| "<none>".into(), |address| address["address"].clone())
    };
    let info = &object["status"]["nodeInfo"];
    vec![
        name(object),
        status.into(),
        joined(roles),
        object_age(object, now),
        info["kubeletVersion"].clone(),
        address("InternalIP"),
        address("ExternalIP"),
        or(&info["osImage"], "<unknown>"),
        or(&info["kernelVersion"], "<unknown>"),
        or(&info["containerRuntimeVersion"], "<unknown>"),
    ]
}

/// At most three entries, and how many more there are.
fn first_three(texts: Vec<String>) -> Value {
    match texts.len() {
        0 => "<none>".into(),
        total if total > 3 => format!("{} + {} more...", texts[..3].join(","), total - 3).into(),
        _ => texts.join(",").into(),
    }
}

fn endpoints(object: &Value) -> Value {
    let mut texts = Vec::new();
    for subset in list(&object["subsets"]) {
        let ports = list(&subset["ports"]);
        for address in list(&subset["addresses"]) {
            let address = text(&address["ip"]);
            if ports.is_empty() {
                texts.push(address.to_owned());
            }
            texts.extend(ports.iter().map(|port| format!("{address}:{}", count(&port["port"]))));
        }
    }
    first_three(texts)
}

fn endpoint_slice(object: &Value, now: Timestamp) -> Vec<Value> {
    let ports = list(&object["ports"])
        .iter()
        .map(|port| port["port"].as_i64().map_or_else(|| "*".to_owned(), |port| port.to_string()));
    let ports: Vec<String> = ports.collect();
    let addresses = list(&object["endpoints"])
        .iter()
        .flat_map(|endpoint| list(&endpoint["addresses"]))
        .map(|address| text(address).to_owned());
    let unset = |value: Value| if value == "<none>" { "<unset>".into() } else { value };
    vec![
        name(object),
        object["addressType"].clone(),
        unset(first_three(ports)),
        unset(first_three(addresses.collect())),
        object_age(object, now),
    ]
}

/// An event; `names` are the version's own for: object, message, source, first and last time, count, reporter.
fn event(object: &Value, names: [&str; 7], now: Timestamp) -> Vec<Value> {
    let [regarding, message, source, first, last, times, reporter] = names;
    let series = &object["series"];
    let event_time = &object["eventTime"];
    let first_seen = if object[first].is_string() { &object[first] } else { event_time };
    let last_seen = if series.is_object() {
        &series["lastObservedTime"]
    } else if object[last].is_string() {
        &object[last]
    } else {
        first_seen
    };
    let times = if series.is_object() { count(&series["count"]) } else { count(&object[times]).max(1) };
    let target = &object[regarding];
    let what = format!("{}/{}", text(&target["kind"]).to_lowercase(), text(&target["name"]));
    let component = match text(&object[source]["component"]) {
        "" => text(&object[reporter]),
        component => component,
    };
    let host = text(&object[source]["host"]);
    let from = if host.is_empty() { component.to_owned() } else { format!("{component}, {host}") };
    vec![
        age(last_seen, now).into(),
        object["type"].clone(),
        object["reason"].clone(),
        what.into(),
        text(&target["fieldPath"]).into(),
        from.into(),
        text(&object[message]).trim().into(),
        age(first_seen, now).into(),
        times.into(),
        name(object),
    ]
}

/// Access modes, short: `RWO,ROX`.
fn modes(value: &Value) -> String {
    let short = |mode: &Value| match text(mode) {
        "ReadWriteOnce" => "RWO",
        "ReadOnlyMany" => "ROX",
        "ReadWriteMany" => "RWX",
        "ReadWriteOncePod" => "RWOP",
        _ => "",
    };
    list(value).iter().map(short).collect::<Vec<_>>().join(",")
}

/// The phase, or `Terminating` where the object is being deleted.
fn phase(object: &Value) -> Value {
    if object["metadata"]["deletionTimestamp"].is_string() {
        "Terminating".into()
    } else {
        object["status"]["phase"].clone()
    }
}

fn volume(object: &Value, now: Timestamp) -> Vec<Value> {
    let spec = &object["spec"];
    let claim = &spec["claimRef"];
    let claim = if claim.is_object() {
        format!("{}/{}", text(&claim["namespace"]), text(&claim["name"]))
    } else {
        String::new()
    };
    vec![
        name(object),
        spec["capacity"]["storage"].clone(),
        modes(&spec["accessModes"]).into(),
        spec["persistentVolumeReclaimPolicy"].clone(),
        phase(object),
        claim.into(),
        text(&spec["storageClassName"]).into(),
        or(&spec["volumeAttributesClassName"], "<unset>"),
        text(&object["status"]["reason"]).into(),
        object_age(object, now),
        or(&spec["volumeMode"], "<unset>"),
    ]
}

fn claim(object: &Value, now: Timestamp) -> Vec<Value> {
    let (spec, status) = (&object["spec"], &object["status"]);
    let bound = !text(&spec["volumeName"]).is_empty();
    let capacity = if bound { text(&status["capacity"]["storage"]) } else { "" };
    vec![
        name(object),
        phase(object),
        text(&spec["volumeName"]).into(),
        capacity.into(),
        if bound { modes(&status["accessModes"]).into() } else { "".into() },
        text(&spec["storageClassName"]).into(),
        or(&spec["volumeAttributesClassName"], "<unset>"),
        object_age(object, now),
        or(&spec["volumeMode"], "<unset>"),
    ]
}

fn ingress(object: &Value, now: Timestamp) -> Vec<Value> {
    let spec = &object["spec"];
    let hosts: Vec<String> = list(&spec["rules"])
        .iter()
        .map(|rule| text(&rule["host"]))
        .filter(|host| !host.is_empty())
        .map(str::to_owned)
        .collect();
    let hosts = if hosts.is_empty() { "*".into() } else { first_three(hosts) };
    let ports = if list(&spec["tls"]).is_empty() { "80" } else { "80, 443" };
    vec![
        name(object),
        or(&spec["ingressClassName"], "<none>"),
        hosts,
        balancer_addresses(object).join(",").into(),
        ports.into(),
        object_age(object, now),
    ]
}

/// Names and images of a workload's containers, and its selector: the wide columns of every workload.
pub(super) fn wide(object: &Value) -> [Value; 3] {
    let spec = &object["spec"]["template"]["spec"];
    [containers(spec, "name"), containers(spec, "image"), selector(&object["spec"]["selector"])]
}
