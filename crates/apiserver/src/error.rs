//! Failures as clients see them: `meta/v1 Status`, with the reasons and words of kube-apiserver.

use manifest::GroupVersionKind;
use serde_json::{Map, Value, json};

use crate::registry::{FieldError, Origin, Resource};
use crate::schema::{Rejection, invalid_message};
use crate::storage::{CommitError, Expired};

/// A request that failed.
#[derive(Debug, Clone, PartialEq)]
pub struct ApiError {
    /// HTTP status code.
    pub code: u16,
    /// Machine reason, such as `NotFound`.
    pub reason: &'static str,
    /// What went wrong.
    pub message: String,
    /// `details`, empty when there are none.
    pub details: Map<String, Value>,
    /// `metadata.continue`: where a list that expired can go on.
    pub continuation: Option<String>,
    /// Whether `details` is there although it is empty.
    pub about_nothing: bool,
}

impl ApiError {
    fn new(code: u16, reason: &'static str, message: impl Into<String>) -> ApiError {
        ApiError {
            code,
            reason,
            message: message.into(),
            details: Map::new(),
            continuation: None,
            about_nothing: false,
        }
    }

    fn about(mut self, name: &str, group: &str, kind: &str) -> ApiError {
        for (field, value) in [("name", name), ("group", group), ("kind", kind)] {
            if !value.is_empty() {
                self.details.insert(field.to_owned(), value.into());
            }
        }
        self
    }

    fn with_causes(mut self, causes: Vec<Value>) -> ApiError {
        if !causes.is_empty() {
            self.details.insert("causes".to_owned(), Value::Array(causes));
        }
        self
    }

    fn retry_after(mut self, seconds: u32) -> ApiError {
        self.details.insert("retryAfterSeconds".to_owned(), seconds.into());
        self
    }

    /// 404: the object does not exist.
    pub fn not_found(resource: &Resource, name: &str) -> ApiError {
        let message = format!("{} \"{name}\" not found", resource.qualified_name());
        ApiError::new(404, "NotFound", message).about(name, &resource.gvk.group, &resource.plural)
    }

    /// 404: the namespace an object should be created in does not exist.
    pub fn namespace_not_found(name: &str) -> ApiError {
        ApiError::new(404, "NotFound", format!("namespaces \"{name}\" not found")).about(name, "", "namespaces")
    }

    /// 404: nothing is served at this path.
    pub fn unknown_path() -> ApiError {
        let error = ApiError::new(404, "NotFound", "the server could not find the requested resource");
        ApiError { about_nothing: true, ..error }
    }

    /// 409: the object exists.
    pub fn already_exists(resource: &Resource, name: &str) -> ApiError {
        let message = format!("{} \"{name}\" already exists", resource.qualified_name());
        ApiError::new(409, "AlreadyExists", message).about(name, &resource.gvk.group, &resource.plural)
    }

    /// 409: the object is not in the state the request relied on.
    pub fn conflict(resource: &Resource, name: &str, why: &str) -> ApiError {
        let message = format!("Operation cannot be fulfilled on {} \"{name}\": {why}", resource.qualified_name());
        ApiError::new(409, "Conflict", message).about(name, &resource.gvk.group, &resource.plural)
    }

    /// 409: the same where the refusal names the kind of the object, as that of preconditions does.
    pub fn kind_conflict(gvk: &GroupVersionKind, name: &str, why: &str) -> ApiError {
        let kind = &gvk.kind;
        let qualified = if gvk.group.is_empty() { kind.clone() } else { format!("{kind}.{}", gvk.group) };
        let message = format!("Operation cannot be fulfilled on {qualified} \"{name}\": {why}");
        ApiError::new(409, "Conflict", message).about(name, &gvk.group, kind)
    }

    /// 409: the object changed since the client read it.
    pub fn modified(resource: &Resource, name: &str) -> ApiError {
        let why = "the object has been modified; please apply your changes to the latest version and try again";
        ApiError::conflict(resource, name, why)
    }

    /// 409: other managers own fields that a server-side apply would change. Each cause is the sentence that names the
    /// manager, and the field.
    pub fn apply_conflict(message: String, fields: impl Iterator<Item = (String, String)>) -> ApiError {
        let causes =
            fields.map(|(why, field)| json!({"reason": "FieldManagerConflict", "message": why, "field": field}));
        ApiError::new(409, "Conflict", message).with_causes(causes.collect())
    }

    /// 422: fields are invalid.
    pub fn invalid(kind: &GroupVersionKind, name: &str, errors: &[FieldError]) -> ApiError {
        let causes = errors
            .iter()
            .map(|error| json!({"reason": error.reason, "message": error.message, "field": error.field}))
            .collect();
        ApiError::new(422, "Invalid", invalid_message(&kind.group, &kind.kind, name, errors))
            .about(name, &kind.group, &kind.kind)
            .with_causes(causes)
    }

    /// 422: the request was understood and cannot be carried out, such as a JSON patch whose test fails.
    pub fn unprocessable(why: impl std::fmt::Display) -> ApiError {
        let message = format!("the server rejected our request due to an error in our request: {why}");
        ApiError { about_nothing: true, ..ApiError::new(422, "Invalid", message) }
    }

    /// 403: the request is refused for this object.
    pub fn forbidden(resource: &Resource, name: &str, why: &str) -> ApiError {
        let message = format!("{} \"{name}\" is forbidden: {why}", resource.qualified_name());
        ApiError::new(403, "Forbidden", message).about(name, &resource.gvk.group, &resource.plural)
    }

    /// 403: the user may not do this with the resource.
    pub fn forbidden_user(
        user: &str,
        verb: &str,
        resource: &str,
        group: &str,
        namespace: &str,
        name: &str,
    ) -> ApiError {
        let place = match namespace {
            "" => "at the cluster scope".to_owned(),
            namespace => format!("in the namespace \"{namespace}\""),
        };
        let plural = resource.split('/').next().unwrap_or_default();
        let qualified = if group.is_empty() { plural.to_owned() } else { format!("{plural}.{group}") };
        let subject = if name.is_empty() { qualified } else { format!("{qualified} \"{name}\"") };
        let message = format!(
            "{subject} is forbidden: User \"{user}\" cannot {verb} resource \"{resource}\" in API group \"{group}\" {place}"
        );
        ApiError::new(403, "Forbidden", message).about(name, group, plural)
    }

    /// 403: the user may not ask for this path.
    pub fn forbidden_path(user: &str, verb: &str, path: &str) -> ApiError {
        ApiError::new(403, "Forbidden", format!("forbidden: User \"{user}\" cannot {verb} path \"{path}\""))
    }

    /// 403: the namespace is being deleted.
    pub fn namespace_terminating(resource: &Resource, name: &str, namespace: &str) -> ApiError {
        let why = format!("unable to create new content in namespace {namespace} because it is being terminated");
        let cause = json!({
            "reason": "NamespaceTerminating",
            "message": format!("namespace {namespace} is being terminated"),
            "field": "metadata.namespace",
        });
        ApiError::forbidden(resource, name, &why).with_causes(vec![cause])
    }

    /// 429: evicting a pod would leave fewer ready pods than its budget asks for.
    pub fn budget_exceeded(budget: &str, desired: i64, current: i64) -> ApiError {
        let why = format!("The disruption budget {budget} needs {desired} healthy pods and has {current} currently");
        let message = "Cannot evict pod as it would violate the pod's disruption budget.";
        ApiError::new(429, "TooManyRequests", message)
            .with_causes(vec![json!({"reason": "DisruptionBudget", "message": why})])
    }

    /// 500: several budgets are about one pod.
    pub fn several_budgets() -> ApiError {
        let message =
            "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";
        ApiError::new(500, "InternalError", message)
    }

    /// 400: the request makes no sense.
    pub fn bad_request(message: impl Into<String>) -> ApiError {
        ApiError::new(400, "BadRequest", message)
    }

    /// 500 without a reason, as upstream answers where it has not thought of one.
    pub fn unclassified(message: impl Into<String>) -> ApiError {
        ApiError::new(500, "", message)
    }

    /// 401: the client did not say who it is.
    pub fn unauthorized() -> ApiError {
        ApiError::new(401, "Unauthorized", "Unauthorized")
    }

    /// 405: the resource does not have this verb.
    pub fn method_not_allowed() -> ApiError {
        let message = "the server does not allow this method on the requested resource";
        ApiError { about_nothing: true, ..ApiError::new(405, "MethodNotAllowed", message) }
    }

    /// 406: the client accepts nothing we can write.
    pub fn not_acceptable() -> ApiError {
        let message = "406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, application/vnd.kubernetes.protobuf";
        ApiError { about_nothing: true, ..ApiError::new(406, "NotAcceptable", message) }
    }

    /// 415: the body is in a format we do not read.
    pub fn unsupported_media_type(accepted: &[&str]) -> ApiError {
        let message = format!(
            "the body of the request was in an unknown format - accepted media types include: {}",
            accepted.join(", ")
        );
        ApiError::new(415, "UnsupportedMediaType", message)
    }

    /// 415: the same for a built-in kind, where upstream finds out before it knows what the request is about.
    pub fn unknown_media_type() -> ApiError {
        let error = ApiError::new(415, "UnsupportedMediaType", "415: Unsupported Media Type");
        ApiError { about_nothing: true, ..error }
    }

    /// 413: the body or the object is too large.
    pub fn too_large(why: &str) -> ApiError {
        ApiError::new(413, "RequestEntityTooLarge", format!("Request entity too large: {why}"))
    }

    /// 410: a watch asks for events that are forgotten.
    pub fn expired(expired: Expired) -> ApiError {
        let message = format!("too old resource version: {} ({})", expired.asked, expired.oldest);
        ApiError::new(410, "Expired", message)
    }

    /// 410: a list asks for a state that is forgotten.
    pub fn list_expired() -> ApiError {
        ApiError::new(410, "Expired", "The resourceVersion for the provided list is too old.")
    }

    /// 410: the pages of a list cannot be continued at their revision; `continuation` goes on without that promise.
    pub fn continue_expired(continuation: String) -> ApiError {
        let message = "The provided continue parameter is too old to display a consistent list result. You can start a \
             new list without the continue parameter, or use the continue token in this response to retrieve the \
             remainder of the results. Continuing with the provided token results in an inconsistent list - objects \
             that were created, modified, or deleted between the time the first chunk was returned and now may show \
             up in the list.";
        ApiError { continuation: Some(continuation), ..ApiError::new(410, "Expired", message) }
    }

    /// 504: the client has seen a revision that this server has not reached.
    pub fn too_large_resource_version(asked: u64, current: u64) -> ApiError {
        let message = format!("Timeout: Too large resource version: {asked}, current: {current}");
        ApiError::new(504, "Timeout", message)
            .with_causes(vec![json!({"reason": "ResourceVersionTooLarge", "message": "Too large resource version"})])
            .retry_after(1)
    }

    /// 500: something no client can be blamed for.
    pub fn internal(cause: impl std::fmt::Display) -> ApiError {
        ApiError::new(500, "InternalError", format!("Internal error occurred: {cause}"))
            .with_causes(vec![json!({"message": cause.to_string()})])
    }

    /// 500: the name generated for an object was taken each time.
    pub fn generated_name_exhausted(resource: &Resource, name: &str) -> ApiError {
        let message = format!(
            "{} \"{name}\" already exists, the server was not able to generate a unique name for the object",
            resource.qualified_name()
        );
        ApiError::new(409, "AlreadyExists", message).about(name, &resource.gvk.group, &resource.plural).retry_after(1)
    }

    /// The refusal of a whole object as one that cannot be decoded, if a value in it has the wrong type: the API server's
    /// Go structs cannot hold it, so that no rule ever sees it.
    #[must_use]
    pub(crate) fn of_decoding(self, resource: &Resource) -> ApiError {
        if self.reason != "Invalid" || resource.origin != Origin::BuiltIn {
            return self;
        }
        let causes = self.details.get("causes").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let is_mistyped = |cause: &&Value| {
            let message = cause["message"].as_str().unwrap_or_default();
            // A default is decoded as it is, whatever its schema says.
            if cause["field"].as_str().is_some_and(|field| field.contains("openAPIV3Schema")) {
                return false;
            }
            cause["reason"] == "FieldValueTypeInvalid"
                || message.contains(" in body must be of type byte")
                || message.contains(": quantities must match the regular expression ")
        };
        let Some(mistyped) = causes.iter().find(is_mistyped) else { return self };
        let text = |part: &str| mistyped[part].as_str().unwrap_or_default();
        undecodable(resource, format_args!("{}: {}", text("field"), text("message")))
    }

    /// As the `Status` object that is sent.
    pub fn to_status(&self) -> Value {
        let mut metadata = Map::new();
        if let Some(continuation) = &self.continuation {
            metadata.insert("continue".to_owned(), continuation.as_str().into());
        }
        let mut status = json!({
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": metadata,
            "status": "Failure",
            "message": self.message,
            "code": self.code,
        });
        if !self.reason.is_empty() {
            status["reason"] = self.reason.into();
        }
        if !self.details.is_empty() || self.about_nothing {
            status["details"] = Value::Object(self.details.clone());
        }
        status
    }
}

/// What a failed commit means for the client that asked for it.
pub(crate) fn of_commit(resource: &Resource, name: &str, error: CommitError) -> ApiError {
    match error {
        CommitError::Conflict { found: None } => ApiError::not_found(resource, name),
        CommitError::Conflict { found: Some(_) } => ApiError::modified(resource, name),
        CommitError::TooLarge { .. } => ApiError::too_large("etcdserver: request is too large"),
        CommitError::Failed(_) => ApiError::internal(error),
    }
}

/// What a refused object means for the client that sent it.
pub(crate) fn of_rejection(resource: &Resource, name: &str, rejection: Rejection) -> ApiError {
    match rejection {
        Rejection::Strict(sentences) => strict(resource, &sentences),
        Rejection::Undecodable(error) => undecodable(resource, error),
        Rejection::Invalid(errors) => ApiError::invalid(&resource.gvk, name, &errors),
    }
}

/// 400: a field cannot hold its value.
fn undecodable(resource: &Resource, why: impl std::fmt::Display) -> ApiError {
    let (kind, version) = (&resource.gvk.kind, &resource.gvk.version);
    ApiError::bad_request(format!("{kind} in version \"{version}\" cannot be handled as a {kind}: {why}"))
}

/// 400: strict field validation met unknown or duplicate fields.
pub(crate) fn strict(resource: &Resource, sentences: &[String]) -> ApiError {
    let kind = &resource.gvk.kind;
    ApiError::bad_request(format!(
        "{kind} in version \"{}\" cannot be handled as a {kind}: strict decoding error: {}",
        resource.gvk.version,
        sentences.join(", ")
    ))
}
