//! What Kiali looks for and Istio's own analysis does not, under Kiali's codes, without a cluster. Where Istio has a message for
//! the same, that one is reported; what Kiali says of routes and gateways of the Gateway API is said under our own codes.

mod ambient;
mod authentication_unread;
mod authentication_without_waypoint;
mod destination_rules_collide;
mod export_to_unknown_namespace;
mod extension_unread;
mod extension_without_waypoint;
mod global_sidecar_selects;
mod grant_from_unknown_namespace;
mod hosts;
mod lone_weight;
mod mtls;
mod mutual_client_plain_mesh;
mod mutual_client_plain_server;
mod mutual_tls_overridden;
mod plain_client_strict_mesh;
mod plain_client_strict_server;
mod policy_host_unknown;
mod policy_needs_mtls;
mod policy_without_waypoint;
mod principal_unknown;
mod repeated_destination;
mod requests_unread;
mod routes_of_another_namespace;
mod routes_without_waypoint;
mod selectors;
mod selects_nothing;
mod service_entries_collide;
mod service_port_unserved;
mod several_for_namespace;
mod several_for_workload;
mod sidecar_and_ambient;
mod sidecar_host_unknown;
mod sidecar_in_ambient_namespace;
mod sidecar_without_mode;
mod strict_mesh_unprepared;
mod strict_namespace_unprepared;
mod subset_without_labels;
mod telemetry_unread;
mod telemetry_without_waypoint;
mod traffic_policy_of_another_namespace;
mod traffic_policy_without_waypoint;
mod trust_domain_unknown;
mod unknown_app_protocol;
mod unknown_method;
mod waypoint_missing;
mod waypoint_outside_ambient;
mod workload_group_account;
mod workload_groups_alike;

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
    &trust_domain_unknown::RULE,
    &policy_without_waypoint::RULE,
    &requests_unread::RULE,
    &destination_rules_collide::RULE,
    &mutual_tls_overridden::RULE,
    &plain_client_strict_server::RULE,
    &plain_client_strict_mesh::RULE,
    &subset_without_labels::RULE,
    &traffic_policy_without_waypoint::RULE,
    &traffic_policy_of_another_namespace::RULE,
    &strict_mesh_unprepared::RULE,
    &strict_namespace_unprepared::RULE,
    &mutual_client_plain_server::RULE,
    &mutual_client_plain_mesh::RULE,
    &unknown_app_protocol::RULE,
    &service_port_unserved::RULE,
    &sidecar_host_unknown::RULE,
    &global_sidecar_selects::RULE,
    &sidecar_without_mode::RULE,
    &lone_weight::RULE,
    &repeated_destination::RULE,
    &authentication_without_waypoint::RULE,
    &extension_without_waypoint::RULE,
    &telemetry_without_waypoint::RULE,
    &routes_without_waypoint::RULE,
    &routes_of_another_namespace::RULE,
    &authentication_unread::RULE,
    &extension_unread::RULE,
    &telemetry_unread::RULE,
    &service_entries_collide::RULE,
    &sidecar_and_ambient::RULE,
    &waypoint_outside_ambient::RULE,
    &waypoint_missing::RULE,
    &sidecar_in_ambient_namespace::RULE,
    &grant_from_unknown_namespace::RULE,
    &workload_group_account::RULE,
    &workload_groups_alike::RULE,
];
