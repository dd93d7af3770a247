//! Subresources other than `status`: `scale`, `binding`, `finalize`, `token`.

use serde_json::{Value, json};

use super::prepare::Ownership;
use super::update::{Rewrite, modify, rewrite};
use super::{Call, Outcome, patch};
use crate::core::collection_of;
use crate::error::ApiError;
use crate::http::{Reply, decode_body};
use crate::identity;
use crate::metadata;
use crate::registry::{FieldError, Origin, ScalePaths, lookup};

/// `autoscaling/v1 Scale` of an object.
fn scale_of(call: &Call, object: &Value, paths: &ScalePaths) -> Value {
    let number = |path: &str| lookup(object, path).and_then(Value::as_i64).unwrap_or_default();
    let selector = match paths.label_selector.as_deref().and_then(|path| lookup(object, path)) {
        Some(Value::String(text)) => text.clone(),
        Some(selector) => selector_text(selector),
        None => String::new(),
    };
    let meta = |field: &str| object["metadata"][field].clone();
    let mut scale = json!({
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {
            "name": call.name,
            "uid": meta("uid"),
            "resourceVersion": meta("resourceVersion"),
            "creationTimestamp": meta("creationTimestamp"),
        },
        "spec": {"replicas": number(&paths.spec_replicas)},
        "status": {"replicas": number(&paths.status_replicas)},
    });
    if !call.namespace.is_empty() {
        scale["metadata"]["namespace"] = call.namespace.as_str().into();
    }
    if !selector.is_empty() {
        scale["status"]["selector"] = selector.into();
    }
    scale
}

/// A label selector as the text clients put into queries.
pub(super) fn selector_text(selector: &Value) -> String {
    let mut terms: Vec<String> = Vec::new();
    // A ReplicationController's selector is a plain map.
    let labels = selector.get("matchLabels").unwrap_or(selector).as_object();
    for (key, value) in labels.into_iter().flatten() {
        if let Some(value) = value.as_str() {
            terms.push(format!("{key}={value}"));
        }
    }
    for expression in selector["matchExpressions"].as_array().into_iter().flatten() {
        let key = expression["key"].as_str().unwrap_or_default();
        let values: Vec<&str> =
            expression["values"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        terms.push(match expression["operator"].as_str().unwrap_or_default() {
            "In" => format!("{key} in ({})", values.join(",")),
            "NotIn" => format!("{key} notin ({})", values.join(",")),
            "DoesNotExist" => format!("!{key}"),
            _ => key.to_owned(),
        });
    }
    terms.join(",")
}

fn paths(call: &Call) -> Result<&ScalePaths, ApiError> {
    call.resource.scale.as_ref().ok_or_else(ApiError::unknown_path)
}

/// Reads the scale of an object.
pub(super) fn get_scale(call: &Call) -> Result<Reply, ApiError> {
    let paths = paths(call)?;
    let record = call.core.store.get(&collection_of(&call.resource), &call.key()).ok_or_else(|| call.not_found())?;
    let object = call.object(&record);
    if call.resource.origin != Origin::BuiltIn && lookup(&object, &paths.spec_replicas).is_none() {
        let path = &paths.spec_replicas;
        return Err(ApiError::internal(format!("the spec replicas field \"{path}\" does not exist")));
    }
    Ok(Reply::value(200, &scale_of(call, &object, paths)))
}

/// Replaces or patches the scale of an object.
pub(super) async fn change_scale(call: &Call, write: ScaleWrite) -> Result<Reply, ApiError> {
    let paths = paths(call)?;
    let body = match write {
        ScaleWrite::Replace => decode_body(&call.content_type, &call.body)?.value,
        ScaleWrite::Patch => Value::Null,
    };
    let change = |live: &Value| {
        let scale = match write {
            ScaleWrite::Replace => body.clone(),
            ScaleWrite::Patch => patch::patched(call, &scale_of(call, live, paths))?,
        };
        let given = metadata::text(&scale, "resourceVersion");
        if !given.is_empty() && given != metadata::text(live, "resourceVersion") {
            return Err(ApiError::modified(&call.resource, &call.name));
        }
        let replicas = scale["spec"]["replicas"].as_i64().unwrap_or_default();
        if replicas < 0 {
            let error = FieldError::invalid("spec.replicas", &replicas.into(), "must be greater than or equal to 0");
            let kind = manifest::GroupVersionKind::from_api_version("autoscaling/v1", "Scale");
            return Err(ApiError::invalid(&kind, &call.name, &[error]));
        }
        let mut object = live.clone();
        set(&mut object, &paths.spec_replicas, replicas.into());
        Ok((object, Ownership::ToRecord))
    };
    let (outcome, warnings) = modify(call, change).await?;
    let object = match outcome {
        Outcome::Stored(record) => call.object(&record),
        Outcome::Planned(object) => object,
    };
    Ok(Reply::value(200, &scale_of(call, &object, paths)).with_warnings(warnings))
}

/// How a scale is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ScaleWrite {
    /// `PUT`
    Replace,
    /// `PATCH`
    Patch,
}

fn set(object: &mut Value, path: &str, value: Value) {
    let mut place = object;
    for part in path.split('.').filter(|part| !part.is_empty()) {
        if !place.is_object() {
            *place = json!({});
        }
        place = &mut place[part];
    }
    *place = value;
}

/// Binds a pod to the node in the body, as a scheduler does.
pub(super) async fn bind(call: &Call) -> Result<Reply, ApiError> {
    let binding = decode_body(&call.content_type, &call.body)?.value;
    let node = binding["target"]["name"].as_str().unwrap_or_default();
    if node.is_empty() {
        let error = FieldError::required("target.name", "");
        let kind = manifest::GroupVersionKind::from_api_version("v1", "Binding");
        return Err(ApiError::invalid(&kind, &call.name, &[error]));
    }
    let record = call.core.store.get(&collection_of(&call.resource), &call.key()).ok_or_else(|| call.not_found())?;
    let pod = record.object();
    let bound = pod["spec"]["nodeName"].as_str().unwrap_or_default();
    if !bound.is_empty() {
        let why = format!("pod {} is already assigned to node \"{bound}\"", call.name);
        let kind = manifest::GroupVersionKind::from_api_version("v1", "pods/binding");
        return Err(ApiError::kind_conflict(&kind, &call.name, &why));
    }
    rewrite(&call.core, &call.resource, &call.key(), |mut pod| {
        pod["spec"]["nodeName"] = node.into();
        let scheduled = json!({"type": "PodScheduled", "status": "True", "lastTransitionTime": identity::now()});
        match pod["status"]["conditions"].as_array_mut() {
            Some(conditions) => {
                conditions.retain(|condition| condition["type"] != "PodScheduled");
                conditions.push(scheduled);
            }
            None => pod["status"]["conditions"] = json!([scheduled]),
        }
        Rewrite::To(pod)
    })
    .await?;
    Ok(Reply::value(201, &success()))
}

/// Replaces the finalizers in a namespace's `spec`.
pub(super) async fn finalize(call: &Call) -> Result<Reply, ApiError> {
    let body = decode_body(&call.content_type, &call.body)?.value;
    let finalizers = body["spec"].get("finalizers").cloned().unwrap_or_else(|| json!([]));
    let record = rewrite(&call.core, &call.resource, &call.key(), |mut live| {
        live["spec"]["finalizers"] = finalizers.clone();
        Rewrite::To(live)
    })
    .await?;
    let record = record.ok_or_else(|| call.not_found())?;
    Ok(call.reply(200, &Outcome::Stored(record)))
}

/// Whom tokens are for that are asked for without saying so: the server itself.
const AUDIENCE: &str = "https://kubernetes.default.svc.cluster.local";

/// A token that names a service account. This server knows its tokens by their own text: see [`crate::reviews`].
pub(super) fn token(call: &Call) -> Result<Reply, ApiError> {
    let account = call.core.store.get(&collection_of(&call.resource), &call.key()).ok_or_else(|| call.not_found())?;
    let mut request = decode_body(&call.content_type, &call.body)?.value;
    let seconds = request["spec"]["expirationSeconds"].as_i64().unwrap_or(3600).clamp(600, 1 << 32);
    if request["spec"]["audiences"].as_array().is_none_or(Vec::is_empty) {
        request["spec"]["audiences"] = json!([AUDIENCE]);
    }
    let token = call.core.tokens.issue(&call.namespace, &call.name).map_err(ApiError::internal)?;
    request["metadata"] =
        json!({"name": call.name, "namespace": call.namespace, "uid": metadata::text(&account.object(), "uid")});
    request["status"] = json!({"token": token, "expirationTimestamp": identity::seconds_from_now(seconds)});
    Ok(Reply::value(201, &request))
}

pub(super) fn success() -> Value {
    json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors_become_text() {
        let selector = json!({
            "matchLabels": {"app": "web", "tier": "front"},
            "matchExpressions": [
                {"key": "a", "operator": "In", "values": ["x", "y"]},
                {"key": "b", "operator": "NotIn", "values": ["z"]},
                {"key": "c", "operator": "Exists"},
                {"key": "d", "operator": "DoesNotExist"},
            ],
        });
        assert_eq!(selector_text(&selector), "app=web,tier=front,a in (x,y),b notin (z),c,!d");
        assert_eq!(selector_text(&json!({"app": "web"})), "app=web");
    }

    #[test]
    fn paths_are_made_on_the_way() {
        let mut object = json!({"spec": {"a": 1}});
        set(&mut object, ".spec.replicas", 3.into());
        set(&mut object, ".x.y", 1.into());
        assert_eq!(object, json!({"spec": {"a": 1, "replicas": 3}, "x": {"y": 1}}));
    }
}
