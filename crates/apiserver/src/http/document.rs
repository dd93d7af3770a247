//! Paths that are no resources: probes, version, discovery, OpenAPI.

use http::header::ACCEPT;
use http::request;
use serde_json::json;

use super::reply::Reply;
use super::service::text;
use crate::core::Core;
use crate::discovery::{self, AggregatedVersion, Root};
use crate::error::ApiError;
use crate::openapi::{Form, KUBERNETES_VERSION};

/// What is said where nothing is.
const NOT_FOUND: &str = "404 page not found\n";

/// Documents that everyone may read.
pub(super) fn open(path: &str) -> Option<Reply> {
    match path.trim_end_matches('/') {
        "/healthz" | "/livez" | "/readyz" | "/healthz/ping" | "/livez/ping" | "/readyz/ping" => {
            Some(Reply::text(200, "ok"))
        }
        "/version" => Some(version()),
        _ => None,
    }
}

fn version() -> Reply {
    let mut numbers = KUBERNETES_VERSION.trim_start_matches('v').split('.');
    let version = json!({
        "major": numbers.next(),
        "minor": numbers.next(),
        "gitVersion": format!("{KUBERNETES_VERSION}+tenter.{}", env!("CARGO_PKG_VERSION")),
        "gitCommit": "",
        "gitTreeState": "clean",
        "buildDate": "1970-01-01T00:00:00Z",
        "goVersion": "",
        "compiler": "rustc",
        "platform": format!("{}/{}", std::env::consts::OS, std::env::consts::ARCH),
    });
    Reply::value(200, &version)
}

/// Discovery and OpenAPI; everything else is not found.
pub(super) fn answer(core: &Core, head: &request::Parts) -> Result<Reply, ApiError> {
    let registry = core.registry();
    let segments: Vec<&str> = head.uri.path().split('/').filter(|part| !part.is_empty()).collect();
    let accept = text(&head.headers, ACCEPT.as_str()).unwrap_or_default();
    let not_found = || Reply::text(404, NOT_FOUND);
    let document = match segments.as_slice() {
        [] => {
            const PATHS: [&str; 9] =
                ["/api", "/api/v1", "/apis", "/healthz", "/livez", "/openapi/v2", "/openapi/v3", "/readyz", "/version"];
            Some(json!({"paths": PATHS}))
        }
        ["api"] => match aggregated(accept) {
            Some(version) => return Ok(aggregated_reply(core, Root::Core, version)),
            None => Some(discovery::api_versions(text(&head.headers, "host").unwrap_or_default())),
        },
        ["apis"] => match aggregated(accept) {
            Some(version) => return Ok(aggregated_reply(core, Root::Groups, version)),
            None => Some(discovery::api_groups(&registry)),
        },
        ["api", version] => match discovery::api_resources(&registry, "", version) {
            Some(document) => Some(document),
            None => return Err(ApiError::unknown_path()),
        },
        ["apis", group] => discovery::api_group(&registry, group),
        ["apis", group, version] => match discovery::api_resources(&registry, group, version) {
            Some(document) => Some(document),
            None => return not_served(core, group),
        },
        ["openapi", "v2"] => {
            let is_proto = accept.contains("com.github.proto-openapi.spec.v2");
            let form = if is_proto { Form::Protobuf } else { Form::Json };
            let document = core.openapi.version_2(&registry, form);
            return Ok(Reply::json(200, document.body.clone()).with_content_type(form.media_type()));
        }
        ["openapi", "v3"] => Some(core.openapi.index(&registry)),
        ["openapi", "v3", "api", version] => return Ok(openapi(core, "", version)),
        ["openapi", "v3", "apis", group, version] => return Ok(openapi(core, group, version)),
        _ => None,
    };
    Ok(document.map_or_else(not_found, |document| Reply::value(200, &document)))
}

/// What is said to a path that could be one of a group's, and is not.
pub(super) fn not_served(core: &Core, group: &str) -> Result<Reply, ApiError> {
    if core.registry().is_built_in(group) {
        return Err(ApiError::unknown_path());
    }
    Ok(Reply::text(404, NOT_FOUND))
}

/// The document of a group and version; where there is none, nothing is said about it.
fn openapi(core: &Core, group: &str, version: &str) -> Reply {
    match core.openapi.document(&core.registry(), group, version) {
        Some(document) => Reply::json(200, document.body.clone()),
        None => Reply::text(404, ""),
    }
}

/// The aggregated form that the client prefers, if it understands any.
fn aggregated(accept: &str) -> Option<AggregatedVersion> {
    accept.split(',').find_map(|range| {
        let has = |parameter: &str| range.split(';').any(|part| part.trim() == parameter);
        if !has("as=APIGroupDiscoveryList") || !range.trim_start().starts_with("application/json") {
            return None;
        }
        if has("v=v2") { Some(AggregatedVersion::V2) } else { has("v=v2beta1").then_some(AggregatedVersion::V2Beta1) }
    })
}

fn aggregated_reply(core: &Core, root: Root, version: AggregatedVersion) -> Reply {
    let document = discovery::aggregated(&core.registry(), root, version);
    Reply::value(200, &document).with_content_type(version.content_type())
}
