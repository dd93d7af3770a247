//! The server as the rest of the program holds it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::authentication::Door;
use crate::config::{Config, Storage};
use crate::core::{Core, collection_of};
use crate::error::ApiError;
use crate::http::{ApiService, Effect};
use crate::identity::NoRandomness;
use crate::metadata;
use crate::registry::{FieldError, Registry, Resource};
use crate::schema::FieldValidation;
use crate::serve::{self, Credentials, CredentialsError, Endpoint, ServeError};
use crate::storage::{JournalError, ObjectKey, Store};
use crate::verbs::{Intake, Ownership, Rewrite, create_object, rewrite};
use crate::{bootstrap, builtin, collect, crd};

/// The namespaces every cluster has.
const NAMESPACES: [&str; 4] = ["default", "kube-system", "kube-public", "kube-node-lease"];
const DATABASE: &str = "objects.redb";
/// Who owns the fields of what the server itself creates.
const MANAGER: &str = "kube-apiserver";

/// An embedded Kubernetes-compatible API server. Cheap to clone; clones are the same server, which ends with the last
/// of them.
#[derive(Debug, Clone)]
pub struct ApiServer {
    core: Arc<Core>,
    credentials: Arc<Credentials>,
    _controllers: Arc<Controllers>,
}

/// The server's own controllers; they stop when the server goes.
#[derive(Debug)]
struct Controllers(Vec<JoinHandle<()>>);

impl Drop for Controllers {
    fn drop(&mut self) {
        for task in &self.0 {
            task.abort();
        }
    }
}

/// Why a server cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The data directory cannot be made.
    #[error("cannot make the data directory {path}: {cause}; choose one that you may write to")]
    Directory {
        /// The directory.
        path: PathBuf,
        /// What went wrong.
        cause: std::io::Error,
    },
    /// The stored objects cannot be read.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The stored credentials cannot be read, or new ones cannot be kept.
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
    /// A preinstalled CustomResourceDefinition is invalid.
    #[error("the preinstalled CustomResourceDefinition {name:?} is invalid: {}", .errors.iter().map(FieldError::to_string).collect::<Vec<_>>().join("; "))]
    Definition {
        /// Its name.
        name: String,
        /// Everything that is wrong with it.
        errors: Vec<FieldError>,
    },
    /// What every cluster starts with cannot be stored.
    #[error("cannot store what every cluster starts with: {0}")]
    Bootstrap(String),
    /// No random bytes.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
}

impl ApiServer {
    /// Opens the server: reads what is stored, installs the CustomResourceDefinitions, makes the default namespaces and
    /// starts the controllers. Must run inside a Tokio runtime.
    pub async fn open(config: Config) -> Result<ApiServer, OpenError> {
        let Config { storage, custom_resources, limits } = config;
        let (store, credentials) = match &storage {
            Storage::Memory => (Store::in_memory(limits.clone()), Credentials::generate()?),
            Storage::Directory(path) => {
                make_directory(path)?;
                (Store::open(&path.join(DATABASE), limits.clone())?, Credentials::open(path)?)
            }
        };
        let mut registry = Registry::default();
        builtin::resources().into_iter().for_each(|resource| registry.insert(resource));
        let core = Arc::new(Core::new(store, limits, registry, credentials.tokens()));
        serve_stored_definitions(&core);
        for definition in custom_resources {
            install(&core, definition).await?;
        }
        for name in NAMESPACES {
            make_namespace(&core, name).await?;
        }
        for role in bootstrap::roles() {
            make_role(&core, role).await?;
        }
        let controllers = Arc::new(Controllers(collect::start(&core)));
        Ok(ApiServer { core, credentials: Arc::new(credentials), _controllers: controllers })
    }

    /// The server as a `tower` service, such as `kube::Client::new` takes; requests are the administrator's.
    pub fn service(&self) -> ApiService {
        ApiService::new(Arc::clone(&self.core), Door::InProcess)
    }

    /// Serves HTTPS (HTTP/1.1 and HTTP/2) at an address; port 0 takes a free one. It goes on until
    /// [`Endpoint::shutdown`], or until the endpoint is dropped.
    pub async fn serve(&self, address: SocketAddr) -> Result<Endpoint, ServeError> {
        serve::serve(self.clone(), Arc::clone(&self.core), &self.credentials, address).await
    }
}

fn make_directory(path: &Path) -> Result<(), OpenError> {
    std::fs::create_dir_all(path).map_err(|cause| OpenError::Directory { path: path.to_owned(), cause })
}

fn not_stored(error: ApiError) -> OpenError {
    OpenError::Bootstrap(error.message)
}

fn resource(core: &Core, group: &str, plural: &str) -> Result<Arc<Resource>, OpenError> {
    let missing = || OpenError::Bootstrap(format!("the built-in resource {plural} is missing"));
    core.registry().find(group, "v1", plural).cloned().ok_or_else(missing)
}

fn serve_stored_definitions(core: &Core) {
    let registry = core.registry();
    let Some(definitions) = registry.find("apiextensions.k8s.io", "v1", "customresourcedefinitions") else { return };
    for record in core.store.list(&collection_of(definitions), None, None).records {
        core.serve(&record.object());
    }
}

/// Creates a CustomResourceDefinition, or brings the stored one up to date.
async fn install(core: &Core, definition: Value) -> Result<(), OpenError> {
    let resource = resource(core, "apiextensions.k8s.io", "customresourcedefinitions")?;
    let name = metadata::text(&definition, "name").to_owned();
    let mut defaulted = definition.clone();
    crd::default(&mut defaulted);
    let errors = crd::validate(&defaulted);
    if !errors.is_empty() {
        return Err(OpenError::Definition { name, errors });
    }
    let key = ObjectKey::new("", name.as_str());
    if core.store.get(&collection_of(&resource), &key).is_none() {
        return create(core, &resource, definition).await;
    }
    let registry = core.registry();
    rewrite(core, &resource, &key, |live| {
        let mut next = live.clone();
        for field in ["labels", "annotations"] {
            if let Some(value) = defaulted["metadata"].get(field) {
                next["metadata"][field] = value.clone();
            }
        }
        next["spec"] = defaulted["spec"].clone();
        if next == live {
            return Rewrite::Keep;
        }
        let generation = live["metadata"]["generation"].as_i64().unwrap_or_default();
        next["metadata"]["generation"] = (generation + 1).into();
        let names = crd::Names::of(&next, &registry);
        crd::refresh_status(&mut next, &names, &crate::identity::now());
        Rewrite::To(next)
    })
    .await
    .map_err(not_stored)?;
    Ok(())
}

async fn make_namespace(core: &Core, name: &str) -> Result<(), OpenError> {
    if core.namespace(name).is_some() {
        return Ok(());
    }
    let resource = resource(core, "", "namespaces")?;
    create(core, &resource, json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})).await
}

async fn make_role(core: &Core, role: Value) -> Result<(), OpenError> {
    let plural = if role["kind"] == "ClusterRole" { "clusterroles" } else { "clusterrolebindings" };
    let resource = resource(core, "rbac.authorization.k8s.io", plural)?;
    let key = ObjectKey::new("", metadata::text(&role, "name"));
    match core.store.get(&collection_of(&resource), &key) {
        Some(_) => Ok(()),
        None => create(core, &resource, role).await,
    }
}

async fn create(core: &Core, resource: &Resource, object: Value) -> Result<(), OpenError> {
    let intake = Intake {
        core,
        resource,
        namespace: "",
        name: "",
        subresource: "",
        manager: MANAGER,
        validation: FieldValidation::Ignore,
    };
    create_object(&intake, object, Effect::Stored, Ownership::ToRecord).await.map_err(not_stored)?;
    Ok(())
}
