//! What Linkerd's own checks and policies depend on, as far as manifests decide it.

mod anchors_differ;
mod annotation_as_label;
mod annotations;
mod authentication_missing;
mod authorization_target_missing;
mod certificate_algorithm;
mod certificate_ends_soon;
mod certificate_invalid;
mod certificates;
mod egress_network_inside;
mod extension_twice;
mod inbound_policy_name;
mod inject_annotation;
mod injection_refused;
mod invalid_object;
mod issuer_not_trusted;
mod opaque_ports;
mod ports;
mod proxy_trusts_others;
mod proxy_version;
mod rate_limit_ignored;
mod server_selects_nothing;
mod servers_overlap;
mod service_profile;
mod webhook_ignores_failure;
mod webhook_not_trusted;

use crate::Rule;

/// The rules of this folder.
pub const RULES: &[&Rule] = &[
    &invalid_object::RULE,
    &inject_annotation::RULE,
    &inbound_policy_name::RULE,
    &opaque_ports::RULE,
    &server_selects_nothing::RULE,
    &servers_overlap::RULE,
    &authorization_target_missing::RULE,
    &authentication_missing::RULE,
    &proxy_version::RULE,
    &certificate_invalid::RULE,
    &webhook_ignores_failure::RULE,
    &service_profile::RULE,
    &annotation_as_label::RULE,
    &injection_refused::RULE,
    &certificate_ends_soon::RULE,
    &issuer_not_trusted::RULE,
    &certificate_algorithm::RULE,
    &rate_limit_ignored::RULE,
    &egress_network_inside::RULE,
    &webhook_not_trusted::RULE,
    &proxy_trusts_others::RULE,
    &anchors_differ::RULE,
    &extension_twice::RULE,
];
