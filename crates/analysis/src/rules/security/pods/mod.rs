//! Kubernetes' Pod Security Standards, one rule for each control: what the baseline profile forbids is a warning, what only
//! the restricted profile asks for is worth knowing.

mod added_capabilities;
mod app_armor_off;
mod capabilities_kept;
mod host_namespaces;
mod host_path_volume;
mod host_port;
mod host_probe;
mod may_run_as_root;
mod privilege_escalation;
mod privileged_container;
mod proc_mount;
mod root_user;
mod se_linux_options;
mod seccomp_off;
mod seccomp_unset;
mod unsafe_sysctl;
mod view;
mod volume_type;

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
    &volume_type::RULE,
    &privilege_escalation::RULE,
    &may_run_as_root::RULE,
    &root_user::RULE,
    &seccomp_unset::RULE,
    &capabilities_kept::RULE,
];
