//! What `istioctl analyze` looks for, under its codes, all of it without a cluster.

mod alpha_annotation;
mod annotations;
mod application_uid;
mod auto_image;
mod bound_gateways;
mod client_tls;
mod conflicting_gateways;
mod conflicting_sidecar_selectors;
mod conflicting_telemetry_selectors;
mod deprecated_annotation;
mod deprecated_configuration;
mod destination_host_not_found;
mod destination_port_not_found;
mod destination_port_required;
mod destination_rule_host_unknown;
mod destination_subset_not_found;
mod destinations;
mod envoy_add_operation;
mod envoy_patches;
mod envoy_relative_operation;
mod envoy_relative_operation_with_version;
mod envoy_remove_operation;
mod envoy_replace_operation;
mod export_scopes;
mod external_control_plane_by_ip;
mod external_control_plane_invalid;
mod external_name_port;
mod gateway_api_too_old;
mod gateway_api_version_outdated;
mod gateway_api_version_unsupported;
mod gateway_api_versions;
mod gateway_credential_not_found;
mod gateway_credentials;
mod gateway_duplicate_certificate;
mod gateway_port_not_on_service;
mod gateway_selector_not_found;
mod host_not_in_gateway;
mod hosts;
mod image_auto_in_pod;
mod image_auto_without_injection;
mod inconsistent_service;
mod ineffective_selector;
mod ineffective_sidecar;
mod ingress_route_not_affected;
mod injector_webhooks;
mod invalid_annotation;
mod invalid_gateway_credential;
mod invalid_mesh_config;
mod istio_webhooks;
mod jwks_fetch_unrestricted;
mod jwt_claim_route_without_authentication;
mod kubernetes_too_old;
mod lightstep_provider;
mod mesh_config_ignored;
mod mesh_configuration;
mod mesh_hosts_conflict;
mod mesh_networks;
mod misplaced_annotation;
mod multiple_sidecar_defaults;
mod multiple_telemetry_defaults;
mod namespace_injected_by_default;
mod namespace_injection;
mod namespace_multiple_injection_labels;
mod namespace_not_injected;
mod negative_condition;
mod pod_missing_proxy;
mod policy_namespace_not_found;
mod policy_without_workload;
mod port_name_convention;
mod port_names;
mod port_tls_without_verification;
mod proxy_image_mismatch;
mod proxy_images;
mod schema_validation_error;
mod schema_warning;
mod selection;
mod service_entry_addresses_required;
mod service_entry_protocol_conflict;
mod service_port_conflict;
mod service_protocol_conflict;
mod sidecar_selector_not_found;
mod sidecar_services;
mod subset_without_pods;
mod telemetry_selector_not_found;
mod telemetry_without_provider;
mod tls_without_verification;
pub mod undecidable;
mod unknown_annotation;
mod unknown_network_registry;
mod virtual_service_gateway_not_found;
mod virtual_service_ineffective_match;
mod virtual_service_internal_gateway;
mod virtual_service_unreachable_rule;
mod webhook_overlap;
mod webhook_service_not_found;
mod workload_selectors;

use crate::Rule;

/// The rules of this folder.
pub const RULES: &[&Rule] = &[
    &alpha_annotation::RULE,
    &application_uid::RULE,
    &conflicting_gateways::RULE,
    &conflicting_sidecar_selectors::RULE,
    &conflicting_telemetry_selectors::RULE,
    &deprecated_annotation::RULE,
    &deprecated_configuration::RULE,
    &destination_host_not_found::RULE,
    &destination_port_not_found::RULE,
    &destination_port_required::RULE,
    &destination_rule_host_unknown::RULE,
    &destination_subset_not_found::RULE,
    &envoy_add_operation::RULE,
    &envoy_relative_operation::RULE,
    &envoy_relative_operation_with_version::RULE,
    &envoy_remove_operation::RULE,
    &envoy_replace_operation::RULE,
    &external_control_plane_by_ip::RULE,
    &external_control_plane_invalid::RULE,
    &external_name_port::RULE,
    &gateway_api_too_old::RULE,
    &gateway_api_version_outdated::RULE,
    &gateway_api_version_unsupported::RULE,
    &gateway_credential_not_found::RULE,
    &gateway_duplicate_certificate::RULE,
    &gateway_port_not_on_service::RULE,
    &gateway_selector_not_found::RULE,
    &host_not_in_gateway::RULE,
    &image_auto_in_pod::RULE,
    &image_auto_without_injection::RULE,
    &inconsistent_service::RULE,
    &ineffective_selector::RULE,
    &ineffective_sidecar::RULE,
    &ingress_route_not_affected::RULE,
    &invalid_annotation::RULE,
    &invalid_gateway_credential::RULE,
    &invalid_mesh_config::RULE,
    &jwks_fetch_unrestricted::RULE,
    &jwt_claim_route_without_authentication::RULE,
    &kubernetes_too_old::RULE,
    &lightstep_provider::RULE,
    &mesh_config_ignored::RULE,
    &mesh_hosts_conflict::RULE,
    &misplaced_annotation::RULE,
    &multiple_sidecar_defaults::RULE,
    &multiple_telemetry_defaults::RULE,
    &namespace_injected_by_default::RULE,
    &namespace_multiple_injection_labels::RULE,
    &namespace_not_injected::RULE,
    &negative_condition::RULE,
    &pod_missing_proxy::RULE,
    &policy_namespace_not_found::RULE,
    &policy_without_workload::RULE,
    &port_name_convention::RULE,
    &port_tls_without_verification::RULE,
    &proxy_image_mismatch::RULE,
    &schema_validation_error::RULE,
    &schema_warning::RULE,
    &service_entry_addresses_required::RULE,
    &service_entry_protocol_conflict::RULE,
    &service_port_conflict::RULE,
    &service_protocol_conflict::RULE,
    &sidecar_selector_not_found::RULE,
    &subset_without_pods::RULE,
    &telemetry_selector_not_found::RULE,
    &telemetry_without_provider::RULE,
    &tls_without_verification::RULE,
    &unknown_annotation::RULE,
    &unknown_network_registry::RULE,
    &virtual_service_gateway_not_found::RULE,
    &virtual_service_ineffective_match::RULE,
    &virtual_service_internal_gateway::RULE,
    &virtual_service_unreachable_rule::RULE,
    &webhook_overlap::RULE,
    &webhook_service_not_found::RULE,
];

/// The rules that look for what an analyzer of `istioctl analyze` looks for, by its registered name. Some analyzers ask for
/// one thing together, which has one rule here; those that validate one kind each have their rules in common.
pub fn of_analyzer(name: &str) -> Vec<&'static Rule> {
    const VALIDATION: &str = "schema.ValidationAnalyzer";
    let shared = (name == "gateway.SecretAnalyzer").then_some(&gateway_selector_not_found::RULE);
    let validates = name.strip_prefix(VALIDATION).is_some_and(|kind| kind.starts_with('.'));
    let looks = |rule: &&Rule| rule.analyzer == Some(name) || (validates && rule.analyzer == Some(VALIDATION));
    RULES.iter().copied().filter(looks).chain(shared).collect()
}
