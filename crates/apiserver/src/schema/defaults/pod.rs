//! Pods and pod templates.

use serde_json::{Value, json};

use super::{each, open, set, text};

/// A pod: its spec, what admission adds for the service account and node trouble, and the first status.
pub(super) fn pod(pod: &mut Value) {
    if let Some(pod_spec) = pod.get_mut("spec").filter(|spec| spec.is_object()) {
        set(pod_spec, "serviceAccountName", "default");
        set(pod_spec, "enableServiceLinks", true);
        set(pod_spec, "preemptionPolicy", "PreemptLowerPriority");
        set(pod_spec, "priority", 0);
        let tolerate =
            |key: &str| json!({"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300});
        set(pod_spec, "tolerations", json!([]));
        for key in ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] {
            if let Some(tolerations) = pod_spec["tolerations"].as_array_mut()
                && !tolerations.iter().any(|toleration| covers(toleration, key))
            {
                tolerations.push(tolerate(key));
            }
        }
        for list in ["initContainers", "containers"] {
            each(pod_spec, list).for_each(requests_from_limits);
        }
        spec(pod_spec);
    }
    let quality = quality_of_service(&pod["spec"]);
    if let Some(status) = open(pod, "status") {
        set(status, "phase", "Pending");
        set(status, "qosClass", quality);
    }
}

/// Whether a toleration speaks of the taint `key` with effect NoExecute.
fn covers(toleration: &Value, key: &str) -> bool {
    let name = text(toleration, "key");
    (name == key || name.is_empty()) && matches!(text(toleration, "effect"), "" | "NoExecute")
}

fn requests_from_limits(container: &mut Value) {
    let Some(limits) = container["resources"]["limits"].as_object().cloned() else { return };
    if let Some(requests) = container.get_mut("resources").and_then(|resources| open(resources, "requests")) {
        for (name, quantity) in limits {
            set(requests, &name, quantity);
        }
    }
}

fn quality_of_service(spec: &Value) -> &'static str {
    let containers = || spec["containers"].as_array().into_iter().flatten();
    let of = |container: &Value, side: &str, name: &str| container["resources"][side].get(name).cloned();
    let names = ["cpu", "memory"];
    let sides = ["limits", "requests"];
    let any = containers()
        .any(|container| names.iter().any(|name| sides.iter().any(|side| of(container, side, name).is_some())));
    let guaranteed = containers().all(|container| {
        names.iter().all(|name| {
            let limit = of(container, "limits", name);
            limit.is_some() && of(container, "requests", name) == limit
        })
    });
    match (any, guaranteed) {
        (false, _) => "BestEffort",
        (true, true) => "Guaranteed",
        (true, false) => "Burstable",
    }
}

/// A pod template.
pub(super) fn template(template: &mut Value) {
    set(template, "metadata", json!({}));
    if let Some(pod_spec) = template.get_mut("spec").filter(|spec| spec.is_object()) {
        spec(pod_spec);
    }
}

/// A pod spec, of a pod or a template.
fn spec(spec: &mut Value) {
    set(spec, "restartPolicy", "Always");
    set(spec, "dnsPolicy", "ClusterFirst");
    set(spec, "schedulerName", "default-scheduler");
    set(spec, "securityContext", json!({}));
    set(spec, "terminationGracePeriodSeconds", 30);
    mirror_service_account(spec);
    let host_network = spec["hostNetwork"] == true;
    for list in ["initContainers", "containers", "ephemeralContainers"] {
        for item in each(spec, list) {
            container(item);
            for port in each(item, "ports") {
                set(port, "protocol", "TCP");
                let number = port["containerPort"].clone();
                if host_network && !number.is_null() {
                    set(port, "hostPort", number);
                }
            }
        }
    }
    each(spec, "volumes").for_each(volume);
}

/// `serviceAccount` is the deprecated name of `serviceAccountName`; the server answers with both.
fn mirror_service_account(spec: &mut Value) {
    for (from, to) in [("serviceAccountName", "serviceAccount"), ("serviceAccount", "serviceAccountName")] {
        let name = text(spec, from).to_owned();
        if !name.is_empty() {
            spec[to] = json!(name);
            break;
        }
    }
}

fn container(container: &mut Value) {
    set(container, "resources", json!({}));
    set(container, "terminationMessagePath", "/dev/termination-log");
    set(container, "terminationMessagePolicy", "File");
    let policy = if is_latest(text(container, "image")) { "Always" } else { "IfNotPresent" };
    set(container, "imagePullPolicy", policy);
    for name in ["livenessProbe", "readinessProbe", "startupProbe"] {
        if let Some(found) = container.get_mut(name).filter(|probe| probe.is_object()) {
            probe(found);
        }
    }
    for hook in ["postStart", "preStop"] {
        if let Some(request) =
            container.get_mut("lifecycle").and_then(|lifecycle| lifecycle.get_mut(hook)?.get_mut("httpGet"))
        {
            http_get(request);
        }
    }
    for variable in each(container, "env") {
        if let Some(field) = variable.get_mut("valueFrom").and_then(|source| source.get_mut("fieldRef")) {
            set(field, "apiVersion", "v1");
        }
    }
}

fn probe(probe: &mut Value) {
    set(probe, "timeoutSeconds", 1);
    set(probe, "periodSeconds", 10);
    set(probe, "successThreshold", 1);
    set(probe, "failureThreshold", 3);
    if let Some(request) = probe.get_mut("httpGet") {
        http_get(request);
    }
    if let Some(request) = probe.get_mut("grpc") {
        set(request, "service", "");
    }
}

fn http_get(request: &mut Value) {
    if text(request, "path").is_empty() {
        request["path"] = json!("/");
    }
    set(request, "scheme", "HTTP");
}

/// Whether an image name means `latest`: by tag, or by having neither tag nor digest.
fn is_latest(image: &str) -> bool {
    let (name, digest) = image.split_once('@').map_or((image, None), |(name, digest)| (name, Some(digest)));
    // A colon before the last slash belongs to a registry's port.
    let tag = name.rsplit('/').next().and_then(|last| last.split_once(':')).map(|(_, tag)| tag);
    match (tag, digest) {
        (Some(tag), _) => tag == "latest",
        (None, digest) => digest.is_none(),
    }
}

/// `0644`, the mode of files that volumes project.
const FILE_MODE: i64 = 0o644;

fn volume(volume: &mut Value) {
    let has_source = volume.as_object().is_some_and(|fields| fields.keys().any(|name| name != "name"));
    if !has_source {
        set(volume, "emptyDir", json!({}));
    }
    for kind in ["configMap", "secret", "projected", "downwardAPI"] {
        if let Some(source) = volume.get_mut(kind) {
            set(source, "defaultMode", FILE_MODE);
        }
    }
    if let Some(host) = volume.get_mut("hostPath") {
        set(host, "type", "");
    }
    if let Some(downward) = volume.get_mut("downwardAPI") {
        downward_items(downward);
    }
    for source in volume.get_mut("projected").into_iter().flat_map(|projected| each(projected, "sources")) {
        if let Some(token) = source.get_mut("serviceAccountToken") {
            set(token, "expirationSeconds", 3600);
        }
        if let Some(downward) = source.get_mut("downwardAPI") {
            downward_items(downward);
        }
    }
    if let Some(claim) =
        volume.get_mut("ephemeral").and_then(|ephemeral| ephemeral.get_mut("volumeClaimTemplate")?.get_mut("spec"))
    {
        set(claim, "volumeMode", "Filesystem");
    }
}

fn downward_items(downward: &mut Value) {
    for item in each(downward, "items") {
        if let Some(field) = item.get_mut("fieldRef") {
            set(field, "apiVersion", "v1");
        }
    }
}
