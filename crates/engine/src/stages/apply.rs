//! The plan and apply stages: what to do about every object, tried as a dry run first, then done stage by stage.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use cluster::{ApplyError, Change as Applied, FieldValidation, Missing, ObjectRef};
use futures::FutureExt;
use futures::future::{BoxFuture, join_all};
use manifest::{Definition, GroupVersionKind, Manifest, ObjectId, Redacted, Value};
use plan::decide::{self, Action, Claims, Live, Options, Plan, Preview, Pruning, Reason, Step};
use plan::dependency;
use plan::diff::{Change, ChangeKind, ChangeSet};
use plan::health::Verdict;
use plan::inventory::{Entry, Inventory};
use plan::labels::{Applier, Owner};
use plan::order::StageKind;
use plan::policy::Wish;

use super::stop::{Cause, Refusal, Stop};
use super::work::Work;
use super::{contested, drift, health, prune, undeclared};
use crate::timeline::Stage;

/// How long CRDs, Namespaces and other prerequisites may take to be usable, as in Flux.
const STAGE_TIMEOUT: Duration = Duration::from_secs(60);

/// The largest object that etcd takes. A dry run does not reach etcd, so it is for us to look.
const MOST_STORED: u64 = 3 * 512 * 1024;

/// A plan whose objects the API server has accepted as a dry run, but for those whose prerequisites the plan itself
/// brings.
pub(crate) struct Checked {
    pub(crate) plan: Plan,
    /// Objects that could not be tried yet: their CRD or namespace comes first.
    deferred: BTreeSet<ObjectId>,
    live: BTreeMap<ObjectId, Live>,
    /// What was in the inventory before.
    known: BTreeSet<ObjectId>,
    /// What the plan was made with.
    options: Options,
}

impl Checked {
    /// The object as it is in the cluster, if it is there and could be read.
    pub(crate) fn live(&self, id: &ObjectId) -> Option<&Value> {
        match self.live.get(id) {
            Some(Live::Present { object }) => Some(object),
            Some(Live::Absent | Live::Unknown { .. }) | None => None,
        }
    }

    /// Whether an object was not in the inventory before.
    pub(crate) fn is_new(&self, id: &ObjectId) -> bool {
        !self.known.contains(id)
    }
}

/// Whether what is declared is what was applied last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Declared {
    /// It is: any difference is somebody else's doing.
    AsBefore,
    /// Something else is declared now, or nothing was applied.
    Anew,
}

/// Decides what happens to every object and has the API server check all of it. Every refusal is reported at once, and
/// then nothing was applied. `inventory` is what was applied before.
pub(crate) async fn check(
    work: &Work<'_>,
    manifests: Vec<Manifest>,
    inventory: &Inventory,
    declared: Declared,
) -> Result<Checked, Stop> {
    let mut options = Options {
        owner: Owner::from(&work.subject),
        unlabelled: work.ways.unlabelled,
        force: work.ways.force,
        pruning: work.ways.pruning,
        stage_kinds: Vec::new(),
        claims: Claims::default(),
    };
    let objects = manifests.len();
    let planning = Box::pin(planned(work, manifests, inventory, declared, &mut options));
    let (mut plan, mut live) = work.timeline.during(Stage::Plan, objects, planning).await?;
    let pending: Vec<&Step> = plan.pending().collect();
    let mut tried = work.timeline.during(Stage::DryRun, pending.len(), Box::pin(dry_run(work, pending))).await;
    if work.ways.validation == FieldValidation::Ignore {
        undeclared::drop_from(work, &mut plan, &mut tried).await;
    }

    // An object that carries no owner label yet is not watched; that it exists shows in the dry run's answer.
    let unknown: Vec<ObjectRef> = tried
        .iter()
        .filter(|(id, result)| matches!(live.get(*id), Some(Live::Absent)) && result.as_ref().is_ok_and(exists))
        .filter_map(|(_, result)| result.as_ref().ok().and_then(ObjectRef::of))
        .collect();
    if !unknown.is_empty() {
        live.extend(prune::read(&work.cluster, &unknown).await);
        let steps = plan.stages.into_iter().flat_map(|stage| stage.steps);
        let manifests: Vec<Manifest> = steps.map(|step| step.manifest).collect();
        options.claims = contested::claims(work, &manifests, &live, inventory).await?;
        plan = drift::leave(work, declared, decide::plan(manifests, &live, inventory, &options));
        let pending: BTreeSet<ObjectId> = plan.pending().map(|step| step.manifest.id()).collect();
        tried.retain(|id, _| pending.contains(id));
    }

    let mut previews = BTreeMap::new();
    let mut refusals = Vec::new();
    let mut deferred = BTreeSet::new();
    let brought = Brought::by(&plan);
    for step in plan.pending() {
        let id = step.manifest.id();
        match tried.remove(&id) {
            Some(Ok(object)) if stored_bytes(&object) > MOST_STORED => {
                let message = format!("it would be stored as {} bytes", stored_bytes(&object));
                refusals.push(refusal(&step.manifest, ApplyError::TooLarge { message }));
            }
            Some(Ok(object)) => {
                previews.insert(id, Preview::Applied(object));
            }
            Some(Err(ApplyError::Immutable { fields, .. })) if options.force.covers(&step.manifest.value) => {
                previews.insert(id, Preview::Immutable { fields });
            }
            Some(Err(error)) if brought.cures(&error) => {
                deferred.insert(id);
            }
            Some(Err(error)) => refusals.push(refusal(&step.manifest, error)),
            None => {}
        }
    }
    if !refusals.is_empty() {
        return Err(Stop::Refused(refusals));
    }
    let plan = decide::settle(plan, &live, &previews, &options);
    let known = inventory.entries.iter().map(|entry| entry.id.clone()).collect();
    Ok(Checked { plan, deferred, live, known, options })
}

/// What is to be done before the API server is asked, and what that was decided of.
async fn planned(
    work: &Work<'_>,
    manifests: Vec<Manifest>,
    inventory: &Inventory,
    declared: Declared,
    options: &mut Options,
) -> Result<(Plan, BTreeMap<ObjectId, Live>), Stop> {
    let live = observe(work, &manifests, inventory).await?;
    options.claims = contested::claims(work, &manifests, &live, inventory).await?;
    Ok((drift::leave(work, declared, decide::plan(manifests, &live, inventory, options)), live))
}

/// The live state of everything declared or applied before, from watches alone.
async fn observe(
    work: &Work<'_>,
    manifests: &[Manifest],
    inventory: &Inventory,
) -> Result<BTreeMap<ObjectId, Live>, Stop> {
    let declared = manifests.iter().filter_map(|manifest| ObjectRef::of(&manifest.value));
    let applied = inventory
        .entries
        .iter()
        .map(|entry| ObjectRef::new(entry.gvk(), entry.id.namespace.clone(), entry.id.name.clone()));
    // What is declared decides the version that an object is looked at in.
    let references: BTreeMap<ObjectId, ObjectRef> =
        applied.chain(declared).map(|reference| (reference.id(), reference)).collect();
    let types: BTreeSet<GroupVersionKind> = references.values().map(|reference| reference.gvk.clone()).collect();
    work.engine.tracker.ensure(work.subject.applier, &types).await?;
    let mut live: BTreeMap<ObjectId, Live> = references
        .iter()
        .map(|(id, reference)| match work.engine.tracker.live(reference) {
            Some(object) => (id.clone(), Live::Present { object }),
            None => (id.clone(), Live::Absent),
        })
        .collect();
    if work.ways.pruning == Pruning::Enabled {
        // Before what is listed and no longer declared is forgotten, it is looked whether it is really gone: no watch tells
        // of what another tool applied for us without our labels, and none yet of what was made a moment ago.
        let declared: BTreeSet<ObjectId> = manifests.iter().map(Manifest::id).collect();
        let unseen = references.iter().filter(|(id, _)| !declared.contains(id) && matches!(live[*id], Live::Absent));
        let unseen: Vec<ObjectRef> = unseen.map(|(_, reference)| reference.clone()).collect();
        live.extend(prune::read(&work.cluster, &unseen).await);
    }
    Ok(live)
}

/// How many bytes the object takes as JSON, as etcd stores custom resources.
fn stored_bytes(object: &Value) -> u64 {
    struct Counter(u64);
    impl std::io::Write for Counter {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len() as u64;
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut counter = Counter(0);
    // Neither the counter nor a JSON value can fail to be written.
    let _ = serde_json::to_writer(&mut counter, object);
    counter.0
}

/// What the API server says of dry runs.
pub(super) type Tried = BTreeMap<ObjectId, Result<Value, ApplyError>>;

pub(super) async fn dry_run(work: &Work<'_>, steps: Vec<&Step>) -> Tried {
    let values: Vec<&Value> = steps.iter().map(|step| &step.manifest.value).collect();
    let results = work.cluster.dry_run_all(&values, &work.mode()).await;
    steps.iter().map(|step| step.manifest.id()).zip(results).collect()
}

/// A dry run answers with a resource version only if the object is stored.
fn exists(answer: &Value) -> bool {
    answer["metadata"]["resourceVersion"].as_str().is_some_and(|version| !version.is_empty())
}

/// A refusal at the place of the first field it is about, or of the object.
fn refusal(manifest: &Manifest, error: ApplyError) -> Refusal {
    let place = manifest.origin.field(&pointer(error.field().unwrap_or_default()));
    let place = place.map(|place| place.to_string()).unwrap_or_default();
    let said = error.to_string();
    let masked = Some(Redacted::said(&manifest.value, &said)).filter(|masked| *masked != said);
    Refusal { object: manifest.id(), place, cause: Cause::Apply(error), masked }
}

/// The JSON pointer of a field as API servers write it: `spec.containers[0].image` is `/spec/containers/0/image`, and
/// `metadata.labels[example.com/a]` is `/metadata/labels/example.com~1a`.
fn pointer(field: &str) -> String {
    let mut pointer = String::new();
    let mut rest = field;
    while !rest.is_empty() {
        let (part, after) = match rest.strip_prefix('[') {
            Some(inner) => inner.split_once(']').unwrap_or((inner, "")),
            None => rest.split_at(rest.find(['.', '[']).unwrap_or(rest.len())),
        };
        pointer.push('/');
        pointer.push_str(&part.replace('~', "~0").replace('/', "~1"));
        rest = after.strip_prefix('.').unwrap_or(after);
    }
    pointer
}

/// The types and namespaces that a plan itself creates.
struct Brought {
    kinds: BTreeSet<(String, String)>,
    namespaces: BTreeSet<String>,
}

impl Brought {
    fn by(plan: &Plan) -> Brought {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let objects = || plan.steps().map(|step| &step.manifest.value);
        let definitions = objects().filter_map(Definition::of);
        Brought {
            kinds: definitions.map(|one| (one.group().to_owned(), one.kind().to_owned())).collect(),
            namespaces: objects()
                .filter(|object| object["kind"] == "Namespace" && object["apiVersion"] == "v1")
                .map(|namespace| text(&namespace["metadata"]["name"]))
                .collect(),
        }
    }

    /// Whether what the plan brings removes the cause of an error.
    fn cures(&self, error: &ApplyError) -> bool {
        match error.missing() {
            Some(Missing::Kind(gvk)) => self.kinds.contains(&(gvk.group.clone(), gvk.kind.clone())),
            Some(Missing::Namespace(namespace)) => self.namespaces.contains(namespace),
            None => false,
        }
    }
}

/// Changes the cluster: applies, then deletes what is no longer declared. `inventory` is left as what there is afterwards,
/// with what could not be deleted.
pub(crate) async fn write(
    work: &Work<'_>,
    checked: &Checked,
    changes: &mut ChangeSet,
    inventory: &mut Inventory,
) -> Result<(), Stop> {
    *changes = put(work, checked).await?;
    let_go(work, checked, changes, inventory).await
}

/// Applies, and deletes nothing.
pub(crate) async fn put(work: &Work<'_>, checked: &Checked) -> Result<ChangeSet, Stop> {
    let writes = checked.plan.steps().filter(|step| step.action != Action::Skip).count();
    let applied = work.timeline.during(Stage::Apply, writes, Box::pin(apply(work, checked))).await;
    contested::tell_taken(work, checked);
    applied
}

/// Deletes what is no longer declared. `inventory` is left as what there is afterwards, with what could not be deleted.
pub(crate) async fn let_go(
    work: &Work<'_>,
    checked: &Checked,
    changes: &mut ChangeSet,
    inventory: &mut Inventory,
) -> Result<(), Stop> {
    let timeline = &work.timeline;
    let prunes = &checked.plan.prune;
    let pruning = Box::pin(prune::prune(work, prunes, &checked.live, &checked.options));
    let pruned = timeline.during(Stage::Prune, prunes.len(), pruning).await;
    timeline.carried_out(&checked.plan);
    changes.changes.extend(pruned.changes.changes);
    let entries = checked.plan.steps().filter_map(|step| Entry::of(&step.manifest.value));
    *inventory = Inventory { entries: entries.chain(pruned.kept).collect() };
    let ours = checked.plan.steps().filter(|step| !matches!(step.reason, Reason::ClaimedBy { .. }));
    let declared: BTreeSet<ObjectId> = ours.map(|step| step.manifest.id()).collect();
    work.subscription.forget_unless(|object: &ObjectRef| declared.contains(&object.id()));
    if pruned.refusals.is_empty() { Ok(()) } else { Err(Stop::Prune(pruned.refusals)) }
}

/// Expects what is as declared to stay so. Nothing is sent.
pub(crate) fn expect(work: &Work<'_>, checked: &Checked) {
    for step in checked.plan.steps().filter(|step| step.action == Action::Skip) {
        skip(work, checked.live(&step.manifest.id()), &step.reason);
    }
}

/// Carries out the steps, stage by stage; the next stage begins once the objects of an early one are usable.
async fn apply(work: &Work<'_>, checked: &Checked) -> Result<ChangeSet, Stop> {
    let mut changes = ChangeSet::default();
    for (position, stage) in checked.plan.stages.iter().enumerate() {
        check_deferred(work, checked, &stage.steps).await?;
        let mut changed = Vec::new();
        for group in together(&stage.steps) {
            let writes: Vec<BoxFuture<'_, _>> =
                group.iter().map(|step| carry_out(work, checked, step).boxed()).collect();
            let results = join_all(writes).await;
            let mut refusals = Vec::new();
            for (step, result) in group.iter().zip(results) {
                match result {
                    Ok(kind) => {
                        if matches!(kind, ChangeKind::Created | ChangeKind::Configured) {
                            changed.push(&step.manifest);
                        }
                        let version = step.manifest.gvk().version;
                        changes.changes.push(Change { id: step.manifest.id(), version, kind });
                    }
                    Err(error) => refusals.push(refusal(&step.manifest, error)),
                }
            }
            if !refusals.is_empty() {
                return Err(Stop::Apply(refusals));
            }
        }
        let last = position + 1 == checked.plan.stages.len();
        if stage.kind != StageKind::Rest && !changed.is_empty() && !last {
            until_usable(work, &changed).await?;
        }
    }
    Ok(changes)
}

/// Tries what could not be tried before, now that its prerequisites are there. Reports every refusal at once.
async fn check_deferred(work: &Work<'_>, checked: &Checked, steps: &[Step]) -> Result<(), Stop> {
    let deferred = || steps.iter().filter(|step| checked.deferred.contains(&step.manifest.id()));
    let types: BTreeSet<GroupVersionKind> = deferred().map(|step| step.manifest.gvk()).collect();
    if types.is_empty() {
        return Ok(());
    }
    work.engine.tracker.ensure(work.subject.applier, &types).await?;
    let mut tried = dry_run(work, deferred().collect()).await;
    let refusals: Vec<Refusal> = deferred()
        .filter_map(|step| tried.remove(&step.manifest.id())?.err().map(|error| refusal(&step.manifest, error)))
        .collect();
    if refusals.is_empty() { Ok(()) } else { Err(Stop::Apply(refusals)) }
}

/// Neighbours of one kind, which go in parallel; kinds go in order. So do Kustomizations and HelmReleases that depend on
/// each other.
fn together(steps: &[Step]) -> impl Iterator<Item = Vec<&Step>> {
    let of_one_kind = steps.chunk_by(|a, b| a.manifest.gvk().kind == b.manifest.gvk().kind);
    of_one_kind.flat_map(|steps| {
        let gvk = steps[0].manifest.gvk();
        let applier =
            Applier::ALL.into_iter().find(|applier| applier.group() == gvk.group && applier.kind() == gvk.kind);
        match applier {
            Some(applier) => {
                let objects: Vec<&Value> = steps.iter().map(|step| &step.manifest.value).collect();
                let waves = dependency::waves(applier, &objects);
                waves.into_iter().map(|wave| wave.into_iter().map(|index| &steps[index]).collect()).collect()
            }
            None => vec![steps.iter().collect::<Vec<_>>()],
        }
    })
}

async fn carry_out(work: &Work<'_>, checked: &Checked, step: &Step) -> Result<ChangeKind, ApplyError> {
    let id = step.manifest.id();
    let mode = work.mode();
    let live = checked.live(&id);
    let applied = match step.action {
        Action::Skip => return Ok(skip(work, live, &step.reason)),
        Action::Create | Action::Apply => {
            let taken = match live {
                Some(object) if !Wish::Merge.of(&step.manifest.value) && !Wish::Merge.of(object) => {
                    work.cluster.take_over(object, work.manager()).await.map_err(ApplyError::from)?
                }
                Some(_) | None => None,
            };
            let before = taken.as_ref().or(live).and_then(|object| object["metadata"]["resourceVersion"].as_str());
            work.cluster.apply(&step.manifest.value, before, &mode).await?
        }
        Action::Recreate => work.cluster.recreate(&step.manifest.value, &mode).await?,
    };
    // Somebody changed the object since this run began, and this put it back.
    if let Some(seen) = work.engine.tracker.record(&applied.object) {
        let drift = work.subscription.take_drift(&seen.reference);
        work.subscription.expect(seen.clone(), &applied.object);
        if let Some(drift) = drift {
            drift::tell_corrected(work, &seen.reference, drift, applied.change);
        }
    }
    Ok(match applied.change {
        Applied::Created => ChangeKind::Created,
        Applied::Configured => ChangeKind::Configured,
        Applied::Unchanged => ChangeKind::Unchanged,
    })
}

/// Leaves an object as it is. If it is as declared, it is expected to stay so.
fn skip(work: &Work<'_>, live: Option<&Value>, reason: &Reason) -> ChangeKind {
    match (reason, live) {
        (Reason::Unchanged, Some(object)) => {
            if let Some(seen) = work.engine.tracker.record(object) {
                work.subscription.expect(seen, object);
            }
            ChangeKind::Unchanged
        }
        (Reason::Unchanged, None) => ChangeKind::Unchanged,
        _ => ChangeKind::Skipped,
    }
}

/// Waits until CRDs are established, namespaces active, and so on.
async fn until_usable(work: &Work<'_>, manifests: &[&Manifest]) -> Result<(), Stop> {
    let objects = manifests.iter().filter_map(|manifest| ObjectRef::of(&manifest.value)).collect();
    match health::until_settled(work, objects, STAGE_TIMEOUT).await {
        Verdict::Healthy => Ok(()),
        Verdict::Waiting { on: objects } | Verdict::Failed { because: objects } => Err(Stop::Stage(objects)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_become_pointers() {
        for (field, expected) in [
            ("", ""),
            ("spec", "/spec"),
            ("spec.replicas", "/spec/replicas"),
            ("spec.containers[0].image", "/spec/containers/0/image"),
            ("spec.rules[1][2]", "/spec/rules/1/2"),
            ("metadata.labels[example.com/a].x", "/metadata/labels/example.com~1a/x"),
            ("spec.broken[", "/spec/broken/"),
        ] {
            assert_eq!(pointer(field), expected, "{field}");
        }
    }
}
