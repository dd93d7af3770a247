//! What is wrong with objects of the Gateway API, whichever implementation reads them.

mod backend_missing;
mod certificate_missing;
mod conflicting_routes;
mod hostname_never_matches;
mod invalid_object;
mod listener_twice;
mod no_weight_left;
mod parent_missing;
mod reference_not_granted;
mod references;
mod route_not_allowed;
mod tls_policy_target_missing;
mod unknown_class;
mod unreadable_expression;

use crate::Rule;

/// The rules of this folder.
pub const RULES: &[&Rule] = &[
    &invalid_object::RULE,
    &unreadable_expression::RULE,
    &parent_missing::RULE,
    &route_not_allowed::RULE,
    &hostname_never_matches::RULE,
    &reference_not_granted::RULE,
    &backend_missing::RULE,
    &certificate_missing::RULE,
    &unknown_class::RULE,
    &conflicting_routes::RULE,
    &tls_policy_target_missing::RULE,
    &no_weight_left::RULE,
    &listener_twice::RULE,
];
