//! What Kiali looks for and Istio's own analysis does not, under Kiali's codes, without a cluster. Where Istio has a message for
//! the same, that one is reported; what Kiali says of routes and gateways of the Gateway API is said under our own codes.

mod destination_rules_collide;
mod export_to_unknown_namespace;
mod global_sidecar_selects;
mod grant_from_unknown_namespace;
mod hosts;
mod lone_weight;
mod plain_client_strict_server;
mod policy_host_unknown;
mod policy_needs_mtls;
mod principal_unknown;
mod repeated_destination;
mod selectors;
mod selects_nothing;
mod service_entries_collide;
mod service_port_unserved;
mod several_for_namespace;
mod several_for_workload;
mod sidecar_and_ambient;
mod sidecar_host_unknown;
mod sidecar_without_mode;
mod subset_without_labels;
mod unknown_app_protocol;
mod unknown_method;
mod waypoint_missing;
mod workload_group_account;

use crate::Rule;

/// The rules of this folder.
pub const RULES: &[&Rule] = &[
    &several_for_namespace::RULE,
    &several_for_workload::RULE,
    &selects_nothing::RULE,
    &export_to_unknown_namespace::RULE,
    &unknown_method::RULE,
    &policy_host_unknown::RULE,
    &policy_needs_mtls::RULE,
    &principal_unknown::RULE,
    &destination_rules_collide::RULE,
    &plain_client_strict_server::RULE,
    &subset_without_labels::RULE,
    &unknown_app_protocol::RULE,
    &service_port_unserved::RULE,
    &sidecar_host_unknown::RULE,
    &global_sidecar_selects::RULE,
    &sidecar_without_mode::RULE,
    &lone_weight::RULE,
    &repeated_destination::RULE,
    &service_entries_collide::RULE,
    &sidecar_and_ambient::RULE,
    &waypoint_missing::RULE,
    &grant_from_unknown_namespace::RULE,
    &workload_group_account::RULE,
];
