//! PeerAuthentication: whether workloads accept plain text, mutual TLS, or both.

use super::super::problem::Problems;
use super::super::subject::Subject;
use super::super::{ports, selectors};

pub(super) fn check<'w>(subject: Subject<'w>, problems: &mut Problems<'w>) {
    let spec = subject.spec();
    selectors::workloads(spec, "selector", "matchLabels", problems);
    let Some(by_port) = spec.get("portLevelMtls") else { return };
    let selects = spec.get("selector").is_some_and(|selector| selector.map("matchLabels").next().is_some());
    if !selects {
        problems.error(by_port, "`portLevelMtls` is about ports of workloads, and no selector says of which");
    }
    if by_port.members().next().is_none() {
        problems.error(by_port, "`portLevelMtls` has no port");
    }
    for (port, field) in by_port.members() {
        match port.parse() {
            Ok(number) => problems.judge(field, ports::number(number)),
            Err(_) => problems.error(field, format!("`portLevelMtls` has `{port}`, which is no port")),
        }
    }
}
