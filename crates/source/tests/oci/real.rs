//! A real registry, with a login.

use reqwest::{Client, Method, StatusCode, Url};
use source::{Credentials, HelmChartRequest, HelmRepositoryRequest, OciReference, OciRequest, Sources, Verification};
use testkit::registry::{Artifact, Manifest, digest_of};
use testkit::servers::{PASSWORD, Server, USER};
use testkit::tools::{Tool, find_or_skip};

use crate::{archive, new};

struct Pusher {
    client: Client,
    base: Url,
}

impl Pusher {
    async fn send(&self, method: Method, url: Url, kind: &str, body: Vec<u8>) -> reqwest::Response {
        let request = self.client.request(method, url).basic_auth(USER, Some(PASSWORD)).header("content-type", kind);
        let answer = request.body(body).send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
        answer
    }

    async fn push(&self, tag: &str, artifact: &Artifact) -> String {
        for blob in artifact.blobs() {
            let begun =
                self.send(Method::POST, self.base.join("blobs/uploads/").unwrap(), "text/plain", Vec::new()).await;
            assert_eq!(begun.status(), StatusCode::ACCEPTED);
            let location = begun.headers()["location"].to_str().unwrap();
            let mut url = self.base.join(location).unwrap();
            url.query_pairs_mut().append_pair("digest", &digest_of(&blob));
            self.send(Method::PUT, url, "application/octet-stream", blob.to_vec()).await;
        }
        let Manifest { media_type, content } = artifact.manifest();
        let url = self.base.join(&format!("manifests/{tag}")).unwrap();
        self.send(Method::PUT, url, &media_type, content.to_vec()).await;
        digest_of(&content)
    }
}

#[tokio::test]
async fn artifacts_and_charts() {
    let Some(program) = find_or_skip(Tool::Registry) else { return };
    let server = Server::registry(&program).unwrap();
    let cache = tempfile::tempdir().unwrap();
    // It sets TLS up for the whole process, which the client here needs too.
    let sources = Sources::new(cache.path());
    let request = |path: &str, reference: OciReference| OciRequest {
        credentials: Credentials::Basic { username: USER.to_owned(), password: PASSWORD.to_owned() },
        ..OciRequest::new(format!("oci://{}/{path}", server.host()), reference)
    };
    let latest = request("org/app", OciReference::Tag("latest".to_owned()));
    let missing = sources.oci(&latest, None).await.unwrap_err().to_string();
    assert!(missing.contains("not found; check spec.url and the tag"), "{missing}");

    let client = Client::new();
    let pusher = |path: &str| Pusher {
        client: client.clone(),
        base: Url::parse(&format!("http://{}/v2/{path}/", server.host())).unwrap(),
    };
    let app = pusher("org/app");
    let mut digest = String::new();
    for version in ["1.0.0", "1.1.0", "2.0.0-rc.1"] {
        let files = archive(&[("a.yaml", version)]);
        digest = app.push(version, &Artifact::flux(files, &[("org.opencontainers.image.revision", version)])).await;
    }
    app.push(
        "latest",
        &Artifact::flux(archive(&[("a.yaml", "2.0.0-rc.1")]), &[("org.opencontainers.image.revision", "2.0.0-rc.1")]),
    )
    .await;

    let artifact = new(sources.oci(&latest, None).await.unwrap());
    assert_eq!(artifact.revision, format!("latest@{digest}"));
    assert_eq!(artifact.metadata["org.opencontainers.image.revision"], "2.0.0-rc.1");
    let semver = OciReference::SemVer { range: "1.x".to_owned(), filter: None };
    let artifact = new(sources.oci(&request("org/app", semver), None).await.unwrap());
    assert_eq!(&**artifact.tree.read("a.yaml").unwrap(), b"1.1.0");
    let exact = new(sources.oci(&request("org/app", OciReference::Digest(digest.clone())), None).await.unwrap());
    assert_eq!(exact.revision, digest);

    let chart = archive(&[("podinfo/Chart.yaml", "name: podinfo")]);
    pusher("charts/podinfo").push("6.0.0_build.1", &Artifact::chart(chart.clone())).await;
    let mut repository = HelmRepositoryRequest::new(format!("oci://{}/charts", server.host()));
    repository.credentials = Credentials::DockerConfig {
        json: format!(r#"{{"auths": {{"{}": {{"username": "{USER}", "password": "{PASSWORD}"}}}}}}"#, server.host())
            .into(),
    };
    for version in ["6.0.0+build.1", "^6"] {
        let (name, version) = ("podinfo".to_owned(), version.to_owned());
        let request =
            HelmChartRequest { repository: repository.clone(), name, version, verification: Verification::None };
        let found = new(sources.helm_chart(&request, None).await.unwrap());
        assert_eq!((found.revision.as_str(), &*found.archive), ("6.0.0+build.1", chart.as_slice()));
    }

    let stranger = OciRequest { credentials: Credentials::None, ..latest };
    let refused = sources.oci(&stranger, None).await.unwrap_err().to_string();
    assert!(refused.contains("the registry gives nothing to anonymous users (401)"), "{refused}");
}
