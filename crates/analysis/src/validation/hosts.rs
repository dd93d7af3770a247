//! Host names: DNS labels, full names, wildcards, and the `namespace/host` of gateways and sidecars.

use super::cidr;

/// Whether a text is a DNS label, of either case as Istio has it: at most 63 letters, digits and inner hyphens.
pub(super) fn is_label(text: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric();
    let bytes = text.as_bytes();
    (1..=63).contains(&bytes.len())
        && bytes.first().is_some_and(|byte| word(*byte))
        && bytes.last().is_some_and(|byte| word(*byte))
        && bytes.iter().all(|byte| word(*byte) || *byte == b'-')
}

/// Whether a text is the first label of a name that may have a wildcard: `*`, `*-a`, `*a`, or a label.
fn is_wildcard_label(text: &str) -> bool {
    if text.len() > 63 {
        return false;
    }
    match text.strip_prefix('*') {
        Some("") => true,
        Some(rest) => is_label(rest) || rest.strip_prefix('-').is_some_and(is_label),
        None => is_label(text),
    }
}

/// A text that must be a DNS label; `what` says whose.
pub(super) fn label(what: &str, text: &str) -> Result<(), String> {
    if is_label(text) { Ok(()) } else { Err(format!("the {what} `{text}` is no DNS label")) }
}

fn length(name: &str) -> Result<(), String> {
    if name.is_empty() {
        Err("the host is empty".to_owned())
    } else if name.len() > 255 {
        Err(format!("the host `{name}` is longer than 255 characters"))
    } else {
        Ok(())
    }
}

fn labels(host: &str, labels: &str) -> Result<(), String> {
    let last = labels.rsplit('.').next().unwrap_or_default();
    if last.parse::<i64>().is_ok() {
        return Err(format!("the host `{host}` ends in the number `{last}`, which no top-level domain is"));
    }
    // A name may end in a dot: then it is absolute.
    let labels = labels.strip_suffix('.').unwrap_or(labels);
    match labels.split('.').find(|label| !is_label(label)) {
        Some(label) => Err(format!("the host `{host}` has the part `{label}`, which is no DNS label")),
        None => Ok(()),
    }
}

/// A full name without wildcards.
pub(super) fn full_name(host: &str) -> Result<(), String> {
    length(host)?;
    labels(host, host)
}

/// A name whose first label may be or begin with a wildcard.
pub(super) fn wildcard_name(host: &str) -> Result<(), String> {
    length(host)?;
    let (first, rest) = host.split_once('.').map_or((host, None), |(first, rest)| (first, Some(rest)));
    if !is_wildcard_label(first) {
        return Err(format!("the host `{host}` has the part `{first}`, which is no DNS label and no leading wildcard"));
    }
    rest.map_or(Ok(()), |rest| labels(host, rest))
}

/// As [`wildcard_name`], or a server name that Istio makes for its own gateways: `outbound_.80_._.reviews.shop.svc`.
pub(super) fn server_name(host: &str) -> Result<(), String> {
    length(host)?;
    if !host.starts_with("outbound_") {
        return wildcard_name(host);
    }
    let parts: Vec<&str> = host.split('_').collect();
    let whole = match parts.as_slice() {
        [_, port, _, name, ..] => {
            port.bytes().any(|byte| byte.is_ascii_digit()) && name.bytes().any(|byte| byte.is_ascii_alphabetic())
        }
        _ => false,
    };
    if whole {
        Ok(())
    } else {
        Err(format!("the server name `{host}` is not of the form `outbound_.PORT_.SUBSET_.HOST`"))
    }
}

/// No wildcard but a whole label, unless it stands alone.
pub(super) fn whole_wildcard(host: &str) -> Result<(), String> {
    if host.contains('*') && host.len() != 1 && !host.starts_with("*.") {
        Err(format!("the host `{host}` has a wildcard that is only a part of a label; write `*.` before a domain"))
    } else {
        Ok(())
    }
}

/// Whose hosts are judged: the namespaces before the slash differ, and what may stand after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Listener {
    /// `*`, `.` or a namespace, or none at all; hosts may be addresses.
    Gateway,
    /// A Gateway that Istio made of one of the Gateway API, which may say `~` for no namespace.
    ConvertedGateway,
    /// `*`, `.` or a namespace, and `~` before it to leave it out.
    Sidecar,
}

/// The host of a gateway's server or of a sidecar's egress listener: everything that is wrong with it.
pub(super) fn of_listener(host: &str, listener: Listener) -> Vec<String> {
    let mut wrong = Vec::new();
    let name = match (host.split_once('/'), listener) {
        (None, Listener::Sidecar) => {
            return vec![format!("the host `{host}` is not of the form `namespace/host`")];
        }
        (None, Listener::Gateway | Listener::ConvertedGateway) => host,
        (Some((namespace, name)), _) => {
            if namespace.is_empty() || name.is_empty() {
                wrong.push(format!("the host `{host}` lacks its namespace or its name"));
            }
            let known = match listener {
                Listener::Sidecar => {
                    let namespace = namespace.strip_prefix('~').unwrap_or(namespace);
                    matches!(namespace, "" | "*" | ".") || is_label(namespace)
                }
                Listener::Gateway => matches!(namespace, "*" | ".") || is_label(namespace),
                Listener::ConvertedGateway => matches!(namespace, "*" | "." | "~") || is_label(namespace),
            };
            if !known {
                wrong.push(format!("the host `{host}` has the namespace `{namespace}`, which none can have"));
            }
            name
        }
    };
    if name != "*" && !name.contains('.') {
        wrong.push(format!("the host `{host}` is a short name; write the full one"));
    }
    if let Err(message) = wildcard_name(name)
        && (listener == Listener::Sidecar || !cidr::is_address(name))
    {
        wrong.push(message);
    }
    wrong.extend(whole_wildcard(name).err());
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_and_without_wildcards() {
        for (host, full, wild) in [
            ("a", true, true),
            ("a.b.c", true, true),
            ("a.b.", true, true),
            ("A-b.c", true, true),
            ("*", false, true),
            ("*.a.com", false, true),
            ("*-a.com", false, true),
            ("*a.com", false, true),
            ("a*.com", false, false),
            ("a.*.com", false, false),
            ("-a.com", false, false),
            ("a..com", false, false),
            ("a.123", false, false),
            ("1.2.3.4", false, false),
            ("a_b.com", false, false),
            ("", false, false),
            (".", false, false),
            ("bücher.example", false, false),
        ] {
            assert_eq!((full_name(host).is_ok(), wildcard_name(host).is_ok()), (full, wild), "{host}");
        }
        assert!(full_name(&"a".repeat(64)).is_err() && full_name(&"a.".repeat(130)).is_err());
    }

    #[test]
    fn server_names_of_gateways_are_special() {
        for (host, expect) in [
            ("outbound_.80_._.e2e.example.mesh", true),
            ("outbound_.80_.v1_.e2e.example.mesh", true),
            ("outbound_.x_._.e2e.example.mesh", false),
            ("outbound_.80_._.123", false),
            ("outbound_.80", false),
            ("*.a.com", true),
        ] {
            assert_eq!(server_name(host).is_ok(), expect, "{host}");
        }
    }

    #[test]
    fn hosts_of_listeners() {
        for (host, gateway, sidecar) in [
            ("a.com", 0, 1),
            ("ns/a.com", 0, 0),
            ("*/*", 0, 0),
            ("./*", 0, 0),
            ("~/*", 1, 0),
            ("~ns/*", 1, 0),
            ("ns/1.2.3.4", 0, 1),
            ("1.2.3.4", 0, 1),
            ("ns/a", 1, 1),
            ("/a.com", 2, 1),
            ("ns/", 3, 3),
            ("ns/*x.com", 1, 1),
            ("n_s/a.com", 1, 1),
        ] {
            let count = |listener| of_listener(host, listener).len();
            assert_eq!((count(Listener::Gateway), count(Listener::Sidecar)), (gateway, sidecar), "{host}");
        }
    }
}
