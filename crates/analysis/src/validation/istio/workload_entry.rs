//! WorkloadEntry, and the endpoints of a ServiceEntry, which are the same thing.

use mesh::Field;

use super::super::problem::Problems;
use super::super::subject::Subject;
use super::super::{cidr, hosts, ports, selectors};
use super::socket;

/// What the address of a workload may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Address {
    /// An address, a socket, or a name for DNS.
    Any,
    /// An address or a socket.
    Static,
}

pub(super) fn check<'w>(subject: Subject<'w>, problems: &mut Problems<'w>) {
    check_workload(subject.spec(), Address::Any, problems);
}

pub(super) fn check_workload<'w>(workload: Field<'w>, kind: Address, problems: &mut Problems<'w>) {
    let address = workload.text("address");
    let field = workload.get("address").unwrap_or(workload);
    if address.is_empty() {
        let network = workload.text("network");
        if network.is_empty() {
            return problems.error(workload, "the workload has neither an address nor a network");
        }
        problems.warning(workload, format!("the workload has no address, only the network `{network}`"));
    } else if let Some(path) = address.strip_prefix(socket::PREFIX) {
        problems.judge(field, socket::check(path));
    } else if !cidr::is_address(address) {
        let named = kind == Address::Any && hosts::full_name(address).is_ok();
        if !named {
            let what = if kind == Address::Any { "neither an IP address nor a host name" } else { "no IP address" };
            problems.error(field, format!("the address `{address}` is {what}"));
        }
    }
    check_ports(workload, problems);
    selectors::labels(workload, "labels", problems);
}

/// The ports of a workload; a socket has none.
pub(super) fn check_ports<'w>(workload: Field<'w>, problems: &mut Problems<'w>) {
    if let Some(field) = workload.get("ports")
        && workload.text("address").starts_with(socket::PREFIX)
    {
        problems.error(field, "a socket has no ports");
    }
    for (name, number) in workload.map("ports") {
        problems.judge(number, ports::name(name));
        problems.judge(number, ports::number(number.value().as_f64().map_or(0, |number| number as i64)));
    }
}
