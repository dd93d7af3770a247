//! Logins.

use expect_test::expect;
use source::{Connection, Credentials, OciRequest, Registry};
use testkit::git::Wire;
use testkit::registry::{Artifact, Content, Login};

use crate::{Fixture, archive};

fn content(login: Login) -> Content {
    let mut content = Content::default().with_login(login);
    content.push("latest", &Artifact::flux(archive(&[("a.yaml", "a")]), &[]));
    content
}

fn ada() -> Credentials {
    Credentials::Basic { username: "ada".to_owned(), password: "secret".to_owned() }
}

fn docker_config(host: &str, entry: &str) -> Credentials {
    Credentials::DockerConfig { json: format!(r#"{{"auths": {{"{host}": {entry}}}}}"#).into_bytes() }
}

async fn check_logins(login: Login) {
    let fixture = Fixture::new(content(login)).await;
    let host = fixture.server.host().to_owned();
    let anonymous = fixture.request("latest");
    expect!["(AuthenticationFailed) oci://HOST/org/app:latest: authentication failed: the registry gives nothing to anonymous users (401), or has no such repository; set secretRef to a secret with .dockerconfigjson"]
        .assert_eq(&fixture.failure(&anonymous).await);
    let with = |credentials| OciRequest { credentials, ..anonymous.clone() };
    fixture.fetch(&with(ada())).await.unwrap();
    fixture.fetch(&with(docker_config(&host, r#"{"auth": "YWRhOnNlY3JldA=="}"#))).await.unwrap();
    expect!["(AuthenticationFailed) oci://HOST/org/app:latest: authentication failed: the registry gives nothing to anonymous users (401), or has no such repository; the .dockerconfigjson has no entry for this registry; add one"]
        .assert_eq(&fixture.failure(&with(docker_config("ghcr.io", r#"{"auth": "YWRhOnNlY3JldA=="}"#))).await);
    expect!["(AuthenticationFailed) oci://HOST/org/app:latest: authentication failed: the server wants other credentials (401); check secretRef and what the secret holds"]
        .assert_eq(&fixture.failure(&with(docker_config(&host, r#"{"username": "ada", "password": "wrong"}"#))).await);
}

#[tokio::test]
async fn with_a_name_and_a_password() {
    check_logins(Login::Basic).await;
}

#[tokio::test]
async fn with_a_token_that_is_asked_for_once() {
    check_logins(Login::Token).await;
    let fixture = Fixture::new(content(Login::Token)).await;
    let request = OciRequest { credentials: ada(), ..fixture.request("latest") };
    fixture.fetch(&request).await.unwrap();
    fixture.fetch(&request).await.unwrap();
    let asked = fixture.server.take_asked();
    let tokens: Vec<_> = asked.iter().filter(|asked| asked.contains("/token")).collect();
    assert_eq!(tokens, ["GET /token?service=registry.test&scope=repository%3Aapp%3Apull"]);
}

#[tokio::test]
async fn with_an_identity_token() {
    let fixture = Fixture::new(content(Login::Token)).await;
    let credentials = docker_config(fixture.server.host(), r#"{"identitytoken": "long"}"#);
    fixture.fetch(&OciRequest { credentials, ..fixture.request("latest") }).await.unwrap();
    assert!(fixture.server.take_asked().contains(&"POST /token".to_owned()));
}

#[tokio::test]
async fn what_one_may_see_another_may_not_even_by_its_digest() {
    let fixture = Fixture::new(content(Login::Basic)).await;
    let request = OciRequest { credentials: ada(), ..fixture.request("latest") };
    let artifact = fixture.fetch(&request).await.unwrap();
    let stranger = OciRequest { credentials: Credentials::None, ..request };
    assert!(fixture.sources.oci_at(&stranger, &artifact.revision).await.is_err());
}

#[tokio::test]
async fn over_tls_with_a_private_authority() {
    let fixture = Fixture::over(Wire::Tls, content(Login::Token)).await;
    let mut request = OciRequest { credentials: ada(), ..fixture.request("latest") };
    let untrusted = fixture.failure(&request).await;
    assert!(untrusted.contains("the server's certificate was refused"), "{untrusted}");
    let ca = Some(fixture.server.ca().as_bytes().to_vec());
    request.connection = Connection { ca, ..Connection::default() };
    fixture.fetch(&request).await.unwrap();
    request.registry = Registry::Plain;
    fixture.fetch(&request).await.unwrap_err();
}
