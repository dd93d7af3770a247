//! ProxyConfig: settings of proxies, as a kind of its own.

use super::super::problem::Problems;
use super::super::selectors;
use super::super::subject::Subject;
use super::not_negative;

pub(super) fn check<'w>(subject: Subject<'w>, problems: &mut Problems<'w>) {
    let spec = subject.spec();
    selectors::workloads(spec, "selector", "matchLabels", problems);
    not_negative(spec, &["concurrency"], problems);
}
