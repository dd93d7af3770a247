//! Images, arguments, environment and resources of containers.

use manifest::Value;

use super::{Area, Told, named, pairs};

/// The pod's spec inside an object; null if it makes no pods.
pub(super) fn pod(object: &Value) -> &Value {
    const PATHS: [&str; 3] = ["/spec/jobTemplate/spec/template/spec", "/spec/template/spec", "/spec"];
    let candidates = PATHS.iter().filter_map(|path| object.pointer(path));
    candidates.into_iter().find(|spec| spec["containers"].is_array()).unwrap_or(&Value::Null)
}

pub(super) fn compare(before: &Value, after: &Value, told: &mut Told<'_>) {
    let (before, after) = (pod(before), pod(after));
    if before.is_null() && after.is_null() {
        return;
    }
    for (list, what) in [("initContainers", "init container"), ("containers", "container")] {
        for (name, (one, other)) in pairs(&named(&before[list], "name"), &named(&after[list], "name")) {
            match (one.is_null(), other.is_null()) {
                (true, _) => told.tell(Area::Images, format!("{what} {name} added: {}", super::shown(&other["image"]))),
                (_, true) => told.tell(Area::Images, format!("{what} {name} removed")),
                (false, false) => container(&format!("{what} {name}"), one, other, told),
            }
        }
    }
    for member in ["securityContext", "hostNetwork", "hostPID", "hostIPC"] {
        told.value(Area::Permissions, &format!("pod's {member}"), &before[member], &after[member]);
    }
}

fn container(what: &str, before: &Value, after: &Value, told: &mut Told<'_>) {
    told.value(Area::Images, &format!("{what}: image"), &before["image"], &after["image"]);
    told.value(
        Area::Permissions,
        &format!("{what}: security context"),
        &before["securityContext"],
        &after["securityContext"],
    );
    for member in ["command", "args", "resources"] {
        told.value(Area::Settings, &format!("{what}: {member}"), &before[member], &after[member]);
    }
    for (name, (one, other)) in pairs(&named(&before["env"], "name"), &named(&after["env"], "name")) {
        let value = |variable: &Value| {
            let from = &variable["valueFrom"];
            if from.is_null() { variable["value"].clone() } else { from.clone() }
        };
        told.value(Area::Settings, &format!("{what}: {name}"), &value(one), &value(other));
    }
}
