//! Commits that cannot be built: each is refused with one clear message, and the last good state stays.

use expect_test::{Expect, expect};
use serde_json::json;

use crate::world::{World, config_map, config_map_ref, settled, text, told};

/// A world whose Kustomization `app` has applied one ConfigMap, `kept`.
pub(crate) struct Good {
    pub(crate) world: World,
    revision: String,
}

impl Good {
    pub(crate) async fn start() -> Good {
        let world = World::start().await;
        let revision = world.commit(&[("app/kept.yaml", &config_map("kept", "good"))], "good");
        world.source(json!({})).await;
        world.kustomization("app", json!({})).await;
        world.until_applied("app", &revision).await;
        Good { world, revision }
    }

    /// The same, after another good revision.
    pub(crate) fn at(self, revision: &str) -> Good {
        Good { revision: revision.to_owned(), ..self }
    }

    /// Commits `files` as all there is of the Kustomization, and checks what is said of them.
    pub(crate) async fn refuses(&self, files: &[(&str, impl AsRef<[u8]>)], expected: Expect) {
        let revision = self.world.replace("app", files);
        self.refuses_revision(&revision, expected).await;
    }

    /// Checks what is said of a commit that was just made.
    pub(crate) async fn refuses_revision(&self, revision: &str, expected: Expect) {
        let world = &self.world;
        let failed = world.until_failed("app", revision).await;
        expected.assert_eq(&settled(&told(&failed, "Ready"), world.repository.path()));
        let ready = crate::world::condition(&failed, "Ready");
        let message = text(&ready["message"]);
        // Events are cut to what the API takes.
        world
            .until_event("app", text(&ready["reason"]), |event| {
                event == message || message.len() > 1000 && event[..900] == message[..900]
            })
            .await;
        assert_eq!(failed["status"]["lastAppliedRevision"], *self.revision);
        assert_eq!(failed["status"]["inventory"]["entries"][0]["id"], "default_kept__ConfigMap");
        let kept = world.get(&config_map_ref("kept")).await.expect("the last good state stays");
        assert_eq!(kept["data"]["value"], "good");
    }
}

const ELSEWHERE: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: elsewhere, namespace: default}\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_that_cannot_be_read() {
    let good = Good::start().await;
    let broken = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\n namespace: default\n";
    good.refuses(&[("web.yaml", broken)], expect!["BuildFailed: kustomize build failed: app/web.yaml:5:2: this does not fit the mapping that starts at line 1: it is probably indented differently. Indent the line like its neighbours, with spaces."]).await;
    good.refuses(&[("web.yaml", b"kind: ConfigMap\nname: \xff\xfe\n")], expect!["BuildFailed: kustomize build failed: app/web.yaml:2:7: the file is not UTF-8 text: the byte 0xFF starts no character. Save the file as UTF-8; if it is binary data, put it into `binaryData` or a generator's `files`."]).await;
    let laughs = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: bomb}\ndata:\n  \
         a: &a [x, x, x, x, x, x, x, x, x, x]\n  b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]\n  \
         c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]\n  d: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c]\n  \
         e: &e [*d, *d, *d, *d, *d, *d, *d, *d, *d, *d]\n  f: &f [*e, *e, *e, *e, *e, *e, *e, *e, *e, *e]\n  \
         g: [*f, *f, *f, *f, *f, *f, *f, *f, *f, *f]\n";
    good.refuses(
        &[("bomb.yaml", laughs)],
        expect!["BuildFailed: kustomize build failed: app/bomb.yaml:10:38: aliases expand to more than 1000000 values. Do not nest aliases inside the values of other anchors."],
    )
    .await;
    let deep = format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: deep}}\ndata: {}1{}\n",
        "[".repeat(20_000),
        "]".repeat(20_000)
    );
    good.refuses(&[("deep.yaml", deep)], expect!["BuildFailed: kustomize build failed: app/deep.yaml:4:206: values are nested more than 200 levels deep. Flatten the document; no Kubernetes object needs this depth."]).await;
    good.refuses(
        &[("nothing.yaml", "kind: ConfigMap\n")],
        expect!["BuildFailed: kustomize build failed: app/nothing.yaml:1:1: the ConfigMap has no `metadata.name`. Complete the object, or keep files that hold no objects out of `resources`."],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kustomizations_that_cannot_be_built() {
    let good = Good::start().await;
    let twice = [("a.yaml", config_map("web", "1")), ("b.yaml", config_map("web", "2"))];
    good.refuses(&twice, expect!["BuildFailed: kustomize build failed: app/b.yaml:1:1: ConfigMap/default/web: ConfigMap.v1.[noGrp]/web.default exists already: the first one is at app/a.yaml:1:1. Remove one of the two, or give them different names or namespaces."]).await;
    let unknown = "resources:\n  - web.yaml\nresource:\n  - b.yaml\n".to_owned();
    good.refuses(
        &[("kustomization.yaml", unknown), ("web.yaml", config_map("web", "1"))],
        expect!["BuildFailed: kustomize build failed: app/kustomization.yaml:3:1: unknown field `resource`. Did you mean `resources`?"],
    )
    .await;
    good.refuses(&[("kustomization.yaml", "resources:\n  - missing.yaml\n")], expect!["BuildFailed: kustomize build failed: app/kustomization.yaml:2:5: `missing.yaml`: no such file or folder; looked for `app/missing.yaml`. Check the spelling, and whether an ignore rule leaves the file out."]).await;
    good.refuses(&[("kustomization.yaml", "resources:\n  - ../../../elsewhere.yaml\n")], expect!["BuildFailed: kustomize build failed: app/kustomization.yaml:2:5: `../../../elsewhere.yaml` leads out of the source, which is not allowed. Copy what it points at into the repository."]).await;
    good.refuses(&[("kustomization.yaml", "resources:\n  - /etc/hosts\n")], expect!["BuildFailed: kustomize build failed: app/kustomization.yaml:2:5: `/etc/hosts`: absolute paths are not allowed. Write the path relative to the kustomization."]).await;
    good.refuses(&[("kustomization.yaml", "resources:\n  - https://example.com/base.yaml\n")], expect!["BuildFailed: kustomize build failed: app/kustomization.yaml:2:5: `https://example.com/base.yaml`: remote bases are off. Copy it into the repository, or allow it with --remote-bases."]).await;
    good.refuses(&[("kustomization.yaml", "resources:\n  - .\n")], expect!["BuildFailed: kustomize build failed: app/kustomization.yaml:2:5: kustomizations refer to each other in a cycle: app → app. Remove one of these references."]).await;

    // Everything that is wrong is said at once.
    let several = [("a.yaml", "kind: [\n"), ("b.yaml", "apiVersion: v1\nkind: ConfigMap\n"), ("c.yaml", "a: b: c\n")];
    good.refuses(&several, expect![[r#"
        BuildFailed: kustomize build failed: app/a.yaml:2:1: a value is expected here: a bracket before this place is probably not closed, or a comma is too much. Close the bracket; put a text that starts with a bracket in quotes.
        app/b.yaml:1:1: the ConfigMap has no `metadata.name`. Complete the object, or keep files that hold no objects out of `resources`.
        app/c.yaml:1:5: a `:` that starts a value is not allowed here: either the line is indented too far, or a text that contains `: ` is not quoted. Put the text in quotes, or indent the line like its neighbours."#]]).await;
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn links_that_lead_out_of_the_source() {
    let good = Good::start().await;
    let folder = good.world.repository.path().join("app");
    std::os::unix::fs::symlink("/etc/hosts", folder.join("hosts.yaml")).unwrap();
    std::os::unix::fs::symlink("../../../outside", folder.join("outside")).unwrap();
    let commit = |text: &str| good.world.commit(&[("app/kustomization.yaml", text)], "link");
    let revision = commit("resources:\n  - kept.yaml\n  - hosts.yaml\n");
    good.refuses_revision(&revision, expect!["BuildFailed: kustomize build failed: app/kustomization.yaml:3:5: `hosts.yaml` leads out of the source, which is not allowed. Copy what it points at into the repository."]).await;
    let revision = commit("resources:\n  - kept.yaml\n  - outside\n");
    good.refuses_revision(&revision, expect!["BuildFailed: kustomize build failed: app/kustomization.yaml:3:5: `outside` leads out of the source, which is not allowed. Copy what it points at into the repository."]).await;
    let generated = "resources:\n  - kept.yaml\nconfigMapGenerator:\n  - name: hosts\n    files: [hosts.yaml]\n";
    good.refuses_revision(&commit(generated), expect!["BuildFailed: kustomize build failed: app/kustomization.yaml:4:5: `hosts.yaml` leads out of the source, which is not allowed. Copy what it points at into the repository."]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn paths_that_lead_nowhere_or_out() {
    let good = Good::start().await;
    let world = &good.world;
    let revision = world.commit(&[("other/x.yaml", ELSEWHERE)], "elsewhere");
    world.until_applied("app", &revision).await;
    let good = good.at(&revision);
    let world = &good.world;
    for (path, expected) in [
        (
            "./missing",
            expect![[
                r#"ArtifactFailed: kustomization path not found: "./missing" is no folder of the source; correct spec.path, or look whether an ignore rule leaves the folder out"#
            ]],
        ),
        ("./../../etc", expect![[r#"ArtifactFailed: kustomization path "./../../etc" leads out of the source"#]]),
        (
            "./app/kept.yaml",
            expect![[
                r#"ArtifactFailed: kustomization path not found: "./app/kept.yaml" is no folder of the source; correct spec.path, or look whether an ignore rule leaves the folder out"#
            ]],
        ),
    ] {
        world.kustomization("app", json!({"path": path})).await;
        let object = crate::world::kustomization_ref("app");
        let failed = world
            .until_is(&object, path, |found| {
                crate::world::ready(found) == "False"
                    && crate::world::condition(found, "Ready")["observedGeneration"] == found["metadata"]["generation"]
            })
            .await;
        expected.assert_eq(&told(&failed, "Ready"));
        assert!(world.get(&config_map_ref("kept")).await.is_some());
    }
    world.until_event("app", "ArtifactFailed", |message| message.contains("missing")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn variables_that_are_not_set() {
    let good = Good::start().await;
    let world = &good.world;
    world.kustomization("app", json!({"postBuild": {"substitute": {"region": "north"}}})).await;
    let text = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\n  namespace: default\ndata:\n  \
                a: ${region}\n  b: ${zone}\n  c: ${cell:=one}\n  d: ${broken\n";
    good.refuses(&[("web.yaml", text.replace("  d: ${broken\n", ""))], expect![[r#"BuildFailed: kustomize build failed: app/web.yaml:8:3: ConfigMap/default/web: variable not set (strict mode): "zone". Set `zone` in `spec.postBuild`, give it a default with `${zone:=default}`, or write `$${zone}` if it should stay as it is."#]]).await;
    good.refuses(&[("web.yaml", text)], expect![[r#"
        BuildFailed: kustomize build failed: app/web.yaml:8:3: ConfigMap/default/web: bad substitution: the expression of variable "broken" has `
        ` where its `}` is expected. Correct the expression; write `$${` for a `${` that should stay as it is, or switch the substitution of the object off with the annotation `kustomize.toolkit.fluxcd.io/substitute: disabled`."#]]).await;
}
