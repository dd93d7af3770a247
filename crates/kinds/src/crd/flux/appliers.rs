//! `kustomize.toolkit.fluxcd.io` and `helm.toolkit.fluxcd.io`.

use super::super::definition::{Definition, age, ready};
use super::super::schema::{
    Field, Schema, any, boolean, integer, list, object, one_of, optional, required, string, strings, texts,
};
use super::{
    Family, Names, chart, common_metadata, depends_on, health_expressions, ignore_rules, interval, kube_config,
    name_reference, overlay, reference,
};

const CATEGORIES: &[&str] = &["all", "fluxcd", "fluxcd-appliers"];

pub(super) fn definitions() -> Vec<Definition> {
    let [is_ready, status] = ready();
    let columns = vec![age(), is_ready, status];
    vec![
        Family { group: "kustomize.toolkit.fluxcd.io", categories: CATEGORIES }.kind(
            Names { kind: "Kustomization", plural: "kustomizations", short: &["ks"] },
            &["v1", "v1beta2", "v1beta1"],
            "A path of a source, built with kustomize and applied.",
            kustomization(),
            columns.clone(),
        ),
        Family { group: "helm.toolkit.fluxcd.io", categories: CATEGORIES }.kind(
            Names { kind: "HelmRelease", plural: "helmreleases", short: &["hr"] },
            &["v2", "v2beta2", "v2beta1"],
            "A Helm chart, installed and kept up to date.",
            helm_release(),
            columns,
        ),
    ]
}

fn kustomization() -> Schema {
    let fields = [
        required("interval", interval().about("How often to apply again.")),
        optional("retryInterval", interval().about("How long to wait after a failure; the interval if absent.")),
        optional("timeout", interval().about("The longest that apply and health checks may take.")),
        required(
            "sourceRef",
            reference(one_of(&["OCIRepository", "GitRepository", "Bucket", "ExternalArtifact"]))
                .about("Where the manifests come from."),
        ),
        optional("path", string().about("The folder with the kustomization.yaml; the root if absent.")),
        required("prune", boolean().about("Whether objects that left the source are deleted.")),
        optional("deletionPolicy", one_of(&["MirrorPrune", "Delete", "WaitForTermination", "Orphan"])),
        optional("wait", boolean().about("Whether to wait until everything applied is healthy.")),
        optional(
            "force",
            boolean().default(false).about("Whether to recreate objects whose immutable fields changed."),
        ),
        optional("suspend", boolean()),
        optional("dependsOn", depends_on()),
        optional("serviceAccountName", string()),
        optional("kubeConfig", kube_config()),
        optional("targetNamespace", string().length(1, 63)),
        optional("namePrefix", string().length(1, 200)),
        optional("nameSuffix", string().length(1, 200)),
        optional("commonMetadata", common_metadata()),
        optional("components", strings()),
        optional("ignoreMissingComponents", boolean()),
        optional("buildMetadata", list(one_of(&["originAnnotations", "transformerAnnotations"]))),
        optional("validation", one_of(&["none", "client", "server"]).about("Ignored since v1beta2.")),
        optional(
            "decryption",
            object([
                required("provider", one_of(&["sops"])),
                optional("secretRef", name_reference()),
                optional("serviceAccountName", string()),
            ]),
        ),
        optional("postBuild", post_build()),
        optional("healthChecks", list(reference(string()))),
        optional("healthCheckExprs", health_expressions()),
        optional("ignore", ignore_rules()),
    ];
    object(fields.into_iter().chain(overlay()))
}

fn post_build() -> Schema {
    object([
        optional("substitute", texts()),
        optional(
            "substituteFrom",
            list(object([
                required("kind", one_of(&["Secret", "ConfigMap"])),
                required("name", string().length(1, 253)),
                optional("optional", boolean().default(false)),
            ])),
        ),
        optional("substituteStrategy", one_of(&["WithVariables", "Always"])),
    ])
    .about("Variables to put into the built manifests.")
}

fn helm_release() -> Schema {
    object([
        optional("chart", chart_template()),
        optional(
            "chartRef",
            object([
                optional("apiVersion", string()),
                required("kind", one_of(&["OCIRepository", "HelmChart", "ExternalArtifact"])),
                required("name", string().length(1, 253)),
                optional("namespace", string().length(1, 63)),
            ]),
        ),
        required("interval", interval()),
        optional("kubeConfig", kube_config()),
        optional("suspend", boolean()),
        optional("releaseName", string().length(1, 53)),
        optional("targetNamespace", string().length(1, 63)),
        optional("storageNamespace", string().length(1, 63)),
        optional("dependsOn", depends_on()),
        optional("timeout", interval()),
        optional("maxHistory", integer()),
        optional("serviceAccountName", string().length(1, 253)),
        optional("persistentClient", boolean()),
        optional(
            "driftDetection",
            object([optional("mode", one_of(&["enabled", "warn", "disabled"])), optional("ignore", ignore_rules())]),
        ),
        optional("install", install()),
        optional("upgrade", upgrade()),
        optional("test", test()),
        optional("rollback", rollback()),
        optional("uninstall", uninstall()),
        optional("valuesFrom", values_from()),
        optional("values", any()),
        optional("commonMetadata", common_metadata()),
        optional("healthCheckExprs", health_expressions()),
        optional("waitStrategy", object([required("name", one_of(&["poller", "legacy"]))])),
        optional("postRenderStrategy", one_of(&["nohooks", "combined", "separate"])),
        optional("postRenderers", list(object([optional("kustomize", object(overlay()))]))),
    ])
    .rule(
        "(has(self.chart) && !has(self.chartRef)) || (!has(self.chart) && has(self.chartRef))",
        "either chart or chartRef must be set",
    )
}

fn chart_template() -> Schema {
    let fields = [
        required(
            "sourceRef",
            object([
                optional("apiVersion", string()),
                // v2beta1 let the kind be left out where the name said enough.
                optional("kind", one_of(&["HelmRepository", "GitRepository", "Bucket"])),
                required("name", string().length(1, 253)),
                optional("namespace", string().length(0, 63)),
            ]),
        ),
        optional("interval", interval()),
        optional(
            "verify",
            object([
                required("provider", one_of(&["cosign", "notation"]).default("cosign")),
                optional("secretRef", name_reference()),
            ]),
        ),
    ];
    let spec = object(fields.into_iter().chain(chart(string().length(1, 2048))));
    object([optional("metadata", common_metadata()), required("spec", spec)]).about("The HelmChart to make.")
}

/// What every action of Helm can be told.
fn action() -> [Field; 3] {
    [optional("timeout", interval()), optional("disableHooks", boolean()), optional("disableWait", boolean())]
}

/// What actions that bring manifests can be told as well.
fn bringing() -> [Field; 5] {
    [
        optional("crds", one_of(&["Skip", "Create", "CreateReplace"])),
        optional("disableOpenAPIValidation", boolean()),
        optional("disableSchemaValidation", boolean()),
        optional("disableTakeOwnership", boolean()),
        optional("disableWaitForJobs", boolean()),
    ]
}

/// What actions that change a release can be told as well.
fn changing() -> [Field; 3] {
    [
        optional("cleanupOnFail", boolean()),
        optional("force", boolean()),
        optional("serverSideApply", one_of(&["enabled", "disabled", "auto"])),
    ]
}

/// What to do when an action has failed.
fn remediation(more: Option<Field>) -> Field {
    let fields = [
        optional("retries", integer()),
        optional("ignoreTestFailures", boolean()),
        optional("remediateLastFailure", boolean()),
    ];
    optional("remediation", object(fields.into_iter().chain(more)))
}

fn strategy(rule: &str, message: &str) -> Field {
    let fields =
        [required("name", one_of(&["RemediateOnFailure", "RetryOnFailure"])), optional("retryInterval", interval())];
    optional("strategy", object(fields).rule(rule, message))
}

fn install() -> Schema {
    let fields = [
        strategy(
            "!has(self.retryInterval) || self.name != 'RemediateOnFailure'",
            ".retryInterval cannot be set when .name is 'RemediateOnFailure'",
        ),
        remediation(None),
        optional("createNamespace", boolean()),
        optional("replace", boolean()),
        optional("serverSideApply", boolean()),
        optional("skipCRDs", boolean()),
    ];
    object(fields.into_iter().chain(action()).chain(bringing()))
}

fn upgrade() -> Schema {
    let fields = [
        strategy(
            "!has(self.retryInterval) || self.name == 'RetryOnFailure'",
            ".retryInterval can only be set when .name is 'RetryOnFailure'",
        ),
        remediation(Some(optional("strategy", one_of(&["rollback", "uninstall"])))),
        optional("chartNameChangeStrategy", one_of(&["InPlaceUpdate", "Reinstall"])),
        optional("preserveValues", boolean()),
    ];
    object(fields.into_iter().chain(action()).chain(bringing()).chain(changing()))
}

fn test() -> Schema {
    object([
        optional("enable", boolean()),
        optional("timeout", interval()),
        optional("ignoreFailures", boolean()),
        optional("filters", list(object([required("name", string().length(1, 253)), optional("exclude", boolean())]))),
    ])
}

fn rollback() -> Schema {
    let fields = [optional("disableWaitForJobs", boolean()), optional("recreate", boolean())];
    object(fields.into_iter().chain(action()).chain(changing()))
}

fn uninstall() -> Schema {
    let fields = [
        optional("deletionPropagation", one_of(&["background", "foreground", "orphan"]).default("background")),
        optional("keepHistory", boolean()),
    ];
    object(fields.into_iter().chain(action()))
}

fn values_from() -> Schema {
    list(object([
        required("kind", one_of(&["Secret", "ConfigMap"])),
        required("name", string().length(1, 253)),
        optional("valuesKey", string().pattern(r"^[\-._a-zA-Z0-9]+$").length(0, 253)),
        optional("targetPath", string().pattern(r"^([a-zA-Z0-9_\-.\\\/]|\[[0-9]{1,5}\])+$").length(0, 250)),
        optional("optional", boolean()),
        optional("literal", boolean()),
    ]))
}
