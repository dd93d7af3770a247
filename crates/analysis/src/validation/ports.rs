//! Numbers, names and protocols of ports.

use mesh::{Field, Protocol};

use super::hosts;
use super::problem::Problems;

/// A number that a port can have.
pub(super) fn number(number: i64) -> Result<(), String> {
    if (1..=65_535).contains(&number) {
        Ok(())
    } else {
        Err(format!("the port {number} is not in the range 1 to 65535"))
    }
}

/// The member `name`, which is the number of a port, if it is given and not zero.
pub(super) fn check_optional<'w>(around: Field<'w>, name: &str, problems: &mut Problems<'w>) {
    if let (Some(field), Some(given)) = (around.get(name), around.integer(name))
        && given != 0
    {
        problems.judge(field, number(given));
    }
}

/// The member `name`, if it is given, which must be the number of a port.
pub(super) fn check_given<'w>(around: Field<'w>, name: &str, problems: &mut Problems<'w>) {
    if around.get(name).is_some() {
        check_required(around, name, problems);
    }
}

/// The member `name`, which must be the number of a port.
pub(super) fn check_required<'w>(around: Field<'w>, name: &str, problems: &mut Problems<'w>) {
    problems.judge(around.get(name).unwrap_or(around), number(around.integer(name).unwrap_or_default()));
}

/// A name that a port can have.
pub(super) fn name(name: &str) -> Result<(), String> {
    hosts::label("port name", name)
}

/// The protocol that a listener or a service declares; none means that it is found out.
pub(super) fn protocol(name: &str) -> Result<(), String> {
    if name.is_empty() || Protocol::named(name).is_some() {
        Ok(())
    } else {
        Err(format!("the protocol `{name}` is none that Istio knows"))
    }
}

/// Whether the name of a protocol is one of HTTP's.
pub(super) fn is_http(name: &str) -> bool {
    Protocol::named(name).is_some_and(Protocol::is_http)
}

/// Whether the name of a protocol is one of TLS's.
pub(super) fn is_tls(name: &str) -> bool {
    Protocol::named(name).is_some_and(Protocol::is_tls)
}
