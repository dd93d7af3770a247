//! A bucket in memory, to count what is asked for.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use source::{BucketRequest, Sources};
use testkit::git::Wire;
use testkit::web::{Asked, Reply, WebServer};

/// Objects by name, each with its ETag and content.
pub(crate) type Objects = BTreeMap<String, (String, String)>;

/// A server with a bucket named `app`, and sources.
pub(crate) struct Bucket {
    pub(crate) server: WebServer,
    pub(crate) sources: Sources,
    objects: Arc<Mutex<Objects>>,
    _cache: tempfile::TempDir,
}

impl Bucket {
    pub(crate) async fn with(objects: &[(&str, &str)]) -> Bucket {
        let objects: Objects = objects
            .iter()
            .map(|(key, text)| ((*key).to_owned(), (format!("etag-{text}"), (*text).to_owned())))
            .collect();
        let objects = Arc::new(Mutex::new(objects));
        let server = WebServer::start(Wire::Plain, {
            let objects = Arc::clone(&objects);
            move |asked| answer(&objects.lock().unwrap(), asked)
        })
        .await
        .unwrap();
        let cache = tempfile::tempdir().unwrap();
        Bucket { server, sources: Sources::new(cache.path()), objects, _cache: cache }
    }

    pub(crate) fn request(&self) -> BucketRequest {
        BucketRequest::new(self.server.base(), "app")
    }

    pub(crate) fn put(&self, key: &str, text: &str) {
        self.objects.lock().unwrap().insert(key.to_owned(), (format!("etag-{text}"), text.to_owned()));
    }

    pub(crate) fn remove(&self, key: &str) {
        self.objects.lock().unwrap().remove(key);
    }

    /// The names of the objects that were asked for since the last call.
    pub(crate) fn take_asked(&self) -> Vec<String> {
        let asked = self.server.take_asked().into_iter();
        asked.filter_map(|asked| asked.strip_prefix("GET /app/").map(str::to_owned)).collect()
    }
}

/// Two objects a page, which is small enough to need several.
pub(crate) fn answer(objects: &Objects, asked: &Asked) -> Reply {
    if let Some(key) = asked.target.strip_prefix("/app/") {
        return match objects.get(key) {
            Some((etag, text)) => Reply::ok(text.clone()).with("etag", &format!("\"{etag}\"")),
            None => refused(404, "NoSuchKey"),
        };
    }
    let query: BTreeMap<&str, &str> = asked.target.split(['?', '&']).filter_map(|pair| pair.split_once('=')).collect();
    let prefix = query["prefix"].replace("%2F", "/");
    let after = query.get("continuation-token").copied().unwrap_or_default().replace("%2F", "/");
    let mut listed = objects.iter().filter(|(key, _)| key.starts_with(&prefix) && **key > after).peekable();
    let mut contents = String::new();
    let mut last = "";
    for (key, (etag, text)) in listed.by_ref().take(2) {
        last = key;
        let size = text.len();
        contents.push_str(&format!(
            "<Contents><Key>{key}</Key><ETag>&#34;{etag}&#34;</ETag><Size>{size}</Size></Contents>"
        ));
    }
    let more = if listed.peek().is_some() {
        format!("<IsTruncated>true</IsTruncated><NextContinuationToken>{last}</NextContinuationToken>")
    } else {
        "<IsTruncated>false</IsTruncated>".to_owned()
    };
    Reply::ok(format!("<?xml version=\"1.0\"?><ListBucketResult xmlns=\"x\">{contents}{more}</ListBucketResult>"))
}

pub(crate) fn refused(status: u16, code: &str) -> Reply {
    Reply::refused(status, format!("<Error><Code>{code}</Code><Message>no</Message></Error>"))
}
