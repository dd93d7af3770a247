//! The Secrets that a source refers to.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cluster::ObjectRef;
use kinds::flux::LocalReference;
use manifest::{GroupVersionKind, Value};
use source::Credentials;

use super::failure::Failure;
use crate::engine::Engine;
use crate::mailbox::Mailbox;
use crate::references::Reader;

/// The Secrets that a source refers to, as they are now. A change of one wakes the source.
#[derive(Debug, Default)]
pub(super) struct Secrets {
    namespace: Arc<str>,
    found: BTreeMap<ObjectRef, Option<Arc<Value>>>,
}

/// What one Secret holds.
#[derive(Debug, Default, Clone)]
pub(super) struct Secret {
    pub(super) name: String,
    data: BTreeMap<String, Vec<u8>>,
}

impl Secrets {
    /// Reads the Secrets with these names, and has the reader woken when they change.
    pub(super) async fn read(
        engine: &Engine,
        reader: Reader,
        mailbox: &Mailbox,
        names: BTreeSet<&str>,
    ) -> Result<Secrets, Failure> {
        let namespace = reader.key.namespace.clone();
        let wanted = names.into_iter().map(|name| reference(&namespace, name)).collect();
        let read = engine.references.read(reader, mailbox, &wanted).await;
        let found = read.map_err(|error| Failure::secret(error.to_string()))?;
        Ok(Secrets { namespace, found })
    }

    /// Secrets that were read elsewhere.
    pub(super) fn found(namespace: &str, found: BTreeMap<ObjectRef, Option<Arc<Value>>>) -> Secrets {
        Secrets { namespace: namespace.into(), found }
    }

    /// The Secret that a field refers to.
    pub(super) fn get(&self, field: &str, to: &LocalReference) -> Result<Secret, Failure> {
        let (namespace, name) = (&self.namespace, &to.name);
        let found = self.found.get(&reference(namespace, name)).and_then(Option::as_ref);
        let object = found.ok_or_else(|| {
            Failure::secret(format!("secret '{namespace}/{name}' not found; create it or correct {field}"))
        })?;
        let entries = object["data"].as_object().into_iter().flatten();
        let decoded = entries.map(|(key, value)| {
            let bytes = STANDARD.decode(value.as_str().unwrap_or_default());
            let not_base64 = |_| Failure::secret(format!("secret '{namespace}/{name}': {key} is not base64"));
            Ok((key.clone(), bytes.map_err(not_base64)?))
        });
        Ok(Secret { name: name.clone(), data: decoded.collect::<Result<_, Failure>>()? })
    }

    /// As [`Secrets::get`]; an empty Secret where the field is not given.
    pub(super) fn get_if_given(&self, field: &str, to: Option<&LocalReference>) -> Result<Secret, Failure> {
        to.map_or_else(|| Ok(Secret::default()), |to| self.get(field, to))
    }
}

pub(super) fn reference(namespace: &str, name: &str) -> ObjectRef {
    ObjectRef::new(GroupVersionKind::from_api_version("v1", "Secret"), namespace, name)
}

impl Secret {
    pub(super) fn is_empty(&self) -> bool {
        self.data.is_empty()
    }

    pub(super) fn bytes(&self, key: &str) -> Option<&Vec<u8>> {
        self.data.get(key)
    }

    /// The entry under the key of today, or under the one of older versions.
    pub(super) fn either(&self, new: &str, old: &str) -> Option<Vec<u8>> {
        self.data.get(new).or_else(|| self.data.get(old)).cloned()
    }

    /// An entry as text, without the line break that files end with.
    pub(super) fn text(&self, key: &str) -> Option<String> {
        self.data.get(key).map(|bytes| String::from_utf8_lossy(bytes).trim_end_matches('\n').to_owned())
    }

    /// The entries whose keys end so, by key.
    pub(super) fn ending_with(&self, end: &str) -> impl Iterator<Item = &Vec<u8>> {
        self.data.iter().filter(move |(key, _)| key.ends_with(end)).map(|(_, bytes)| bytes)
    }

    /// All entries, by key.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&str, &Vec<u8>)> {
        self.data.iter().map(|(key, bytes)| (key.as_str(), bytes))
    }

    /// A name and a password; none if the Secret has neither.
    pub(super) fn basic(&self, scheme: &str) -> Result<Credentials, Failure> {
        match (self.text("username"), self.text("password")) {
            (Some(username), Some(password)) => Ok(Credentials::Basic { username, password }),
            (None, None) => Ok(Credentials::None),
            (Some(_), None) => Err(self.lacks("`password`", scheme)),
            (None, Some(_)) => Err(self.lacks("`username`", scheme)),
        }
    }

    /// Something is missing that `who` needs.
    pub(super) fn lacks(&self, keys: &str, who: &str) -> Failure {
        Failure::secret(format!("secret '{}' lacks {keys}, which {who} needs", self.name))
    }

    #[cfg(test)]
    pub(super) fn of(name: &str, entries: &[(&str, &str)]) -> Secret {
        let data = entries.iter().map(|(key, value)| ((*key).to_owned(), value.as_bytes().to_vec()));
        Secret { name: name.to_owned(), data: data.collect() }
    }
}
