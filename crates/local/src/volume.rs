//! PersistentVolumeClaims get volumes; volumes go with their claims.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{
    HostPathVolumeSource, PersistentVolume, PersistentVolumeClaim, PersistentVolumeClaimStatus, PersistentVolumeSpec,
    PersistentVolumeStatus,
};
use k8s_openapi::api::storage::v1::StorageClass;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::ResourceExt;

use crate::action::{Action, Event, Step, Story, Target};
use crate::node::STORAGE_CLASS;

/// What a claim is decided by.
pub(crate) struct Observed<'a> {
    pub(crate) claim: &'a PersistentVolumeClaim,
    /// The class it names, if that exists.
    pub(crate) class: Option<&'a StorageClass>,
    /// The volume it names, or else the one made for it.
    pub(crate) volume: Option<&'a PersistentVolume>,
}

/// The name of the volume a claim is bound to or will get.
pub(crate) fn volume_name(claim: &PersistentVolumeClaim) -> String {
    let named = claim.spec.as_ref().and_then(|spec| spec.volume_name.clone()).filter(|name| !name.is_empty());
    named.unwrap_or_else(|| format!("pvc-{}", claim.uid().unwrap_or_default()))
}

/// The class a claim asks for.
pub(crate) fn class_name(claim: &PersistentVolumeClaim) -> &str {
    claim.spec.as_ref().and_then(|spec| spec.storage_class_name.as_deref()).unwrap_or(STORAGE_CLASS)
}

/// Whether a claim has no volume yet.
pub(crate) fn is_waiting(claim: &PersistentVolumeClaim) -> bool {
    claim.status.as_ref().and_then(|status| status.phase.as_deref()) != Some("Bound")
}

/// One look at a claim.
pub(crate) fn step(observed: &Observed<'_>) -> Step {
    let claim = observed.claim;
    let mut step = Step::default();
    let Some(spec) = &claim.spec else { return step };
    if claim.metadata.deletion_timestamp.is_some() {
        return step;
    }
    let Some(volume) = observed.volume else {
        wait_for_volume(observed, &mut step);
        return step;
    };
    let ours = volume.spec.as_ref().and_then(|spec| spec.claim_ref.as_ref());
    if ours.is_some_and(|claimed| claimed.uid != claim.metadata.uid && claimed.uid.is_some()) {
        pending(claim, &mut step);
        let message = format!("volume \"{}\" already bound to a different claim.", volume.name_any());
        step.push(Event::warning(claim, "FailedBinding", message));
        return step;
    }
    let mut bound = claim.clone();
    let annotations = bound.annotations_mut();
    annotations.insert("pv.kubernetes.io/bind-completed".to_owned(), "yes".to_owned());
    annotations.insert("pv.kubernetes.io/bound-by-controller".to_owned(), "yes".to_owned());
    let bound_spec = bound.spec.get_or_insert_default();
    bound_spec.volume_name = Some(volume.name_any());
    bound_spec.storage_class_name.get_or_insert_with(|| STORAGE_CLASS.to_owned());
    step.push(Action::update(claim, &bound));
    let status = PersistentVolumeClaimStatus {
        phase: Some("Bound".to_owned()),
        access_modes: volume.spec.as_ref().and_then(|volume| volume.access_modes.clone()).or(spec.access_modes.clone()),
        capacity: volume.spec.as_ref().and_then(|volume| volume.capacity.clone()),
        ..claim.status.clone().unwrap_or_default()
    };
    step.push(Action::status(claim, &claim.status, &status));
    step
}

/// Makes a volume where the class allows it.
fn wait_for_volume(observed: &Observed<'_>, step: &mut Step) {
    let claim = observed.claim;
    if !pending(claim, step) {
        // Another look follows, at the claim that says so.
        return;
    }
    let class = class_name(claim);
    let named = claim.spec.as_ref().and_then(|spec| spec.volume_name.as_deref()).filter(|name| !name.is_empty());
    match (named, observed.class) {
        (None, Some(found)) => {
            let volume = provision(claim, found);
            step.push(Action::create(&volume, Story::Silent));
            let message = format!("Successfully provisioned volume {}", volume.name_any());
            step.push(Event::normal(claim, "ProvisioningSucceeded", message));
        }
        (Some(name), _) => {
            let message = format!("volume \"{name}\" not found");
            step.push(Event::warning(claim, "FailedBinding", message));
        }
        (None, None) if class.is_empty() => {
            let message = "no persistent volumes available for this claim and no storage class is set";
            step.push(Event::normal(claim, "FailedBinding", message));
        }
        (None, None) => {
            let message = format!("storageclass.storage.k8s.io \"{class}\" not found");
            step.push(Event::warning(claim, "ProvisioningFailed", message));
        }
    }
}

/// Says that the claim waits; whether it says so already.
fn pending(claim: &PersistentVolumeClaim, step: &mut Step) -> bool {
    let phase = claim.status.as_ref().and_then(|status| status.phase.as_deref());
    let status =
        PersistentVolumeClaimStatus { phase: Some("Pending".to_owned()), ..claim.status.clone().unwrap_or_default() };
    step.push(Action::status(claim, &claim.status, &status));
    phase == Some("Pending")
}

fn provision(claim: &PersistentVolumeClaim, class: &StorageClass) -> PersistentVolume {
    let spec = claim.spec.clone().unwrap_or_default();
    let name = volume_name(claim);
    let mut reference = Target::of(claim).reference();
    reference.resource_version.clone_from(&claim.metadata.resource_version);
    let provisioner = ("pv.kubernetes.io/provisioned-by".to_owned(), class.provisioner.clone());
    PersistentVolume {
        metadata: ObjectMeta {
            name: Some(name.clone()),
            annotations: Some(BTreeMap::from([provisioner])),
            ..ObjectMeta::default()
        },
        spec: Some(PersistentVolumeSpec {
            access_modes: spec.access_modes,
            capacity: spec.resources.and_then(|resources| resources.requests),
            claim_ref: Some(reference),
            host_path: Some(HostPathVolumeSource { path: format!("/var/lib/tenter/{name}"), type_: None }),
            persistent_volume_reclaim_policy: class.reclaim_policy.clone().or(Some("Delete".to_owned())),
            storage_class_name: Some(class.name_any()),
            volume_mode: spec.volume_mode.or(Some("Filesystem".to_owned())),
            ..PersistentVolumeSpec::default()
        }),
        status: None,
    }
}

/// One look at a volume; `claim` is the one it refers to, if that exists.
pub(crate) fn volume_step(volume: &PersistentVolume, claim: Option<&PersistentVolumeClaim>) -> Step {
    let mut step = Step::default();
    let spec = volume.spec.clone().unwrap_or_default();
    if volume.metadata.deletion_timestamp.is_some() {
        return step;
    }
    let claimed = spec.claim_ref.as_ref().filter(|reference| reference.uid.is_some());
    let lives = claimed.is_some_and(|reference| claim.is_some_and(|claim| claim.metadata.uid == reference.uid));
    let was_bound = volume.status.as_ref().and_then(|status| status.phase.as_deref()) == Some("Bound");
    let phase = match (claimed, lives) {
        (Some(_), true) => "Bound",
        // Its claim may not have reached the cache yet; only a volume that was bound is given up.
        (Some(_), false) if !was_bound => return step,
        (Some(_), false) if spec.persistent_volume_reclaim_policy.as_deref() == Some("Delete") => {
            step.push(Action::delete(volume));
            return step;
        }
        (Some(_), false) => "Released",
        (None, _) => "Available",
    };
    let status = PersistentVolumeStatus { phase: Some(phase.to_owned()), ..volume.status.clone().unwrap_or_default() };
    step.push(Action::status(volume, &volume.status, &status));
    step
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use serde_json::{Value, json};

    use super::*;
    use crate::transcript::{Cluster, object};

    fn claim(spec: Value) -> PersistentVolumeClaim {
        let metadata = json!({ "name": "data", "resourceVersion": "5" });
        object(json!({ "metadata": metadata, "spec": spec, "status": { "phase": "Pending" } }))
    }

    /// Lets both controllers look at a claim, and at the volume it names or gets, until they come to rest.
    fn settle(cluster: &mut Cluster, classes: &[&str]) -> String {
        for _ in 0..10 {
            let claim: PersistentVolumeClaim = cluster.get("data").unwrap();
            let class = classes.contains(&class_name(&claim)).then(|| {
                object::<StorageClass>(json!({ "metadata": { "name": class_name(&claim) }, "provisioner": "test" }))
            });
            let mut volumes = cluster.all::<PersistentVolume>();
            volumes.retain(|volume| volume.name_any() == volume_name(&claim));
            let volume = volumes.first().map(|volume| &**volume);
            let look = step(&Observed { claim: &claim, class: class.as_ref(), volume });
            // Every look tells of what is missing, and there is one after each change only.
            let told = look.actions.iter().all(|action| matches!(action, Action::Event(_)));
            let mut acted = cluster.carry_out(look) && !told;
            for volume in cluster.all::<PersistentVolume>() {
                acted |= cluster.carry_out(volume_step(&volume, cluster.get("data").as_ref()));
            }
            if !acted {
                break;
            }
        }
        let mut text = cluster.told();
        let phase = |phase: Option<String>| phase.unwrap_or_default();
        for volume in cluster.all::<PersistentVolume>() {
            let status = volume.status.clone().unwrap_or_default();
            text.push_str(&format!("= {} is {}\n", volume.name_any(), phase(status.phase)));
        }
        let claim: PersistentVolumeClaim = cluster.get("data").unwrap();
        text.push_str(&format!("= the claim is {}\n", phase(claim.status.and_then(|status| status.phase))));
        text
    }

    fn check(spec: Value, classes: &[&str], expected: Expect) {
        let mut cluster = Cluster::new();
        cluster.put(&claim(spec));
        expected.assert_eq(&settle(&mut cluster, classes));
    }

    #[test]
    fn a_claim_gets_a_volume_of_its_class() {
        check(
            json!({ "accessModes": ["ReadWriteOnce"] }),
            &["standard"],
            expect![[r#"
            create PersistentVolume pvc-uid-of-data
            Normal ProvisioningSucceeded: Successfully provisioned volume pvc-uid-of-data
            = pvc-uid-of-data is Bound
            = the claim is Bound
        "#]],
        );
        check(
            json!({ "storageClassName": "fast" }),
            &["standard", "fast"],
            expect![[r#"
            create PersistentVolume pvc-uid-of-data
            Normal ProvisioningSucceeded: Successfully provisioned volume pvc-uid-of-data
            = pvc-uid-of-data is Bound
            = the claim is Bound
        "#]],
        );
    }

    #[test]
    fn a_claim_waits_for_what_does_not_exist() {
        check(
            json!({ "storageClassName": "fast" }),
            &["standard"],
            expect![[r#"
                Warning ProvisioningFailed: storageclass.storage.k8s.io "fast" not found
                = the claim is Pending
            "#]],
        );
        check(
            json!({ "storageClassName": "" }),
            &["standard"],
            expect![[r#"
                Normal FailedBinding: no persistent volumes available for this claim and no storage class is set
                = the claim is Pending
            "#]],
        );
        check(
            json!({ "volumeName": "mine" }),
            &["standard"],
            expect![[r#"
                Warning FailedBinding: volume "mine" not found
                = the claim is Pending
            "#]],
        );
    }

    /// What becomes of a volume that was bound to a claim which has gone.
    fn check_orphan(policy: &str, expected: Expect) {
        let volume = object(json!({
            "metadata": { "name": "disk" },
            "spec": {
                "claimRef": { "namespace": "default", "name": "data", "uid": "uid-of-data" },
                "persistentVolumeReclaimPolicy": policy,
            },
            "status": { "phase": "Bound" },
        }));
        expected.assert_eq(&crate::transcript::printed(&volume_step(&volume, None)));
    }

    #[test]
    fn a_volume_goes_with_its_claim_or_is_released() {
        check_orphan(
            "Delete",
            expect![[r#"
            delete PersistentVolume default/disk
        "#]],
        );
        check_orphan(
            "Retain",
            expect![[r#"
            status PersistentVolume default/disk {"phase":"Released"}
        "#]],
        );
    }

    #[test]
    fn a_volume_of_another_claim_is_not_taken() {
        let mut cluster = Cluster::new();
        cluster.put(&claim(json!({ "volumeName": "disk" })));
        cluster.put::<PersistentVolume>(&object(json!({
            "metadata": { "name": "disk" },
            "spec": { "claimRef": { "namespace": "default", "name": "other", "uid": "uid-of-other" } },
        })));
        let claim = cluster.get("data").unwrap();
        let volume = cluster.get("disk");
        let look = step(&Observed { claim: &claim, class: None, volume: volume.as_ref() });
        expect![[r#"
            event Warning PersistentVolumeClaim FailedBinding: volume "disk" already bound to a different claim.
        "#]]
        .assert_eq(&crate::transcript::printed(&look));
    }
}
