//! Helm's release Secrets: read where they are needed, written in Helm's states, and followed by one watch.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::Duration;

use cluster::{Cluster, ClusterError, Event, ObjectRef, Propagation, Scope, Selector};
use manifest::{GroupVersionKind, Value};
use plan::labels::Applier;
use plan::release::{Status, Stored as StoredRevision, surplus};
use render::helm::storage::{Release, Written, object_name, read_object, secret};
use serde_json::json;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::halt::Halt;
use super::stored::revision;
use crate::clock;
use crate::mailbox::{Mailbox, Trigger};
use crate::stages::stop::Stop;
use crate::tracker::resource_version;

/// How long a run waits for the first list of release Secrets; the watch goes on trying meanwhile.
const LIST_TIMEOUT: Duration = Duration::from_secs(30);

/// The label selector of Helm's Secrets.
const OWNED_BY_HELM: &str = "owner=helm";

/// What is known of all stored releases. Clones share it. Contents are not kept: they are large and rarely needed.
#[derive(Clone)]
pub(crate) struct Releases {
    cluster: Cluster,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    watch: OnceLock<Following>,
}

#[derive(Default)]
struct State {
    stored: BTreeMap<Place, Revisions>,
    readers: BTreeMap<Place, Mailbox>,
}

/// The watch of release Secrets, and whether its first list has arrived.
struct Following {
    listed: watch::Receiver<bool>,
    task: JoinHandle<()>,
}

impl Drop for Following {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Storage namespace and name of a release.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) namespace: String,
    pub(crate) name: String,
}

/// The revisions of one release that are stored.
pub(crate) type Revisions = BTreeMap<u32, Stored>;

/// What is known of one stored revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stored {
    /// Its status in Helm's words.
    pub(crate) status: Box<str>,
    resource_version: u64,
}

impl Releases {
    pub(crate) fn new(cluster: Cluster) -> Releases {
        Releases { cluster, shared: Arc::default() }
    }

    /// Opens the storage of one release, with requests made through `cluster`. `mailbox` hears of revisions that others
    /// write from here on.
    pub(crate) async fn open(
        &self,
        place: Place,
        cluster: &Cluster,
        mailbox: &Mailbox,
    ) -> Result<Storage, ClusterError> {
        let following = self.shared.watch.get_or_init(|| {
            let (sender, listed) = watch::channel(false);
            let task = tokio::spawn(follow(self.cluster.clone(), Arc::downgrade(&self.shared), sender));
            Following { listed, task }
        });
        let mut listed = following.listed.clone();
        if tokio::time::timeout(LIST_TIMEOUT, listed.wait_for(|listed| *listed)).await.is_err() {
            let message = format!(
                "Helm's release Secrets were not listed within {LIST_TIMEOUT:?}; look whether listing and watching \
                 Secrets is allowed"
            );
            return Err(ClusterError::Unreachable { message });
        }
        self.shared.lock().readers.insert(place.clone(), mailbox.clone());
        Ok(Storage { releases: self.clone(), cluster: cluster.clone(), place, written: BTreeMap::new(), held: None })
    }

    /// Which revisions of a release are stored now, as far as was heard.
    pub(crate) fn revisions(&self, place: &Place) -> Revisions {
        self.shared.lock().stored.get(place).cloned().unwrap_or_default()
    }

    /// Whether somebody is at a release: its newest revision is being made or uninstalled.
    pub(crate) fn is_being_changed(&self, place: &Place) -> bool {
        let newest = self.revisions(place).into_values().next_back();
        newest.is_some_and(|newest| {
            let status = Status::of(&newest.status);
            status.is_pending() || status == Status::Uninstalling
        })
    }

    /// Ends all hearing by `mailbox`.
    pub(crate) fn forget(&self, mailbox: &Mailbox) {
        self.shared.lock().readers.retain(|_, reader| !reader.is(mailbox));
    }
}

async fn follow(cluster: Cluster, shared: Weak<Shared>, listed: watch::Sender<bool>) {
    let secrets = GroupVersionKind::from_api_version("v1", "Secret");
    let mut events = cluster.watch(&secrets, Scope::Cluster, Selector::labels(OWNED_BY_HELM));
    loop {
        let event = events.next().await;
        let Some(shared) = shared.upgrade() else { return };
        match event {
            Event::Applied(object) => shared.saw(&object),
            Event::Deleted(object) => shared.missed(&object),
            Event::Restarted(objects) => {
                shared.restart(&objects);
                listed.send_replace(true);
            }
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Every change below leaves the maps whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn saw(&self, object: &Value) {
        let Some((place, version, stored)) = identify(object) else { return };
        let mut state = self.lock();
        if state.note(&place, version, stored) {
            state.tell(&place);
        }
    }

    fn missed(&self, object: &Value) {
        let Some((place, version, stored)) = identify(object) else { return };
        let mut state = self.lock();
        let revisions = state.stored.entry(place.clone()).or_default();
        if revisions.get(&version).is_some_and(|known| known.resource_version <= stored.resource_version) {
            revisions.remove(&version);
            state.tell(&place);
        }
        state.stored.retain(|_, revisions| !revisions.is_empty());
    }

    fn restart(&self, objects: &[Value]) {
        let mut state = self.lock();
        let before = std::mem::take(&mut state.stored);
        for (place, version, stored) in objects.iter().filter_map(identify) {
            state.stored.entry(place).or_default().insert(version, stored);
        }
        let changed: Vec<Place> =
            state.readers.keys().filter(|place| before.get(place) != state.stored.get(place)).cloned().collect();
        changed.iter().for_each(|place| state.tell(place));
    }
}

impl State {
    /// Notes a revision, and says whether that is news.
    fn note(&mut self, place: &Place, version: u32, stored: Stored) -> bool {
        let revisions = self.stored.entry(place.clone()).or_default();
        if revisions.get(&version).is_some_and(|known| known.resource_version >= stored.resource_version) {
            return false;
        }
        revisions.insert(version, stored);
        true
    }

    fn tell(&self, place: &Place) {
        if let Some(mailbox) = self.readers.get(place) {
            mailbox.leave(Trigger::StorageChanged);
        }
    }
}

/// Which revision of which release a Secret holds.
fn identify(object: &Value) -> Option<(Place, u32, Stored)> {
    let metadata = &object["metadata"];
    let label = |key: &str| metadata["labels"][key].as_str();
    let place = Place { namespace: metadata["namespace"].as_str()?.to_owned(), name: label("name")?.to_owned() };
    let version = label("version")?.parse().ok()?;
    let stored =
        Stored { status: label("status").unwrap_or_default().into(), resource_version: resource_version(object) };
    Some((place, version, stored))
}

/// The stored revisions of one release.
pub(crate) struct Storage {
    releases: Releases,
    cluster: Cluster,
    place: Place,
    /// What was written since it was asked for last.
    written: BTreeMap<u32, StoredRevision>,
    /// The revision that was read or written last, as it is stored at a resource version.
    held: Option<(u64, Arc<Release>)>,
}

impl Storage {
    pub(crate) fn place(&self) -> &Place {
        &self.place
    }

    /// Which revisions there are.
    pub(crate) fn revisions(&self) -> Revisions {
        self.releases.revisions(&self.place)
    }

    /// The newest revision.
    pub(crate) async fn last(&mut self) -> Result<Option<Arc<Release>>, Halt> {
        for version in self.revisions().into_keys().rev() {
            if let Some(release) = self.read(version).await? {
                return Ok(Some(release));
            }
        }
        Ok(None)
    }

    /// One revision; none if it is not there.
    pub(crate) async fn read(&mut self, version: u32) -> Result<Option<Arc<Release>>, Halt> {
        let stored = self.revisions().get(&version).map(|stored| stored.resource_version);
        if let Some((at, held)) = &self.held
            && held.version == version
            && Some(*at) == stored
        {
            return Ok(Some(held.clone()));
        }
        let Some(object) = self.cluster.get(&self.reference(version)).await? else { return Ok(None) };
        let release = Arc::new(read_object(&object).map_err(|error| Halt::Storage(error.to_string()))?);
        self.held = Some((resource_version(&object), release.clone()));
        Ok(Some(release))
    }

    /// Stores a new revision.
    pub(crate) async fn create(&mut self, release: &Release) -> Result<(), Halt> {
        let object = self.object(release, Written::Created(clock::timestamp().as_second()))?;
        let stored = match self.cluster.create(&object, Applier::HelmRelease.manager()).await {
            Ok(stored) => stored,
            Err(error) => self.created(release, &object, error).await?,
        };
        self.note(release, &stored)
    }

    /// The revision as it is stored although that seemed to fail: the answer may have been lost. One that somebody else
    /// stored meanwhile is known of in the next run.
    async fn created(&self, release: &Release, object: &Value, error: ClusterError) -> Result<Value, Halt> {
        let is_open = matches!(error, ClusterError::AlreadyExists { .. }) || error.is_retryable();
        if !is_open {
            return Err(error.into());
        }
        match self.cluster.get(&self.reference(release.version)).await? {
            Some(found) if found["data"] == object["data"] => Ok(found),
            Some(_) | None => Err(Halt::Stopped(Stop::Interrupted(error.to_string()))),
        }
    }

    /// Stores a revision in the place of what was stored of it.
    pub(crate) async fn update(&mut self, release: &Release) -> Result<(), Halt> {
        let mut object = self.object(release, Written::Modified(clock::timestamp().as_second()))?;
        // Helm replaces the whole object, and with it the time of creation.
        object["metadata"]["labels"]["createdAt"] = Value::Null;
        let patch = json!({"metadata": {"labels": object["metadata"]["labels"]}, "data": object["data"]});
        let reference = self.reference(release.version);
        let stored = self.cluster.merge_patch(&reference, Applier::HelmRelease.manager(), &patch).await?;
        self.note(release, &stored)
    }

    /// Stores what came of a revision, whether it was stored before or not.
    pub(crate) async fn settle(&mut self, release: &Release) -> Result<(), Halt> {
        if self.revisions().contains_key(&release.version) {
            self.update(release).await
        } else {
            self.create(release).await
        }
    }

    /// Marks a revision as followed by another one.
    pub(crate) async fn supersede(&mut self, release: &Release) -> Result<(), Halt> {
        let mut release = release.clone();
        "superseded".clone_into(&mut release.info.status);
        self.update(&release).await
    }

    /// Forgets every revision.
    pub(crate) async fn purge(&self) -> Result<(), Halt> {
        for version in self.revisions().into_keys() {
            self.remove(version).await?;
        }
        Ok(())
    }

    /// The revisions that are deployed.
    pub(crate) fn deployed(&self) -> Vec<u32> {
        let revisions = self.revisions().into_iter();
        revisions.filter(|(_, stored)| &*stored.status == "deployed").map(|(version, _)| version).collect()
    }

    /// What was written since [`Storage::forget_written`].
    pub(crate) fn take_written(&mut self) -> Vec<StoredRevision> {
        std::mem::take(&mut self.written).into_values().collect()
    }

    /// From here on, what is written is told by [`Storage::take_written`].
    pub(crate) fn forget_written(&mut self) {
        self.written.clear();
    }

    /// Forgets a revision.
    pub(crate) async fn remove(&self, version: u32) -> Result<(), ClusterError> {
        self.cluster.delete(&self.reference(version), Propagation::Background, None).await?;
        let mut state = self.releases.shared.lock();
        if let Some(revisions) = state.stored.get_mut(&self.place) {
            revisions.remove(&version);
        }
        Ok(())
    }

    /// Makes room for one more revision.
    pub(crate) async fn make_room(&self, most: Option<u32>) -> Result<(), ClusterError> {
        let stored = self.revisions();
        let kept: Vec<(u32, Status)> =
            stored.iter().map(|(version, stored)| (*version, Status::of(&stored.status))).collect();
        for version in surplus(&kept, most) {
            self.remove(version).await?;
        }
        Ok(())
    }

    fn object(&self, release: &Release, written: Written) -> Result<Value, Halt> {
        secret(release, &self.place.namespace, written).map_err(|error| Halt::Storage(error.to_string()))
    }

    /// Takes in our own write ahead of its watch event, so that nobody is woken by it.
    fn note(&mut self, release: &Release, object: &Value) -> Result<(), Halt> {
        if let Some((place, version, stored)) = identify(object) {
            self.releases.shared.lock().note(&place, version, stored);
        }
        self.written.insert(release.version, revision(release)?);
        self.held = Some((resource_version(object), Arc::new(release.clone())));
        Ok(())
    }

    fn reference(&self, version: u32) -> ObjectRef {
        let secrets = GroupVersionKind::from_api_version("v1", "Secret");
        ObjectRef::new(secrets, &self.place.namespace, object_name(&self.place.name, version))
    }
}
