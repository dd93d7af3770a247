//! The charts of `tests/charts`, packed under the versions that a test needs, behind a Helm repository on loopback.

use std::collections::BTreeMap;
use std::path::PathBuf;

use manifest::yaml;
use render::helm::chart::Chart;
use render::helm::chart::load::Limits;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use testkit::git::Wire;
use testkit::web::{Reply, WebServer};
use tokio::runtime::Runtime;

/// A Helm repository over HTTP.
pub(crate) struct Charts {
    server: WebServer,
    // The server's tasks live on it.
    _runtime: Runtime,
}

impl Charts {
    /// Serves these versions of these charts.
    pub(crate) fn serve(charts: &[(&str, &str)]) -> Charts {
        let served = files(charts);
        let runtime = Runtime::new().unwrap();
        let answer = move |asked: &testkit::web::Asked| match served.get(asked.path()) {
            Some(content) => Reply::ok(content.clone()),
            None => Reply::status(404),
        };
        let server = runtime.block_on(WebServer::start(Wire::Plain, answer)).unwrap();
        Charts { server, _runtime: runtime }
    }

    /// `http://127.0.0.1:…`
    pub(crate) fn url(&self) -> &str {
        self.server.base()
    }
}

/// A chart of `tests/charts` as it is.
pub(crate) fn chart(name: &str) -> Chart {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/charts");
    let files = source::read_directory(&folder, None).unwrap().tree;
    render::helm::chart::load::directory(&files, name, &Limits::default()).unwrap().chart
}

/// The index and the archives, by path.
fn files(charts: &[(&str, &str)]) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut entries: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for (name, version) in charts {
        let mut chart = chart(name);
        chart.metadata.version = (*version).to_owned();
        if chart.metadata.app_version != chart.metadata.version && chart.metadata.api_version == "v2" {
            chart.metadata.app_version = (*version).to_owned();
        }
        let archive = chart.package().unwrap();
        let file = format!("{name}-{version}.tgz");
        entries.entry(name).or_default().push(json!({
            "apiVersion": chart.metadata.api_version,
            "name": name,
            "version": version,
            "appVersion": chart.metadata.app_version,
            "urls": [file],
            "digest": hex::encode(Sha256::digest(&archive)),
        }));
        files.insert(format!("/{file}"), archive);
    }
    let index = json!({"apiVersion": "v1", "entries": entries, "generated": "2026-01-01T00:00:00Z"});
    files.insert("/index.yaml".to_owned(), yaml::write(&index).into_bytes());
    files
}
