//! Names and labels, in the words of apimachinery's `validation` package.

/// Why `text` is no DNS-1123 label, if it is none.
pub(super) fn dns_label(text: &str) -> Option<String> {
    let shape = is_label(text);
    if text.len() > 63 {
        Some("must be no more than 63 characters".to_owned())
    } else if !shape {
        Some(
            "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and \
             end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is \
             '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
                .to_owned(),
        )
    } else {
        None
    }
}

/// Why `text` is no DNS-1035 label (which starts with a letter), if it is none.
pub(crate) fn dns_1035_label(text: &str) -> Option<String> {
    if text.len() > 63 {
        Some("must be no more than 63 characters".to_owned())
    } else if !is_label(text) || !text.starts_with(|c: char| c.is_ascii_lowercase()) {
        Some(
            "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic \
             character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for \
             validation is '[a-z]([-a-z0-9]*[a-z0-9])?')"
                .to_owned(),
        )
    } else {
        None
    }
}

/// Why `text` is no DNS-1123 subdomain, if it is none.
pub(crate) fn dns_subdomain(text: &str) -> Option<String> {
    if text.len() > 253 {
        Some("must be no more than 253 characters".to_owned())
    } else if text.is_empty() || !text.split('.').all(is_label) {
        Some(
            "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must \
             start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is \
             '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
                .to_owned(),
        )
    } else {
        None
    }
}

/// Why `text` cannot be a segment of a URL path (RBAC names), if it cannot.
pub(super) fn path_segment(text: &str) -> Option<String> {
    if text == "." || text == ".." {
        return Some(format!("may not be '{text}'"));
    }
    ['/', '%'].into_iter().find(|&c| text.contains(c)).map(|c| format!("may not contain '{c}'"))
}

/// Why `text` is no qualified name (a label or annotation key), if it is none.
pub(crate) fn qualified_name(text: &str) -> Option<String> {
    let (prefix, name) = match text.split_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, text),
    };
    if name.contains('/') {
        return Some(
            "a qualified name must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an \
             alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is \
             '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. \
             'example.com/MyName')"
                .to_owned(),
        );
    }
    if let Some(prefix) = prefix {
        if prefix.is_empty() {
            return Some("prefix part must be non-empty".to_owned());
        }
        if let Some(problem) = dns_subdomain(prefix) {
            return Some(format!("prefix part {problem}"));
        }
    }
    if name.is_empty() {
        Some("name part must be non-empty".to_owned())
    } else if name.len() > 63 {
        Some("name part must be no more than 63 characters".to_owned())
    } else if !is_word(name) {
        Some(
            "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an \
             alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is \
             '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
                .to_owned(),
        )
    } else {
        None
    }
}

/// Why `text` is no label value, if it is none.
pub(crate) fn label_value(text: &str) -> Option<String> {
    if text.len() > 63 {
        Some("must be no more than 63 characters".to_owned())
    } else if !text.is_empty() && !is_word(text) {
        Some(
            "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must \
             start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for \
             validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
                .to_owned(),
        )
    } else {
        None
    }
}

/// Why `text` cannot be a key of a ConfigMap or Secret, if it cannot.
pub(super) fn config_key(text: &str) -> Option<String> {
    if text.len() > 253 {
        Some("must be no more than 253 characters".to_owned())
    } else if text.is_empty() || !text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')) {
        Some(
            "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or \
             'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
                .to_owned(),
        )
    } else if text == "." || text == ".." || text.starts_with("..") {
        Some("must not be '.' or start with '..'".to_owned())
    } else {
        None
    }
}

fn is_label(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
}

fn is_word(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.ends_with(|c: char| c.is_ascii_alphanumeric())
}

/// What is wrong with the name of a container port (IANA_SVC_NAME).
pub(super) fn port_name(text: &str) -> Vec<&'static str> {
    let mut problems = Vec::new();
    if text.len() > 15 {
        problems.push("must be no more than 15 characters");
    }
    if !text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-') {
        problems.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
    }
    if !text.bytes().any(|byte| byte.is_ascii_lowercase()) {
        problems.push("must contain at least one letter (a-z)");
    }
    if text.contains("--") {
        problems.push("must not contain consecutive hyphens");
    }
    if text.starts_with('-') || text.ends_with('-') {
        problems.push("must not begin or end with a hyphen");
    }
    problems
}
