//! What a pod needs to exist before its containers can be created.

use std::cell::RefCell;
use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::{Container, Pod, PodSpec};

use crate::action::Event;

/// An object a pod may refer to, with the keys it must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reference<'a> {
    /// A ConfigMap, and one of its keys where one is named.
    ConfigMap { name: &'a str, key: Option<&'a str> },
    /// A Secret, and one of its keys where one is named.
    Secret { name: &'a str, key: Option<&'a str> },
    /// A ServiceAccount.
    ServiceAccount { name: &'a str },
}

/// Whether something referred to is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Presence {
    /// The object, and the key if one was asked for.
    Present,
    /// The object is there, but not its key.
    KeyMissing,
    /// The object is not there.
    Missing,
}

/// Looks references up in the pod's namespace.
pub(crate) trait Lookup {
    /// Whether `reference` can be followed.
    fn presence(&self, reference: Reference<'_>) -> Presence;
    /// The namespace, for messages.
    fn namespace(&self) -> &str;
}

/// Takes ConfigMaps and Secrets that are missing for present, and remembers which. A missing key is still missing:
/// whoever makes the object has made it.
pub(crate) struct Assuming<'a> {
    found: &'a dyn Lookup,
    assumed: RefCell<BTreeSet<String>>,
}

impl<'a> Assuming<'a> {
    /// Assumes what `found` does not find.
    pub(crate) fn over(found: &'a dyn Lookup) -> Self {
        Self { found, assumed: RefCell::default() }
    }

    /// What was assumed for `pod`, told as events.
    pub(crate) fn story(self, pod: &Pod) -> impl Iterator<Item = Event> {
        let assumed = self.assumed.into_inner().into_iter();
        assumed.map(|missing| {
            let message = format!("{missing}: assumed to be there, because what would create it is absent here");
            Event::warning(pod, "Assumed", message)
        })
    }
}

impl Lookup for Assuming<'_> {
    fn presence(&self, reference: Reference<'_>) -> Presence {
        match (self.found.presence(reference), reference) {
            (Presence::Missing, Reference::ConfigMap { .. } | Reference::Secret { .. }) => {
                self.assumed.borrow_mut().insert(missing(reference, Presence::Missing, self.found));
                Presence::Present
            }
            (presence, _) => presence,
        }
    }

    fn namespace(&self) -> &str {
        self.found.namespace()
    }
}

/// Why the pod's volumes cannot be set up: the event's message.
pub(super) fn unmountable(spec: &PodSpec, lookup: &dyn Lookup) -> Option<String> {
    let account = spec.service_account_name.as_deref().filter(|name| !name.is_empty() && *name != "default");
    if let Some(name) = account
        && lookup.presence(Reference::ServiceAccount { name }) != Presence::Present
    {
        let cause = missing(Reference::ServiceAccount { name }, Presence::Missing, lookup);
        return Some(format!("MountVolume.SetUp failed for volume \"kube-api-access\" : {cause}"));
    }
    spec.volumes.iter().flatten().find_map(|volume| {
        let config_map = volume.config_map.iter().filter(|source| source.optional != Some(true)).flat_map(|source| {
            let items = source.items.iter().flatten().map(|item| item.key.as_str()).map(Some).collect::<Vec<_>>();
            let keys = if items.is_empty() { vec![None] } else { items };
            keys.into_iter().map(|key| Reference::ConfigMap { name: &source.name, key })
        });
        let secret = volume.secret.iter().filter(|source| source.optional != Some(true)).flat_map(|source| {
            let items = source.items.iter().flatten().map(|item| item.key.as_str()).map(Some).collect::<Vec<_>>();
            let keys = if items.is_empty() { vec![None] } else { items };
            let name = source.secret_name.as_deref().unwrap_or_default();
            keys.into_iter().map(move |key| Reference::Secret { name, key })
        });
        let projected = volume.projected.iter().flat_map(|source| source.sources.iter().flatten());
        let projected = projected.flat_map(|source| {
            let config_map = source.config_map.iter().filter(|source| source.optional != Some(true));
            let secret = source.secret.iter().filter(|source| source.optional != Some(true));
            config_map
                .map(|source| Reference::ConfigMap { name: &source.name, key: None })
                .chain(secret.map(|source| Reference::Secret { name: &source.name, key: None }))
        });
        let cause = config_map.chain(secret).chain(projected).find_map(|reference| failing(reference, lookup))?;
        Some(format!("MountVolume.SetUp failed for volume \"{}\" : {cause}", volume.name))
    })
}

/// Why the container's environment cannot be put together: the message of `CreateContainerConfigError`.
pub(super) fn unconfigurable(container: &Container, lookup: &dyn Lookup) -> Option<String> {
    let whole = container.env_from.iter().flatten().flat_map(|from| {
        let config_map = from.config_map_ref.iter().filter(|source| source.optional != Some(true));
        let secret = from.secret_ref.iter().filter(|source| source.optional != Some(true));
        config_map
            .map(|source| Reference::ConfigMap { name: &source.name, key: None })
            .chain(secret.map(|source| Reference::Secret { name: &source.name, key: None }))
    });
    let single = container.env.iter().flatten().filter_map(|variable| variable.value_from.as_ref()).flat_map(|from| {
        let config_map = from.config_map_key_ref.iter().filter(|source| source.optional != Some(true));
        let secret = from.secret_key_ref.iter().filter(|source| source.optional != Some(true));
        config_map
            .map(|source| Reference::ConfigMap { name: &source.name, key: Some(&source.key) })
            .chain(secret.map(|source| Reference::Secret { name: &source.name, key: Some(&source.key) }))
    });
    whole.chain(single).find_map(|reference| failing(reference, lookup))
}

fn failing(reference: Reference<'_>, lookup: &dyn Lookup) -> Option<String> {
    let presence = lookup.presence(reference);
    (presence != Presence::Present).then(|| missing(reference, presence, lookup))
}

fn missing(reference: Reference<'_>, presence: Presence, lookup: &dyn Lookup) -> String {
    let namespace = lookup.namespace();
    match (reference, presence) {
        (Reference::ConfigMap { name, key: Some(key) }, Presence::KeyMissing) => {
            format!("couldn't find key {key} in ConfigMap {namespace}/{name}")
        }
        (Reference::Secret { name, key: Some(key) }, Presence::KeyMissing) => {
            format!("couldn't find key {key} in Secret {namespace}/{name}")
        }
        (Reference::ConfigMap { name, .. }, _) => format!("configmap \"{name}\" not found"),
        (Reference::Secret { name, .. }, _) => format!("secret \"{name}\" not found"),
        (Reference::ServiceAccount { name }, _) => format!("serviceaccount \"{name}\" not found"),
    }
}
