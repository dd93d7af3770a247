//! WasmPlugin and TrafficExtension.

use super::super::schema::{Field, Schema, object, one_of, open, optional, required, string};
use super::{attached_once, attachment, items, signed, targets, workload_selector};

/// Which WebAssembly module, and how it runs: in a WasmPlugin, and in a TrafficExtension.
fn module() -> [Field; 9] {
    let environment = items([
        required("name", string().length(1, 256)),
        optional("valueFrom", one_of(&["INLINE", "HOST"])),
        optional("value", string().length(0, 2048)),
    ]);
    [
        required("url", string().at_least_characters(1)),
        optional("sha256", string().pattern("(^$|^[a-f0-9]{64}$)")),
        optional("imagePullPolicy", one_of(&["UNSPECIFIED_POLICY", "IfNotPresent", "Always"])),
        optional("imagePullSecret", string().length(1, 253)),
        optional("verificationKey", string()),
        optional("pluginConfig", open([])),
        optional("pluginName", string().length(1, 256)),
        optional("failStrategy", one_of(&["FAIL_CLOSE", "FAIL_OPEN", "FAIL_RELOAD"])),
        optional("vmConfig", object([optional("env", environment.at_most(256).keyed_by(&["name"]))])),
    ]
}

/// Which traffic passes through it.
fn matched() -> Schema {
    let ports = items([required("number", super::super::schema::integer().minimum(1).maximum(65_535))]);
    items([
        optional("mode", one_of(&["UNDEFINED", "CLIENT", "SERVER", "CLIENT_AND_SERVER"])),
        optional("ports", ports.keyed_by(&["number"])),
    ])
}

fn plugin_type() -> Schema {
    one_of(&["UNSPECIFIED_PLUGIN_TYPE", "HTTP", "NETWORK"])
}

pub(super) fn wasm_plugin() -> Schema {
    let own = [
        optional("phase", one_of(&["UNSPECIFIED_PHASE", "AUTHN", "AUTHZ", "STATS"])),
        optional("priority", signed().nullable()),
        optional("match", matched()),
        optional("type", plugin_type()),
    ];
    attached_once(object(module().into_iter().chain(own).chain(attachment())))
}

pub(super) fn traffic_extension() -> Schema {
    let wasm = object(module().into_iter().chain([optional("type", plugin_type())]));
    object([
        optional("selector", workload_selector()),
        optional("targetRefs", targets()),
        optional("phase", one_of(&["UNSPECIFIED", "AUTHN", "AUTHZ", "STATS"])),
        optional("priority", signed().nullable()),
        optional("match", matched()),
        optional("wasm", wasm),
        optional("lua", object([required("inlineCode", string().length(1, 65_536))])),
    ])
    .at_most_one_of(&["wasm", "lua"])
    .rule("!has(self.selector) || !has(self.targetRefs)", "selector and targetRefs exclude each other")
    .rule("has(self.wasm) != has(self.lua)", "exactly one of wasm and lua must be given")
}
