//! What can go wrong between us and an API server, in the user's terms.

use manifest::{GroupVersionKind, Value};

use crate::permission::advice;

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
    #[error("{message}")]
    NotFound {
        /// What the API server says.
        message: String,
    },
    /// The object already exists.
    #[error("{message}")]
    AlreadyExists {
        /// What the API server says.
        message: String,
    },
    /// Somebody else changed the object in between, or another field manager owns a field.
    #[error("{message}")]
    Conflict {
        /// What the API server says.
        message: String,
        /// The field manager conflicts, if it is about those.
        causes: Vec<Cause>,
    },
    /// The API server finds the object invalid.
    #[error("{message}")]
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
    #[error("{message}; {}", advice(message))]
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
    /// A write was not sent, because this replica does not hold the lease any more.
    #[error("not sent: another replica leads, or the lease could not be renewed in time; the leader does it")]
    NotLeading,
    /// The API server's answer is not what the protocol says.
    #[error("the API server's answer to {request} cannot be read: {message}")]
    Protocol {
        /// Method and path.
        request: String,
        /// What is wrong.
        message: String,
    },
}

impl ClusterError {
    /// From a `metav1.Status` answer.
    pub(crate) fn from_status(code: u16, status: &Value) -> ClusterError {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let message = match text(&status["message"]) {
            empty if empty.is_empty() => format!("HTTP status {code}"),
            message => message,
        };
        let cause = |cause: &Value| Cause {
            reason: text(&cause["reason"]),
            field: text(&cause["field"]),
            message: text(&cause["message"]),
        };
        let causes = || status["details"]["causes"].as_array().into_iter().flatten().map(cause).collect();
        match (code, status["reason"].as_str().unwrap_or_default()) {
            (_, "AlreadyExists") => ClusterError::AlreadyExists { message },
            (_, "Expired" | "Gone") | (410, _) => ClusterError::Expired { message },
            (400, _) => ClusterError::BadRequest { message },
            (401, _) => ClusterError::Unauthorized { message },
            (403, _) => ClusterError::Forbidden { message },
            (404, _) => ClusterError::NotFound { message },
            (409, _) => ClusterError::Conflict { message, causes: causes() },
            (413, _) => ClusterError::TooLarge { message },
            (422, _) => ClusterError::Invalid { message, causes: causes() },
            (429 | 500.., _) => ClusterError::Unavailable { code, message },
            _ => ClusterError::BadRequest { message },
        }
    }

    /// Whether the same request may succeed later without anybody changing anything.
    pub fn is_retryable(&self) -> bool {
        matches!(self, ClusterError::Unavailable { .. } | ClusterError::Unreachable { .. })
    }
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
    #[error("{message}")]
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
    #[error("{message}")]
    Conflict {
        /// What the API server says.
        message: String,
        /// One per field, naming the other manager.
        causes: Vec<Cause>,
    },
    /// An admission webhook or policy refused the object.
    #[error("{message}")]
    Refused {
        /// What the webhook or policy says.
        message: String,
    },
    /// We may not apply it.
    #[error("{message}; {}", advice(message))]
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

/// Something without which an object cannot be applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing<'a> {
    /// Its type is not served.
    Kind(&'a GroupVersionKind),
    /// Its namespace does not exist.
    Namespace(&'a str),
}

impl ApplyError {
    /// What a failed apply of an object of type `gvk` in `namespace` means.
    pub(crate) fn of(error: ClusterError, gvk: &GroupVersionKind, namespace: &str) -> ApplyError {
        match error {
            ClusterError::NoSuchKind { gvk } => {
                let hint = format!(
                    "the API server does not serve it; apply its CustomResourceDefinition first, \
                     or add a dependsOn on the Kustomization that installs {}",
                    if gvk.group.is_empty() { "it" } else { &gvk.group }
                );
                ApplyError::NoSuchKind { gvk, hint }
            }
            ClusterError::NotFound { message } if is_about_namespace(&message, namespace) => {
                ApplyError::NamespaceMissing { namespace: namespace.to_owned() }
            }
            // What was known of the type is out of date: its CRD is gone.
            ClusterError::NotFound { message } => ApplyError::NoSuchKind {
                gvk: gvk.clone(),
                hint: format!("the API server does not serve it any more ({message})"),
            },
            ClusterError::Forbidden { message } if message.contains("because it is being terminated") => {
                ApplyError::NamespaceTerminating { namespace: namespace.to_owned() }
            }
            error => ApplyError::from(error),
        }
    }

    fn invalid(message: String, causes: Vec<Cause>) -> ApplyError {
        let immutable: Vec<&Cause> = causes.iter().filter(|cause| is_immutable(&cause.message)).collect();
        if immutable.is_empty() && !(causes.is_empty() && is_immutable(&message)) {
            return ApplyError::Invalid { message, causes };
        }
        let mut fields: Vec<String> =
            immutable.iter().map(|cause| cause.field.clone()).filter(|field| !field.is_empty()).collect();
        fields.dedup();
        ApplyError::Immutable { fields, message }
    }

    /// A webhook or policy can refuse a change because a field is immutable for it.
    fn refused(message: String) -> ApplyError {
        if is_immutable(&message) {
            ApplyError::Immutable { fields: Vec::new(), message }
        } else {
            ApplyError::Refused { message }
        }
    }

    /// The first field that it is about, where the API server names one.
    pub fn field(&self) -> Option<&str> {
        if let ApplyError::Immutable { fields, .. } = self {
            return fields.first().map(String::as_str);
        }
        if let ApplyError::Invalid { causes, .. } = self {
            return causes.first().map(|cause| cause.field.as_str());
        }
        None
    }

    /// The fields that the schema does not declare, if that is all that is wrong. They are written as structured merge
    /// writes paths: `spec.containers[name="web"].imgae`.
    pub fn undeclared(&self) -> Vec<&str> {
        match self {
            ApplyError::Invalid { causes, .. } if causes.iter().all(|cause| cause.reason == UNDECLARED) => {
                causes.iter().map(|cause| cause.field.as_str()).collect()
            }
            _ => Vec::new(),
        }
    }

    /// What would have to be there first, if that is what it is about.
    pub fn missing(&self) -> Option<Missing<'_>> {
        if let ApplyError::NoSuchKind { gvk, .. } = self {
            return Some(Missing::Kind(gvk));
        }
        if let ApplyError::NamespaceMissing { namespace } = self {
            return Some(Missing::Namespace(namespace));
        }
        None
    }

    /// The API server's machine-readable reason, as Flux puts it in brackets behind `dry-run failed`; empty where there
    /// is none.
    pub fn reason(&self) -> &'static str {
        match self {
            ApplyError::Immutable { .. } | ApplyError::Invalid { .. } => "Invalid",
            ApplyError::NamespaceMissing { .. } => "NotFound",
            ApplyError::NamespaceTerminating { .. } | ApplyError::Forbidden { .. } | ApplyError::Refused { .. } => {
                "Forbidden"
            }
            ApplyError::Conflict { causes, .. } if !causes.is_empty() => "FieldManagerConflict",
            ApplyError::Conflict { .. } => "Conflict",
            ApplyError::TooLarge { .. } => "RequestEntityTooLarge",
            ApplyError::NoSuchKind { .. }
            | ApplyError::NamespaceNotSpecified { .. }
            | ApplyError::Retryable(_)
            | ApplyError::Other(_) => "",
        }
    }
}

/// What an error means where nothing is known of the object it is about.
impl From<ClusterError> for ApplyError {
    fn from(error: ClusterError) -> ApplyError {
        match error {
            ClusterError::NamespaceNotSpecified { gvk } => ApplyError::NamespaceNotSpecified { gvk },
            ClusterError::Invalid { message, causes } => ApplyError::invalid(message, causes),
            ClusterError::Conflict { message, causes } => ApplyError::Conflict { message, causes },
            ClusterError::Forbidden { message } | ClusterError::BadRequest { message } if is_admission(&message) => {
                ApplyError::refused(message)
            }
            ClusterError::Forbidden { message } => ApplyError::Forbidden { message },
            ClusterError::TooLarge { message } => ApplyError::TooLarge { message },
            // etcd's own limit comes back as an internal error.
            ClusterError::Unavailable { message, .. }
                if message.contains("request is too large") || message.contains("larger than max") =>
            {
                ApplyError::TooLarge { message }
            }
            // Fields that a schema does not declare come back as an internal error, and go on to do so.
            ClusterError::Unavailable { message, .. } if message.contains("failed to create typed patch object") => {
                let causes = undeclared(&message);
                ApplyError::Invalid { message, causes }
            }
            error if error.is_retryable() => ApplyError::Retryable(error),
            error => ApplyError::Other(error),
        }
    }
}

/// The reason of a [`Cause`] about a field that the schema does not declare. It is ours: the API server has none.
const UNDECLARED: &str = "FieldNotDeclared";

/// The fields in `….spec.foo: field not declared in schema`, one or several of which may follow each other.
fn undeclared(message: &str) -> Vec<Cause> {
    const SAID: &str = ": field not declared in schema";
    let lines = message.lines().filter_map(|line| line.trim_end().strip_suffix(SAID));
    lines
        .filter_map(|line| {
            // Before the first one stands which object it is.
            let path = line.rsplit_once("): ").map_or(line, |(_, path)| path).trim_start();
            let field = path.strip_prefix('.')?.to_owned();
            Some(Cause { reason: UNDECLARED.to_owned(), field, message: SAID.trim_start_matches(": ").to_owned() })
        })
        .collect()
}

/// The ways in which API servers, CRD rules and webhooks say that a field cannot change.
fn is_immutable(message: &str) -> bool {
    const WAYS: &[&str] = &[
        "immutable",
        "may not change",
        "cannot change",
        "cannot be changed",
        "may not be changed",
        "may not update fields other than",
        "updates to statefulset spec for fields other than",
        "updates to parameters are forbidden",
        "updates to provisioner are forbidden",
    ];
    let message = message.to_lowercase();
    WAYS.iter().any(|way| message.contains(way))
}

fn is_admission(message: &str) -> bool {
    message.contains("admission webhook") || message.contains("ValidatingAdmissionPolicy")
}

fn is_about_namespace(message: &str, namespace: &str) -> bool {
    !namespace.is_empty() && message.contains("namespaces") && message.contains(&format!("\"{namespace}\" not found"))
}
