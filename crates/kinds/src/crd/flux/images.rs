//! `image.toolkit.fluxcd.io`.

use super::super::definition::{Definition, age, column, ready};
use super::super::schema::{Schema, boolean, list, object, one_of, optional, required, string, strings, texts};
use super::{Family, Names, access, access_from, git_reference, interval, name_reference, reference};

const FAMILY: Family = Family { group: "image.toolkit.fluxcd.io", categories: &["all", "fluxcd", "fluxcd-image"] };
const VERSIONS: &[&str] = &["v1", "v1beta2", "v1beta1"];

pub(super) fn definitions() -> Vec<Definition> {
    let [is_ready, status] = ready();
    vec![
        FAMILY.kind(
            Names { kind: "ImageRepository", plural: "imagerepositories", short: &["imgrepo", "imagerepo"] },
            VERSIONS,
            "A container image whose tags are scanned.",
            repository(),
            vec![
                column("Image", ".spec.image"),
                column("Tags", ".status.lastScanResult.tagCount"),
                is_ready.clone(),
                status.clone(),
                age(),
            ],
        ),
        FAMILY.kind(
            Names { kind: "ImagePolicy", plural: "imagepolicies", short: &["imgpol", "imagepol"] },
            VERSIONS,
            "Which tag of an image is the latest.",
            policy(),
            vec![
                column("Image", ".status.latestRef.name"),
                column("Tag", ".status.latestRef.tag"),
                is_ready.clone(),
                status.clone(),
                age(),
            ],
        ),
        FAMILY.kind(
            Names {
                kind: "ImageUpdateAutomation",
                plural: "imageupdateautomations",
                short: &["iua", "imgupd", "imgauto"],
            },
            VERSIONS,
            "Commits that bring new images into Git.",
            automation(),
            vec![column("Last run", ".status.lastAutomationRunTime"), is_ready, status, age()],
        ),
    ]
}

fn repository() -> Schema {
    let fields = [
        optional("image", string()),
        optional("interval", interval()),
        optional("timeout", interval()),
        optional("suspend", boolean()),
        optional("accessFrom", access_from()),
        optional("exclusionList", strings()),
        optional("provider", one_of(&["generic", "aws", "azure", "gcp"]).default("generic")),
        optional("insecure", boolean()),
    ];
    object(fields.into_iter().chain(access()))
}

fn policy() -> Schema {
    let order = || object([optional("order", one_of(&["asc", "desc"]).default("asc"))]);
    object([
        required("imageRepositoryRef", object([required("name", string()), optional("namespace", string())])),
        required(
            "policy",
            object([
                optional("semver", object([required("range", string())])),
                optional("alphabetical", order()),
                optional("numerical", order()),
            ]),
        ),
        optional("filterTags", object([optional("pattern", string()), optional("extract", string())])),
        optional("digestReflectionPolicy", one_of(&["Always", "IfNotPresent", "Never"])),
        optional("interval", interval()),
        optional("suspend", boolean()),
    ])
}

fn automation() -> Schema {
    let commit = object([
        required("author", object([required("email", string()), optional("name", string())])),
        optional("messageTemplate", string()),
        optional("messageTemplateValues", texts()),
        optional(
            "signingKey",
            object([required("secretRef", name_reference()), optional("type", one_of(&["gpg", "ssh"]))]),
        ),
    ]);
    let selector = object([
        optional("matchLabels", texts()),
        optional(
            "matchExpressions",
            list(object([required("key", string()), required("operator", string()), optional("values", strings())])),
        ),
    ]);
    object([
        required("sourceRef", reference(one_of(&["GitRepository"]).default("GitRepository"))),
        optional(
            "git",
            object([
                optional("checkout", object([required("ref", git_reference())])),
                required("commit", commit),
                optional(
                    "push",
                    object([optional("branch", string()), optional("refspec", string()), optional("options", texts())]),
                ),
            ]),
        ),
        required("interval", interval()),
        optional("policySelector", selector),
        optional("suspend", boolean()),
        optional(
            "update",
            object([optional("strategy", one_of(&["Setters"]).default("Setters")), optional("path", string())])
                .default(serde_json::json!({"strategy": "Setters"})),
        ),
    ])
}
