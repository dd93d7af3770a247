//! `source.toolkit.fluxcd.io`.

use super::super::definition::{Definition, age, column, ready};
use super::super::schema::{Field, Schema, boolean, list, object, one_of, optional, required, string, strings};
use super::{Family, Names, access, access_from, chart, git_reference, interval, name_reference, reference};

const FAMILY: Family = Family { group: "source.toolkit.fluxcd.io", categories: &["all", "fluxcd", "fluxcd-sources"] };
const ALL: &[&str] = &["v1", "v1beta2", "v1beta1"];

pub(super) fn definitions() -> Vec<Definition> {
    let [is_ready, status] = ready();
    let url = column("URL", ".spec.url");
    vec![
        FAMILY.kind(
            Names { kind: "GitRepository", plural: "gitrepositories", short: &["gitrepo"] },
            ALL,
            "A Git repository at a reference.",
            git_repository(),
            vec![url.clone(), age(), is_ready.clone(), status.clone()],
        ),
        FAMILY.kind(
            Names { kind: "OCIRepository", plural: "ocirepositories", short: &["ocirepo"] },
            &["v1", "v1beta2"],
            "An OCI artifact at a tag, version or digest.",
            oci_repository(),
            vec![url.clone(), is_ready.clone(), status.clone(), age()],
        ),
        FAMILY.kind(
            Names { kind: "HelmRepository", plural: "helmrepositories", short: &["helmrepo"] },
            ALL,
            "A Helm chart repository.",
            helm_repository(),
            vec![url, age(), is_ready.clone(), status.clone()],
        ),
        FAMILY.kind(
            Names { kind: "HelmChart", plural: "helmcharts", short: &["hc"] },
            ALL,
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
        FAMILY.kind(
            Names { kind: "Bucket", plural: "buckets", short: &[] },
            ALL,
            "A bucket of an object store.",
            bucket(),
            vec![column("Endpoint", ".spec.endpoint"), age(), is_ready.clone(), status.clone()],
        ),
        FAMILY.kind(
            Names { kind: "ExternalArtifact", plural: "externalartifacts", short: &["ea"] },
            &["v1"],
            "An artifact that another controller made.",
            object([optional("sourceRef", reference(string()))]),
            vec![age(), is_ready, status, column("Source", ".spec.sourceRef.name")],
        ),
    ]
}

/// How sources of files are fetched, and what of them.
fn fetched() -> [Field; 4] {
    [
        required("interval", interval().about("How often to look for a new revision.")),
        optional("timeout", timeout().default("60s").about("The longest that fetching may take.")),
        optional("ignore", string().about("Rules, as in .gitignore, for what to leave out.")),
        optional("suspend", boolean().about("Whether to stop looking for new revisions.")),
    ]
}

/// A Go duration without hours.
fn timeout() -> Schema {
    string().pattern(r"^([0-9]+(\.[0-9]+)?(ms|s|m))+$")
}

fn git_repository() -> Schema {
    let fields = [
        required("url", string().pattern("^(http|https|ssh|file)://.*$").about("Address of the repository.")),
        optional("secretRef", name_reference().about("Credentials.")),
        optional("provider", one_of(&["generic", "aws", "azure", "github"])),
        optional("serviceAccountName", string()),
        optional("proxySecretRef", name_reference()),
        optional("ref", git_reference().about("What to check out: commit before name, semver, tag and branch.")),
        optional(
            "verify",
            object([
                optional("mode", one_of(&["head", "HEAD", "Tag", "TagAndHEAD"]).default("HEAD")),
                required("secretRef", name_reference()),
            ])
            .about("Which signatures must be there."),
        ),
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
    ];
    object(fields.into_iter().chain(fetched())).rule(
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
    let fields = [
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
        optional("verify", verification()),
        optional("insecure", boolean()),
    ];
    object(fields.into_iter().chain(access()).chain(fetched()))
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
    let fields = [
        required(
            "sourceRef",
            object([
                optional("apiVersion", string()),
                required("kind", one_of(&["HelmRepository", "GitRepository", "Bucket"])),
                required("name", string()),
            ]),
        ),
        required("interval", interval()),
        optional("suspend", boolean()),
        optional("accessFrom", access_from()),
        optional("verify", verification()),
    ];
    object(fields.into_iter().chain(chart(string()))).rule(
        "!has(self.verify) || self.sourceRef.kind == 'HelmRepository'",
        "spec.verify is only supported when spec.sourceRef.kind is 'HelmRepository'",
    )
}

fn bucket() -> Schema {
    let fields = [
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
        optional("accessFrom", access_from()),
    ];
    object(fields.into_iter().chain(access()).chain(fetched()))
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
