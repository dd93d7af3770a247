//! CustomResourceDefinitions of Flux, Flagger, Istio, the Gateway API and Linkerd, generated from our own declarations.
//!
//! Every version of a kind has the same schema, which accepts what any of the versions accepted, so that objects of
//! versions their projects no longer serve can still be read and stored. Flux's and Flagger's kinds are described in
//! full, and so are Istio's, the Gateway API's and Linkerd's.

mod definition;
mod flagger;
mod flux;
mod gateway;
mod istio;
mod linkerd;
mod schema;

use serde_json::Value;

/// Every definition, ordered by project.
pub fn all() -> Vec<Value> {
    let definitions = [flux::definitions(), flagger::definitions(), istio::definitions(), gateway::definitions()];
    definitions.into_iter().flatten().map(definition::Definition::into_value).collect()
}

/// The definitions of Linkerd's kinds, by which manifests are judged. Nobody serves them.
pub fn linkerd() -> Vec<Value> {
    linkerd::definitions().into_iter().map(definition::Definition::into_value).collect()
}

/// The definitions of Flux's kinds: all that the engine itself needs.
pub fn flux() -> Vec<Value> {
    flux::definitions().into_iter().map(definition::Definition::into_value).collect()
}

#[cfg(test)]
mod tests;
