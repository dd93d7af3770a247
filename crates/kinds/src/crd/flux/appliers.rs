//! `kustomize.toolkit.fluxcd.io` and `helm.toolkit.fluxcd.io`.

use super::super::definition::{Definition, Scope, Spec, Status, age, ready};
use super::super::schema::{
    Schema, any, boolean, integer, list, object, one_of, optional, required, string, strings, texts,
};
use super::{
    common_metadata, depends_on, health_expressions, ignore_rules, images, interval, json_patches, kube_config,
    name_reference, patches,
};

const CATEGORIES: &[&str] = &["all", "fluxcd", "fluxcd-appliers"];

pub(super) fn definitions() -> Vec<Definition> {
    let applier = |group, kind, plural, short_names, versions, about, spec| {
        let [is_ready, status] = ready();
        Definition {
            group,
            kind,
            plural,
            short_names,
            categories: CATEGORIES,
            scope: Scope::Namespaced,
            versions,
            about,
            spec,
            presence: Spec::Optional,
            status: Status::Unobserved,
            columns: vec![age(), is_ready, status],
        }
    };
    vec![
        applier(
            "kustomize.toolkit.fluxcd.io",
            "Kustomization",
            "kustomizations",
            &["ks"],
            &["v1", "v1beta2", "v1beta1"],
            "A path of a source, built with kustomize and applied.",
            kustomization(),
        ),
        applier(
            "helm.toolkit.fluxcd.io",
            "HelmRelease",
            "helmreleases",
            &["hr"],
            &["v2", "v2beta2", "v2beta1"],
            "A Helm chart, installed and kept up to date.",
            helm_release(),
        ),
    ]
}

fn kustomization() -> Schema {
    object([
        required("interval", interval().about("How often to apply again.")),
        optional("retryInterval", interval().about("How long to wait after a failure; the interval if absent.")),
        optional("timeout", interval().about("The longest that apply and health checks may take.")),
        required(
            "sourceRef",
            object([
                optional("apiVersion", string()),
                required("kind", one_of(&["OCIRepository", "GitRepository", "Bucket", "ExternalArtifact"])),
                required("name", string()),
                optional("namespace", string()),
            ])
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
        optional("images", images()),
        optional("patches", patches()),
        optional("patchesStrategicMerge", list(any()).about("Patches of older versions.")),
        optional("patchesJson6902", json_patches().about("Patches of older versions.")),
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
        optional(
            "healthChecks",
            list(object([
                optional("apiVersion", string()),
                required("kind", string()),
                required("name", string()),
                optional("namespace", string()),
            ])),
        ),
        optional("healthCheckExprs", health_expressions()),
        optional("ignore", ignore_rules()),
    ])
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
        optional(
            "postRenderers",
            list(object([optional(
                "kustomize",
                object([
                    optional("patches", patches()),
                    optional("patchesStrategicMerge", list(any())),
                    optional("patchesJson6902", json_patches()),
                    optional("images", images()),
                ]),
            )])),
        ),
    ])
    .rule(
        "(has(self.chart) && !has(self.chartRef)) || (!has(self.chart) && has(self.chartRef))",
        "either chart or chartRef must be set",
    )
}

fn chart_template() -> Schema {
    let spec = object([
        required("chart", string().length(1, 2048)),
        optional("version", string().default("*")),
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
        optional("reconcileStrategy", one_of(&["ChartVersion", "Revision"]).default("ChartVersion")),
        optional("valuesFiles", strings()),
        optional("valuesFile", string().about("The one values file of older versions.")),
        optional("ignoreMissingValuesFiles", boolean()),
        optional(
            "verify",
            object([
                required("provider", one_of(&["cosign", "notation"]).default("cosign")),
                optional("secretRef", name_reference()),
            ]),
        ),
    ]);
    object([optional("metadata", common_metadata()), required("spec", spec)]).about("The HelmChart to make.")
}

fn crds() -> Schema {
    one_of(&["Skip", "Create", "CreateReplace"])
}

fn strategy(rule: &str, message: &str) -> Schema {
    object([required("name", one_of(&["RemediateOnFailure", "RetryOnFailure"])), optional("retryInterval", interval())])
        .rule(rule, message)
}

fn install() -> Schema {
    object([
        optional("timeout", interval()),
        optional(
            "strategy",
            strategy(
                "!has(self.retryInterval) || self.name != 'RemediateOnFailure'",
                ".retryInterval cannot be set when .name is 'RemediateOnFailure'",
            ),
        ),
        optional(
            "remediation",
            object([
                optional("retries", integer()),
                optional("ignoreTestFailures", boolean()),
                optional("remediateLastFailure", boolean()),
            ]),
        ),
        optional("crds", crds()),
        optional("createNamespace", boolean()),
        optional("disableHooks", boolean()),
        optional("disableOpenAPIValidation", boolean()),
        optional("disableSchemaValidation", boolean()),
        optional("disableTakeOwnership", boolean()),
        optional("disableWait", boolean()),
        optional("disableWaitForJobs", boolean()),
        optional("replace", boolean()),
        optional("serverSideApply", boolean()),
        optional("skipCRDs", boolean()),
    ])
}

fn upgrade() -> Schema {
    object([
        optional("timeout", interval()),
        optional(
            "strategy",
            strategy(
                "!has(self.retryInterval) || self.name == 'RetryOnFailure'",
                ".retryInterval can only be set when .name is 'RetryOnFailure'",
            ),
        ),
        optional(
            "remediation",
            object([
                optional("retries", integer()),
                optional("ignoreTestFailures", boolean()),
                optional("remediateLastFailure", boolean()),
                optional("strategy", one_of(&["rollback", "uninstall"])),
            ]),
        ),
        optional("crds", crds()),
        optional("chartNameChangeStrategy", one_of(&["InPlaceUpdate", "Reinstall"])),
        optional("cleanupOnFail", boolean()),
        optional("disableHooks", boolean()),
        optional("disableOpenAPIValidation", boolean()),
        optional("disableSchemaValidation", boolean()),
        optional("disableTakeOwnership", boolean()),
        optional("disableWait", boolean()),
        optional("disableWaitForJobs", boolean()),
        optional("force", boolean()),
        optional("preserveValues", boolean()),
        optional("serverSideApply", one_of(&["enabled", "disabled", "auto"])),
    ])
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
    object([
        optional("timeout", interval()),
        optional("cleanupOnFail", boolean()),
        optional("disableHooks", boolean()),
        optional("disableWait", boolean()),
        optional("disableWaitForJobs", boolean()),
        optional("force", boolean()),
        optional("recreate", boolean()),
        optional("serverSideApply", one_of(&["enabled", "disabled", "auto"])),
    ])
}

fn uninstall() -> Schema {
    object([
        optional("timeout", interval()),
        optional("deletionPropagation", one_of(&["background", "foreground", "orphan"]).default("background")),
        optional("disableHooks", boolean()),
        optional("disableWait", boolean()),
        optional("keepHistory", boolean()),
    ])
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
