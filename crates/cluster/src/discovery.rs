//! Which types an API server serves, and where.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use manifest::{Definition, GroupVersionKind, Value};
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep};

use crate::request::Call;
use crate::{Cluster, ClusterError};

/// Whether objects of a type live in namespaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// They do.
    Namespaced,
    /// They belong to the whole cluster.
    Cluster,
}

/// One type an API server serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKind {
    /// Group, version and kind.
    pub gvk: GroupVersionKind,
    /// Its name in paths, such as `deployments`.
    pub plural: String,
    /// What people may write for it, such as `deploy`.
    pub short_names: Vec<String>,
    /// Where its objects live.
    pub scope: Scope,
    /// What can be done with it, such as `get`, `watch`, `patch`.
    pub verbs: Vec<String>,
}

/// All types served at one time, preferred versions first.
#[derive(Default)]
struct Catalogue {
    kinds: Vec<ApiKind>,
    by_gvk: HashMap<GroupVersionKind, usize>,
}

impl Catalogue {
    fn of(kinds: Vec<ApiKind>) -> Catalogue {
        let by_gvk = kinds.iter().enumerate().map(|(index, kind)| (kind.gvk.clone(), index)).collect();
        Catalogue { kinds, by_gvk }
    }

    fn kind(&self, gvk: &GroupVersionKind) -> Option<ApiKind> {
        self.by_gvk.get(gvk).map(|index| self.kinds[*index].clone())
    }

    fn preferred(&self, group: &str, kind: &str) -> Option<ApiKind> {
        self.kinds.iter().find(|known| known.gvk.group == group && known.gvk.kind == kind).cloned()
    }
}

/// How old what is known may be where something new would count. Other clients bring definitions too, and nobody tells of
/// them; API servers are replaced.
const FRESH: Duration = Duration::from_secs(10);

/// API servers list what a definition brings a moment after they call it established, busy ones some seconds after.
const LISTED_WITHIN: Duration = Duration::from_secs(15);

/// How often they are asked meanwhile.
const LISTED_EVERY: Duration = Duration::from_millis(250);

/// What is known of the served types.
#[derive(Default)]
pub(crate) struct Discovery {
    /// None: nothing is known.
    known: RwLock<Option<Known>>,
    /// Held while asking, so that many misses ask once. It counts how often was asked.
    asking: Mutex<u64>,
    /// What definitions bring that were applied here, until it is listed, with the name of the definition.
    announced: std::sync::Mutex<BTreeMap<GroupVersionKind, String>>,
    /// What the API server said of its version, and when it was asked. Held while asking.
    version: Mutex<Option<(Instant, Value)>>,
}

/// What an API server said that it serves.
#[derive(Clone)]
struct Known {
    /// How many were asked for until this one.
    count: u64,
    asked: Instant,
    catalogue: Arc<Catalogue>,
}

impl Discovery {
    fn known(&self) -> Option<Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn learn(&self, known: Option<Known>) {
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = known;
    }

    fn announced(&self) -> MutexGuard<'_, BTreeMap<GroupVersionKind, String>> {
        self.announced.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was announced and is still to be listed, of the types that count. What is listed is no longer awaited.
    fn awaited(&self, catalogue: &Catalogue, counts: impl Fn(&GroupVersionKind) -> bool) -> BTreeSet<GroupVersionKind> {
        let mut announced = self.announced();
        announced.retain(|gvk, _| !catalogue.by_gvk.contains_key(gvk));
        announced.keys().filter(|gvk| counts(gvk)).cloned().collect()
    }
}

/// The media type of aggregated discovery; servers older than 1.30 answer with the plain form.
const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";

impl Cluster {
    /// How a type is served. Answers from memory; a type that is not known is looked up once more, since a CRD may have
    /// just been established, and one that a definition brings which was applied here is waited for.
    pub async fn kind(&self, gvk: &GroupVersionKind) -> Result<ApiKind, ClusterError> {
        let found = self.find(|catalogue| catalogue.kind(gvk), |announced| announced == gvk).await?;
        found.ok_or_else(|| ClusterError::NoSuchKind { gvk: gvk.clone() })
    }

    /// The version that the API server prefers for a type.
    pub async fn preferred(&self, group: &str, kind: &str) -> Result<ApiKind, ClusterError> {
        let missing = || {
            let gvk = GroupVersionKind { group: group.to_owned(), version: String::new(), kind: kind.to_owned() };
            ClusterError::NoSuchKind { gvk }
        };
        let counts = |announced: &GroupVersionKind| announced.group == group && announced.kind == kind;
        self.find(|catalogue| catalogue.preferred(group, kind), counts).await?.ok_or_else(missing)
    }

    /// Every type served, preferred versions first: as it was ten seconds ago at most, and with all that definitions bring
    /// which were applied here.
    pub async fn kinds(&self) -> Result<Vec<ApiKind>, ClusterError> {
        let fresh = |known: &Known| known.asked.elapsed() < FRESH;
        let known = self.refreshed(fresh).await?;
        Ok(self.listed(known, |_| true).await?.catalogue.kinds.clone())
    }

    /// What the API server said of its version ten seconds ago at most: `gitVersion`, `major`, `minor` and so on.
    pub async fn version(&self) -> Result<Value, ClusterError> {
        let mut known = self.shared.discovery.version.lock().await;
        if let Some((asked, version)) = known.as_ref()
            && asked.elapsed() < FRESH
        {
            return Ok(version.clone());
        }
        let asked = Instant::now();
        let version = self.send(&Call::get("/version")).await?.value;
        *known = Some((asked, version.clone()));
        Ok(version)
    }

    /// Forgets what is served, because a CRD or APIService changed.
    pub fn forget_kinds(&self) {
        self.shared.discovery.learn(None);
    }

    /// Forgets what is served, because this definition was applied, and awaits what it brings.
    pub(crate) fn announce(&self, definition: Definition<'_>) {
        let brought = definition.served().map(|gvk| (gvk, definition.name().to_owned()));
        self.shared.discovery.announced().extend(brought);
        self.forget_kinds();
    }

    /// Forgets what is served, because the definition of this name was deleted, and awaits what it brings no longer.
    pub(crate) fn withdraw(&self, definition: &str) {
        self.shared.discovery.announced().retain(|_, by| by != definition);
        self.forget_kinds();
    }

    async fn find(
        &self,
        look: impl Fn(&Catalogue) -> Option<ApiKind>,
        counts: impl Fn(&GroupVersionKind) -> bool,
    ) -> Result<Option<ApiKind>, ClusterError> {
        let seen = match self.shared.discovery.known() {
            Some(known) => match look(&known.catalogue) {
                Some(kind) => return Ok(Some(kind)),
                None => known.count,
            },
            None => 0,
        };
        let known = self.refreshed(|known| known.count > seen).await?;
        if let Some(kind) = look(&known.catalogue) {
            return Ok(Some(kind));
        }
        Ok(look(&self.listed(known, counts).await?.catalogue))
    }

    /// What is served once everything is listed that was announced, of the types that count.
    async fn listed(
        &self,
        mut known: Known,
        counts: impl Fn(&GroupVersionKind) -> bool,
    ) -> Result<Known, ClusterError> {
        let discovery = &self.shared.discovery;
        let patience = Instant::now() + LISTED_WITHIN;
        loop {
            let awaited = discovery.awaited(&known.catalogue, &counts);
            let Some(first) = awaited.first() else { return Ok(known) };
            if Instant::now() >= patience {
                tracing::warn!(gvk = %first, "the API server does not list what a definition brings");
                discovery.announced().retain(|gvk, _| !awaited.contains(gvk));
                return Ok(known);
            }
            sleep(LISTED_EVERY).await;
            let seen = known.count;
            known = self.refreshed(|known| known.count > seen).await?;
        }
    }

    /// What is served, asked for again unless what is known will do.
    async fn refreshed(&self, will_do: impl Fn(&Known) -> bool) -> Result<Known, ClusterError> {
        let discovery = &self.shared.discovery;
        let mut count = discovery.asking.lock().await;
        if let Some(known) = discovery.known().filter(will_do) {
            return Ok(known);
        }
        let asked = Instant::now();
        let catalogue = Arc::new(Catalogue::of(self.ask().await?));
        *count += 1;
        let known = Known { count: *count, asked, catalogue };
        discovery.learn(Some(known.clone()));
        Ok(known)
    }

    async fn ask(&self) -> Result<Vec<ApiKind>, ClusterError> {
        let (core, groups) = (Call::get("/api").accept(AGGREGATED), Call::get("/apis").accept(AGGREGATED));
        let (core, groups) = futures::try_join!(self.send(&core), self.send(&groups))?;
        let mut kinds = Vec::new();
        for (answer, root) in [(core.value, "/api"), (groups.value, "/apis")] {
            if answer["kind"] == "APIGroupDiscoveryList" {
                kinds.extend(aggregated(&answer));
            } else {
                kinds.extend(self.ask_each(&answer, root).await?);
            }
        }
        Ok(kinds)
    }

    /// The plain form: one request for each group and version.
    async fn ask_each(&self, answer: &Value, root: &str) -> Result<Vec<ApiKind>, ClusterError> {
        let mut versions: Vec<String> = texts(&answer["versions"]);
        for group in answer["groups"].as_array().into_iter().flatten() {
            let preferred = text(&group["preferredVersion"]["groupVersion"]);
            let others =
                group["versions"].as_array().into_iter().flatten().map(|version| text(&version["groupVersion"]));
            versions.push(preferred.clone());
            versions.extend(others.filter(|version| *version != preferred));
        }
        let mut kinds = Vec::new();
        for version in versions {
            match self.send(&Call::get(format!("{root}/{version}"))).await {
                Ok(list) => kinds.extend(plain(&version, &list.value)),
                // One broken aggregated API server must not hide everything else.
                Err(error) => tracing::warn!(%version, %error, "cannot discover an API group"),
            }
        }
        Ok(kinds)
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().map(text).collect()
}

fn aggregated(answer: &Value) -> Vec<ApiKind> {
    let mut kinds = Vec::new();
    for group in answer["items"].as_array().into_iter().flatten() {
        for version in group["versions"].as_array().into_iter().flatten() {
            for resource in version["resources"].as_array().into_iter().flatten() {
                let gvk = GroupVersionKind {
                    group: text(&group["metadata"]["name"]),
                    version: text(&version["version"]),
                    kind: text(&resource["responseKind"]["kind"]),
                };
                let scope = if resource["scope"] == "Namespaced" { Scope::Namespaced } else { Scope::Cluster };
                kinds.push(ApiKind {
                    gvk,
                    plural: text(&resource["resource"]),
                    short_names: texts(&resource["shortNames"]),
                    scope,
                    verbs: texts(&resource["verbs"]),
                });
            }
        }
    }
    kinds
}

fn plain(group_version: &str, list: &Value) -> Vec<ApiKind> {
    let mut kinds = BTreeMap::new();
    for resource in list["resources"].as_array().into_iter().flatten() {
        let plural = text(&resource["name"]);
        if plural.contains('/') {
            continue;
        }
        let gvk = GroupVersionKind::from_api_version(group_version, &text(&resource["kind"]));
        let scope = if resource["namespaced"] == true { Scope::Namespaced } else { Scope::Cluster };
        let (short_names, verbs) = (texts(&resource["shortNames"]), texts(&resource["verbs"]));
        kinds.insert(plural.clone(), ApiKind { gvk, plural, short_names, scope, verbs });
    }
    kinds.into_values().collect()
}
