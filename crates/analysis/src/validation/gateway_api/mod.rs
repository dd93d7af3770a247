//! The meaning of the Gateway API's kinds: what their schemas say in CEL.

mod backend_tls;
mod filters;
mod grpc_route;
mod http_route;
mod listeners;
mod routes;

use mesh::{Field, KindName, kind};

use super::problem::Problems;
use super::subject::Subject;

/// How one kind is judged.
type Check = for<'w> fn(Subject<'w>, &mut Problems<'w>);

const KINDS: [(KindName, Check); 8] = [
    (kind::GATEWAY, listeners::check_gateway),
    (kind::LISTENER_SET, listeners::check_listener_set),
    (kind::HTTP_ROUTE, http_route::check),
    (kind::GRPC_ROUTE, grpc_route::check),
    (kind::TLS_ROUTE, routes::check_tls),
    (kind::TCP_ROUTE, routes::check_connections),
    (kind::UDP_ROUTE, routes::check_connections),
    (kind::BACKEND_TLS_POLICY, backend_tls::check),
];

/// Judges an object of the Gateway API; any other is left alone.
pub(super) fn check<'w>(subject: Subject<'w>, problems: &mut Problems<'w>) {
    if let Some((_, check)) = KINDS.iter().find(|(kind, _)| subject.is(*kind)) {
        check(subject, problems);
    }
}

/// The items of a list that are objects: the schema has spoken of the others.
fn objects<'w>(around: Field<'w>, name: &str) -> impl Iterator<Item = Field<'w>> + Clone + use<'w> {
    around.list(name).filter(|item| item.value().is_object())
}

/// A DNS name in lower case, whose first label may be a wildcard.
fn host_name(name: &str) -> Result<(), String> {
    let label = |label: &str| {
        let word = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let bytes = label.as_bytes();
        bytes.first().is_some_and(word)
            && bytes.last().is_some_and(word)
            && bytes.iter().all(|byte| word(byte) || *byte == b'-')
    };
    if name.strip_prefix("*.").unwrap_or(name).split('.').all(label) {
        Ok(())
    } else {
        Err(format!("`{name}` is no host name in lower case"))
    }
}

/// The text that is the member `name`, or what the schema sets where it is left out.
fn text_or<'w>(around: Field<'w>, name: &str, default: &'w str) -> &'w str {
    around.get(name).and_then(Field::as_str).unwrap_or(default)
}
