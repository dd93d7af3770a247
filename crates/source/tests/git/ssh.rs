//! Servers over ssh.

use expect_test::expect;
use source::{Credentials, Fetched, Reference};
use testkit::git::{KeyPair, Repository, SshServer};

use super::{Fixture, branch, files, new, request, tag};

/// A server that lets `key` in; `None`, said aloud, where no sshd is installed. CI has to have one.
pub(super) fn server(key: &KeyPair) -> Option<SshServer> {
    let Some(executable) = SshServer::executable() else {
        assert!(std::env::var_os("CI").is_none(), "sshd is missing: install openssh-server");
        eprintln!("skipped: no sshd here; install openssh-server");
        return None;
    };
    Some(SshServer::start(&executable, key).unwrap())
}

pub(super) fn credentials(server: &SshServer, key: &KeyPair, password: Option<&str>) -> Credentials {
    Credentials::Ssh {
        identity: key.private.clone(),
        known_hosts: server.known_hosts().unwrap().into_bytes(),
        password: password.map(str::to_owned),
    }
}

pub(super) fn served() -> (Repository, Repository) {
    let (work, bare) = (Repository::create().unwrap(), Repository::create_bare().unwrap());
    work.commit([("a.yaml", "a: 1\n")], "first").unwrap();
    work.tag("v1.0.0").unwrap();
    work.push_to(&bare).unwrap();
    (work, bare)
}

#[tokio::test(flavor = "multi_thread")]
async fn follows_a_branch() {
    let key = KeyPair::generate("").unwrap();
    let Some(server) = server(&key) else { return };
    let (work, bare) = served();
    let fixture = Fixture::new();
    let mut request = request(server.url(bare.path()).unwrap(), branch("main"));
    request.credentials = credentials(&server, &key, None);
    let first = fixture.artifact(&request).await;
    assert_eq!(files(&first), "a.yaml: a: 1");
    assert_eq!(fixture.sources.fetch(&request, Some(&first.revision)).await.unwrap(), Fetched::Unchanged);
    let head = work.commit([("a.yaml", "a: 2\n")], "second").unwrap();
    work.push_to(&bare).unwrap();
    let next = new(fixture.sources.fetch(&request, Some(&first.revision)).await);
    assert_eq!((next.revision.as_str(), files(&next).as_str()), (format!("main@sha1:{head}").as_str(), "a.yaml: a: 2"));
    request.reference = tag("v1.0.0");
    assert_eq!(files(&fixture.artifact(&request).await), "a.yaml: a: 1");
    request.reference = Reference::Commit { sha: head, branch: None };
    assert_eq!(files(&Fixture::new().artifact(&request).await), "a.yaml: a: 2");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_with_a_passphrase_is_opened() {
    let key = KeyPair::generate("open sesame").unwrap();
    let Some(server) = server(&key) else { return };
    let (_work, bare) = served();
    let mut request = request(server.url(bare.path()).unwrap(), branch("main"));
    request.credentials = credentials(&server, &key, Some("open sesame"));
    assert_eq!(files(&Fixture::new().artifact(&request).await), "a.yaml: a: 1");
    for wrong in [Some("open barley"), None] {
        request.credentials = credentials(&server, &key, wrong);
        let error = Fixture::new().error(&request).await;
        assert!(error.contains("unusable credentials") || error.contains("authentication failed"), "{error}");
        assert!(!error.contains("barley"), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_said() {
    let key = KeyPair::generate("").unwrap();
    let Some(server) = server(&key) else { return };
    let (_work, bare) = served();
    let url = server.url(bare.path()).unwrap();
    let fixture = Fixture::new();
    let mut request = request(url.clone(), branch("main"));

    let stranger = KeyPair::generate("").unwrap();
    request.credentials = credentials(&server, &stranger, None);
    let error = fixture.error(&request).await;
    expect!["URL: authentication failed: the server accepts neither this key nor this user; check that the public key is added to it"]
        .assert_eq(&error.replace(&url, "URL"));

    for known_hosts in ["example.com ssh-ed25519 AAAA\n".to_owned(), server.known_hosts_with(&stranger.public)] {
        request.credentials =
            Credentials::Ssh { identity: key.private.clone(), known_hosts: known_hosts.into_bytes(), password: None };
        let error = fixture.error(&request).await;
        assert!(error.contains("the host key is not in known_hosts"), "{error}");
    }

    request.credentials = credentials(&server, &key, None);
    request.url = server.url("/nonexistent/app.git".as_ref()).unwrap();
    let error = fixture.error(&request).await;
    assert!(error.contains("not a git repository"), "{error}");
    request.url = url;
    request.reference = branch("mian");
    let error = fixture.error(&request).await;
    assert!(error.contains("no branch \"mian\"; it has \"main\""), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_and_known_hosts_are_needed() {
    let fixture = Fixture::new();
    let mut request = request("ssh://git@127.0.0.1:1/app.git", branch("main"));
    expect!["ssh://git@127.0.0.1:1/app.git: unusable credentials: ssh needs a private key (identity) and host keys (known_hosts) in the secret"]
        .assert_eq(&fixture.error(&request).await);
    request.credentials = Credentials::Ssh { identity: b"key".to_vec(), known_hosts: b" \n".to_vec(), password: None };
    expect!["ssh://git@127.0.0.1:1/app.git: unusable credentials: known_hosts is empty, and no unknown host is ever trusted; ssh-keyscan prints its keys"]
        .assert_eq(&fixture.error(&request).await);
    request.url = "ssh://git@-oProxyCommand=x/app.git".to_owned();
    assert!(fixture.sources.fetch(&request, None).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreachable_server_says_so() {
    let key = KeyPair::generate("").unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let mut request = request(format!("ssh://git@{address}/app.git"), branch("main"));
    request.credentials = Credentials::Ssh {
        identity: key.private,
        known_hosts: b"[127.0.0.1]:1 ssh-ed25519 AAAA\n".to_vec(),
        password: None,
    };
    let error = Fixture::new().error(&request).await;
    assert!(error.contains("unreachable") && error.contains("Connection refused"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_server_is_given_up_and_ssh_is_ended() {
    let key = KeyPair::generate("").unwrap();
    // Connections wait in the backlog and are never answered.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut request = request(format!("ssh://git@{}/app.git", listener.local_addr().unwrap()), branch("main"));
    request.timeout = std::time::Duration::from_millis(300);
    request.credentials = Credentials::Ssh {
        identity: key.private,
        known_hosts: b"[127.0.0.1]:1 ssh-ed25519 AAAA\n".to_vec(),
        password: None,
    };
    let error = Fixture::new().error(&request).await;
    assert!(error.contains("not finished after 300ms"), "{error}");
}
