//! Objects that several Kustomizations declare.
//!
//! The one that applied an object last holds it: its labels say so, and its inventory. Another one that had the object
//! before leaves it alone, is not Ready, and says why; it takes the object once the holder lets go. Whoever declares such
//! an object anew takes it, once. So nobody takes turns, whatever restarts. Of two of which one waits for the other by
//! `dependsOn`, the one that is waited for holds it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use cluster::{EventType, ObjectRef};
use manifest::{Manifest, ObjectId, Value};
use plan::decide::{Action, Claims, Live, Reason};
use plan::inventory::Inventory;
use plan::labels::{Applier, Owner};

use super::apply::Checked;
use super::work::Work;
use crate::Key;
use crate::directory::Kind;
use crate::engine::Engine;
use crate::key::Subject;

/// The reason of conditions and events.
pub(crate) const REASON: &str = "OwnershipConflict";

/// How many objects a message names.
const NAMED: usize = 10;

/// An object that was left to another Kustomization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contested {
    /// Which object.
    pub object: ObjectRef,
    /// Who applied it last.
    pub holder: Owner,
}

/// `ConfigMap/prod/settings (Kustomization apps/web)`.
impl fmt::Display for Contested {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} {})", self.object.id(), self.holder.applier.kind(), self.holder)
    }
}

/// What other inventories say of the objects that are declared, and of those that were. From here on the Kustomization
/// hears of those who hold some of its objects.
pub(crate) fn claims(
    work: &Work<'_>,
    manifests: &[Manifest],
    live: &BTreeMap<ObjectId, Live>,
    inventory: &Inventory,
) -> Claims {
    if work.subject.applier != Applier::Kustomization {
        return Claims::default();
    }
    let declared: BTreeSet<ObjectId> = manifests.iter().map(Manifest::id).collect();
    let held = || -> BTreeMap<ObjectId, Owner> {
        let listed = inventory.entries.iter().filter(|entry| declared.contains(&entry.id));
        listed
            .filter_map(|entry| Some((entry.id.clone(), holder(work, &entry.id, object(live, &entry.id)?)?)))
            .collect()
    };
    let left_to = |held: &BTreeMap<ObjectId, Owner>| held.values().map(Key::from).collect::<BTreeSet<Key>>();
    let mut found = held();
    let before = left_to(&found);
    work.engine.directory.leave_to(&work.subject.key, before.clone());
    if !before.is_empty() {
        // What changed before they were listened to is seen now.
        found = held();
    }
    let stale = inventory.entries.iter().map(|entry| &entry.id).filter(|id| !declared.contains(id));
    Claims { held: found, heirs: heirs(work.engine, &work.subject, stale) }
}

fn object<'l>(live: &'l BTreeMap<ObjectId, Live>, id: &ObjectId) -> Option<&'l Value> {
    match live.get(id)? {
        Live::Present { object } => Some(object),
        Live::Absent | Live::Unknown { .. } => None,
    }
}

/// Who gets objects that a Kustomization lets go of: another one that lists them.
pub(crate) fn heirs<'i>(
    engine: &Engine,
    subject: &Subject,
    objects: impl IntoIterator<Item = &'i ObjectId>,
) -> BTreeMap<ObjectId, Owner> {
    let heir = |id: &ObjectId| engine.directory.rivals(subject, id).into_iter().next();
    let owned = |key: Key| Owner::new(Applier::Kustomization, &*key.namespace, &*key.name);
    objects.into_iter().filter_map(|id| Some((id.clone(), owned(heir(id)?)))).collect()
}

/// The other Kustomization that holds a live object, if one does. One that waits for this one holds nothing against it:
/// neither would ever be ready.
fn holder(work: &Work<'_>, id: &ObjectId, live: &Value) -> Option<Owner> {
    let owner = Owner::of(live)?;
    let (directory, subject) = (&work.engine.directory, &work.subject);
    let is_other = owner.applier == Applier::Kustomization && owner != Owner::from(subject);
    let key = Key::from(&owner);
    let holds = is_other
        && directory.rivals(subject, id).contains(&key)
        && !directory.waits_for(Kind::Kustomization, &key, &subject.key);
    holds.then_some(owner)
}

/// The other Kustomization that holds an object by now, if one does.
pub(crate) fn taken_by(work: &Work<'_>, object: &ObjectRef) -> Option<Owner> {
    if work.subject.applier != Applier::Kustomization {
        return None;
    }
    holder(work, &object.id(), &work.engine.tracker.live(object)?)
}

/// The objects that a plan leaves to others.
pub(crate) fn left(checked: &Checked) -> Vec<Contested> {
    let left = checked.plan.steps().filter_map(|step| match &step.reason {
        Reason::ClaimedBy { owner } => {
            Some(Contested { object: ObjectRef::of(&step.manifest.value)?, holder: owner.clone() })
        }
        _ => None,
    });
    left.collect()
}

/// Says once whose objects were applied that this Kustomization did not have before.
pub(crate) fn tell_taken(work: &Work<'_>, checked: &Checked) {
    let mut taken: BTreeMap<Owner, Vec<String>> = BTreeMap::new();
    let applied = checked.plan.steps().filter(|step| step.action != Action::Skip);
    for id in applied.map(|step| step.manifest.id()).filter(|id| checked.is_new(id)) {
        let rivals = heirs(work.engine, &work.subject, [&id]).into_values();
        let released = checked.live(&id).and_then(|live| release(work, live));
        rivals.chain(released).for_each(|owner| taken.entry(owner).or_default().push(id.to_string()));
    }
    for (owner, objects) in taken {
        let message = format!(
            "these objects belong to the {} {owner}, too; from here on they are as declared here, and one of the two should \
             no longer declare them: {}",
            owner.applier.kind(),
            named(&objects)
        );
        work.event(EventType::Warning, REASON, &message);
    }
}

/// The HelmRelease whose labels an object carries, if there is one.
fn release(work: &Work<'_>, live: &Value) -> Option<Owner> {
    let labels = &live["metadata"]["labels"];
    let label = |key: &str| labels[key].as_str();
    let applier = Applier::HelmRelease;
    let owner = Owner::new(applier, label(applier.namespace_label())?, label(applier.name_label())?);
    work.engine.directory.contains(Kind::HelmRelease, &Key::from(&owner)).then_some(owner)
}

/// `a, b and 3 more`.
pub(crate) fn named(objects: &[String]) -> String {
    let first = objects.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    match objects.len().saturating_sub(NAMED) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}
