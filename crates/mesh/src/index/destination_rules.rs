//! DestinationRules by the host that they are for.

use std::collections::HashMap;
use std::sync::Arc;

use crate::host::full_name;
use crate::reads::tell_apart;
use crate::recorder::{Part, Watched};
use crate::{Resource, World, kind};

/// DestinationRules by the full name of their host, in small letters. Whoever asks is noted as a reader of the answer.
#[derive(Debug, Clone)]
pub(crate) struct DestinationRules {
    by_host: HashMap<Arc<str>, OfHost>,
}

/// The DestinationRules for one host.
#[derive(Debug, Clone, Default)]
struct OfHost {
    /// By namespace and name.
    positions: Vec<usize>,
    watched: Watched,
}

impl DestinationRules {
    pub(crate) fn new(world: &World) -> DestinationRules {
        let mut by_host: HashMap<Arc<str>, OfHost> = HashMap::new();
        for rule in world.of(kind::DESTINATION_RULE) {
            let Some(spec) = rule.spec() else { continue };
            let mut host = full_name(spec.text("host"), rule.namespace(), &world.options().cluster_domain);
            host.make_ascii_lowercase();
            by_host.entry(host.into()).or_default().positions.push(rule.position());
        }
        DestinationRules { by_host }
    }

    /// What tells the rules for a host from those of another world.
    pub(crate) fn digest_for(&self, world: &World, host: &str) -> Option<u64> {
        let found = self.by_host.get(host)?;
        let entries = found.positions.iter().map(|position| world.at(*position).entry());
        Some(found.watched.digest(|hasher| tell_apart(hasher, entries)))
    }
}

impl World {
    /// The DestinationRules that are for exactly the host of a full name in small letters, which may be a wildcard, by
    /// namespace and name. Their hosts are read as their own namespaces mean them; who sees them is left open.
    pub fn destination_rules_for(&self, host: &str) -> impl ExactSizeIterator<Item = Resource<'_>> + Clone {
        let found = self.index().destination_rules(self).by_host.get_key_value(host);
        match found {
            Some((host, found)) => {
                self.recorder().note(found.watched.mark(), || Part::DestinationRulesFor(host.clone()));
            }
            None => self.recorder().note_absent(|| Part::DestinationRulesFor(host.into())),
        }
        found.map_or(&[][..], |(_, found)| &found.positions).iter().map(|position| self.at(*position))
    }
}
