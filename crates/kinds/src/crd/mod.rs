//! CustomResourceDefinitions of Flux, Flagger, Istio and the Gateway API, generated from our own declarations.
//!
//! Every version of a kind has the same schema, which accepts what any of the versions accepted, so that objects of
//! versions their projects no longer serve can still be read and stored. Flux's and Flagger's kinds are described in
//! full, Istio's and the Gateway API's too.

mod definition;
mod flagger;
mod flux;
mod gateway;
mod istio;
mod schema;

use serde_json::Value;

/// Every definition, ordered by project.
pub fn all() -> Vec<Value> {
    let definitions = [flux::definitions(), flagger::definitions(), istio::definitions(), gateway::definitions()];
    definitions.into_iter().flatten().map(definition::Definition::into_value).collect()
}

/// The definitions of Flux's kinds: all that the engine itself needs.
pub fn flux() -> Vec<Value> {
    flux::definitions().into_iter().map(definition::Definition::into_value).collect()
}

#[cfg(test)]
mod tests;
