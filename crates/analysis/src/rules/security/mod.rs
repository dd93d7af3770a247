//! How well a mesh protects what runs in it. Each rule says why it matters and the change that helps.

mod allow_all;
mod bypasses_gateway;
mod client_tls;
mod egress_allow_any;
mod envoy_filter_security;
mod insecure_skip_verify;
mod jwt_not_required;
mod jwt_without_audience;
mod mtls_disabled_by_client;
mod mtls_not_strict;
mod mtls_weakened;
mod no_default_deny;
mod old_gateway_tls;
mod origination_without_names;
mod outside_mesh;
mod peer;
mod plaintext_gateway;
mod pods;
mod policy_target_missing;
mod privileged_proxy;
mod root_namespace_policy;
mod secret_in_config_map;
mod secret_in_environment;
mod secrets;
mod wildcard_gateway_host;

use crate::Rule;

/// The rules about the mesh.
pub const RULES: &[&Rule] = &[
    &mtls_not_strict::RULE,
    &mtls_weakened::RULE,
    &mtls_disabled_by_client::RULE,
    &no_default_deny::RULE,
    &allow_all::RULE,
    &plaintext_gateway::RULE,
    &wildcard_gateway_host::RULE,
    &origination_without_names::RULE,
    &insecure_skip_verify::RULE,
    &jwt_without_audience::RULE,
    &jwt_not_required::RULE,
    &root_namespace_policy::RULE,
    &outside_mesh::RULE,
    &privileged_proxy::RULE,
    &secret_in_config_map::RULE,
    &bypasses_gateway::RULE,
    &egress_allow_any::RULE,
    &envoy_filter_security::RULE,
    &old_gateway_tls::RULE,
    &secret_in_environment::RULE,
    &policy_target_missing::RULE,
];

/// The rules about pods.
pub const POD_RULES: &[&Rule] = pods::RULES;
