//! Servers over HTTP and HTTPS.

use std::net::TcpListener;
use std::time::Duration;

use expect_test::{Expect, expect};
use source::{ClientCertificate, Credentials, Fetched, GitRequest, Proxy, Reference, Sources, Submodules};
use testkit::git::{Access, Authority, HttpServer, Repository, Wire};

use super::{Fixture, branch, files, new, request, tag};

/// A repository with a few commits, pushed into a bare one.
fn served() -> (Repository, Repository) {
    let (work, bare) = (Repository::create().unwrap(), Repository::create_bare().unwrap());
    work.commit([("a.yaml", "a: 1\n"), ("b.yaml", "b")], "first").unwrap();
    work.annotated_tag("v1.0.0", "one").unwrap();
    work.commit([("a.yaml", "a: 2\n")], "second").unwrap();
    work.push_to(&bare).unwrap();
    (work, bare)
}

async fn serve(bare: &Repository, access: Access, wire: Wire) -> HttpServer {
    HttpServer::start(&[("app.git", bare.path())], access, wire).await.unwrap()
}

fn basic() -> (Access, Credentials) {
    let (username, password) = ("ada".to_owned(), "correct horse".to_owned());
    (
        Access::Basic { username: username.clone(), password: password.clone() },
        Credentials::Basic { username, password },
    )
}

fn bearer() -> (Access, Credentials) {
    let token = "s3cr3t".to_owned();
    (Access::Bearer { token: token.clone() }, Credentials::Bearer { token })
}

fn trusting(server: &HttpServer, reference: Reference) -> GitRequest {
    let mut request = request(server.url("app.git"), reference);
    request.ca = Some(server.ca().as_bytes().to_vec());
    request
}

#[tokio::test(flavor = "multi_thread")]
async fn follows_a_branch_with_one_request_while_nothing_changes() {
    let (work, bare) = served();
    let server = serve(&bare, Access::Open, Wire::Plain).await;
    let fixture = Fixture::new();
    let request = request(server.url("app.git"), branch("main"));
    let first = fixture.artifact(&request).await;
    assert_eq!(files(&first), "a.yaml: a: 2\nb.yaml: b");
    assert_eq!(first.revision, format!("main@sha1:{}", work.head().unwrap()));

    let before = server.requests();
    assert_eq!(fixture.sources.fetch(&request, Some(&first.revision)).await.unwrap(), Fetched::Unchanged);
    // The handshake, and the list of references.
    assert_eq!(server.requests() - before, 2);

    let head = work.commit([("a.yaml", "a: 3\n")], "third").unwrap();
    work.push_to(&bare).unwrap();
    let next = new(fixture.sources.fetch(&request, Some(&first.revision)).await);
    assert_eq!(next.revision, format!("main@sha1:{head}"));
    assert_eq!(files(&next), "a.yaml: a: 3\nb.yaml: b");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rewritten_branch_is_followed() {
    let (work, bare) = served();
    let server = serve(&bare, Access::Open, Wire::Plain).await;
    let fixture = Fixture::new();
    let request = request(server.url("app.git"), branch("main"));
    let first = fixture.artifact(&request).await;
    work.git(["reset", "--quiet", "--hard", "v1.0.0"]).unwrap();
    work.push_to(&bare).unwrap();
    let back = new(fixture.sources.fetch(&request, Some(&first.revision)).await);
    assert_eq!(files(&back), "a.yaml: a: 1\nb.yaml: b");
    work.commit([("c.yaml", "c")], "other").unwrap();
    work.push_to(&bare).unwrap();
    let other = new(fixture.sources.fetch(&request, Some(&back.revision)).await);
    assert_eq!(files(&other), "a.yaml: a: 1\nb.yaml: b\nc.yaml: c");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_branch_can_take_the_place_of_a_folder_of_branches() {
    let (work, bare) = served();
    let server = serve(&bare, Access::Open, Wire::Plain).await;
    let fixture = Fixture::new();
    work.branch("next").unwrap();
    work.push_to(&bare).unwrap();
    fixture.artifact(&request(server.url("app.git"), branch("next"))).await;
    for repository in [&work, &bare] {
        repository.git(["update-ref", "-d", "refs/heads/next"]).unwrap();
    }
    work.checkout("main").unwrap();
    work.branch("next/step").unwrap();
    work.commit([("a.yaml", "a: 3\n")], "third").unwrap();
    work.push_to(&bare).unwrap();
    let artifact = fixture.artifact(&request(server.url("app.git"), branch("next/step"))).await;
    assert_eq!(files(&artifact), "a.yaml: a: 3\nb.yaml: b");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_gives_no_commit_by_its_id_is_asked_for_the_history() {
    let (work, bare) = served();
    let first = work.git(["rev-parse", "v1.0.0^{}"]).unwrap();
    // Version 2 of the protocol always gives them; before it, this setting decides.
    bare.git(["config", "uploadpack.allowAnySHA1InWant", "false"]).unwrap();
    work.git(["push", "--quiet", "--delete", bare.path().to_str().unwrap(), "v1.0.0"]).unwrap();
    let server = serve(&bare, Access::OpenBeforeVersion2, Wire::Plain).await;
    for branch in [None, Some("main".to_owned())] {
        let reference = Reference::Commit { sha: first.clone(), branch };
        let artifact = Fixture::new().artifact(&request(server.url("app.git"), reference)).await;
        assert_eq!(files(&artifact), "a.yaml: a: 1\nb.yaml: b");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tags_versions_names_and_commits() {
    let (work, bare) = served();
    let first = work.git(["rev-parse", "v1.0.0^{}"]).unwrap();
    bare.git(["update-ref", "refs/pull/7/head", &first]).unwrap();
    let server = serve(&bare, Access::Open, Wire::Plain).await;
    let commit = |branch: Option<&str>| Reference::Commit { sha: first.clone(), branch: branch.map(Into::into) };
    for (reference, revision) in [
        (tag("v1.0.0"), format!("v1.0.0@sha1:{first}")),
        (Reference::SemVer("^1".into()), format!("v1.0.0@sha1:{first}")),
        (Reference::Name("refs/pull/7/head".into()), format!("refs/pull/7/head@sha1:{first}")),
        (commit(None), format!("sha1:{first}")),
        (commit(Some("main")), format!("main@sha1:{first}")),
    ] {
        // A cache of its own for each, so that each has to be fetched.
        let fixture = Fixture::new();
        let request = request(server.url("app.git"), reference);
        let artifact = fixture.artifact(&request).await;
        assert_eq!(
            (artifact.revision.as_str(), files(&artifact).as_str()),
            (revision.as_str(), "a.yaml: a: 1\nb.yaml: b")
        );
        assert_eq!(fixture.sources.fetch(&request, Some(&revision)).await.unwrap(), Fetched::Unchanged);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_versions_that_differ_in_build_metadata_the_latest_counts() {
    let (work, bare) = served();
    work.git(["tag", "v2.0.0+b", "main~1"]).unwrap();
    work.git(["tag", "v2.0.0+a", "main"]).unwrap();
    work.push_to(&bare).unwrap();
    let server = serve(&bare, Access::Open, Wire::Plain).await;
    let artifact = Fixture::new().artifact(&request(server.url("app.git"), Reference::SemVer(">=2".into()))).await;
    assert_eq!(artifact.revision, format!("v2.0.0+a@sha1:{}", work.head().unwrap()));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_past_is_fetched_when_it_is_not_at_hand() {
    let (work, bare) = served();
    let server = serve(&bare, Access::Open, Wire::Plain).await;
    let first = work.git(["rev-parse", "v1.0.0^{}"]).unwrap();
    let fixture = Fixture::new();
    let request = request(server.url("app.git"), branch("main"));
    fixture.artifact(&request).await;
    let past = fixture.sources.artifact_at(&request, &format!("main@sha1:{first}")).await.unwrap();
    assert_eq!(files(&past), "a.yaml: a: 1\nb.yaml: b");
    // Now that it is, the server is not needed.
    let before = server.requests();
    assert_eq!(fixture.sources.artifact_at(&request, &format!("main@sha1:{first}")).await.unwrap(), past);
    assert_eq!(server.requests(), before);

    let log = fixture.sources.log(&request, 10).await.unwrap();
    let messages: Vec<&str> = log.iter().map(|commit| commit.message.as_str()).collect();
    assert_eq!(messages, ["second", "first"]);
    assert_eq!(fixture.sources.log(&request, 1).await.unwrap().len(), 1);
    let error = fixture.sources.artifact_at(&request, &format!("main@sha1:{}", "1".repeat(40))).await.unwrap_err();
    assert!(error.to_string().contains("no commit 1111111111111111111111111111111111111111"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_get_in_with_and_without_tls() {
    let (_work, bare) = served();
    for (access, credentials) in [basic(), bearer()] {
        for wire in [Wire::Plain, Wire::Tls] {
            let server = serve(&bare, access.clone(), wire).await;
            let mut request = trusting(&server, branch("main"));
            request.credentials = credentials.clone();
            assert_eq!(files(&Fixture::new().artifact(&request).await), "a.yaml: a: 2\nb.yaml: b");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_in_the_url_get_in_and_are_never_shown() {
    let (_work, bare) = served();
    let server = serve(&bare, basic().0, Wire::Tls).await;
    let mut request = trusting(&server, branch("main"));
    request.url = request.url.replace("https://", "https://ada:correct%20horse@");
    let fixture = Fixture::new();
    assert_eq!(files(&fixture.artifact(&request).await), "a.yaml: a: 2\nb.yaml: b");
    request.url = request.url.replace("horse", "donkey");
    let error = fixture.error(&request).await;
    assert!(error.contains("authentication failed") && !error.contains("donkey") && !error.contains("ada"), "{error}");
    request.reference = branch("nope");
    request.url = request.url.replace("donkey", "horse");
    let error = fixture.error(&request).await;
    assert!(error.contains("no branch \"nope\"") && !error.contains("horse"), "{error}");
}

async fn check_error(server: &HttpServer, request: &GitRequest, expected: Expect) {
    let error = Fixture::new().error(request).await;
    expected.assert_eq(&error.replace(server.authority_part(), "server"));
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_credentials_say_so() {
    let (_work, bare) = served();
    let server = serve(&bare, basic().0, Wire::Tls).await;
    let mut request = trusting(&server, branch("main"));
    check_error(&server, &request, expect!["https://server/app.git: authentication failed: the server wants other credentials; check the user name and the password or token in the secret"]).await;
    request.credentials = Credentials::Basic { username: "ada".into(), password: "wrong".into() };
    check_error(&server, &request, expect!["https://server/app.git: authentication failed: the server wants other credentials; check the user name and the password or token in the secret"]).await;
    request.credentials = Credentials::Bearer { token: "wrong".into() };
    check_error(&server, &request, expect!["https://server/app.git: authentication failed: the server wants other credentials; check the user name and the password or token in the secret"]).await;
    request.credentials = Credentials::Bearer { token: "line\nbreak".into() };
    check_error(
        &server,
        &request,
        expect![
            "https://server/app.git: unusable credentials: the token holds a line break or other control character"
        ],
    )
    .await;
    request.credentials = Credentials::Ssh { identity: Vec::new(), known_hosts: Vec::new(), password: None };
    check_error(&server, &request, expect!["https://server/app.git: unusable credentials: these are not for https://; give username and password or bearerToken"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_untrusted_certificate_is_refused() {
    let (_work, bare) = served();
    let server = serve(&bare, Access::Open, Wire::Tls).await;
    let mut request = request(server.url("app.git"), branch("main"));
    check_error(&server, &request, expect!["https://server/app.git: the server's certificate was refused: invalid peer certificate: UnknownIssuer; if a private authority signed it, put that authority's certificate under ca.crt in the secret"]).await;
    request.ca = Some(Authority::create().unwrap().certificate().as_bytes().to_vec());
    check_error(&server, &request, expect!["https://server/app.git: the server's certificate was refused: invalid peer certificate: UnknownIssuer; if a private authority signed it, put that authority's certificate under ca.crt in the secret"]).await;
    request.ca = Some(b"not a certificate".to_vec());
    check_error(
        &server,
        &request,
        expect!["https://server/app.git: unusable credentials: ca.crt holds no PEM certificate"],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_certificate_is_presented() {
    let (_work, bare) = served();
    let server = serve(&bare, Access::Open, Wire::MutualTls).await;
    let mut request = trusting(&server, branch("main"));
    let error = Fixture::new().error(&request).await;
    assert!(error.contains("client certificate"), "{error}");
    let own = server.client_certificate().unwrap();
    request.client_certificate =
        Some(ClientCertificate { certificate: own.certificate.into_bytes(), key: own.key.into_bytes() });
    assert_eq!(files(&Fixture::new().artifact(&request).await), "a.yaml: a: 2\nb.yaml: b");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_is_gone_through() {
    let (_work, bare) = served();
    let server = serve(&bare, basic().0, Wire::Tls).await;
    let proxy = testkit::git::Proxy::start(server.authority_part(), "eve", "pass").await.unwrap();
    let mut request = trusting(&server, branch("main"));
    // Only the proxy knows where that host is.
    request.url = "https://git.test/app.git".to_owned();
    request.credentials = basic().1;
    let through = |password: &str| {
        Some(Proxy {
            address: proxy.address().to_owned(),
            username: Some("eve".into()),
            password: Some(password.into()),
        })
    };
    request.proxy = through("pass");
    assert_eq!(files(&Fixture::new().artifact(&request).await), "a.yaml: a: 2\nb.yaml: b");
    assert!(proxy.tunnels() > 0);
    request.proxy = through("wrong");
    let error = Fixture::new().error(&request).await;
    assert!(
        error.contains("https://git.test/app.git") && error.contains("proxy") && !error.contains("wrong"),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn redirects_are_followed_but_not_with_a_token() {
    let (_work, bare) = served();
    let server = serve(&bare, Access::Open, Wire::Tls).await;
    let mut request = trusting(&server, branch("main"));
    request.url = server.url("moved/app.git");
    assert_eq!(files(&Fixture::new().artifact(&request).await), "a.yaml: a: 2\nb.yaml: b");
    request.credentials = bearer().1;
    check_error(&server, &request, expect!["https://server/moved/app.git: not a usable address: the server redirects, and credentials are not sent elsewhere; use the address it redirects to"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_repository_says_so() {
    let (_work, bare) = served();
    let empty = Repository::create_bare().unwrap();
    let server = HttpServer::start(&[("app.git", bare.path()), ("empty.git", empty.path())], Access::Open, Wire::Plain)
        .await
        .unwrap();
    let at = |name: &str, reference| request(server.url(name), reference);
    check_error(&server, &at("nope.git", branch("main")), expect!["http://server/nope.git: not a git repository: the server knows no such repository (404), or hides it from these credentials; check the path, and that these credentials may see it"]).await;
    check_error(
        &server,
        &at("empty.git", branch("main")),
        expect!["http://server/empty.git: git repository is empty; push a commit to it"],
    )
    .await;
    check_error(
        &server,
        &at("app.git", branch("mian")),
        expect![[r#"http://server/app.git: no branch "mian"; it has "main""#]],
    )
    .await;
    check_error(
        &server,
        &at("app.git", tag("v1")),
        expect![[r#"http://server/app.git: no tag "v1"; it has "v1.0.0""#]],
    )
    .await;
    check_error(
        &server,
        &at("app.git", Reference::SemVer(">=2".into())),
        expect![[r#"http://server/app.git: no tag matches the version range ">=2"; it has "v1.0.0""#]],
    )
    .await;
    let unknown = Reference::Commit { sha: "1".repeat(40), branch: Some("main".into()) };
    check_error(&server, &at("app.git", unknown), expect!["http://server/app.git: no commit 1111111111111111111111111111111111111111; check that it was pushed and not rewritten, or set spec.ref.branch to the branch it is on if the server gives no commit by its id"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreachable_server_says_so() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let error = Fixture::new().error(&request(format!("http://{address}/app.git"), branch("main"))).await;
    assert!(error.contains("unreachable") && error.contains("refused"), "{error}");
    let error = Fixture::new().error(&request("https://host.invalid/app.git", branch("main"))).await;
    assert!(error.contains("unreachable"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_server_is_given_up() {
    // Connections wait in the backlog and are never answered.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut request = request(format!("http://{}/app.git", listener.local_addr().unwrap()), branch("main"));
    request.timeout = Duration::from_millis(200);
    let error = Fixture::new().error(&request).await;
    assert!(error.contains("not finished after 200ms; check the network, or raise spec.timeout"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn other_credentials_have_another_mirror() {
    let (work, bare) = served();
    let server = serve(&bare, basic().0, Wire::Plain).await;
    let fixture = Fixture::new();
    let sha = work.head().unwrap();
    let mut request = request(server.url("app.git"), Reference::Commit { sha, branch: None });
    request.credentials = basic().1;
    fixture.artifact(&request).await;
    // Without access, not even a commit that is at hand is given out.
    request.credentials = Credentials::None;
    assert!(fixture.error(&request).await.contains("authentication failed"));
}

#[tokio::test(flavor = "multi_thread")]
async fn many_fetches_of_one_repository_at_once() {
    let (_work, bare) = served();
    let server = serve(&bare, Access::Open, Wire::Plain).await;
    let fixture = Fixture::new();
    let tasks: Vec<_> = (0..8)
        .map(|number| {
            let sources: Sources = fixture.sources.clone();
            let reference = if number % 2 == 0 { branch("main") } else { tag("v1.0.0") };
            let request = request(server.url("app.git"), reference);
            tokio::spawn(async move { files(&new(sources.fetch(&request, None).await)) })
        })
        .collect();
    for (number, task) in tasks.into_iter().enumerate() {
        let expected = if number % 2 == 0 { "a.yaml: a: 2\nb.yaml: b" } else { "a.yaml: a: 1\nb.yaml: b" };
        assert_eq!(task.await.unwrap(), expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn submodules_get_the_credentials_of_their_server() {
    let (library, app) = (Repository::create().unwrap(), Repository::create().unwrap());
    let [library_bare, app_bare] = [(); 2].map(|()| Repository::create_bare().unwrap());
    library.commit([("library.yaml", "l")], "library").unwrap();
    library.push_to(&library_bare).unwrap();
    app.git(["submodule", "--quiet", "add", &library.url(), "vendor"]).unwrap();
    app.git(["config", "--file", ".gitmodules", "submodule.vendor.url", "../library.git"]).unwrap();
    app.commit([("app.yaml", "a")], "app").unwrap();
    app.push_to(&app_bare).unwrap();
    let (access, credentials) = basic();
    let repositories = [("app.git", app_bare.path()), ("library.git", library_bare.path())];
    let server = HttpServer::start(&repositories, access, Wire::Tls).await.unwrap();
    let mut request = trusting(&server, branch("main"));
    request.credentials = credentials;
    request.submodules = Submodules::Recurse;
    assert_eq!(files(&Fixture::new().artifact(&request).await), "app.yaml: a\nvendor/library.yaml: l");

    app.git(["config", "--file", ".gitmodules", "submodule.vendor.url", library.path().to_str().unwrap()]).unwrap();
    app.commit([("app.yaml", "b")], "a path of the server's machine").unwrap();
    app.push_to(&app_bare).unwrap();
    let error = Fixture::new().error(&request).await;
    assert_eq!(error, "submodule vendor: its url is a path of this machine, which a remote repository may not name");
}
