//! Credentials, certificates and proxies.

use source::{ClientCertificate, Connection, Credentials, HelmRepositoryRequest, PassCredentials, Proxy};
use testkit::git::Wire;
use testkit::web::{Asked, Reply, WebServer};

use crate::{Fixture, listing, shown};

const ADA: &str = "Basic YWRhOnNlY3JldA==";

fn ada() -> Credentials {
    Credentials::Basic { username: "ada".to_owned(), password: "secret".to_owned() }
}

fn only_ada(asked: &Asked) -> Reply {
    match (asked.header("authorization"), asked.path()) {
        (ADA, "/index.yaml") => Reply::ok(listing(&[("1.0.0", "a.tgz", None)])),
        (ADA, _) => Reply::ok("an archive"),
        _ => Reply::status(401),
    }
}

#[tokio::test]
async fn a_name_and_a_password_open_the_repository() {
    let server = WebServer::start(Wire::Plain, only_ada).await.unwrap();
    let fixture = Fixture::new();
    let mut request = HelmRepositoryRequest::new(server.base());
    expect_test::expect![
        "(AuthenticationFailed) http://HOST/index.yaml: authentication failed: the server wants other credentials (401); check secretRef and what the secret holds"
    ]
    .assert_eq(&shown(fixture.chart_of(request.clone(), "*").await, server.host()));
    request.credentials = ada();
    fixture.chart_of(request.clone(), "*").await.unwrap();
    // In the address, as Helm takes them too.
    let with_user = server.base().replace("http://", "http://ada:secret@");
    fixture.chart(&with_user, "*").await.unwrap();
    // What one may see, another may not.
    request.credentials = Credentials::None;
    fixture.chart_of(request.clone(), "*").await.unwrap_err();
    request.credentials = Credentials::Bearer { token: "x".to_owned() };
    expect_test::expect![
        "(AuthenticationFailed) http://HOST: unusable credentials: a Helm repository over http takes `username` and `password`"
    ]
    .assert_eq(&shown(fixture.chart_of(request, "*").await, server.host()));
}

#[tokio::test]
async fn other_hosts_see_no_credentials_unless_that_is_wanted() {
    let archives = WebServer::start(Wire::Plain, |_| Reply::ok("an archive")).await.unwrap();
    let far = format!("{}/a.tgz", archives.base());
    let server = WebServer::start(Wire::Plain, move |_| Reply::ok(listing(&[("1.0.0", &far, None)]))).await.unwrap();
    for (pass_credentials, seen) in [(PassCredentials::SameHost, ""), (PassCredentials::AllHosts, ADA)] {
        let request =
            HelmRepositoryRequest { credentials: ada(), pass_credentials, ..HelmRepositoryRequest::new(server.base()) };
        Fixture::new().chart_of(request, "*").await.unwrap();
        assert_eq!(archives.asked().last().unwrap().header("authorization"), seen);
        assert_eq!(server.asked().last().unwrap().header("authorization"), ADA);
    }
}

#[tokio::test]
async fn a_redirect_to_another_host_takes_no_credentials_along() {
    let archives = WebServer::start(Wire::Plain, |_| Reply::ok("an archive")).await.unwrap();
    let far = format!("{}/a.tgz", archives.base());
    let server = WebServer::start(Wire::Plain, move |asked| match asked.path() {
        "/index.yaml" => Reply::ok(listing(&[("1.0.0", "a.tgz", None)])),
        _ => Reply::redirect(&far),
    })
    .await
    .unwrap();
    let request = HelmRepositoryRequest { credentials: ada(), ..HelmRepositoryRequest::new(server.base()) };
    Fixture::new().chart_of(request, "*").await.unwrap();
    assert_eq!(archives.asked()[0].header("authorization"), "");
    assert_eq!(server.asked()[1].header("authorization"), ADA);
}

#[tokio::test]
async fn private_authorities_and_client_certificates() {
    let server = WebServer::start(Wire::MutualTls, |_| Reply::ok(listing(&[("1.0.0", "a.tgz", None)]))).await.unwrap();
    let fixture = Fixture::new();
    let mut request = HelmRepositoryRequest::new(server.base());
    let untrusted = shown(fixture.index(&request).await, server.host());
    assert!(untrusted.contains("the server's certificate was refused"), "{untrusted}");
    let ca = Some(server.ca().as_bytes().to_vec());
    request.connection = Connection { ca, ..Connection::default() };
    let anonymous = shown(fixture.index(&request).await, server.host());
    assert!(anonymous.contains("it may want a client certificate"), "{anonymous}");
    let issued = server.client_certificate().unwrap();
    request.connection.client_certificate =
        Some(ClientCertificate { certificate: issued.certificate.into_bytes(), key: issued.key.into_bytes() });
    fixture.index(&request).await.unwrap();
}

#[tokio::test]
async fn through_a_proxy() {
    let server = WebServer::start(Wire::Tls, |_| Reply::ok(listing(&[("1.0.0", "a.tgz", None)]))).await.unwrap();
    let proxy = testkit::git::Proxy::start(server.host(), "ada", "secret").await.unwrap();
    let mut request = HelmRepositoryRequest::new("https://git.test/charts");
    request.connection.ca = Some(server.ca().as_bytes().to_vec());
    let through = |password: &str| Proxy {
        address: proxy.address().to_owned(),
        username: Some("ada".to_owned()),
        password: Some(password.to_owned()),
    };
    request.connection.proxy = Some(through("wrong"));
    expect_test::expect![
        "(AuthenticationFailed) https://git.test/charts/index.yaml: authentication failed: the proxy wants credentials (407); check the proxy secret"
    ]
    .assert_eq(&shown(Fixture::new().index(&request).await, server.host()));
    request.connection.proxy = Some(through("secret"));
    Fixture::new().index(&request).await.unwrap();
    assert_eq!(proxy.tunnels(), 1);
}
