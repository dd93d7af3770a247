//! What `istioctl validate` asks of Kubernetes' own kinds: ports that say their protocol, and workloads that metrics can name.

use mesh::{Field, Protocol, kind};

use super::problem::Problems;
use super::subject::Subject;

/// Where Istio itself is: its own objects are not asked.
const ISTIO: &str = "istio-system";
/// Labels by which metrics name a workload's service, the first that is given.
const NAME: [&str; 3] = ["service.istio.io/canonical-name", "app.kubernetes.io/name", "app"];
/// Labels by which metrics name its revision.
const REVISION: [&str; 3] = ["service.istio.io/canonical-revision", "app.kubernetes.io/version", "version"];

pub(super) fn check<'w>(subject: Subject<'w>, problems: &mut Problems<'w>) {
    if subject.namespace == ISTIO {
        return;
    }
    if subject.is(kind::SERVICE) {
        for port in subject.spec().list("ports").filter(|port| port.value().is_object()) {
            service_port(port, problems);
        }
    } else if subject.is(kind::DEPLOYMENT) {
        deployment(subject, problems);
    }
}

fn service_port<'w>(port: Field<'w>, problems: &mut Problems<'w>) {
    if port.text("protocol").eq_ignore_ascii_case("UDP") {
        return;
    }
    if let Some(field) = port.get("appProtocol") {
        let protocol = port.text("appProtocol");
        if Protocol::named(protocol).is_none() {
            problems.error(field, format!("`appProtocol` is `{protocol}`, which is no protocol that Istio knows"));
        }
        return;
    }
    let Some(field) = port.get("name") else {
        return problems.error(port, "the port has no name, so that its protocol must be guessed");
    };
    let name = port.text("name");
    let protocol = name.split_once('-').map_or(name, |(protocol, _)| protocol);
    if Protocol::named(protocol).is_none() {
        let message = format!(
            "the port is named `{name}`, and must be named after its protocol, such as `http` or `http-{name}`"
        );
        problems.error(field, message);
    }
}

fn deployment<'w>(subject: Subject<'w>, problems: &mut Problems<'w>) {
    let template = subject.spec().get("template");
    let labels = template.and_then(|template| template.at(&["metadata", "labels"]));
    let given = |names: [&str; 3]| names.iter().any(|name| labels.is_some_and(|labels| labels.get(name).is_some()));
    for (names, what) in [(NAME, "service"), (REVISION, "version")] {
        if !given(names) {
            let message = format!(
                "the pods have none of the labels `{}`, by which metrics name their {what}",
                names.join("`, `")
            );
            problems.warning(labels.or(template).unwrap_or(subject.root), message);
        }
    }
}
