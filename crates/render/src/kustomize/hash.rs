//! The hash that generated ConfigMaps and Secrets carry in their names.

use manifest::Value;
use manifest::go_json::{self, Style};
use serde_json::{Map, json};
use sha2::{Digest, Sha256};

use super::problem::Failure;
use super::resource::HashSuffix;
use super::set::ResourceSet;

/// How many characters of the hash are used.
const LENGTH: usize = 10;

/// Appends the hash of its content to the name of every resource that wants it.
pub(crate) fn append_hashes(resources: &mut ResourceSet) -> Result<(), Failure> {
    for resource in resources.as_mut_slice() {
        if resource.hash_suffix == HashSuffix::Append {
            let name = format!("{}-{}", resource.name(), hash(&resource.value));
            resource.remember_id();
            resource.set_name(&name);
        }
    }
    Ok(())
}

/// The hash of an object's content. Its name does not count.
pub(crate) fn hash(object: &Value) -> String {
    let content = match object.get("kind").and_then(Value::as_str) {
        Some("ConfigMap") => config_map(object),
        Some("Secret") => secret(object),
        Some(_) | None => object.clone(),
    };
    let digest = hex::encode(Sha256::digest(go_json::of(&content, Style::default())));
    digest.chars().take(LENGTH).map(unlikely_to_spell).collect()
}

fn config_map(object: &Value) -> Value {
    let mut content = Map::from_iter([
        ("kind".to_owned(), json!("ConfigMap")),
        ("name".to_owned(), json!("")),
        ("data".to_owned(), field(object, "data")),
    ]);
    if let Some(data @ Value::Object(_)) = object.get("binaryData") {
        content.insert("binaryData".to_owned(), data.clone());
    }
    Value::Object(content)
}

fn secret(object: &Value) -> Value {
    let mut content = Map::from_iter([
        ("kind".to_owned(), json!("Secret")),
        ("type".to_owned(), field(object, "type")),
        ("name".to_owned(), json!("")),
        ("data".to_owned(), field(object, "data")),
    ]);
    if let Some(data @ Value::Object(_)) = object.get("stringData") {
        content.insert("stringData".to_owned(), data.clone());
    }
    Value::Object(content)
}

/// A field, or the empty text where there is none.
fn field(object: &Value, name: &str) -> Value {
    object.get(name).cloned().unwrap_or_else(|| json!(""))
}

/// Kubernetes' "safe" characters: none that spell words.
fn unlikely_to_spell(digit: char) -> char {
    match digit {
        '0' => 'g',
        '1' => 'h',
        '3' => 'k',
        'a' => 'm',
        'e' => 't',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_config_map() {
        assert_eq!(hash(&json!({"kind": "ConfigMap"})), "6ct58987ht");
    }

    #[test]
    fn everything_but_the_name_counts() {
        let objects = [
            json!({"kind": "ConfigMap", "data": {"a": "1"}}),
            json!({"kind": "ConfigMap", "data": {"a": "2"}}),
            json!({"kind": "ConfigMap", "data": {"a": 1}}),
            json!({"kind": "ConfigMap", "binaryData": {"a": "1"}}),
            json!({"kind": "Secret", "data": {"a": "1"}}),
            json!({"kind": "Secret", "stringData": {"a": "1"}}),
            json!({"kind": "Secret", "type": "Opaque", "data": {"a": "1"}}),
        ];
        let hashes: std::collections::BTreeSet<String> = objects.iter().map(hash).collect();
        assert_eq!(hashes.len(), objects.len());
        assert!(hashes.iter().all(|hash| hash.len() == LENGTH && !hash.contains(['0', '1', '3', 'a', 'e'])));
    }

    #[test]
    fn the_name_does_not_count() {
        let named = |name: &str| json!({"kind": "ConfigMap", "metadata": {"name": name}, "data": {"a": "<&>"}});
        assert_eq!(hash(&named("one")), hash(&named("two")));
    }
}
