//! Registries that fail, lie or never end.

use expect_test::{Expect, expect};
use source::{OciReference, OciRequest, Sources};
use testkit::git::Wire;
use testkit::registry::{Artifact, Content, Manifest, digest_of};
use testkit::web::{Reply, WebServer};

use crate::{Fixture, archive, shown};

fn app() -> Artifact {
    Artifact::flux(archive(&[("a.yaml", "a")]), &[])
}

async fn check(content: Content, tag: &str, expected: Expect) {
    let fixture = Fixture::new(content).await;
    let layer = digest_of(&app().layers[0].content);
    expected.assert_eq(&fixture.failure(&fixture.request(tag)).await.replace(&layer, "LAYER"));
}

#[tokio::test]
async fn what_is_missing_or_damaged() {
    let layer = digest_of(&app().layers[0].content);
    let mut content = Content::default();
    content.push("latest", &app());
    check(
        content.clone(),
        "v1",
        expect!["(OCIArtifactPullFailed) oci://HOST/org/app:v1: not found; check spec.url and the tag"],
    )
    .await;
    let mut damaged = content.clone();
    damaged.damage(&layer);
    check(damaged, "latest", expect!["(OCIArtifactPullFailed) oci://HOST/org/app@LAYER: the digest is sha256:f41f3fa625ff120ddca7ef456bf66371ecea23c129f4e4c32367101edb516cf8, and LAYER was announced; the file was replaced or damaged on the way. If it was published again, publish its index or tag again too"]).await;
    let mut incomplete = content.clone();
    incomplete.lose(&layer);
    check(incomplete, "latest", expect!["(OCIArtifactPullFailed) oci://HOST/org/app@LAYER: not found; the manifest names this layer, but the registry does not have it; push the artifact again"]).await;
    let no_layers = Artifact { layers: Vec::new(), ..app() };
    content.push("empty", &no_layers);
    check(
        content.clone(),
        "empty",
        expect!["(OCIArtifactLayerOperationFailed) oci://HOST/org/app: the artifact has no layer; push it again"],
    )
    .await;
    content.push("plain", &Artifact::flux("text", &[]));
    check(content.clone(), "plain", expect!["(OCIArtifactLayerOperationFailed) oci://HOST/org/app: the layer is not packed with gzip; select another one, or use the operation `copy`"]).await;
    let nonsense = Manifest { media_type: "text/plain".to_owned(), content: "nonsense".into() };
    content.push_manifest("nonsense", nonsense);
    check(content.clone(), "nonsense", expect!["(OCIArtifactLayerOperationFailed) oci://HOST/org/app@sha256:999aaa8645bb72ff599e143b1e3d2a94777127f4783a69f067251f7bbebc5ab6: the manifest is no JSON object"]).await;
    content.push_manifest("foreign", Manifest::index(&[("windows/amd64", &app().manifest())]));
    check(content, "foreign", expect!["(OCIArtifactLayerOperationFailed) oci://HOST/org/app@sha256:1fdb41dbf7ffaa90b1545b442e801918692149b530cca9ffbead1390ffb6cc52: it is an index without a manifest for linux/amd64; push the artifact itself"]).await;
}

async fn check_reply(part: &'static str, reply: Reply, expected: Expect) {
    let mut content = Content::default();
    content.push("latest", &app());
    let server = WebServer::start(Wire::Plain, move |asked| {
        if asked.target.contains(part) { reply.clone() } else { content.answer("", asked) }
    })
    .await
    .unwrap();
    let cache = tempfile::tempdir().unwrap();
    let url = format!("oci://{}/app", server.host());
    let reference = match part {
        "/tags/" => OciReference::SemVer { range: "*".to_owned(), filter: None },
        _ => OciReference::Tag("latest".to_owned()),
    };
    let outcome = Sources::new(cache.path()).oci(&OciRequest::new(url, reference), None).await;
    let (manifest, layer) = (digest_of(&app().manifest().content), digest_of(&app().layers[0].content));
    let shown = shown(outcome, server.host()).replace(&manifest, "MANIFEST").replace(&layer, "LAYER");
    expected.assert_eq(&shown);
}

#[tokio::test]
async fn answers_that_are_none() {
    check_reply(
        "/manifests/latest",
        Reply::status(500),
        expect!["(OCIArtifactPullFailed) oci://HOST/app:latest: the server answered 500 Internal Server Error"],
    )
    .await;
    check_reply("/manifests/latest", Reply::status(401).with("www-authenticate", "Negotiate"), expect!["(AuthenticationFailed) oci://HOST/app:latest: authentication failed: the registry gives nothing to anonymous users (401), or has no such repository; set secretRef to a secret with .dockerconfigjson"]).await;
    check_reply(
        "/manifests/sha256",
        Reply::endless(),
        expect!["(OCIArtifactPullFailed) oci://HOST/app@MANIFEST: more than 4194304 bytes, which is the limit"],
    )
    .await;
    check_reply("/manifests/sha256", Reply::ok("{}"), expect!["(OCIArtifactPullFailed) oci://HOST/app@MANIFEST: the digest is sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a, and MANIFEST was announced; the file was replaced or damaged on the way. If it was published again, publish its index or tag again too"]).await;
    check_reply("/blobs/", Reply::broken_off("half"), expect!["(OCIArtifactPullFailed) oci://HOST/app@LAYER: the answer broke off or is no HTTP: connection closed before message completed"]).await;
    check_reply(
        "/tags/",
        Reply::ok("<html>"),
        expect![
            "(OCIArtifactPullFailed) oci://HOST/app: the list of tags cannot be read: expected value at line 1 column 1"
        ],
    )
    .await;
    check_reply(
        "/tags/",
        Reply::ok(r#"{"tags": []}"#),
        expect![[r#"(OCIArtifactPullFailed) oci://HOST/app: no version of "app" matches "*""#]],
    )
    .await;
    check_reply(
        "/tags/",
        Reply::ok(r#"{"tags": []}"#).with("link", "</v2/app/tags/list?again>; rel=next"),
        expect!["(OCIArtifactPullFailed) oci://HOST/app: it has more than 1000 pages of tags; use a tag or a digest"],
    )
    .await;
    check_reply(
        "/tags/",
        Reply::ok(r#"{"tags": []}"#).with("link", "<https://evil.example.com/>; rel=next"),
        expect![[r#"(OCIArtifactPullFailed) oci://HOST/app: the next page of tags is said to be at "https://evil.example.com/", which is not in this registry"#]],
    )
    .await;
}

#[tokio::test]
async fn a_registry_that_answers_no_head_still_works() {
    let mut content = Content::default();
    let digest = content.push("latest", &app());
    let server = WebServer::start(Wire::Plain, move |asked| {
        if asked.method == "HEAD" { Reply::status(405) } else { content.answer("", asked) }
    })
    .await
    .unwrap();
    let cache = tempfile::tempdir().unwrap();
    let request = OciRequest::new(format!("oci://{}/app", server.host()), OciReference::Tag("latest".to_owned()));
    let artifact = crate::new(Sources::new(cache.path()).oci(&request, None).await.unwrap());
    assert_eq!(artifact.revision, format!("latest@{digest}"));
}
