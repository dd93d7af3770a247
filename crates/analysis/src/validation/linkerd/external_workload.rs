//! ExternalWorkload: a workload outside the cluster.

use super::super::cidr;
use super::super::problem::Problems;
use super::super::subject::Subject;
use super::objects;

pub(super) fn check<'w>(subject: Subject<'w>, problems: &mut Problems<'w>) {
    for entry in objects(subject.spec(), "workloadIPs") {
        problems.judge(entry.get("ip").unwrap_or(entry), cidr::address(entry.text("ip")));
    }
}
