//! The Secrets from which gateways take their certificates.

use std::collections::{BTreeSet, HashSet};

use mesh::{Field, KindName, Resource, World, kind};

use super::selection;
use crate::certificate::{self, decoded};

const CERTIFICATE: KindName = KindName::new("Certificate.cert-manager.io");
const EXTERNAL_SECRET: KindName = KindName::new("ExternalSecret.external-secrets.io");
const SEALED_SECRET: KindName = KindName::new("SealedSecret.bitnami.com");

/// The name of a Secret in a Gateway, and the namespaces in which it may be: those of the Gateway's proxies.
pub(super) struct Reference<'w> {
    /// The name as it is written.
    pub(super) name: &'w str,
    /// Where it is written.
    pub(super) field: Field<'w>,
    /// The namespaces of the proxies, or the one that the name itself says.
    pub(super) namespaces: BTreeSet<&'w str>,
}

/// What is behind such a name.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Credential<'w> {
    /// Nothing.
    Missing,
    /// A Secret that can be used, or that something else makes or decrypts.
    Usable,
    /// A Secret that cannot be used, and why.
    Bad(Resource<'w>, &'static str),
}

/// Secrets that other objects make, by namespace and name.
pub(super) struct Makers<'w> {
    made: HashSet<(&'w str, &'w str)>,
}

impl<'w> Makers<'w> {
    /// Those of a world.
    pub(super) fn of(world: &'w World) -> Makers<'w> {
        let written = |resource: Resource<'w>, path: &[&str]| {
            let name = resource.at(path).and_then(Field::as_str).unwrap_or(resource.name());
            (resource.namespace(), name)
        };
        let issued = world.of(CERTIFICATE).map(|issued| written(issued, &["spec", "secretName"]));
        let fetched = world.of(EXTERNAL_SECRET).map(|fetched| written(fetched, &["spec", "target", "name"]));
        let sealed = world.of(SEALED_SECRET).map(|sealed| (sealed.namespace(), sealed.name()));
        Makers { made: issued.chain(fetched).chain(sealed).collect() }
    }
}

/// The names of Secrets in a Gateway that has proxies.
pub(super) fn references<'w>(world: &'w World, gateway: Resource<'w>) -> impl Iterator<Item = Reference<'w>> {
    let named = |tls: Field<'w>| tls.get("credentialName").into_iter().chain(tls.list("credentialNames"));
    let mut fields =
        gateway.list(&["spec", "servers"]).filter_map(|server| server.get("tls")).flat_map(named).peekable();
    let proxies = match fields.peek() {
        Some(_) => selection::workloads(world, None, gateway.at(&["spec", "selector"])),
        None => Vec::new(),
    };
    let of_proxies: BTreeSet<&str> = proxies.iter().map(|proxy| proxy.namespace()).collect();
    let has_proxies = !proxies.is_empty();
    fields.filter(move |_| has_proxies).filter_map(move |field| {
        let name = field.as_str().filter(|name| !name.is_empty() && !name.starts_with("builtin://"))?;
        let plain = name.strip_prefix("kubernetes://").unwrap_or(name);
        let (name, namespaces) = match plain.split_once('/') {
            Some((namespace, name)) => (name, BTreeSet::from([namespace])),
            None => (plain, of_proxies.clone()),
        };
        Some(Reference { name, field, namespaces })
    })
}

impl<'w> Reference<'w> {
    /// What is behind it: the best of what the namespaces have.
    pub(super) fn find(&self, world: &'w World, makers: &Makers<'_>) -> Credential<'w> {
        let mut found = Credential::Missing;
        for namespace in &self.namespaces {
            if makers.made.contains(&(*namespace, self.name)) {
                return Credential::Usable;
            }
            match world.find(kind::SECRET, namespace, self.name).map(|secret| (secret, problem(world, secret))) {
                None => {}
                Some((_, None)) => return Credential::Usable,
                Some((secret, Some(problem))) => found = Credential::Bad(secret, problem),
            }
        }
        found
    }
}

/// Why a Secret gives no certificate to present, if it does not. What is encrypted or only to be filled in is believed.
fn problem(world: &World, secret: Resource<'_>) -> Option<&'static str> {
    let text = |name: &str| {
        let plain = secret.at(&["stringData", name]).and_then(Field::as_str).map(|text| text.as_bytes().to_vec());
        let encoded = || secret.at(&["data", name]).and_then(Field::as_str).and_then(decoded);
        plain.or_else(encoded).filter(|text| !text.is_empty())
    };
    let is_encrypted = secret.at(&["sops"]).is_some();
    let has_data = secret.at(&["data"]).is_some() || secret.at(&["stringData"]).is_some();
    let certificate = [("cert", "key"), ("tls.crt", "tls.key")].into_iter().find_map(|(certificate, key)| {
        let certificate = text(certificate)?;
        text(key).map(|_| certificate)
    });
    match certificate {
        _ if is_encrypted => None,
        Some(certificate) => certificate::problem(&certificate, world.options().now),
        None if !has_data => Some("has no data"),
        None => Some("has neither `tls.crt` and `tls.key` nor `cert` and `key`"),
    }
}
