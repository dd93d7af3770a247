//! HTTPLocalRateLimitPolicy: how many requests a server takes in a second.

use super::super::problem::Problems;
use super::super::subject::Subject;
use super::{POLICY, objects, refers_to};

pub(super) fn check<'w>(subject: Subject<'w>, problems: &mut Problems<'w>) {
    let spec = subject.spec();
    if let Some(target) = spec.get("targetRef").filter(|target| !refers_to(*target, POLICY, "Server")) {
        let message = format!("the limit is for a `{}`, and must be for a Server", target.text("kind"));
        problems.error(target.get("kind").unwrap_or(target), message);
    }
    let total = spec.get("total").and_then(|total| total.integer("requestsPerSecond"));
    let of_clients = spec.get("identity").into_iter().chain(objects(spec, "overrides"));
    for (limit, most) in
        spec.get("total").map(|limit| (limit, None)).into_iter().chain(of_clients.map(|limit| (limit, total)))
    {
        let rate = limit.integer("requestsPerSecond").unwrap_or_default();
        let field = limit.get("requestsPerSecond").unwrap_or(limit);
        if rate <= 0 {
            problems.error(field, format!("`requestsPerSecond` is {rate}, and must be greater than 0"));
        }
        if let Some(most) = most.filter(|most| rate > *most) {
            problems
                .error(field, format!("`requestsPerSecond` is {rate}, more than the {most} of all clients together"));
        }
    }
    for client in objects(spec, "overrides").flat_map(|limit| objects(limit, "clientRefs")) {
        if !refers_to(client, "", "ServiceAccount") {
            let message = format!(
                "`clientRefs` has a `{}`, and clients are told apart by their ServiceAccount",
                client.text("kind")
            );
            problems.error(client.get("kind").unwrap_or(client), message);
        }
    }
}
