//! The image `auto`, which stands for the one that the injector knows.

use mesh::{Field, Workload};

/// The image `auto` of a workload's proxy.
pub(super) fn of(workload: Workload<'_>) -> Option<Field<'_>> {
    let mut proxies = workload.containers().filter(|container| container.text("name") == "istio-proxy");
    proxies.find_map(|proxy| proxy.get("image").filter(|image| image.as_str() == Some("auto")))
}

/// The namespace of a workload, which is `default` for one that does not say.
pub(super) fn namespace(workload: Workload<'_>) -> &str {
    match workload.namespace() {
        "" => "default",
        namespace => namespace,
    }
}
