//! TrafficExtension: a filter for proxies, in WebAssembly or Lua.

use super::super::problem::Problems;
use super::super::selectors;
use super::super::subject::Subject;
use super::wasm_plugin;

pub(super) fn check<'w>(subject: Subject<'w>, problems: &mut Problems<'w>) {
    let spec = subject.spec();
    selectors::attachment(spec, problems);
    let (module, script) = (spec.get("wasm"), spec.get("lua"));
    if module.is_some() == script.is_some() {
        problems.error(spec, "exactly one of `wasm` and `lua` must be given");
    }
    if let Some(module) = module {
        wasm_plugin::check_module(module, problems);
    }
    if let Some(script) = script.filter(|script| script.text("inlineCode").is_empty()) {
        problems.error(script.get("inlineCode").unwrap_or(script), "`lua` has no code");
    }
    wasm_plugin::check_match(spec, problems);
}
