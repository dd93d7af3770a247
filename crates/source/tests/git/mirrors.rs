//! Addresses that lead elsewhere.

use source::{Mirrors, Options, Sources, Submodules};
use tempfile::TempDir;
use testkit::git::{Access, HttpServer, KeyPair, Repository, Wire};

use super::{Fixture, branch, files, request, ssh};

/// Sources with one rule.
fn mirrored(from: &str, to: &str) -> Fixture {
    let cache = TempDir::new().unwrap();
    let mirrors = Mirrors::new([format!("{from}={to}").parse().unwrap()]);
    let sources = Sources::with_options(cache.path(), Options { mirrors, ..Options::default() });
    Fixture { sources, _cache: cache }
}

/// An application with a library as a submodule, both declared to be at github.com.
fn app_with_library() -> [Repository; 2] {
    let (library, app) = (Repository::create().unwrap(), Repository::create().unwrap());
    let [library_bare, app_bare] = [(); 2].map(|()| Repository::create_bare().unwrap());
    library.commit([("library.yaml", "l")], "library").unwrap();
    library.push_to(&library_bare).unwrap();
    app.git(["submodule", "--quiet", "add", &library.url(), "vendor"]).unwrap();
    app.git(["config", "--file", ".gitmodules", "submodule.vendor.url", "https://github.com/org/library.git"]).unwrap();
    app.commit([("app.yaml", "a")], "app").unwrap();
    app.push_to(&app_bare).unwrap();
    [app_bare, library_bare]
}

#[tokio::test(flavor = "multi_thread")]
async fn repositories_and_their_submodules() {
    let [app, library] = app_with_library();
    let server =
        HttpServer::start(&[("app.git", app.path()), ("library.git", library.path())], Access::Open, Wire::Plain)
            .await
            .unwrap();
    let fixture = mirrored("https://github.com/org", &server.url(""));
    let mut request = request("https://github.com/org/app.git", branch("main"));
    request.submodules = Submodules::Recurse;
    assert_eq!(files(&fixture.artifact(&request).await), "app.yaml: a\nvendor/library.yaml: l");
    let log = fixture.sources.log(&request, 1).await.unwrap();
    assert_eq!(log.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn to_a_folder_of_this_machine() {
    let [app, library] = app_with_library();
    let folder = TempDir::new().unwrap();
    for (name, repository) in [("app.git", &app), ("library.git", &library)] {
        std::os::unix::fs::symlink(repository.path(), folder.path().join(name)).unwrap();
    }
    let fixture = mirrored("https://github.com/org/", &format!("{}/", folder.path().display()));
    let mut request = request("https://github.com/org/app.git", branch("main"));
    request.submodules = Submodules::Recurse;
    // The rule's author decides, so that even a submodule of a remote repository may come from here.
    assert_eq!(files(&fixture.artifact(&request).await), "app.yaml: a\nvendor/library.yaml: l");
}

#[tokio::test(flavor = "multi_thread")]
async fn from_ssh_in_both_of_its_forms() {
    let key = KeyPair::generate("").unwrap();
    let Some(server) = ssh::server(&key) else { return };
    let (_work, bare) = ssh::served();
    let to = server.url(bare.path().parent().unwrap()).unwrap();
    let name = bare.path().file_name().unwrap().to_str().unwrap();
    for (from, declared) in
        [("ssh://github.com/org", "ssh://git@github.com/org/"), ("git@github.com:org", "git@github.com:org/")]
    {
        let fixture = mirrored(from, &to);
        let mut request = request(format!("{declared}{name}"), branch("main"));
        request.credentials = ssh::credentials(&server, &key, None);
        assert_eq!(files(&fixture.artifact(&request).await), "a.yaml: a: 1");
    }
}
