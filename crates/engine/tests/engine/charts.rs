//! Charts, and a Helm repository that serves them and whose content changes while it does.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use cluster::ObjectRef;
use manifest::Value;
use serde_json::json;
use testkit::git::Wire;
use testkit::registry::digest_of;
use testkit::web::{Asked, Reply, WebServer};

use crate::world::{FLUX, flux_object, object, over};

/// The API version of all sources.
const SOURCES: &str = "source.toolkit.fluxcd.io/v1";

/// The files of a chart that renders one ConfigMap.
pub(crate) fn chart_files(name: &str, version: &str) -> Vec<(String, String)> {
    let file = |path: &str, content: String| (path.to_owned(), content);
    vec![
        file("Chart.yaml", format!("apiVersion: v2\nname: {name}\nversion: {version}\n")),
        file("values.yaml", "size: 1\ncolor: red\n".to_owned()),
        file("prod.yaml", "size: 3\n".to_owned()),
        file(
            "templates/map.yaml",
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: '{{ .Release.Name }}'}\n".to_owned(),
        ),
    ]
}

/// A chart, packed.
pub(crate) fn packed(name: &str, version: &str) -> Vec<u8> {
    let files = chart_files(name, version);
    archive(files.iter().map(|(path, content)| (format!("{name}/{path}"), content.as_str())))
}

/// A tar archive of text files, packed with gzip. Paths are taken as they are, hostile ones too.
pub(crate) fn archive<'a>(files: impl IntoIterator<Item = (String, &'a str)>) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (path, content) in files {
        let mut header = tar::Header::new_ustar();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.as_mut_bytes()[..path.len()].copy_from_slice(path.as_bytes());
        header.set_cksum();
        builder.append(&header, content.as_bytes()).unwrap();
    }
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(&builder.into_inner().unwrap()).unwrap();
    encoder.finish().unwrap()
}

/// A Helm repository.
pub(crate) struct ChartServer {
    server: WebServer,
    shelf: Arc<Mutex<Shelf>>,
}

#[derive(Default)]
struct Shelf {
    /// Chart, version, and the digest to announce.
    listed: Vec<(String, String, String)>,
    replies: BTreeMap<String, Reply>,
    /// The header that is asked for.
    authorization: Option<String>,
}

impl ChartServer {
    /// An empty repository.
    pub(crate) async fn start() -> ChartServer {
        let shelf = Arc::new(Mutex::new(Shelf::default()));
        let answering = shelf.clone();
        let server = WebServer::start(Wire::Plain, move |asked| answering.lock().unwrap().answer(asked)).await.unwrap();
        let charts = ChartServer { server, shelf };
        charts.list();
        charts
    }

    /// The URL for a HelmRepository.
    pub(crate) fn url(&self) -> String {
        format!("{}/charts", self.server.base())
    }

    /// The host and port.
    pub(crate) fn host(&self) -> &str {
        self.server.host()
    }

    /// What was asked since the last call.
    pub(crate) fn take_asked(&self) -> Vec<String> {
        self.server.take_asked()
    }

    /// Lists a version and serves its archive.
    pub(crate) fn publish(&self, name: &str, version: &str, archive: Vec<u8>) {
        let digest = digest_of(&archive);
        self.announce(name, version, &digest);
        self.serve(&format!("/charts/{name}-{version}.tgz"), Reply::ok(archive));
    }

    /// Lists a version, and serves nothing.
    pub(crate) fn announce(&self, name: &str, version: &str, digest: &str) {
        self.shelf.lock().unwrap().listed.push((name.to_owned(), version.to_owned(), digest.to_owned()));
        self.list();
    }

    /// Answers at a path.
    pub(crate) fn serve(&self, path: &str, reply: Reply) {
        self.shelf.lock().unwrap().replies.insert(path.to_owned(), reply);
    }

    /// Asks for a name and a password.
    pub(crate) fn lock(&self, username: &str, password: &str) {
        let pair = base64::prelude::BASE64_STANDARD.encode(format!("{username}:{password}"));
        self.shelf.lock().unwrap().authorization = Some(format!("Basic {pair}"));
    }

    /// Serves the index again.
    pub(crate) fn list(&self) {
        let mut index = "apiVersion: v1\nentries:\n".to_owned();
        let mut by_name: BTreeMap<String, String> = BTreeMap::new();
        for (name, version, digest) in &self.shelf.lock().unwrap().listed {
            by_name.entry(name.clone()).or_default().push_str(&format!(
                "  - name: {name}\n    version: {version}\n    urls: [{name}-{version}.tgz]\n    digest: {digest}\n"
            ));
        }
        for (name, versions) in by_name {
            index.push_str(&format!("  {name}:\n{versions}"));
        }
        self.serve("/charts/index.yaml", Reply::ok(index));
    }
}

impl Shelf {
    fn answer(&self, asked: &Asked) -> Reply {
        if self.authorization.as_ref().is_some_and(|wanted| asked.header("authorization") != wanted) {
            return Reply::status(401);
        }
        self.replies.get(asked.path()).cloned().unwrap_or_else(|| Reply::status(404))
    }
}

/// A HelmRepository with `spec` over the usual one.
pub(crate) fn helm_repository(name: &str, url: &str, spec: Value) -> Value {
    flux_object(SOURCES, "HelmRepository", name, over(json!({"interval": "1h", "url": url}), spec))
}

/// A HelmChart of the HelmRepository `charts` with `spec` over the usual one.
pub(crate) fn helm_chart(name: &str, chart: &str, spec: Value) -> Value {
    let source = json!({"kind": "HelmRepository", "name": "charts"});
    flux_object(SOURCES, "HelmChart", name, over(json!({"interval": "1h", "chart": chart, "sourceRef": source}), spec))
}

/// An OCIRepository with `spec` over the usual one.
pub(crate) fn oci_repository(name: &str, url: &str, spec: Value) -> Value {
    flux_object(SOURCES, "OCIRepository", name, over(json!({"interval": "1h", "url": url}), spec))
}

/// Names a source.
pub(crate) fn source_ref(kind: &str, name: &str) -> ObjectRef {
    object(SOURCES, kind, FLUX, name)
}
