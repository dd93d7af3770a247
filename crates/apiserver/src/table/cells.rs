//! Pieces that many cells are made of.

use jiff::Timestamp;
use serde_json::Value;

/// Time since an RFC 3339 timestamp as `kubectl` writes it: `5s`, `3m20s`, `12m`, `4h5m`, `2d3h`, `30d`, `2y`;
/// `<unknown>` where there is none.
pub fn age(timestamp: &Value, now: Timestamp) -> String {
    match timestamp.as_str().and_then(|text| text.parse::<Timestamp>().ok()) {
        Some(then) => duration(now.as_second() - then.as_second()),
        None => "<unknown>".to_owned(),
    }
}

/// The age of an object.
pub(super) fn object_age(object: &Value, now: Timestamp) -> Value {
    age(&object["metadata"]["creationTimestamp"], now).into()
}

/// Seconds as apimachinery's `duration.HumanDuration` writes them.
pub(super) fn duration(seconds: i64) -> String {
    let with_rest = |whole: i64, unit: &str, rest: i64, rest_unit: &str| match rest {
        0 => format!("{whole}{unit}"),
        rest => format!("{whole}{unit}{rest}{rest_unit}"),
    };
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    let days = hours / 24;
    match seconds {
        ..-1 => "<invalid>".to_owned(),
        -1..=0 => "0s".to_owned(),
        1..120 => format!("{seconds}s"),
        _ if minutes < 10 => with_rest(minutes, "m", seconds % 60, "s"),
        _ if minutes < 180 => format!("{minutes}m"),
        _ if hours < 8 => with_rest(hours, "h", minutes % 60, "m"),
        _ if hours < 48 => format!("{hours}h"),
        _ if hours < 192 => with_rest(days, "d", hours % 24, "h"),
        _ if days < 730 => format!("{days}d"),
        _ if days < 2920 => with_rest(days / 365, "y", days % 365, "d"),
        _ => format!("{}y", days / 365),
    }
}

/// A string field, or nothing.
pub(super) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// A string cell that shows `placeholder` for an empty value.
pub(super) fn or(value: &Value, placeholder: &str) -> Value {
    match text(value) {
        "" => placeholder.into(),
        text => text.into(),
    }
}

/// A count that is 0 where the field is absent.
pub(super) fn count(value: &Value) -> i64 {
    value.as_i64().unwrap_or(0)
}

/// The items of a list field.
pub(super) fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// How many entries a map field has.
pub(super) fn size(value: &Value) -> usize {
    value.as_object().map_or(0, |fields| fields.len())
}

/// Texts with commas between, `<none>` if there are none.
pub(super) fn joined(texts: impl IntoIterator<Item = String>) -> Value {
    let texts: Vec<String> = texts.into_iter().collect();
    if texts.is_empty() { "<none>".into() } else { texts.join(",").into() }
}

/// A field of every container of a pod spec, with commas between.
pub(super) fn containers(spec: &Value, field: &str) -> Value {
    let texts: Vec<&str> = list(&spec["containers"]).iter().map(|container| text(&container[field])).collect();
    texts.join(",").into()
}

/// A LabelSelector (or the plain map of a Service) as `kubectl` writes it: `app=web,tier in (a,b)`.
pub(super) fn selector(selector: &Value) -> Value {
    let labels = if selector.get("matchLabels").is_some() || selector.get("matchExpressions").is_some() {
        &selector["matchLabels"]
    } else {
        selector
    };
    let exact = labels.as_object().into_iter().flatten().filter(|(_, value)| value.is_string());
    let mut parts: Vec<String> = exact.map(|(key, value)| format!("{key}={}", text(value))).collect();
    for expression in list(&selector["matchExpressions"]) {
        let key = text(&expression["key"]);
        let values: Vec<&str> = list(&expression["values"]).iter().map(text).collect();
        parts.push(match text(&expression["operator"]) {
            "Exists" => key.to_owned(),
            "DoesNotExist" => format!("!{key}"),
            "In" => format!("{key} in ({})", values.join(",")),
            "NotIn" => format!("{key} notin ({})", values.join(",")),
            other => format!("{key} {other}"),
        });
    }
    joined(parts)
}

/// The status of a condition, or nothing.
pub(super) fn condition<'a>(object: &'a Value, ty: &str) -> &'a str {
    let found = list(&object["status"]["conditions"]).iter().find(|condition| condition["type"] == ty);
    found.map_or("", |condition| text(&condition["status"]))
}
