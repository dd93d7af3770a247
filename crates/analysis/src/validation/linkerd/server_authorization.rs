//! ServerAuthorization: who may use the ports of servers.

use super::super::problem::Problems;
use super::super::subject::Subject;
use super::networks;

pub(super) fn check<'w>(subject: Subject<'w>, problems: &mut Problems<'w>) {
    let Some(client) = subject.spec().get("client") else { return };
    networks::check_list(client, problems);
    let Some(mesh_tls) = client.get("meshTLS") else { return };
    if let Some(open) = client.get("unauthenticated").filter(|_| client.flag("unauthenticated")) {
        problems.error(open, "`unauthenticated: true` lets everybody in, and `meshTLS` asks for an identity");
    }
    let named = ["identities", "serviceAccounts"].into_iter().find(|name| mesh_tls.list(name).len() > 0);
    if let (Some(field), Some(named)) = (mesh_tls.get("unauthenticatedTLS"), named)
        && mesh_tls.flag("unauthenticatedTLS")
    {
        problems.error(field, format!("`unauthenticatedTLS: true` takes any client, and `{named}` names some"));
    }
}
