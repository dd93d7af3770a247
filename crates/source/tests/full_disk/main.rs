//! A cache on a disk that is full: the fetch fails and says why, and once there is room the same cache serves again.
//!
//! The limit is one of the process, so that every fetch is made by a process of its own: this program, started anew.
#![cfg(unix)]

use std::process::{Command, Output};

use source::{GitRequest, Reference, Sources};
use testkit::git::{Access, HttpServer, Repository, Wire};

/// Where the child fetches from, and its cache.
const URL: &str = "TENTER_FULL_DISK_URL";
const CACHE: &str = "TENTER_FULL_DISK_CACHE";

/// What the parent starts: does nothing by itself.
#[tokio::test]
async fn child() {
    let (Ok(url), Ok(cache)) = (std::env::var(URL), std::env::var(CACHE)) else { return };
    let _ = rustls::crypto::ring::default_provider().install_default();
    let request = GitRequest::new(&url, Reference::Branch("main".to_owned()));
    match Sources::new(cache).fetch(&request, None).await {
        Ok(fetched) => println!("fetched: {fetched:?}"),
        Err(error) => println!("failed: {error}"),
    }
}

/// Fetches in a process that may write files of so many blocks of 512 bytes.
fn fetch(url: &str, cache: &std::path::Path, blocks: &str) -> String {
    // Without the signal, writing more fails as it does on a full disk.
    let limited = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" --exact child --nocapture");
    let program = std::env::current_exe().expect("this program");
    let output: Output = Command::new("sh")
        .args(["-c", &limited])
        .arg(program)
        .env(URL, url)
        .env(CACHE, cache)
        .output()
        .expect("a shell");
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{told}{}", String::from_utf8_lossy(&output.stderr));
    told
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fetch_that_finds_no_room_fails_and_leaves_a_cache_that_works() {
    let repository = Repository::create().expect("a repository");
    // What does not compress, so that it needs its room.
    let mut state = 1_u64;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        b'a' + u8::try_from(state >> 59).unwrap_or_default() % 26
    })
    .take(200_000)
    .collect();
    repository.commit([("app/noise.txt", noise)], "first").expect("a commit");
    let bare = Repository::create_bare().expect("a bare repository");
    repository.push_to(&bare).expect("a push");
    let server = HttpServer::start(&[("app.git", bare.path())], Access::Open, Wire::Plain).await.expect("a server");
    let (cache, url) = (tempfile::tempdir().expect("a folder"), server.url("app.git"));
    let fetch = async |blocks: &'static str| {
        let (url, cache) = (url.clone(), cache.path().to_owned());
        tokio::task::spawn_blocking(move || fetch(&url, &cache, blocks)).await.expect("it ends")
    };
    for _ in 0..2 {
        let told = fetch("16").await;
        assert!(told.contains("failed: "), "{told}");
        assert!(told.contains("File too large") || told.contains("write"), "{told}");
    }
    let told = fetch("unlimited").await;
    assert!(told.contains("fetched: "), "{told}");
}
