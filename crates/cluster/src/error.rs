//! What can go wrong between us and an API server, in the user's terms.

use manifest::GroupVersionKind;

/// A request that did not succeed, after all retries.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClusterError {
    /// The API server does not serve the type.
    #[error("no matches for kind \"{}\" in version \"{}\": the API server does not serve it", gvk.kind, gvk.api_version())]
    NoSuchKind {
        /// The type.
        gvk: GroupVersionKind,
    },
    /// A namespaced object without a namespace.
    #[error(
        "namespace not specified: {gvk} is namespaced; set metadata.namespace, or targetNamespace in the Kustomization"
    )]
    NamespaceNotSpecified {
        /// The type.
        gvk: GroupVersionKind,
    },
    /// The object, or something its path names, does not exist.
    #[error("not found: {message}")]
    NotFound {
        /// What the API server says.
        message: String,
    },
    /// The object already exists.
    #[error("already exists: {message}")]
    AlreadyExists {
        /// What the API server says.
        message: String,
    },
    /// Somebody else changed the object in between, or another field manager owns a field.
    #[error("conflict: {message}")]
    Conflict {
        /// What the API server says.
        message: String,
        /// The field manager conflicts, if it is about those.
        causes: Vec<Cause>,
    },
    /// The API server finds the object invalid.
    #[error("invalid: {message}")]
    Invalid {
        /// What the API server says.
        message: String,
        /// Everything it finds wrong, field by field.
        causes: Vec<Cause>,
    },
    /// The request is not understood.
    #[error("the API server does not accept the request: {message}")]
    BadRequest {
        /// What the API server says.
        message: String,
    },
    /// We may not.
    #[error("forbidden: {message}; give the service account a Role that allows it")]
    Forbidden {
        /// What the API server says.
        message: String,
    },
    /// It does not know who we are.
    #[error("unauthorized: {message}; check the credentials of the kubeconfig or service account")]
    Unauthorized {
        /// What the API server says.
        message: String,
    },
    /// The object is larger than the API server takes.
    #[error("too large: {message}; split the object (etcd takes 1.5 MiB)")]
    TooLarge {
        /// What the API server says.
        message: String,
    },
    /// A resource version or continue token is too old.
    #[error("expired: {message}")]
    Expired {
        /// What the API server says.
        message: String,
    },
    /// The API server is overloaded or has an internal error, even after retries.
    #[error("the API server answers {code}: {message}; it is tried again later")]
    Unavailable {
        /// The HTTP status.
        code: u16,
        /// What it says.
        message: String,
    },
    /// The API server cannot be reached.
    #[error("cannot reach the API server: {message}; it is tried again later")]
    Unreachable {
        /// The transport's error.
        message: String,
    },
    /// The API server's answer is not what the protocol says.
    #[error("the API server's answer to {request} cannot be read: {message}")]
    Protocol {
        /// Method and path.
        request: String,
        /// What is wrong.
        message: String,
    },
}

/// One thing an API server finds wrong with an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// Machine-readable, such as `FieldValueInvalid`, `FieldValueRequired`, `FieldManagerConflict`.
    pub reason: String,
    /// The field, such as `spec.replicas`; empty if it is about the whole object.
    pub field: String,
    /// A sentence.
    pub message: String,
}

/// An object that cannot be applied. The sentence goes behind the object's name: `Deployment/prod/web dry-run failed
/// (Invalid): …`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    /// A field that cannot change on an existing object.
    #[error("immutable field changed: {message}; recreate the object, or set `force: true`")]
    Immutable {
        /// The fields, where the API server names them.
        fields: Vec<String>,
        /// What the API server says.
        message: String,
    },
    /// The API server finds the object invalid.
    #[error("invalid: {message}")]
    Invalid {
        /// What the API server says.
        message: String,
        /// Everything it finds wrong, field by field.
        causes: Vec<Cause>,
    },
    /// The type is not served.
    #[error("no matches for kind \"{}\" in version \"{}\": {hint}", gvk.kind, gvk.api_version())]
    NoSuchKind {
        /// The type.
        gvk: GroupVersionKind,
        /// What to do about it.
        hint: String,
    },
    /// A namespaced object without a namespace.
    #[error(
        "namespace not specified: {gvk} is namespaced; set metadata.namespace, or targetNamespace in the Kustomization"
    )]
    NamespaceNotSpecified {
        /// The type.
        gvk: GroupVersionKind,
    },
    /// The object's namespace does not exist.
    #[error("namespace {namespace:?} not found; declare it, or make the Kustomization depend on the one that does")]
    NamespaceMissing {
        /// The namespace.
        namespace: String,
    },
    /// The object's namespace is being deleted.
    #[error("namespace {namespace:?} is being terminated; new content cannot be created in it until it is gone")]
    NamespaceTerminating {
        /// The namespace.
        namespace: String,
    },
    /// Other field managers own fields, and the apply was not forced; or the object changed in between.
    #[error("conflict: {message}")]
    Conflict {
        /// What the API server says.
        message: String,
        /// One per field, naming the other manager.
        causes: Vec<Cause>,
    },
    /// An admission webhook or policy refused the object.
    #[error("admission refused it: {message}")]
    Refused {
        /// What the webhook or policy says.
        message: String,
    },
    /// We may not apply it.
    #[error("forbidden: {message}; give the service account a Role that allows it")]
    Forbidden {
        /// What the API server says.
        message: String,
    },
    /// The object is larger than the API server takes.
    #[error("too large: {message}; split the object (etcd takes 1.5 MiB)")]
    TooLarge {
        /// What the API server says.
        message: String,
    },
    /// The API server could not be reached or could not answer; the same request may succeed later.
    #[error("{0}")]
    Retryable(ClusterError),
    /// Anything else.
    #[error("{0}")]
    Other(ClusterError),
}
