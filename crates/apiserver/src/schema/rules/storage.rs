//! ConfigMaps, Secrets, claims and storage classes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Map, Value, json};

use super::names;
use super::pod::one_of;
use crate::registry::FieldError;

/// The largest ConfigMap and Secret, in bytes of data.
const LIMIT: usize = 1024 * 1024;

pub(super) fn check_config_map(object: &Value, errors: &mut Vec<FieldError>) {
    let mut size = 0;
    for field in ["data", "binaryData"] {
        for (key, value) in object[field].as_object().into_iter().flatten() {
            check_key(key, field, errors);
            size += value.as_str().map_or(0, str::len);
            if field == "binaryData" && object["data"].get(key).is_some() {
                let path = format!("data[{key}]");
                errors.push(FieldError::invalid(&path, &json!(key), "duplicate of key present in binaryData"));
            }
        }
    }
    check_size(size, errors);
}

fn check_key(key: &str, field: &str, errors: &mut Vec<FieldError>) {
    if let Some(problem) = names::config_key(key) {
        errors.push(FieldError::invalid(&format!("{field}[{key}]"), &json!(key), &problem));
    }
}

fn check_size(size: usize, errors: &mut Vec<FieldError>) {
    if size > LIMIT {
        errors.push(FieldError::new("FieldValueTooLong", "", format!("Too long: may not be more than {LIMIT} bytes")));
    }
}

/// `stringData` is written into `data`, base64-encoded, and goes. Line breaks in base64 do not count, and go, too.
pub(super) fn merge_string_data(object: &mut Value) {
    let Some(fields) = object.as_object_mut() else { return };
    for value in fields.get_mut("data").and_then(Value::as_object_mut).into_iter().flat_map(Map::values_mut) {
        if let Value::String(text) = value {
            text.retain(|character| character != '\n' && character != '\r');
        }
    }
    let Some(Value::Object(texts)) = fields.remove("stringData") else { return };
    let data = fields.entry("data").or_insert_with(|| Value::Object(Map::new()));
    if data.is_null() {
        *data = Value::Object(Map::new());
    }
    if let Some(data) = data.as_object_mut() {
        for (key, value) in texts {
            let encoded = match value.as_str() {
                Some(text) => Value::String(BASE64.encode(text)),
                None => value,
            };
            data.insert(key, encoded);
        }
    }
}

pub(super) fn check_secret(object: &Value, errors: &mut Vec<FieldError>) {
    let mut size = 0;
    let data = &object["data"];
    for (key, value) in data.as_object().into_iter().flatten() {
        check_key(key, "data", errors);
        size += value.as_str().map_or(0, |text| text.len() / 4 * 3);
    }
    check_size(size, errors);
    let ty = object["type"].as_str().unwrap_or_default();
    let required: &[&str] = match ty {
        "kubernetes.io/dockerconfigjson" => &[".dockerconfigjson"],
        "kubernetes.io/dockercfg" => &[".dockercfg"],
        "kubernetes.io/tls" => &["tls.crt", "tls.key"],
        "kubernetes.io/ssh-auth" => &["ssh-privatekey"],
        _ => &[],
    };
    for key in required {
        if data.get(*key).is_none() {
            errors.push(FieldError::required(&format!("data[{key}]"), ""));
        }
    }
    if ty == "kubernetes.io/basic-auth" && data.get("username").is_none() && data.get("password").is_none() {
        errors.push(FieldError::required("data[username]", ""));
        errors.push(FieldError::required("data[password]", ""));
    }
    if ty == "kubernetes.io/service-account-token"
        && object["metadata"]["annotations"]["kubernetes.io/service-account.name"]
            .as_str()
            .unwrap_or_default()
            .is_empty()
    {
        errors.push(FieldError::required("metadata.annotations[kubernetes.io/service-account.name]", ""));
    }
    if ty == "kubernetes.io/dockerconfigjson"
        && let Some(text) = data[".dockerconfigjson"].as_str()
        && BASE64.decode(text).is_ok_and(|bytes| serde_json::from_slice::<Value>(&bytes).is_err())
    {
        let why = "must be valid json";
        errors.push(FieldError::invalid("data[.dockerconfigjson]", &json!("<secret contents redacted>"), why));
    }
}

pub(super) fn check_claim(spec: &Value, path: &str, errors: &mut Vec<FieldError>) {
    let modes = spec["accessModes"].as_array();
    if modes.is_none_or(|modes| modes.is_empty()) {
        errors.push(FieldError::required(&format!("{path}.accessModes"), "at least 1 access mode is required"));
    }
    for mode in modes.into_iter().flatten() {
        let allowed = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];
        one_of(mode, &format!("{path}.accessModes"), &allowed, errors);
    }
    if spec["resources"]["requests"]["storage"].is_null() {
        errors.push(FieldError::required(&format!("{path}.resources[storage]"), ""));
    }
    one_of(&spec["volumeMode"], &format!("{path}.volumeMode"), &["Block", "Filesystem"], errors);
}

pub(super) fn check_storage_class(object: &Value, errors: &mut Vec<FieldError>) {
    if object["provisioner"] == "" {
        errors.push(FieldError::required("provisioner", ""));
    }
    one_of(&object["reclaimPolicy"], "reclaimPolicy", &["Delete", "Retain"], errors);
    one_of(&object["volumeBindingMode"], "volumeBindingMode", &["Immediate", "WaitForFirstConsumer"], errors);
}
