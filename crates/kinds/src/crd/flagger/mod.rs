//! Flagger: canaries, metric templates, alert providers.

mod analysis;
mod service;

use super::definition::{Column, Definition, Scope, Spec, Status, column, typed_column};
use super::schema::{Schema, boolean, integer, list, map, number, object, one_of, optional, required, string, texts};

/// Every Flagger kind.
pub(super) fn definitions() -> Vec<Definition> {
    let flagger = |kind, plural, about, spec, columns: Vec<Column>| Definition {
        group: "flagger.app",
        kind,
        plural,
        short_names: &[],
        categories: &["all"],
        scope: Scope::Namespaced,
        versions: &["v1beta1"],
        about,
        spec,
        presence: Spec::Optional,
        status: Status::Kept,
        columns,
    };
    vec![
        flagger("Canary", "canaries", "A workload whose changes are rolled out gradually.", canary(), columns()),
        flagger(
            "MetricTemplate",
            "metrictemplates",
            "A metrics query that canaries share.",
            metric_template(),
            vec![column("Provider", ".spec.provider.type")],
        ),
        flagger(
            "AlertProvider",
            "alertproviders",
            "Where canaries report.",
            alert_provider(),
            vec![column("Type", ".spec.type")],
        ),
    ]
}

fn columns() -> Vec<Column> {
    vec![
        column("Status", ".status.phase"),
        column("Weight", ".status.canaryWeight"),
        typed_column("Suspended", "boolean", ".spec.suspend").wide(),
        column("FailedChecks", ".status.failedChecks").wide(),
        column("Interval", ".spec.analysis.interval").wide(),
        typed_column("Mirror", "boolean", ".spec.analysis.mirror").wide(),
        column("StepWeight", ".spec.analysis.stepWeight").wide(),
        column("StepWeights", ".spec.analysis.stepWeights").wide(),
        column("MaxWeight", ".spec.analysis.maxWeight").wide(),
        column("LastTransitionTime", ".status.lastTransitionTime"),
    ]
}

/// A reference to an object of one of `kinds`.
fn reference(kinds: &[&str]) -> Schema {
    object([required("apiVersion", string()), required("kind", one_of(kinds)), required("name", string())])
}

fn canary() -> Schema {
    const PROVIDERS: &[&str] = &[
        "apisix",
        "appmesh",
        "appmesh:v1beta2",
        "contour",
        "gatewayapi:v1",
        "gatewayapi:v1beta1",
        "gatewayapi:v1alpha2",
        "gloo",
        "istio",
        "knative",
        "kubernetes",
        "kuma",
        "linkerd",
        "nginx",
        "osm",
        "skipper",
        "smi:v1alpha1",
        "smi:v1alpha2",
        "smi:v1alpha3",
        "traefik",
    ];
    let autoscaler = object([
        required("apiVersion", string()),
        required("kind", one_of(&["HorizontalPodAutoscaler", "ScaledObject"])),
        required("name", string()),
        optional("primaryScalerQueries", texts()),
        optional(
            "primaryScalerReplicas",
            object([optional("minReplicas", integer().minimum(1)), optional("maxReplicas", integer().minimum(1))]),
        ),
    ]);
    let upstream = object([
        required("apiVersion", string()),
        required("kind", one_of(&["Upstream"])),
        required("name", string()),
        optional("namespace", string()),
    ]);
    object([
        optional("provider", one_of(PROVIDERS).about("The mesh or ingress that shifts traffic.")),
        optional("metricsServer", string().about("Address of the Prometheus to ask.")),
        optional("progressDeadlineSeconds", number().about("The longest a rollout may wait for pods; 600 if absent.")),
        required("targetRef", reference(&["DaemonSet", "Deployment", "Service"]).about("What is rolled out.")),
        optional("autoscalerRef", autoscaler),
        optional("ingressRef", reference(&["Ingress"])),
        optional("routeRef", reference(&["ApisixRoute"])),
        optional("upstreamRef", upstream),
        optional("service", service::service()),
        optional("skipAnalysis", boolean()),
        optional("revertOnDeletion", boolean()),
        optional("suspend", boolean()),
        required("analysis", analysis::analysis().about("How a rollout is judged.")),
    ])
}

fn metric_template() -> Schema {
    const TYPES: &[&str] = &[
        "prometheus",
        "influxdb",
        "datadog",
        "externalmetrics",
        "stackdriver",
        "cloudwatch",
        "newrelic",
        "graphite",
        "dynatrace",
        "keptn",
        "splunk",
    ];
    object([
        required(
            "provider",
            object([
                required("type", one_of(TYPES)),
                optional("address", string()),
                optional("headers", map(list(string()))),
                optional("secretRef", object([required("name", string())])),
                optional("region", string()),
                optional("insecureSkipVerify", boolean()),
            ]),
        ),
        required("query", string().about("A query, as a Go template.")),
    ])
}

fn alert_provider() -> Schema {
    object([
        optional("type", one_of(&["slack", "msteams", "discord", "rocket", "gchat"])),
        optional("channel", string()),
        optional("username", string()),
        optional("address", string()),
        optional("proxy", string()),
        optional("secretRef", object([required("name", string())])),
    ])
    .exactly_one_of(&[&["type", "address"], &["type", "secretRef"]])
}
