//! Objects that several Kustomizations declare.
//!
//! The one that applied an object last holds it: its labels say so, and its inventory. Another one that had the object
//! before leaves it alone, is not Ready, and says why; it takes the object once the holder lets go. Whoever declares such
//! an object anew takes it, once. So nobody takes turns, whatever restarts. Of two of which one waits for the other by
//! `dependsOn`, the one that is waited for holds it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use cluster::{ClusterError, EventType, ObjectRef, Scope, Selector};
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
pub(crate) async fn claims(
    work: &Work<'_>,
    manifests: &[Manifest],
    live: &BTreeMap<ObjectId, Live>,
    inventory: &Inventory,
) -> Result<Claims, ClusterError> {
    if work.subject.applier != Applier::Kustomization {
        return Ok(Claims::default());
    }
    let declared: BTreeSet<ObjectId> = manifests.iter().map(Manifest::id).collect();
    let (kept, stale): (Vec<&ObjectId>, Vec<&ObjectId>) =
        inventory.entries.iter().map(|entry| &entry.id).partition(|id| declared.contains(*id));
    let labelled = |id: &&ObjectId| Some(((*id).clone(), labelled(work, object(live, id)?)?));
    let labelled: BTreeMap<ObjectId, Owner> = kept.iter().filter_map(labelled).collect();
    let leave_to = |owners: &BTreeMap<ObjectId, Owner>| {
        work.engine.directory.leave_to(&work.subject.key, owners.values().map(Key::from).collect());
    };
    // They are listened to before they are looked at, so that no change is missed.
    leave_to(&labelled);
    let held = holders(work, labelled).await?;
    leave_to(&held);
    Ok(Claims { held, heirs: heirs(work.engine, &work.subject, stale) })
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

/// The other Kustomization whose labels a live object carries, if a Kustomization asks.
fn labelled(work: &Work<'_>, live: &Value) -> Option<Owner> {
    let (us, owner) = (Owner::from(&work.subject), Owner::of(live)?);
    let are_kustomizations = us.applier == Applier::Kustomization && owner.applier == Applier::Kustomization;
    (are_kustomizations && owner != us).then_some(owner)
}

/// Whether another Kustomization is known to list an object.
fn is_known_to_list(work: &Work<'_>, owner: &Owner, id: &ObjectId) -> bool {
    work.engine.directory.rivals(&work.subject, id).contains(&Key::from(owner))
}

/// Whether another Kustomization waits for this one. Then it holds nothing against it: neither would ever be ready.
fn waits_for_us(work: &Work<'_>, owner: &Owner) -> bool {
    work.engine.directory.waits_for(Kind::Kustomization, &Key::from(owner), &work.subject.key)
}

/// Of those whose labels objects carry, those who hold them: who lists an object holds it.
///
/// Labels and inventories come by watches of their own, and neither waits for the other. Where an inventory does not list
/// what carries the labels of its Kustomization, the Kustomization is read anew: another engine wrote its inventory before
/// it applied the object.
async fn holders(
    work: &Work<'_>,
    labelled: BTreeMap<ObjectId, Owner>,
) -> Result<BTreeMap<ObjectId, Owner>, ClusterError> {
    let directory = &work.engine.directory;
    let mut read: BTreeMap<Owner, Option<Value>> = BTreeMap::new();
    let mut held = BTreeMap::new();
    for (id, owner) in labelled {
        if waits_for_us(work, &owner) {
            continue;
        }
        let lists = is_known_to_list(work, &owner, &id) || {
            if !read.contains_key(&owner) {
                read.insert(owner.clone(), newest(work.engine, &owner).await?);
            }
            read[&owner].as_ref().is_some_and(|found| directory.is_rival(&work.subject, &id, found))
        };
        if lists {
            held.insert(id, owner);
        }
    }
    Ok(held)
}

/// A Kustomization as it is now, of those that are looked at at all. It is asked for anew: another engine may look after it.
pub(crate) async fn newest(engine: &Engine, owner: &Owner) -> Result<Option<Value>, ClusterError> {
    let (home, watched) = (&engine.cluster, &engine.watched);
    let is_watched = match &watched.scope {
        Scope::Cluster => true,
        Scope::Namespace(namespace) => *namespace == owner.namespace,
    };
    if !is_watched || owner.namespace.is_empty() {
        return Ok(None);
    }
    let kind = home.preferred(owner.applier.group(), owner.applier.kind()).await?;
    let selector = Selector { fields: format!("metadata.name={}", owner.name), ..watched.selector() };
    Ok(home.list(&kind.gvk, &Scope::Namespace(owner.namespace.clone()), &selector).await?.pop())
}

/// The other Kustomization that is known to hold an object by now, if one does.
pub(crate) fn taken_by(work: &Work<'_>, object: &ObjectRef) -> Option<Owner> {
    let owner = labelled(work, &work.engine.tracker.live(object)?)?;
    (is_known_to_list(work, &owner, &object.id()) && !waits_for_us(work, &owner)).then_some(owner)
}

/// Whether another Kustomization holds an object by now.
pub(crate) async fn is_taken(work: &Work<'_>, object: &ObjectRef) -> Result<bool, ClusterError> {
    let live = work.engine.tracker.live(object);
    let Some(owner) = live.and_then(|live| labelled(work, &live)) else { return Ok(false) };
    Ok(!holders(work, BTreeMap::from([(object.id(), owner)])).await?.is_empty())
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
