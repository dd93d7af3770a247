//! `image.toolkit.fluxcd.io`.

use super::super::definition::{Definition, Scope, Spec, Status, age, column, ready};
use super::super::schema::{Schema, boolean, list, object, one_of, optional, required, string, strings, texts};
use super::{access_from, interval, name_reference};

const GROUP: &str = "image.toolkit.fluxcd.io";
const CATEGORIES: &[&str] = &["all", "fluxcd", "fluxcd-image"];

pub(super) fn definitions() -> Vec<Definition> {
    let image = |kind, plural, short_names, about, spec, columns| Definition {
        group: GROUP,
        kind,
        plural,
        short_names,
        categories: CATEGORIES,
        scope: Scope::Namespaced,
        versions: &["v1", "v1beta2", "v1beta1"],
        about,
        spec,
        presence: Spec::Optional,
        status: Status::Unobserved,
        columns,
    };
    let [is_ready, status] = ready();
    vec![
        image(
            "ImageRepository",
            "imagerepositories",
            &["imgrepo", "imagerepo"],
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
        image(
            "ImagePolicy",
            "imagepolicies",
            &["imgpol", "imagepol"],
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
        image(
            "ImageUpdateAutomation",
            "imageupdateautomations",
            &["iua", "imgupd", "imgauto"],
            "Commits that bring new images into Git.",
            automation(),
            vec![column("Last run", ".status.lastAutomationRunTime"), is_ready, status, age()],
        ),
    ]
}

fn repository() -> Schema {
    object([
        optional("image", string()),
        optional("interval", interval()),
        optional("timeout", interval()),
        optional("secretRef", name_reference()),
        optional("proxySecretRef", name_reference()),
        optional("serviceAccountName", string()),
        optional("certSecretRef", name_reference()),
        optional("suspend", boolean()),
        optional("accessFrom", access_from()),
        optional("exclusionList", strings()),
        optional("provider", one_of(&["generic", "aws", "azure", "gcp"]).default("generic")),
        optional("insecure", boolean()),
    ])
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
    let reference = object([
        optional("branch", string()),
        optional("tag", string()),
        optional("semver", string()),
        optional("name", string()),
        optional("commit", string()),
    ]);
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
        required(
            "sourceRef",
            object([
                optional("apiVersion", string()),
                required("kind", one_of(&["GitRepository"]).default("GitRepository")),
                required("name", string()),
                optional("namespace", string()),
            ]),
        ),
        optional(
            "git",
            object([
                optional("checkout", object([required("ref", reference)])),
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
