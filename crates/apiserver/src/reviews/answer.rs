//! Filling in the `status` of a review.

use serde_json::{Map, Value, json};

use super::rbac::Grant;
use super::{Attempt, Decision, Rbac, User};

/// Answers a review of one of the authentication or authorization kinds: the same object, with its status.
///
/// `user` is who asks, `authenticate` turns a bearer token into its user. Objects of other kinds come back unchanged.
pub fn answer(mut review: Value, user: &User, rbac: &Rbac<'_>, authenticate: impl Fn(&str) -> Option<User>) -> Value {
    let status = match review["kind"].as_str().unwrap_or_default() {
        "SelfSubjectReview" => json!({"userInfo": user_info(user)}),
        "TokenReview" => match authenticate(review["spec"]["token"].as_str().unwrap_or_default()) {
            Some(found) => {
                json!({"authenticated": true, "user": user_info(&found), "audiences": review["spec"]["audiences"]})
            }
            None => json!({"authenticated": false, "error": "the token is not known to this server"}),
        },
        "SelfSubjectAccessReview" => decide(rbac, user, &review["spec"]),
        "SubjectAccessReview" | "LocalSubjectAccessReview" => decide(rbac, &subject(&review["spec"]), &review["spec"]),
        "SelfSubjectRulesReview" => rules(rbac, user, review["spec"]["namespace"].as_str().unwrap_or_default()),
        _ => return review,
    };
    review["status"] = without_nulls(status);
    review
}

fn without_nulls(mut status: Value) -> Value {
    if let Some(fields) = status.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    status
}

fn user_info(user: &User) -> Value {
    let mut info = Map::new();
    info.insert("username".to_owned(), json!(user.name));
    if !user.uid.is_empty() {
        info.insert("uid".to_owned(), json!(user.uid));
    }
    info.insert("groups".to_owned(), json!(user.groups));
    if !user.extra.is_empty() {
        info.insert("extra".to_owned(), json!(user.extra));
    }
    Value::Object(info)
}

fn subject(spec: &Value) -> User {
    let texts =
        |value: &Value| value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
    User {
        name: spec["user"].as_str().unwrap_or_default().to_owned(),
        uid: spec["uid"].as_str().unwrap_or_default().to_owned(),
        groups: texts(&spec["groups"]),
        extra: spec["extra"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(key, value)| (key.clone(), texts(value)))
            .collect(),
    }
}

fn decide(rbac: &Rbac<'_>, user: &User, spec: &Value) -> Value {
    let field = |parent: &str, name: &str| spec[parent][name].as_str().unwrap_or_default().to_owned();
    let attempt = if spec["nonResourceAttributes"].is_object() {
        Attempt::Path { verb: field("nonResourceAttributes", "verb"), path: field("nonResourceAttributes", "path") }
    } else {
        Attempt::Resource {
            verb: field("resourceAttributes", "verb"),
            group: field("resourceAttributes", "group"),
            resource: field("resourceAttributes", "resource"),
            subresource: field("resourceAttributes", "subresource"),
            namespace: field("resourceAttributes", "namespace"),
            name: field("resourceAttributes", "name"),
        }
    };
    match rbac.authorize(user, &attempt) {
        Decision::Allowed { reason } if reason.is_empty() => json!({"allowed": true}),
        Decision::Allowed { reason } => json!({"allowed": true, "reason": reason}),
        Decision::Denied => json!({"allowed": false}),
    }
}

fn rules(rbac: &Rbac<'_>, user: &User, namespace: &str) -> Value {
    let everything = json!({"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]});
    let every_path = json!({"verbs": ["*"], "nonResourceURLs": ["*"]});
    if user.groups.iter().any(|group| group == "system:masters") {
        return json!({"resourceRules": [everything], "nonResourceRules": [every_path], "incomplete": false});
    }
    let (mut resources, mut paths) = (Vec::new(), Vec::new());
    for Grant { rule, namespace, .. } in rbac.grants(user, namespace) {
        if rule["resources"].is_array() {
            resources.push(without_nulls(json!({
                "verbs": rule["verbs"],
                "apiGroups": rule["apiGroups"],
                "resources": rule["resources"],
                "resourceNames": rule["resourceNames"],
            })));
        }
        if rule["nonResourceURLs"].is_array() && namespace.is_empty() {
            paths.push(json!({"verbs": rule["verbs"], "nonResourceURLs": rule["nonResourceURLs"]}));
        }
    }
    json!({"resourceRules": resources, "nonResourceRules": paths, "incomplete": false})
}
