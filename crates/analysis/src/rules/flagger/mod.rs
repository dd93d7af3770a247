//! Flagger's Canaries, looked at before a release depends on them.

mod alert_provider;
mod autoscaler_unnamed;
mod canary;
mod canary_autoscaler;
mod canary_duration;
mod canary_gateway;
mod canary_target;
mod metric_query;
mod metric_template_missing;
mod metric_variables;
mod nothing_analysed;
mod object_of_flagger;
mod progress_deadline;
mod query_template;
mod service_port;
mod strategy_contradiction;
mod threshold_range;
mod two_canaries;
mod webhook_address;

use crate::Rule;

/// The rules of this folder.
pub const RULES: &[&Rule] = &[
    &canary_target::RULE,
    &canary_autoscaler::RULE,
    &autoscaler_unnamed::RULE,
    &metric_template_missing::RULE,
    &metric_query::RULE,
    &metric_variables::RULE,
    &threshold_range::RULE,
    &webhook_address::RULE,
    &strategy_contradiction::RULE,
    &progress_deadline::RULE,
    &service_port::RULE,
    &alert_provider::RULE,
    &canary_duration::RULE,
    &two_canaries::RULE,
    &nothing_analysed::RULE,
    &object_of_flagger::RULE,
    &canary_gateway::RULE,
];
