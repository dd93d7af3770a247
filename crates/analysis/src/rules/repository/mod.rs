//! What no tool for a mesh looks for: how a repository's objects are applied, in which order and by whom.

mod applied_twice;
mod autoscaler_of_another;
mod autoscaler_target_missing;
mod autoscalers;
mod crd_dependency;
mod dependency_cycle;
mod dependency_missing;
mod mesh_dependency;
mod outdated_sidecar;
mod owners;
mod removed_api_version;
mod replicas_against_autoscaler;
mod two_autoscalers;
mod unset_substitution;
mod values_missing;

use crate::Rule;

/// The rules of this folder.
pub const RULES: &[&Rule] = &[
    &applied_twice::RULE,
    &crd_dependency::RULE,
    &mesh_dependency::RULE,
    &unset_substitution::RULE,
    &removed_api_version::RULE,
    &autoscaler_target_missing::RULE,
    &autoscaler_of_another::RULE,
    &two_autoscalers::RULE,
    &replicas_against_autoscaler::RULE,
    &dependency_missing::RULE,
    &dependency_cycle::RULE,
    &outdated_sidecar::RULE,
    &values_missing::RULE,
];
