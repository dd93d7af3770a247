//! `notification.toolkit.fluxcd.io`.

use super::super::definition::{Definition, Status, age, ready};
use super::super::schema::{Field, Schema, boolean, list, object, one_of, optional, required, string, strings, texts};
use super::{Family, Names, access, interval, name_reference};

const FAMILY: Family =
    Family { group: "notification.toolkit.fluxcd.io", categories: &["all", "fluxcd", "fluxcd-notifications"] };

pub(super) fn definitions() -> Vec<Definition> {
    let [is_ready, status] = ready();
    const OLD_AND_NEW: &[&str] = &["v1beta3", "v1beta2", "v1beta1"];
    let alert = FAMILY.kind(
        Names { kind: "Alert", plural: "alerts", short: &[] },
        OLD_AND_NEW,
        "Which events go to which provider.",
        alert(),
        vec![age()],
    );
    let provider = FAMILY.kind(
        Names { kind: "Provider", plural: "providers", short: &[] },
        OLD_AND_NEW,
        "Where events are sent.",
        provider(),
        vec![age()],
    );
    let receiver = FAMILY.kind(
        Names { kind: "Receiver", plural: "receivers", short: &[] },
        &["v1", "v1beta2", "v1beta1"],
        "A webhook that makes Flux reconcile.",
        receiver(),
        vec![age(), is_ready, status],
    );
    // The first two are only read, so nobody begins to observe them.
    vec![Definition { status: Status::Kept, ..alert }, Definition { status: Status::Kept, ..provider }, receiver]
}

/// A reference to objects that send events or are reconciled on a webhook.
fn object_reference(more: Option<Field>) -> Schema {
    const KINDS: &[&str] = &[
        "Bucket",
        "GitRepository",
        "Kustomization",
        "HelmRelease",
        "HelmChart",
        "HelmRepository",
        "ImageRepository",
        "ImagePolicy",
        "ImageUpdateAutomation",
        "OCIRepository",
        "ArtifactGenerator",
        "ExternalArtifact",
    ];
    let fields = [
        optional("apiVersion", string()),
        required("kind", one_of(KINDS)),
        required("name", string().length(1, 253)),
        optional("namespace", string().length(1, 253)),
        optional("matchLabels", texts()),
    ];
    object(fields.into_iter().chain(more))
}

fn alert() -> Schema {
    object([
        required("providerRef", name_reference()),
        optional("eventSeverity", one_of(&["info", "error"]).default("info")),
        required("eventSources", list(object_reference(None))),
        optional("inclusionList", strings()),
        optional("exclusionList", strings()),
        optional("eventMetadata", texts()),
        optional("summary", string().length(0, 255)),
        optional("suspend", boolean()),
    ])
}

fn provider() -> Schema {
    const TYPES: &[&str] = &[
        "slack",
        "discord",
        "msteams",
        "rocket",
        "generic",
        "generic-hmac",
        "github",
        "gitlab",
        "gitea",
        "giteapullrequestcomment",
        "bitbucketserver",
        "bitbucket",
        "azuredevops",
        "googlechat",
        "googlepubsub",
        "webex",
        "sentry",
        "azureeventhub",
        "telegram",
        "lark",
        "matrix",
        "opsgenie",
        "alertmanager",
        "grafana",
        "githubdispatch",
        "githubpullrequestcomment",
        "gitlabmergerequestcomment",
        "pagerduty",
        "datadog",
        "nats",
        "zulip",
        "otel",
        "zoom",
        "incident.io",
    ];
    let fields = [
        required("type", one_of(TYPES)),
        optional("address", string().length(0, 2048)),
        optional("channel", string().length(0, 2048)),
        optional("username", string().length(0, 2048)),
        optional("interval", interval()),
        optional("timeout", interval()),
        optional("proxy", string().pattern("^(http|https)://.*$").length(0, 2048)),
        optional("commitStatusExpr", string()),
        optional("suspend", boolean()),
    ];
    object(fields.into_iter().chain(access())).rule(
        "!has(self.commitStatusExpr) || self.type in ['github', 'gitlab', 'gitea', 'bitbucketserver', 'bitbucket', 'azuredevops']",
        "spec.commitStatusExpr is only supported for the 'github', 'gitlab', 'gitea', 'bitbucketserver', 'bitbucket', 'azuredevops' provider types",
    )
}

fn receiver() -> Schema {
    const TYPES: &[&str] = &[
        "generic",
        "generic-hmac",
        "generic-oidc",
        "github",
        "gitlab",
        "bitbucket",
        "harbor",
        "dockerhub",
        "quay",
        "gcr",
        "nexus",
        "acr",
        "cdevents",
    ];
    let expressions = |name: &'static str| list(object([required(name, string()), required("expression", string())]));
    object([
        required("type", one_of(TYPES)),
        optional("interval", interval().default("10m")),
        optional("events", strings()),
        required("resources", list(object_reference(Some(optional("filter", string()))))),
        optional("resourceFilter", string()),
        optional("secretRef", name_reference()),
        optional(
            "oidcProviders",
            list(object([
                required("issuerURL", string().pattern("^https?://")),
                optional("audience", string()),
                optional("variables", expressions("name")),
                required("validations", expressions("message").at_least(1)),
            ]))
            .keyed_by(&["issuerURL"]),
        ),
        optional("suspend", boolean()),
    ])
    .rule("self.type == 'generic-oidc' || has(self.secretRef)", "secretRef is required when type is not generic-oidc")
    .rule("self.type != 'generic-oidc' || !has(self.secretRef)", "secretRef cannot be set when type is generic-oidc")
    .rule(
        "self.type != 'generic-oidc' || (has(self.oidcProviders) && size(self.oidcProviders) > 0)",
        "generic-oidc receivers must define at least one oidcProvider",
    )
}
