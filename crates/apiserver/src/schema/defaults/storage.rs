//! Volumes, claims and storage classes.

use serde_json::{Value, json};

use super::{open, set, text};

pub(super) fn claim(object: &mut Value) {
    if let Some(spec) = object.get_mut("spec").filter(|spec| spec.is_object()) {
        set(spec, "volumeMode", "Filesystem");
        // `dataSource` and `dataSourceRef` mean the same for a source in the claim's own namespace.
        let (source, reference) = (spec["dataSource"].clone(), spec["dataSourceRef"].clone());
        match (source.is_object(), reference.is_object()) {
            (true, false) => spec["dataSourceRef"] = source,
            (false, true) if text(&reference, "namespace").is_empty() => spec["dataSource"] = reference,
            _ => {}
        }
    }
    if let Some(status) = open(object, "status") {
        set(status, "phase", "Pending");
    }
}

pub(super) fn volume(object: &mut Value) {
    if let Some(spec) = object.get_mut("spec").filter(|spec| spec.is_object()) {
        set(spec, "persistentVolumeReclaimPolicy", "Retain");
        set(spec, "volumeMode", "Filesystem");
        if let Some(host) = spec.get_mut("hostPath") {
            set(host, "type", "");
        }
    }
    if let Some(status) = open(object, "status") {
        set(status, "phase", "Pending");
    }
}

pub(super) fn storage_class(object: &mut Value) {
    set(object, "reclaimPolicy", "Delete");
    set(object, "volumeBindingMode", "Immediate");
}

pub(super) fn csi_driver(object: &mut Value) {
    let Some(spec) = object.get_mut("spec").filter(|spec| spec.is_object()) else { return };
    set(spec, "attachRequired", true);
    set(spec, "podInfoOnMount", false);
    set(spec, "storageCapacity", false);
    set(spec, "fsGroupPolicy", "ReadWriteOnceWithFSType");
    set(spec, "volumeLifecycleModes", json!(["Persistent"]));
    set(spec, "requiresRepublish", false);
    set(spec, "seLinuxMount", false);
}
