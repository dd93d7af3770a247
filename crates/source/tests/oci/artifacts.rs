//! Artifacts of files.

use expect_test::expect;
use source::{Fetched, LayerOperation, LayerSelector, OciReference, OciRequest};
use testkit::registry::{Artifact, Content, Layer, Manifest, digest_of};

use crate::{Fixture, archive, new};

fn app(version: &str) -> Artifact {
    let files = [("deploy/app.yaml", format!("version: {version}")), ("logo.png", "x".to_owned())];
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    Artifact::flux(
        archive(&files),
        &[
            ("org.opencontainers.image.revision", "main@sha1:0123456789"),
            ("org.opencontainers.image.source", "https://git.example.com/app"),
        ],
    )
}

#[tokio::test]
async fn a_tag_becomes_files_and_metadata() {
    let mut content = Content::default();
    let digest = content.push("latest", &app("1"));
    let fixture = Fixture::new(content).await;
    let artifact = fixture.fetch(&fixture.request("latest")).await.unwrap();
    assert_eq!(artifact.revision, format!("latest@{digest}"));
    assert_eq!(artifact.digest, artifact.tree.digest());
    assert_eq!(&**artifact.tree.read("deploy/app.yaml").unwrap(), b"version: 1");
    assert!(!artifact.tree.is_file("logo.png"));
    expect![[r#"
        {
            "org.opencontainers.image.revision": "main@sha1:0123456789",
            "org.opencontainers.image.source": "https://git.example.com/app",
        }
    "#]]
    .assert_debug_eq(&artifact.metadata);
}

#[tokio::test]
async fn an_unchanged_tag_costs_one_request() {
    let mut content = Content::default();
    content.push("latest", &app("1"));
    let fixture = Fixture::new(content).await;
    let request = fixture.request("latest");
    let artifact = fixture.fetch(&request).await.unwrap();
    fixture.server.take_asked();
    let again = fixture.sources.oci(&request, Some(&artifact.revision)).await.unwrap();
    assert_eq!(again, Fetched::Unchanged);
    assert_eq!(fixture.server.take_asked(), ["HEAD /v2/org/app/manifests/latest"]);
    // With other rules the files are read anew, but not downloaded.
    let other = OciRequest { ignore: Some("deploy/".to_owned()), ..request };
    assert!(!fixture.fetch(&other).await.unwrap().tree.is_file("deploy/app.yaml"));
    assert_eq!(fixture.server.take_asked(), ["HEAD /v2/org/app/manifests/latest"]);
    let past = fixture.sources.oci_at(&fixture.request("moved"), &artifact.revision).await.unwrap();
    assert_eq!(past, artifact);
}

#[tokio::test]
async fn a_digest_needs_no_tag() {
    let mut content = Content::default();
    let digest = content.push("latest", &app("1"));
    content.push("latest", &app("2"));
    let fixture = Fixture::new(content).await;
    let request = OciRequest::new(fixture.url(), OciReference::Digest(digest.clone()));
    let artifact = fixture.fetch(&request).await.unwrap();
    assert_eq!(artifact.revision, digest);
    assert_eq!(&**artifact.tree.read("deploy/app.yaml").unwrap(), b"version: 1");
    fixture.server.take_asked();
    assert_eq!(fixture.sources.oci(&request, Some(&digest)).await.unwrap(), Fetched::Unchanged);
    assert_eq!(fixture.server.take_asked(), Vec::<String>::new());
}

#[tokio::test]
async fn the_highest_version_over_all_pages_counts() {
    let mut content = Content::default().with_pages(2);
    for tag in ["latest", "1.0.0", "1.2.0", "2.0.0-rc.1", "v1.1.0", "3.0.0-dev", "1.3.0-rc.1"] {
        content.push(tag, &app(tag));
    }
    let fixture = Fixture::new(content).await;
    let check = async |range: &str, filter: Option<&str>, expected: &str| {
        let reference = OciReference::SemVer { range: range.to_owned(), filter: filter.map(str::to_owned) };
        let artifact = fixture.fetch(&OciRequest::new(fixture.url(), reference)).await.unwrap();
        assert_eq!(artifact.revision.split('@').next(), Some(expected));
        assert_eq!(&**artifact.tree.read("deploy/app.yaml").unwrap(), format!("version: {expected}").as_bytes());
    };
    check("*", None, "1.2.0").await;
    check(">=1.0.0-0", Some("-rc"), "2.0.0-rc.1").await;
    check("<1.2", None, "v1.1.0").await;
    assert!(fixture.server.take_asked().contains(&"GET /v2/org/app/tags/list?n=2&last=1.0.0".to_owned()));
}

#[tokio::test]
async fn a_layer_is_selected_and_may_be_copied() {
    let chart = archive(&[("podinfo/Chart.yaml", "name: podinfo")]);
    let mut artifact = app("1");
    artifact.layers.push(Layer::new("application/vnd.cncf.helm.chart.content.v1.tar+gzip", chart.clone()));
    let mut content = Content::default();
    content.push("latest", &artifact);
    let fixture = Fixture::new(content).await;
    let media_type = Some("application/vnd.cncf.helm.chart.content.v1.tar+gzip".to_owned());
    let mut request = fixture.request("latest");
    request.layer = LayerSelector { media_type: media_type.clone(), operation: LayerOperation::Extract };
    assert!(fixture.fetch(&request).await.unwrap().tree.is_file("podinfo/Chart.yaml"));
    request.layer.operation = LayerOperation::Copy;
    let copied = fixture.fetch(&request).await.unwrap();
    assert_eq!(copied.layer.as_deref(), Some(chart.as_slice()));
    assert_eq!(copied.digest, digest_of(&chart));
    assert_eq!(copied.tree.entries().count(), 0);
    request.layer.media_type = Some("text/plain".to_owned());
    expect![[r#"(OCIArtifactLayerOperationFailed) oci://HOST/org/app: no layer has the media type "text/plain"; the artifact has: application/vnd.cncf.flux.content.v1.tar+gzip, application/vnd.cncf.helm.chart.content.v1.tar+gzip"#]]
        .assert_eq(&fixture.failure(&request).await);
}

#[tokio::test]
async fn of_an_index_the_manifest_for_linux_counts() {
    let mut content = Content::default();
    let (one, other) = (app("amd64"), app("arm64"));
    content.push("one", &one);
    content.push("other", &other);
    let index = Manifest::index(&[("linux/arm64", &other.manifest()), ("linux/amd64", &one.manifest())]);
    let digest = content.push_manifest("latest", index);
    let fixture = Fixture::new(content).await;
    let artifact = fixture.fetch(&fixture.request("latest")).await.unwrap();
    assert_eq!(artifact.revision, format!("latest@{digest}"));
    assert_eq!(&**artifact.tree.read("deploy/app.yaml").unwrap(), b"version: amd64");
}

#[tokio::test]
async fn mirrors_lead_to_another_registry() {
    let mut content = Content::default();
    content.push("latest", &app("1"));
    let fixture = Fixture::new(content).await;
    let rule = format!("oci://ghcr.io/org=oci://{}/mirror", fixture.server.host());
    let mirrors = source::Mirrors::new([rule.parse().unwrap()]);
    let cache = tempfile::tempdir().unwrap();
    let sources =
        source::Sources::with_options(cache.path(), source::Options { mirrors, ..source::Options::default() });
    let request = OciRequest::new("oci://ghcr.io/org/app", OciReference::Tag("latest".to_owned()));
    new(sources.oci(&request, None).await.unwrap());
    assert!(fixture.server.take_asked().contains(&"HEAD /v2/mirror/app/manifests/latest".to_owned()));
}
