//! Which versions of Kubernetes are supported.

use cluster::Cluster;
use manifest::Value;

use crate::error::Failure;

/// The oldest one: the first with aggregated discovery and validation rules of definitions, both as stable features.
const OLDEST: (u32, u32) = (1, 30);

/// What is checked.
pub(super) const DESCRIPTION: &str = "Kubernetes is 1.30 or later";

/// Fails if a cluster is too old.
pub(in crate::commands) async fn supported(cluster: &Cluster) -> Result<(), Failure> {
    match problem(&cluster.version().await?) {
        None => Ok(()),
        Some(problem) => Err(Failure::Usage(problem)),
    }
}

/// What is wrong with a version, as `/version` tells it.
pub(super) fn problem(told: &Value) -> Option<String> {
    let text = |field: &str| told[field].as_str().unwrap_or_default();
    // Vendors write `30+`.
    let number = |field: &str| text(field).trim_end_matches(|end: char| !end.is_ascii_digit()).parse::<u32>().ok();
    let shown = text("gitVersion");
    match (number("major"), number("minor")) {
        (Some(major), Some(minor)) if (major, minor) >= OLDEST => None,
        (Some(_), Some(_)) => {
            Some(format!("it is {shown}, which is older than 1.30; upgrade the cluster, or keep Flux on it"))
        }
        _ => Some(format!("the API server calls itself {shown:?}, which is no version of Kubernetes")),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use serde_json::json;

    use super::*;

    fn check(major: &str, minor: &str, expected: Expect) {
        let told = json!({"major": major, "minor": minor, "gitVersion": format!("v{major}.{minor}.1")});
        expected.assert_eq(&problem(&told).unwrap_or_else(|| "supported".to_owned()));
    }

    #[test]
    fn versions() {
        check("1", "30", expect!["supported"]);
        check("1", "34+", expect!["supported"]);
        check("2", "0", expect!["supported"]);
        check("1", "29", expect!["it is v1.29.1, which is older than 1.30; upgrade the cluster, or keep Flux on it"]);
        check("1", "9+", expect!["it is v1.9+.1, which is older than 1.30; upgrade the cluster, or keep Flux on it"]);
        check("", "new", expect![[r#"the API server calls itself "v.new.1", which is no version of Kubernetes"#]]);
    }
}
