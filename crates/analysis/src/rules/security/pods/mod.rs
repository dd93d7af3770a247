//! Kubernetes' Pod Security Standards: one rule for each thing that the baseline profile forbids, which is a warning, and one
//! for all that only the restricted profile asks for, which is worth knowing and told once for a workload.

mod added_capabilities;
mod app_armor_off;
mod host_namespaces;
mod host_path_volume;
mod host_port;
mod host_probe;
mod privileged_container;
mod proc_mount;
mod restricted_profile;
mod se_linux_options;
mod seccomp_off;
mod unsafe_sysctl;
mod view;

use crate::Rule;

pub(super) use view::is_of_a_mesh;

/// The rules of this folder.
pub(super) const RULES: &[&Rule] = &[
    &host_namespaces::RULE,
    &privileged_container::RULE,
    &added_capabilities::RULE,
    &host_path_volume::RULE,
    &host_port::RULE,
    &app_armor_off::RULE,
    &se_linux_options::RULE,
    &proc_mount::RULE,
    &seccomp_off::RULE,
    &unsafe_sysctl::RULE,
    &host_probe::RULE,
    &restricted_profile::RULE,
];
