//! OCIRepositories: Kustomizations that build from them, and what they say of trouble.

use std::sync::{Arc, Mutex};

use expect_test::{Expect, expect};
use manifest::Value;
use serde_json::json;
use testkit::git::Wire;
use testkit::registry::{Artifact, Content, Login};
use testkit::web::WebServer;

use crate::charts::{archive, oci_repository, packed, source_ref};
use crate::helm_world::{APPS, helm_release, release_ref};
use crate::world::{FLUX, World, condition, config_map, config_map_ref, kustomization_ref, ready, told};

/// A registry whose content changes while it is served.
struct Registry {
    server: WebServer,
    content: Arc<Mutex<Content>>,
}

impl Registry {
    async fn start(content: Content) -> Registry {
        let content = Arc::new(Mutex::new(content));
        let served = content.clone();
        let answer = move |asked: &testkit::web::Asked| served.lock().unwrap().answer("http://none", asked);
        Registry { server: WebServer::start(Wire::Plain, answer).await.unwrap(), content }
    }

    fn url(&self) -> String {
        format!("oci://{}/org/app", self.server.host())
    }

    /// Pushes files under a tag, and returns the revision.
    fn push(&self, tag: &str, files: &[(&str, &str)]) -> String {
        let archive = archive(files.iter().map(|(path, content)| ((*path).to_owned(), *content)));
        let annotations = [("org.opencontainers.image.revision", "main@sha1:abc")];
        let digest = self.content.lock().unwrap().push(tag, &Artifact::flux(archive, &annotations));
        format!("{tag}@{digest}")
    }
}

async fn request(world: &World, token: &str) {
    let annotations = json!({"metadata": {"annotations": {"reconcile.fluxcd.io/requestedAt": token}}});
    world.patch(&source_ref("OCIRepository", "app"), "flux", annotations).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kustomization_builds_from_a_registry() {
    let world = World::start().await;
    let registry = Registry::start(Content::default()).await;
    let first = registry.push("latest", &[("app/web.yaml", &config_map("web", "1"))]);
    world.kustomization("app", json!({"sourceRef": {"kind": "OCIRepository", "name": "app"}})).await;
    world.apply(oci_repository("app", &registry.url(), json!({}))).await;
    world.until_applied("app", &first).await;
    let source = world.get(&source_ref("OCIRepository", "app")).await.unwrap();
    assert_eq!(told(&source, "Ready"), format!("Succeeded: stored artifact for digest '{first}'"));
    assert_eq!(source["status"]["artifact"]["metadata"]["org.opencontainers.image.revision"], "main@sha1:abc");
    let event = world.until_event("app", "NewArtifact", |_| true).await;
    let url = registry.url();
    assert_eq!(event, format!("stored artifact with revision '{first}' from '{url}', origin revision 'main@sha1:abc'"));

    let second = registry.push("latest", &[("app/web.yaml", &config_map("web", "2"))]);
    request(&world, "1").await;
    world.until_applied("app", &second).await;
    assert_eq!(world.get(&config_map_ref("web")).await.unwrap()["data"]["value"], "2");

    // A registry has past revisions too.
    let pin = |revision: Value| json!({"metadata": {"annotations": {"tenter.dev/pinned-revision": revision}}});
    world.patch(&kustomization_ref("app"), "flux", pin(json!(first))).await;
    let is_first = |found: &Value| found["data"]["value"] == "1";
    world.until_is(&config_map_ref("web"), "pinned", is_first).await;
    world.patch(&kustomization_ref("app"), "flux", pin(Value::Null)).await;
    world.until_applied("app", &second).await;

    world.apply(oci_repository("app", &registry.url(), json!({"ignore": "app/extra.yaml\n"}))).await;
    let is_observed = |found: &Value| found["status"]["observedIgnore"] == "app/extra.yaml\n";
    world.until_is(&source_ref("OCIRepository", "app"), "ignore", is_observed).await;
    world
        .apply(oci_repository("app", &registry.url(), json!({"ref": {"digest": second.split_once('@').unwrap().1}})))
        .await;
    let is_digest = |found: &Value| found["status"]["artifact"]["revision"] == *second.split_once('@').unwrap().1;
    let fixed = world.until_is(&source_ref("OCIRepository", "app"), "digest", is_digest).await;
    assert_eq!(fixed["status"]["observedIgnore"], Value::Null);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_registry_does_not_give() {
    let world = World::start().await;
    let registry = Registry::start(Content::default()).await;
    let revision = registry.push("v1.0.0", &[("app/web.yaml", &config_map("web", "1"))]);
    let source = |spec| world.apply(oci_repository("app", &registry.url(), spec));
    let refuses = async |step: &str, expected: Expect| {
        let failed = |found: &Value| {
            let ready = condition(found, "Ready");
            ready["status"] == "False"
                && ready["observedGeneration"] == found["metadata"]["generation"]
                && told(found, step) == told(found, "Ready")
        };
        let failed = world.until_is(&source_ref("OCIRepository", "app"), "failed", failed).await;
        expected.assert_eq(&told(&failed, "Ready").replace(registry.server.host(), "HOST"));
        let ready = condition(&failed, "Ready");
        world.until_event("app", ready["reason"].as_str().unwrap(), |event| event == ready["message"]).await;
    };
    source(json!({})).await;
    refuses(
        "FetchFailed",
        expect!["OCIArtifactPullFailed: oci://HOST/org/app:latest: not found; check spec.url and the tag"],
    )
    .await;
    source(json!({"ref": {"semver": ">=2"}})).await;
    refuses(
        "FetchFailed",
        expect![[r#"OCIArtifactPullFailed: oci://HOST/org/app: no version of "app" matches ">=2"; it has "v1.0.0""#]],
    )
    .await;
    source(json!({"ref": {"tag": "v1.0.0"}, "layerSelector": {"mediaType": "text/plain"}})).await;
    refuses("FetchFailed", expect![[r#"OCIArtifactLayerOperationFailed: oci://HOST/org/app: no layer has the media type "text/plain"; the artifact has: application/vnd.cncf.flux.content.v1.tar+gzip"#]]).await;
    source(json!({"ref": {"tag": "v1.0.0"}, "verify": {"provider": "cosign"}})).await;
    refuses("FetchFailed", expect!["Unsupported: spec.verify without a secretRef (keyless verification) is not supported yet, and fetching without it would be less safe than you asked for"]).await;
    source(json!({"ref": {"tag": "v1.0.0"}, "verify": {"provider": "cosign", "secretRef": {"name": "keys"}}})).await;
    refuses(
        "FetchFailed",
        expect!["AuthenticationFailed: secret 'flux-system/keys' not found; create it or correct verify.secretRef"],
    )
    .await;
    let keys = |entries: Value| {
        let metadata = json!({"name": "keys", "namespace": FLUX});
        world.apply(json!({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": entries}))
    };
    keys(json!({"cosign.key": "x"})).await;
    refuses(
        "SourceVerified",
        expect!["VerificationError: no public keys found in secret 'keys': their names end with .pub"],
    )
    .await;
    source(json!({"ref": {"tag": "v1.0.0"}})).await;
    let is_there = |found: &Value| found["status"]["artifact"]["revision"] == *revision && ready(found) == "True";
    let healed = world.until_is(&source_ref("OCIRepository", "app"), "healed", is_there).await;
    assert_eq!(condition(&healed, "SourceVerified"), &Value::Null);

    {
        let mut content = registry.content.lock().unwrap();
        *content = std::mem::take(&mut *content).with_login(Login::Basic);
    }
    request(&world, "1").await;
    refuses("FetchFailed", expect!["AuthenticationFailed: oci://HOST/org/app:v1.0.0: authentication failed: the registry gives nothing to anonymous users (401), or has no such repository; set secretRef to a secret with .dockerconfigjson"]).await;
    keys(json!({"username": "ada", "password": "secret"})).await;
    source(json!({"ref": {"tag": "v1.0.0"}, "secretRef": {"name": "keys"}})).await;
    world.until_is(&source_ref("OCIRepository", "app"), "logged in", is_there).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn releases_of_charts_in_registries() {
    let world = World::start().await;
    world.apply(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": APPS}})).await;
    let registry = Registry::start(Content::default()).await;
    let chart = Artifact::chart(packed("podinfo", "1.0.0"));
    let digest = registry.content.lock().unwrap().push("1.0.0", &chart);
    for operation in ["extract", "copy"] {
        let layer = json!({"mediaType": chart.layers[0].media_type, "operation": operation});
        let spec = json!({"ref": {"tag": "1.0.0"}, "layerSelector": layer});
        world.apply(oci_repository(operation, &registry.url(), spec)).await;
        world
            .apply(helm_release(
                operation,
                json!({"chart": null, "chartRef": {"kind": "OCIRepository", "name": operation}}),
            ))
            .await;
        let released = |found: &Value| ready(found) == "True";
        let release = world.until_is(&release_ref(operation), "released", released).await;
        let short = &digest["sha256:".len()..][..12];
        assert_eq!(release["status"]["lastAttemptedRevision"], format!("1.0.0+{short}"));
    }
    let files = json!({"sourceRef": {"kind": "OCIRepository", "name": "copy"}});
    world.kustomization("app", files).await;
    let says = |found: &Value| told(found, "Ready").contains("copies its layer as it is");
    world.until_is(&kustomization_ref("app"), "says", says).await;
}
