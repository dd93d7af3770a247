//! WorkloadGroup: what workload entries are made from.

use mesh::Field;

use super::super::problem::Problems;
use super::super::subject::Subject;
use super::super::{headers, ports, selectors};
use super::{not_negative, objects, socket, workload_entry};

/// How a probe asks.
const METHODS: [&str; 4] = ["httpGet", "tcpSocket", "exec", "grpc"];

pub(super) fn check<'w>(subject: Subject<'w>, problems: &mut Problems<'w>) {
    let spec = subject.spec();
    match spec.get("template") {
        None => problems.error(spec, "the group has no template"),
        Some(template) => {
            workload_entry::check_ports(template, problems);
            let address = template.get("address").filter(|_| template.text("address").starts_with(socket::PREFIX));
            if let (Some(field), Some(path)) = (address, template.text("address").strip_prefix(socket::PREFIX)) {
                problems.judge(field, socket::check(path));
            }
        }
    }
    if let Some(metadata) = spec.get("metadata") {
        selectors::labels(metadata, "labels", problems);
    }
    if let Some(probe) = spec.get("probe") {
        self::probe(probe, problems);
    }
}

fn probe<'w>(probe: Field<'w>, problems: &mut Problems<'w>) {
    let counts = ["periodSeconds", "initialDelaySeconds", "timeoutSeconds", "successThreshold", "failureThreshold"];
    not_negative(probe, &counts, problems);
    if METHODS.iter().all(|name| probe.get(name).is_none()) {
        problems.error(probe, "the probe does not say how to ask: by `httpGet`, `tcpSocket`, `exec` or `grpc`");
    }
    if let Some(http) = probe.get("httpGet") {
        ports::check_required(http, "port", problems);
        let scheme = http.text("scheme");
        if let Some(field) = http.get("scheme").filter(|_| !matches!(scheme, "" | "HTTP" | "HTTPS")) {
            problems.error(field, format!("`scheme` is `{scheme}`, and must be `HTTP` or `HTTPS`"));
        }
        for header in objects(http, "httpHeaders") {
            problems.judge(header.get("name").unwrap_or(header), headers::of_probe(header.text("name")));
        }
    }
    if let Some(tcp) = probe.get("tcpSocket") {
        ports::check_required(tcp, "port", problems);
    }
    if let Some(grpc) = probe.get("grpc") {
        ports::check_given(grpc, "port", problems);
    }
    if let Some(exec) = probe.get("exec").filter(|exec| exec.list("command").len() == 0) {
        problems.error(exec, "`exec` needs a command");
    }
}
