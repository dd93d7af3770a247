//! The meaning of Linkerd's kinds, as its admission webhook judges it.

mod authorization_policy;
mod external_workload;
mod http_route;
mod identity;
mod networks;
mod rate_limit;
mod server;
mod server_authorization;
mod service_profile;

use mesh::{Field, KindName, kind};

use super::problem::Problems;
use super::subject::Subject;

/// How one kind is judged.
type Check = for<'w> fn(Subject<'w>, &mut Problems<'w>);

const KINDS: [(KindName, Check); 10] = [
    (kind::LINKERD_SERVER, server::check),
    (kind::LINKERD_SERVER_AUTHORIZATION, server_authorization::check),
    (kind::LINKERD_AUTHORIZATION_POLICY, authorization_policy::check),
    (kind::LINKERD_MESH_TLS_AUTHENTICATION, identity::check),
    (kind::LINKERD_NETWORK_AUTHENTICATION, networks::check_authentication),
    (kind::LINKERD_EGRESS_NETWORK, networks::check_egress),
    (kind::LINKERD_RATE_LIMIT, rate_limit::check),
    (kind::LINKERD_HTTP_ROUTE, http_route::check),
    (kind::LINKERD_SERVICE_PROFILE, service_profile::check),
    (kind::LINKERD_EXTERNAL_WORKLOAD, external_workload::check),
];

/// Judges an object of Linkerd's; any other is left alone.
pub(super) fn check<'w>(subject: Subject<'w>, problems: &mut Problems<'w>) {
    if let Some((_, check)) = KINDS.iter().find(|(kind, _)| subject.is(*kind)) {
        check(subject, problems);
    }
}

/// The items of a list that are objects: the schema has spoken of the others.
fn objects<'w>(around: Field<'w>, name: &str) -> impl Iterator<Item = Field<'w>> + Clone + use<'w> {
    around.list(name).filter(|item| item.value().is_object())
}

/// Whether a reference is to a kind of a group, in any case; the core group may be called `core`.
fn refers_to(reference: Field<'_>, group: &str, kind: &str) -> bool {
    let given = reference.text("group");
    let given = if given == "core" { "" } else { given };
    given.eq_ignore_ascii_case(group) && reference.text("kind").eq_ignore_ascii_case(kind)
}

/// The group of Linkerd's policies.
const POLICY: &str = "policy.linkerd.io";
/// The group of the Gateway API.
const GATEWAY_API: &str = "gateway.networking.k8s.io";
