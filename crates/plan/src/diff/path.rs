/// Extends a path for people by a field: `spec` and `replicas` make `spec.replicas`; names that would read as several
/// stand in brackets.
pub(crate) fn join(path: &str, field: &str) -> String {
    if field.contains(['.', '/', '[']) {
        format!("{path}[{field}]")
    } else if path.is_empty() {
        field.to_owned()
    } else {
        format!("{path}.{field}")
    }
}
