//! Who is about to apply what a Kustomization lets go of.
//!
//! One commit can move objects from one Kustomization to another. Which of the two comes to it first is chance, or a matter
//! of `dependsOn`; and what the one has deleted, the other one makes anew, with an outage between. So before anything is
//! deleted, what the others of the same source declare is rendered, also those that do not exist yet.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cluster::{ClusterError, EventType, ObjectRef};
use kinds::flux::Kustomization;
use manifest::{GroupVersionKind, Manifest, ObjectId, Value};
use plan::decide::{Plan, PruneAction};
use plan::labels::{Applier, Owner};
use plan::policy::Wish;
use source::Artifact;

use super::halt::Halt;
use super::memory::Memory;
use super::{Decryption, PINNED_REVISION, build, gate, variables};
use crate::Key;
use crate::artifacts::SourceKey;
use crate::blocking;
use crate::claims;
use crate::directory::Kind;
use crate::engine::Engine;
use crate::key::Subject;
use crate::mailbox::{Mailbox, Trigger};
use crate::pipeline::Run;
use crate::stages::stop::Stop;

/// Keeps what a plan would delete and another Kustomization is about to apply. The Kustomization looks again whenever that
/// one changes, and lets go of the objects once they are its own.
pub(crate) async fn spare(run: &Run<'_>, plan: &mut Plan, memory: &mut Memory) -> Result<(), Untold> {
    let deleted = plan.prune.iter().filter(|step| step.action == PruneAction::Delete);
    let leaving = Leaving {
        engine: run.work.engine,
        kustomization: run.kustomization,
        mailbox: run.work.mailbox,
        objects: deleted.map(|step| step.id.clone()).collect(),
    };
    let declared = plan.steps().map(|step| &step.manifest.value);
    let successors = leaving.successors(declared.filter(|object| is_kustomization(object)).cloned().collect()).await?;
    plan.spare(&successors);
    for (id, owner) in successors.iter().filter(|(id, owner)| memory.moving.get(*id) != Some(*owner)) {
        let message = format!("{id} is kept until the {} {owner} applies it", owner.applier.kind());
        run.work.event(EventType::Normal, "Progressing", &message);
    }
    memory.moving = successors;
    Ok(())
}

/// The API server does not tell what the variables and keys of a Kustomization are, and with that what it declares.
#[derive(Debug, thiserror::Error)]
#[error(
    "nothing is deleted, because it is not known whether the Kustomization {kustomization} declares it now: {error}"
)]
pub(crate) struct Untold {
    kustomization: Key,
    error: ClusterError,
}

impl From<Untold> for Halt {
    fn from(untold: Untold) -> Halt {
        Halt::Stopped(Stop::over(&untold.error, untold.to_string()))
    }
}

/// Objects that a Kustomization is about to let go of.
pub(crate) struct Leaving<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) kustomization: &'a Kustomization,
    pub(crate) mailbox: &'a Mailbox,
    pub(crate) objects: BTreeSet<ObjectId>,
}

impl Leaving<'_> {
    /// The other Kustomizations of the same source and cluster that declare some of the objects and have not come to them
    /// yet, by object. `declared` are those that this one declares itself. One that cannot be rendered declares nothing.
    /// From here on the Kustomization hears of those that are returned.
    ///
    /// # Errors
    /// What somebody declares cannot be known now.
    pub(crate) async fn successors(&self, declared: Vec<Value>) -> Result<BTreeMap<ObjectId, Owner>, Untold> {
        let source = gate::source_key(self.kustomization);
        let Some(held) = self.engine.artifacts.get(&source).filter(|_| !self.objects.is_empty()) else {
            return Ok(BTreeMap::new());
        };
        let Some(own) = self.engine.directory.kustomization(&self.key()) else { return Ok(BTreeMap::new()) };
        let artifact = held.artifact;
        let mut candidates: Vec<Value> = declared.into_iter().filter(|one| self.is_coming(one)).collect();
        candidates.extend(self.behind(&source, &artifact.revision));
        let mut seen = BTreeSet::new();
        let mut found = BTreeMap::new();
        while let Some(candidate) = candidates.pop() {
            let Ok(other) = Kustomization::read(&candidate) else { continue };
            if gate::source_key(&other) != source || !claims::share_cluster(&own, &candidate) {
                continue;
            }
            let (namespace, name) = (&other.metadata.namespace, &other.metadata.name);
            if !seen.insert((namespace.clone(), name.clone(), candidate["spec"].to_string())) {
                continue;
            }
            let Some(declares) = self.declares(&source, &candidate, &other, &artifact).await? else { continue };
            let owner = Owner::new(Applier::Kustomization, namespace, name);
            for id in self.objects.intersection(&declares.objects) {
                found.entry(id.clone()).or_insert_with(|| owner.clone());
            }
            if found.len() == self.objects.len() {
                break;
            }
            candidates.extend(declares.kustomizations.iter().filter(|one| self.is_coming(one)).cloned());
        }
        self.listen(&found);
        Ok(found)
    }

    fn key(&self) -> Key {
        Key::of(&self.kustomization.metadata)
    }

    /// The Kustomizations of the source that have not come to its revision yet.
    fn behind(&self, source: &SourceKey, revision: &str) -> Vec<Value> {
        let users = self.engine.directory.users_of(source).into_iter();
        let others = users.filter(|(kind, key)| *kind == Kind::Kustomization && *key != self.key());
        let others = others.filter_map(|(_, key)| self.engine.directory.kustomization(&key));
        others.filter(|other| is_behind(other, revision)).collect()
    }

    /// Whether a declared Kustomization is yet to be applied as it is declared.
    fn is_coming(&self, declared: &Value) -> bool {
        let (Ok(declared_as), Some(reference)) = (Kustomization::read(declared), ObjectRef::of(declared)) else {
            return false;
        };
        let key = Key::new(&*reference.namespace, &*reference.name);
        let is_left = |wish: Wish| wish.of(declared);
        if key == self.key() || is_left(Wish::Ignore) || is_left(Wish::ReconcileDisabled) {
            return false;
        }
        match self.engine.directory.kustomization(&key) {
            None => true,
            Some(existing) => {
                let differs = |existing: Kustomization| existing.spec != declared_as.spec;
                !is_left(Wish::IfNotPresent) && Kustomization::read(&existing).is_ok_and(differs)
            }
        }
    }

    /// What another Kustomization declares, unless it cannot be rendered.
    async fn declares(
        &self,
        source: &SourceKey,
        object: &Value,
        other: &Kustomization,
        artifact: &Artifact,
    ) -> Result<Option<Arc<Declares>>, Untold> {
        let untold = |error| Untold { kustomization: Key::of(&other.metadata), error };
        let read = variables::read(&self.engine.cluster, other).await.map_err(untold)?;
        let Some((variables, decryption)) = read else { return Ok(None) };
        let input = digest(object, artifact, &variables, &decryption);
        if let Some(known) = self.engine.foreseen.get(source, &artifact.digest, &input) {
            return Ok(known);
        }
        let building = self.engine.build_permit().await;
        let rendered = blocking::compute(|| build::render(other, &artifact.tree, &variables, &decryption));
        drop(building);
        let declares = rendered.ok().map(|manifests| Arc::new(Declares::of(&manifests)));
        self.engine.foreseen.put(source, &artifact.digest, input, declares.clone());
        Ok(declares)
    }

    /// Hears of those who are about to apply objects. One that lists its objects by now is a reason to look again at once.
    fn listen(&self, successors: &BTreeMap<ObjectId, Owner>) {
        let subject = Subject { applier: Applier::Kustomization, key: self.key() };
        let directory = &self.engine.directory;
        directory.leave_to_also(&subject.key, successors.values().map(Key::from));
        if successors.iter().any(|(id, owner)| directory.rivals(&subject, id).contains(&Key::from(owner))) {
            self.mailbox.leave(Trigger::HolderChanged);
        }
    }
}

/// Whether a Kustomization has not come to a revision yet, and will.
fn is_behind(kustomization: &Value, revision: &str) -> bool {
    let (metadata, status) = (&kustomization["metadata"], &kustomization["status"]);
    let stays = metadata["deletionTimestamp"].is_string() || metadata["annotations"][PINNED_REVISION].is_string();
    let is_there = status["lastAppliedRevision"] == revision && status["observedGeneration"] == metadata["generation"];
    !stays && !is_there
}

fn is_kustomization(object: &Value) -> bool {
    GroupVersionKind::of(object).and_then(|gvk| Kind::of(&gvk)) == Some(Kind::Kustomization)
}

/// What a Kustomization declares at a revision.
#[derive(Debug)]
struct Declares {
    objects: BTreeSet<ObjectId>,
    /// The Kustomizations among them.
    kustomizations: Vec<Value>,
}

impl Declares {
    fn of(manifests: &[Manifest]) -> Declares {
        let values = manifests.iter().map(|manifest| &manifest.value);
        Declares {
            objects: manifests.iter().map(Manifest::id).collect(),
            kustomizations: values.filter(|value| is_kustomization(value)).cloned().collect(),
        }
    }
}

/// Digest of everything that decides what a Kustomization declares.
fn digest(
    object: &Value,
    artifact: &Artifact,
    variables: &BTreeMap<String, String>,
    decryption: &Decryption,
) -> [u8; 32] {
    let metadata = &object["metadata"];
    let declared = [&metadata["namespace"], &metadata["name"], &object["spec"]].map(Value::to_string);
    build::digest_of(decryption, variables, declared.iter().chain([&artifact.digest]).map(String::as_str))
}

/// What was rendered ahead, of the newest artifact of every source: many may ask for the same.
#[derive(Clone, Default)]
pub(crate) struct Foreseen(Arc<Mutex<BTreeMap<SourceKey, OfArtifact>>>);

#[derive(Default)]
struct OfArtifact {
    digest: String,
    declares: BTreeMap<[u8; 32], Option<Arc<Declares>>>,
}

impl Foreseen {
    fn get(&self, source: &SourceKey, artifact: &str, input: &[u8; 32]) -> Option<Option<Arc<Declares>>> {
        let foreseen = self.lock();
        foreseen.get(source).filter(|of| of.digest == artifact)?.declares.get(input).cloned()
    }

    fn put(&self, source: &SourceKey, artifact: &str, input: [u8; 32], declares: Option<Arc<Declares>>) {
        let mut foreseen = self.lock();
        let of = foreseen.entry(source.clone()).or_default();
        if of.digest != artifact {
            *of = OfArtifact { digest: artifact.to_owned(), ..OfArtifact::default() };
        }
        of.declares.insert(input, declares);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<SourceKey, OfArtifact>> {
        // Every change leaves the map whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
