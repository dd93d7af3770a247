//! `source.toolkit.fluxcd.io`.

use super::super::definition::{Column, Definition, Scope, Spec, Status, age, column, ready};
use super::super::schema::{Schema, boolean, list, object, one_of, optional, required, string, strings};
use super::{access_from, interval, name_reference};

const GROUP: &str = "source.toolkit.fluxcd.io";
const CATEGORIES: &[&str] = &["all", "fluxcd", "fluxcd-sources"];

pub(super) fn definitions() -> Vec<Definition> {
    let source = |kind, plural, short_names, versions, about, spec, columns: Vec<Column>| Definition {
        group: GROUP,
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
        columns,
    };
    let with_url = || {
        let [is_ready, status] = ready();
        vec![column("URL", ".spec.url"), age(), is_ready, status]
    };
    let [is_ready, status] = ready();
    vec![
        source(
            "GitRepository",
            "gitrepositories",
            &["gitrepo"],
            &["v1", "v1beta2", "v1beta1"],
            "A Git repository at a reference.",
            git_repository(),
            with_url(),
        ),
        source(
            "OCIRepository",
            "ocirepositories",
            &["ocirepo"],
            &["v1", "v1beta2"],
            "An OCI artifact at a tag, version or digest.",
            oci_repository(),
            vec![column("URL", ".spec.url"), is_ready.clone(), status.clone(), age()],
        ),
        source(
            "HelmRepository",
            "helmrepositories",
            &["helmrepo"],
            &["v1", "v1beta2", "v1beta1"],
            "A Helm chart repository.",
            helm_repository(),
            with_url(),
        ),
        source(
            "HelmChart",
            "helmcharts",
            &["hc"],
            &["v1", "v1beta2", "v1beta1"],
            "A chart from a Helm repository, Git repository or bucket.",
            helm_chart(),
            vec![
                column("Chart", ".spec.chart"),
                column("Version", ".spec.version"),
                column("Source Kind", ".spec.sourceRef.kind"),
                column("Source Name", ".spec.sourceRef.name"),
                age(),
                is_ready.clone(),
                status.clone(),
            ],
        ),
        source(
            "Bucket",
            "buckets",
            &[],
            &["v1", "v1beta2", "v1beta1"],
            "A bucket of an object store.",
            bucket(),
            vec![column("Endpoint", ".spec.endpoint"), age(), is_ready.clone(), status.clone()],
        ),
        source(
            "ExternalArtifact",
            "externalartifacts",
            &["ea"],
            &["v1"],
            "An artifact that another controller made.",
            object([optional(
                "sourceRef",
                object([
                    optional("apiVersion", string()),
                    required("kind", string()),
                    required("name", string()),
                    optional("namespace", string()),
                ]),
            )]),
            vec![age(), is_ready, status, column("Source", ".spec.sourceRef.name")],
        ),
    ]
}

/// A Go duration without hours.
fn timeout() -> Schema {
    string().pattern(r"^([0-9]+(\.[0-9]+)?(ms|s|m))+$")
}

fn git_repository() -> Schema {
    object([
        required("url", string().pattern("^(http|https|ssh|file)://.*$").about("Address of the repository.")),
        required("interval", interval().about("How often to look for a new revision.")),
        optional("timeout", timeout().default("60s").about("The longest a clone may take.")),
        optional("secretRef", name_reference().about("Credentials.")),
        optional("provider", one_of(&["generic", "aws", "azure", "github"])),
        optional("serviceAccountName", string()),
        optional("proxySecretRef", name_reference()),
        optional(
            "ref",
            object([
                optional("branch", string()),
                optional("tag", string()),
                optional("semver", string()),
                optional("name", string()),
                optional("commit", string()),
            ])
            .about("What to check out: commit before name, semver, tag and branch."),
        ),
        optional(
            "verify",
            object([
                optional("mode", one_of(&["head", "HEAD", "Tag", "TagAndHEAD"]).default("HEAD")),
                required("secretRef", name_reference()),
            ])
            .about("Which signatures must be there."),
        ),
        optional("ignore", string().about("Rules, as in .gitignore, for what to leave out.")),
        optional("suspend", boolean().about("Whether to stop looking for new revisions.")),
        optional("recurseSubmodules", boolean()),
        optional(
            "include",
            list(object([
                required("repository", name_reference()),
                optional("fromPath", string()),
                optional("toPath", string()),
            ]))
            .about("Other repositories to copy in."),
        ),
        optional("sparseCheckout", strings()),
        optional("gitImplementation", one_of(&["go-git", "libgit2"]).about("Ignored since v1beta2.")),
        optional("accessFrom", access_from()),
    ])
    .rule(
        "!has(self.serviceAccountName) || (has(self.provider) && (self.provider == 'azure' || self.provider == 'aws'))",
        "serviceAccountName can only be set when provider is 'azure' or 'aws'",
    )
}

fn verification() -> Schema {
    object([
        required("provider", one_of(&["cosign", "notation"]).default("cosign")),
        optional("secretRef", name_reference()),
        optional("trustedRootSecretRef", name_reference()),
        optional("matchOIDCIdentity", list(object([required("issuer", string()), required("subject", string())]))),
    ])
    .about("How to check the artifact's signature.")
}

fn oci_repository() -> Schema {
    object([
        required("url", string().pattern("^oci://.*$").about("Address of the artifact, without a tag.")),
        optional(
            "ref",
            object([
                optional("digest", string()),
                optional("semver", string()),
                optional("semverFilter", string()),
                optional("tag", string()),
            ]),
        ),
        optional(
            "layerSelector",
            object([optional("mediaType", string()), optional("operation", one_of(&["extract", "copy"]))]),
        ),
        optional("provider", one_of(&["generic", "aws", "azure", "gcp"]).default("generic")),
        optional("secretRef", name_reference()),
        optional("verify", verification()),
        optional("serviceAccountName", string()),
        optional("certSecretRef", name_reference()),
        optional("proxySecretRef", name_reference()),
        required("interval", interval()),
        optional("timeout", timeout().default("60s")),
        optional("ignore", string()),
        optional("insecure", boolean()),
        optional("suspend", boolean()),
    ])
}

fn helm_repository() -> Schema {
    object([
        required("url", string().pattern("^(http|https|oci)://.*$")),
        optional("secretRef", name_reference()),
        optional("certSecretRef", name_reference()),
        optional("passCredentials", boolean()),
        optional("interval", interval()),
        optional("insecure", boolean()),
        optional("timeout", timeout()),
        optional("suspend", boolean()),
        optional("accessFrom", access_from()),
        optional("type", one_of(&["default", "oci"])),
        optional("provider", one_of(&["generic", "aws", "azure", "gcp"]).default("generic")),
    ])
}

fn helm_chart() -> Schema {
    object([
        required("chart", string().about("Name in a Helm repository, or path in a source.")),
        optional("version", string().default("*").about("Version or range; ignored for charts from a path.")),
        required(
            "sourceRef",
            object([
                optional("apiVersion", string()),
                required("kind", one_of(&["HelmRepository", "GitRepository", "Bucket"])),
                required("name", string()),
            ]),
        ),
        required("interval", interval()),
        optional("reconcileStrategy", one_of(&["ChartVersion", "Revision"]).default("ChartVersion")),
        optional("valuesFiles", strings()),
        optional("valuesFile", string().about("The one values file of older versions.")),
        optional("ignoreMissingValuesFiles", boolean()),
        optional("suspend", boolean()),
        optional("accessFrom", access_from()),
        optional("verify", verification()),
    ])
    .rule(
        "!has(self.verify) || self.sourceRef.kind == 'HelmRepository'",
        "spec.verify is only supported when spec.sourceRef.kind is 'HelmRepository'",
    )
}

fn bucket() -> Schema {
    object([
        optional("provider", one_of(&["generic", "aws", "gcp", "azure"]).default("generic")),
        required("bucketName", string()),
        required("endpoint", string()),
        optional(
            "sts",
            object([
                required("provider", one_of(&["aws", "ldap"])),
                required("endpoint", string().pattern("^(http|https)://.*$")),
                optional("secretRef", name_reference()),
                optional("certSecretRef", name_reference()),
            ]),
        ),
        optional("insecure", boolean()),
        optional("region", string()),
        optional("prefix", string()),
        optional("secretRef", name_reference()),
        optional("serviceAccountName", string()),
        optional("certSecretRef", name_reference()),
        optional("proxySecretRef", name_reference()),
        required("interval", interval()),
        optional("timeout", timeout().default("60s")),
        optional("ignore", string()),
        optional("suspend", boolean()),
        optional("accessFrom", access_from()),
    ])
    .rule(
        "self.provider == 'aws' || self.provider == 'generic' || !has(self.sts)",
        "STS configuration is only supported for the 'aws' and 'generic' Bucket providers",
    )
    .rule(
        "self.provider != 'aws' || !has(self.sts) || self.sts.provider == 'aws'",
        "'aws' is the only supported STS provider for the 'aws' Bucket provider",
    )
    .rule(
        "self.provider != 'generic' || !has(self.sts) || self.sts.provider == 'ldap'",
        "'ldap' is the only supported STS provider for the 'generic' Bucket provider",
    )
    .rule(
        "self.provider != 'generic' || !has(self.serviceAccountName)",
        "ServiceAccountName is not supported for the 'generic' Bucket provider",
    )
    .rule(
        "!has(self.secretRef) || !has(self.serviceAccountName)",
        "cannot set both .spec.secretRef and .spec.serviceAccountName",
    )
}
