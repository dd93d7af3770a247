//! Conditions of authorization policies: keys of `when`, and the values of every field.

use mesh::Field;

use super::super::cidr;
use super::super::problem::Problems;

/// The most service accounts that one field can name.
const MOST_ACCOUNTS: usize = 16;
/// The longest name of one.
const LONGEST_ACCOUNT: usize = 320;

/// What the values of a field or key are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Values {
    /// Any text but an empty one.
    Text,
    /// Addresses and ranges.
    Addresses,
    /// Ports, 0 included.
    Ports,
    /// `account` or `namespace/account`.
    ServiceAccounts,
    /// Texts with one wildcard at one end.
    Patterns,
    /// As patterns, and without a slash.
    TrustDomains,
}

/// Checks the list `name`.
pub(super) fn check_list<'w>(around: Field<'w>, name: &str, values: Values, problems: &mut Problems<'w>) {
    let count = around.list(name).len();
    if values == Values::ServiceAccounts
        && count > MOST_ACCOUNTS
        && let Some(field) = around.get(name)
    {
        problems.error(field, format!("`{name}` names {count} service accounts, and can name {MOST_ACCOUNTS}"));
    }
    for field in around.list(name) {
        let judgement = value(field.as_str().unwrap_or_default(), values);
        problems.judge(field, judgement.map_err(|why| format!("`{name}` has {why}")));
    }
}

fn value(text: &str, values: Values) -> Result<(), String> {
    if text.is_empty() {
        return Err("an empty value".to_owned());
    }
    match values {
        Values::Text => Ok(()),
        Values::Addresses => {
            cidr::address_or_range(text).map_err(|_| format!("`{text}`, which is neither an address nor a range"))
        }
        Values::Ports => match text.parse::<u32>() {
            Ok(0..=65_535) if !text.starts_with('+') => Ok(()),
            Ok(_) | Err(_) => Err(format!("`{text}`, which is no port")),
        },
        Values::ServiceAccounts => service_account(text),
        Values::Patterns => pattern(text),
        Values::TrustDomains if text.contains('/') => Err(format!("`{text}`, and a trust domain has no slash")),
        Values::TrustDomains => pattern(text),
    }
}

fn service_account(text: &str) -> Result<(), String> {
    let parts: Vec<&str> = text.split('/').collect();
    if text.contains('*') {
        Err(format!("`{text}`, and service accounts are named without wildcards"))
    } else if parts.len() > 2 || parts.contains(&"") {
        Err(format!("`{text}`, which is not of the form `account` or `namespace/account`"))
    } else if text.len() > LONGEST_ACCOUNT {
        Err(format!("`{text}`, which is longer than {LONGEST_ACCOUNT} characters"))
    } else {
        Ok(())
    }
}

fn pattern(text: &str) -> Result<(), String> {
    match text.matches('*').count() {
        0 => Ok(()),
        1 if text.starts_with('*') || text.ends_with('*') => Ok(()),
        _ => Err(format!("`{text}`, and a wildcard is at one end only")),
    }
}

/// A condition of `when`.
pub(super) fn check<'w>(condition: Field<'w>, problems: &mut Problems<'w>) {
    let key = condition.text("key");
    let field = condition.get("key").unwrap_or(condition);
    if key.is_empty() {
        return problems.error(field, "the condition has no key");
    }
    if condition.list("values").len() == 0 && condition.list("notValues").len() == 0 {
        return problems.error(condition, format!("the condition on `{key}` has neither `values` nor `notValues`"));
    }
    match values_of(key) {
        Ok(values) => {
            check_list(condition, "values", values, problems);
            check_list(condition, "notValues", values, problems);
        }
        Err(why) => problems.error(field, why),
    }
}

/// What a key is compared with.
fn values_of(key: &str) -> Result<Values, String> {
    const WITH_NAMES: [&str; 3] = ["request.headers", "request.auth.claims", "experimental.envoy.filters."];
    if WITH_NAMES.iter().any(|start| key.starts_with(start)) {
        let named = key.ends_with(']') && key.find('[').is_some_and(|open| open > 0 && open + 2 < key.len());
        return if named { Ok(Values::Text) } else { Err(format!("the key `{key}` does not say in brackets of what")) };
    }
    if key.starts_with("destination.labels") {
        return Err(format!("the key `{key}` is no condition; a policy selects workloads by `selector`"));
    }
    match key {
        "source.ip" | "remote.ip" | "destination.ip" => Ok(Values::Addresses),
        "destination.port" => Ok(Values::Ports),
        "source.serviceAccount" => Ok(Values::ServiceAccounts),
        "source.trustDomain" => Ok(Values::Patterns),
        "source.namespace"
        | "source.principal"
        | "request.auth.principal"
        | "request.auth.audiences"
        | "request.auth.presenter"
        | "connection.sni" => Ok(Values::Text),
        "destination.namespace" => Err(format!("the key `{key}` is no condition; a policy is for its own namespace")),
        "destination.name" | "destination.user" => {
            Err(format!("the key `{key}` is of the first version, and no longer known"))
        }
        _ => Err(format!("the key `{key}` is none that Istio knows")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_say_what_their_values_are() {
        for (key, expect) in [
            ("request.headers[x-id]", Ok(Values::Text)),
            ("request.auth.claims[a][b]", Ok(Values::Text)),
            ("experimental.envoy.filters.a.b[c]", Ok(Values::Text)),
            ("source.ip", Ok(Values::Addresses)),
            ("destination.port", Ok(Values::Ports)),
            ("source.serviceAccount", Ok(Values::ServiceAccounts)),
        ] {
            assert_eq!(values_of(key), expect, "{key}");
        }
        for key in [
            "request.headers",
            "request.headers[]",
            "destination.name",
            "destination.labels[a]",
            "source.host",
            "source",
        ] {
            assert!(values_of(key).is_err(), "{key}");
        }
    }

    #[test]
    fn values_fit_their_keys() {
        for (text, values, expect) in [
            ("", Values::Text, false),
            ("10.0.0.0/8", Values::Addresses, true),
            ("10.0.0.0/99", Values::Addresses, false),
            ("0", Values::Ports, true),
            ("65536", Values::Ports, false),
            ("+80", Values::Ports, false),
            ("ns/account", Values::ServiceAccounts, true),
            ("account", Values::ServiceAccounts, true),
            ("/account", Values::ServiceAccounts, false),
            ("a/b/c", Values::ServiceAccounts, false),
            ("a*", Values::ServiceAccounts, false),
            ("*.local", Values::TrustDomains, true),
            ("a*b", Values::TrustDomains, false),
            ("a/b", Values::TrustDomains, false),
            ("a/b", Values::Patterns, true),
        ] {
            assert_eq!(value(text, values).is_ok(), expect, "{text}");
        }
    }
}
