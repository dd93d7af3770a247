//! From method and path to verb.

use http::Method;
use serde_json::Value;

use super::list::invalid_options;
use super::review::{is_review, review};
use super::subresource::{self, ScaleWrite};
use super::{Call, create, delete, evict, list, patch, read, update, watch};
use crate::authorization::authorize;
use crate::error::ApiError;
use crate::http::{Reply, Representation};
use crate::registry::{FieldError, Scope};
use crate::reviews::Attempt;

/// Carries out a request to a resource.
pub(crate) async fn dispatch(method: &Method, call: Call) -> Result<Reply, ApiError> {
    let namespaced = call.resource.scope == Scope::Namespaced;
    if !call.namespace.is_empty() && !namespaced {
        return Err(ApiError::unknown_path());
    }
    if namespaced && call.namespace.is_empty() && !call.name.is_empty() {
        return Err(ApiError::unknown_path());
    }
    let attempt = Attempt::Resource {
        verb: verb(method, &call).to_owned(),
        group: call.resource.gvk.group.clone(),
        resource: call.resource.plural.clone(),
        subresource: call.subresource.clone(),
        namespace: call.namespace.clone(),
        name: call.name.clone(),
    };
    authorize(&call.core, &call.user, &attempt)?;
    check_options(method, &call)?;
    let include = call.query.text("includeObject");
    if call.accepted.representation == Representation::Table && !["", "None", "Object", "Metadata"].contains(&include) {
        return Err(ApiError::bad_request(format!(
            "Unable to convert to Table as requested: includeObject: Invalid value: \"{include}\": must be 'Metadata', 'Object', 'None', or empty"
        )));
    }
    let deprecation: Vec<String> = call.resource.deprecation.iter().cloned().collect();
    served(method, call).await.map(|reply| reply.with_warnings(deprecation))
}

/// Refuses values that the parameters of a write do not have.
fn check_options(method: &Method, call: &Call) -> Result<(), ApiError> {
    let options = match *method {
        Method::POST => "CreateOptions",
        Method::PUT => "UpdateOptions",
        Method::PATCH => "PatchOptions",
        Method::DELETE => "DeleteOptions",
        _ => return Ok(()),
    };
    let dry = call.query.text("dryRun");
    if !matches!(dry, "" | "All") {
        let error = FieldError::not_supported("dryRun", &[dry].into_iter().collect(), &["All".into()]);
        return Err(invalid_options(options, error));
    }
    let validation = call.query.text("fieldValidation");
    let known = ["", "Ignore", "Strict", "Warn"];
    if !known.contains(&validation) && options != "DeleteOptions" {
        let error = FieldError::not_supported("fieldValidation", &validation.into(), &known.map(Value::from));
        return Err(invalid_options(options, error));
    }
    Ok(())
}

async fn served(method: &Method, call: Call) -> Result<Reply, ApiError> {
    match call.subresource.as_str() {
        "" => main(method, call).await,
        "status" if call.resource.has_status => match *method {
            Method::GET => read::get(&call),
            Method::PUT => update::replace(&call).await,
            Method::PATCH => patch::patch(&call).await,
            _ => Err(ApiError::method_not_allowed()),
        },
        "scale" if call.resource.scale.is_some() => match *method {
            Method::GET => subresource::get_scale(&call),
            Method::PUT => subresource::change_scale(&call, ScaleWrite::Replace).await,
            Method::PATCH => subresource::change_scale(&call, ScaleWrite::Patch).await,
            _ => Err(ApiError::method_not_allowed()),
        },
        // What needs a kubelet: these pods have no processes behind them.
        "log" | "exec" | "attach" | "portforward" | "proxy" if call.resource.plural == "pods" => {
            Err(ApiError::bad_request(format!(
                "the {} of pod \"{}\" is not available: this cluster's pods are stand-ins without containers",
                call.subresource, call.name
            )))
        }
        known if call.resource.subresources.contains(&known) => match (known, method) {
            ("binding", &Method::POST) => subresource::bind(&call).await,
            ("eviction", &Method::POST) => evict::evict(&call).await,
            ("finalize", &Method::PUT) => subresource::finalize(&call).await,
            ("token", &Method::POST) => subresource::token(&call),
            _ => Err(ApiError::method_not_allowed()),
        },
        _ => Err(ApiError::unknown_path()),
    }
}

async fn main(method: &Method, call: Call) -> Result<Reply, ApiError> {
    if is_review(&call.resource) {
        return match *method {
            Method::POST if call.name.is_empty() => review(&call),
            _ => Err(ApiError::method_not_allowed()),
        };
    }
    let verb = verb(method, &call);
    let across_namespaces = call.resource.scope == Scope::Namespaced && call.namespace.is_empty();
    let reads = matches!(verb, "list" | "watch");
    if !call.resource.verbs.contains(&verb) || (across_namespaces && !reads) {
        return Err(ApiError::method_not_allowed());
    }
    match verb {
        "watch" => watch::watch(call),
        "list" => list::list(&call),
        "get" => read::get(&call),
        "create" => create::create(&call).await,
        "deletecollection" => delete::delete_collection(&call).await,
        "update" => update::replace(&call).await,
        "patch" => patch::patch(&call).await,
        _ => delete::delete(&call).await,
    }
}

/// The verb of a request; empty for methods that no resource has.
fn verb(method: &Method, call: &Call) -> &'static str {
    let watching = call.query.flag("watch") == Some(true) && call.subresource.is_empty();
    match (method, call.name.is_empty()) {
        (&Method::GET | &Method::HEAD, _) if watching => "watch",
        (&Method::GET | &Method::HEAD, true) => "list",
        (&Method::GET | &Method::HEAD, false) => "get",
        (&Method::POST, true) => "create",
        (&Method::POST, false) if !call.subresource.is_empty() => "create",
        (&Method::DELETE, true) => "deletecollection",
        (&Method::PUT, false) => "update",
        (&Method::PATCH, false) => "patch",
        (&Method::DELETE, false) => "delete",
        _ => "",
    }
}
