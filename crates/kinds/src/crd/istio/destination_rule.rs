//! DestinationRule.

use super::super::schema::{Schema, object, optional, required, string, strings, texts};
use super::traffic_policy::traffic_policy;
use super::{items, workload_selector};

pub(super) fn destination_rule() -> Schema {
    let subsets =
        items([required("name", string()), optional("labels", texts()), optional("trafficPolicy", traffic_policy())]);
    object([
        required("host", string()),
        optional("trafficPolicy", traffic_policy()),
        optional("subsets", subsets),
        optional("exportTo", strings()),
        optional("workloadSelector", workload_selector()),
    ])
}
