//! `paths` of a document: the operations on each resource, as far as clients read them.

use serde_json::{Map, Value, json};

use crate::registry::{Origin, Resource, Scope};

/// Adds the paths of one resource whose definition is called `name`.
pub(super) fn add(paths: &mut Map<String, Value>, resource: &Resource, name: &str) {
    let group_version = resource.gvk.api_version();
    let root =
        if resource.gvk.group.is_empty() { format!("/api/{group_version}") } else { format!("/apis/{group_version}") };
    let (everywhere, collection) = match resource.scope {
        Scope::Namespaced => (
            Some(format!("{root}/{}", resource.plural)),
            format!("{root}/namespaces/{{namespace}}/{}", resource.plural),
        ),
        Scope::Cluster => (None, format!("{root}/{}", resource.plural)),
    };
    let can = |verb: &str| resource.verbs.contains(&verb);
    let list_name = format!("{name}List");
    let mut collection_operations = Map::new();
    let mut object_operations = Map::new();
    if can("list") {
        let list = operation(resource, "list", &list_name, Body::None);
        if let Some(everywhere) = everywhere {
            paths.insert(
                everywhere,
                json!({"get": list, "parameters": query(&["fieldSelector", "labelSelector", "limit", "watch"])}),
            );
        }
        collection_operations.insert("get".to_owned(), list);
    }
    for (verb, method, action) in [("create", "post", "post"), ("deletecollection", "delete", "deletecollection")] {
        if can(verb) {
            let body = if verb == "create" { Body::Object } else { Body::None };
            collection_operations.insert(method.to_owned(), operation(resource, action, name, body));
        }
    }
    for (verb, method, action, body) in [
        ("get", "get", "get", Body::None),
        ("update", "put", "put", Body::Object),
        ("patch", "patch", "patch", Body::Patch),
        ("delete", "delete", "delete", Body::None),
    ] {
        if can(verb) {
            object_operations.insert(method.to_owned(), operation(resource, action, name, body));
        }
    }
    let mut path_parameters = Vec::new();
    if resource.scope == Scope::Namespaced {
        path_parameters.push(path_parameter("namespace", "object name and auth scope, such as for teams and projects"));
    }
    if !collection_operations.is_empty() {
        collection_operations.insert("parameters".to_owned(), json!(path_parameters));
        paths.insert(collection.clone(), Value::Object(collection_operations));
    }
    if object_operations.is_empty() {
        return;
    }
    path_parameters.insert(0, path_parameter("name", &format!("name of the {}", resource.gvk.kind)));
    if resource.has_status {
        let mut status = object_operations.clone();
        status.remove("delete");
        status.insert("parameters".to_owned(), json!(path_parameters));
        paths.insert(format!("{collection}/{{name}}/status"), Value::Object(status));
    }
    object_operations.insert("parameters".to_owned(), json!(path_parameters));
    paths.insert(format!("{collection}/{{name}}"), Value::Object(object_operations));
}

#[derive(Clone, Copy, PartialEq)]
enum Body {
    None,
    Object,
    Patch,
}

fn operation(resource: &Resource, action: &str, answer: &str, body: Body) -> Value {
    let reference = json!({"$ref": format!("#/components/schemas/{answer}")});
    let mut operation = json!({
        "tags": [tag(resource)],
        "responses": {"200": {"description": "OK", "content": {"application/json": {"schema": reference}}}},
        "x-kubernetes-action": action,
        "x-kubernetes-group-version-kind": {
            "group": resource.gvk.group,
            "version": resource.gvk.version,
            "kind": resource.gvk.kind,
        },
    });
    match body {
        Body::None => {}
        Body::Object => {
            operation["parameters"] = query(&["dryRun", "fieldManager", "fieldValidation"]);
            operation["requestBody"] = json!({"required": true, "content": {"*/*": {"schema": reference}}});
        }
        Body::Patch => {
            operation["parameters"] = query(&["dryRun", "fieldManager", "fieldValidation", "force"]);
            let patch = json!({"schema": {"type": "object", "description": "A patch in the named format"}});
            let mut content = json!({
                "application/apply-patch+yaml": patch,
                "application/json-patch+json": patch,
                "application/merge-patch+json": patch,
            });
            if resource.origin == Origin::BuiltIn {
                content["application/strategic-merge-patch+json"] = patch;
            }
            operation["requestBody"] = json!({"required": true, "content": content});
        }
    }
    operation
}

/// `apps_v1`, as generated clients group operations.
fn tag(resource: &Resource) -> String {
    let group = resource.gvk.group.split('.').next().filter(|group| !group.is_empty()).unwrap_or("core");
    format!("{group}_{}", resource.gvk.version)
}

fn path_parameter(name: &str, description: &str) -> Value {
    json!({"name": name, "in": "path", "required": true, "description": description, "schema": {"type": "string", "uniqueItems": true}})
}

fn query(names: &[&str]) -> Value {
    let parameter = |name: &&str| {
        let ty = match *name {
            "force" | "watch" => "boolean",
            "limit" => "integer",
            _ => "string",
        };
        json!({"name": name, "in": "query", "schema": {"type": ty, "uniqueItems": true}})
    };
    names.iter().map(parameter).collect()
}
