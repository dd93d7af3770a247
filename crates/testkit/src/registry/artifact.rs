//! Artifacts, as they are pushed.

use bytes::Bytes;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The media type of a manifest.
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// The media type of an index.
const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// The media type of a bundle of signatures.
const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";

/// `sha256:<hex>`.
pub fn digest_of(bytes: &[u8]) -> String {
    format!("sha256:{}", hex::encode(Sha256::digest(bytes)))
}

/// What an artifact is made of.
#[derive(Debug, Clone)]
pub struct Artifact {
    /// The media type of its configuration, which is `{}`.
    pub config_type: String,
    /// Its layers.
    pub layers: Vec<Layer>,
    /// Its annotations.
    pub annotations: Vec<(String, String)>,
}

/// One layer.
#[derive(Debug, Clone)]
pub struct Layer {
    /// Its media type.
    pub media_type: String,
    /// Its content.
    pub content: Bytes,
    /// Its annotations.
    pub annotations: Vec<(String, String)>,
}

/// A manifest or an index, in its form on the wire.
#[derive(Debug, Clone)]
pub struct Manifest {
    /// Its media type.
    pub media_type: String,
    /// Its content.
    pub content: Bytes,
}

impl Layer {
    /// A layer without annotations.
    pub fn new(media_type: &str, content: impl Into<Bytes>) -> Layer {
        Layer { media_type: media_type.to_owned(), content: content.into(), annotations: Vec::new() }
    }

    fn descriptor(&self) -> Value {
        json!({
            "mediaType": self.media_type,
            "digest": digest_of(&self.content),
            "size": self.content.len(),
            "annotations": annotations(&self.annotations),
        })
    }
}

impl Artifact {
    /// What `flux push artifact` pushes.
    pub fn flux(archive: impl Into<Bytes>, annotations: &[(&str, &str)]) -> Artifact {
        Artifact {
            config_type: "application/vnd.cncf.flux.config.v1+json".to_owned(),
            layers: vec![Layer::new("application/vnd.cncf.flux.content.v1.tar+gzip", archive)],
            annotations: annotations.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
        }
    }

    /// What `helm push` pushes.
    pub fn chart(archive: impl Into<Bytes>) -> Artifact {
        Artifact {
            config_type: "application/vnd.cncf.helm.config.v1+json".to_owned(),
            layers: vec![Layer::new("application/vnd.cncf.helm.chart.content.v1.tar+gzip", archive)],
            annotations: Vec::new(),
        }
    }

    /// What `helm push` pushes if there is a file with the provenance beside the chart.
    pub fn signed_chart(archive: impl Into<Bytes>, provenance: impl Into<Bytes>) -> Artifact {
        let mut chart = Artifact::chart(archive);
        chart.layers.push(Layer::new("application/vnd.cncf.helm.chart.provenance.v1.prov", provenance));
        chart
    }

    /// What `cosign sign` pushes: a payload about a digest, and its signature.
    pub fn signature(payload: impl Into<Bytes>, signature: &str) -> Artifact {
        let mut layer = Layer::new("application/vnd.dev.cosign.simplesigning.v1+json", payload);
        layer.annotations.push(("dev.cosignproject.cosign/signature".to_owned(), signature.to_owned()));
        Artifact {
            config_type: "application/vnd.oci.image.config.v1+json".to_owned(),
            layers: vec![layer],
            annotations: Vec::new(),
        }
    }

    /// What `cosign sign` pushes from version 3 on.
    pub fn bundle(bundle: impl Into<Bytes>) -> Artifact {
        Artifact {
            config_type: "application/vnd.oci.empty.v1+json".to_owned(),
            layers: vec![Layer::new(BUNDLE, bundle)],
            annotations: Vec::new(),
        }
    }

    /// The configuration and the layers: everything that has to be there before the manifest.
    pub fn blobs(&self) -> Vec<Bytes> {
        let config = Bytes::from_static(b"{}");
        std::iter::once(config).chain(self.layers.iter().map(|layer| layer.content.clone())).collect()
    }

    /// The manifest.
    pub fn manifest(&self) -> Manifest {
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": {"mediaType": self.config_type, "digest": digest_of(b"{}"), "size": 2},
            "layers": self.layers.iter().map(Layer::descriptor).collect::<Vec<_>>(),
            "annotations": annotations(&self.annotations),
        });
        Manifest { media_type: MANIFEST.to_owned(), content: manifest.to_string().into() }
    }
}

impl Manifest {
    /// An index of manifests for platforms, such as `linux/amd64`.
    pub fn index(manifests: &[(&str, &Manifest)]) -> Manifest {
        let manifests = manifests.iter().map(|(platform, manifest)| {
            let (os, architecture) = platform.split_once('/').unwrap_or((platform, ""));
            json!({
                "mediaType": manifest.media_type,
                "digest": digest_of(&manifest.content),
                "size": manifest.content.len(),
                "platform": {"os": os, "architecture": architecture},
            })
        });
        let index = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests.collect::<Vec<_>>()});
        Manifest { media_type: INDEX.to_owned(), content: index.to_string().into() }
    }

    /// A list of bundles that refer to something.
    pub fn referrers(bundles: &[&Manifest]) -> Manifest {
        let bundles = bundles.iter().map(|bundle| {
            json!({
                "mediaType": bundle.media_type,
                "artifactType": BUNDLE,
                "digest": digest_of(&bundle.content),
                "size": bundle.content.len(),
            })
        });
        let index = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": bundles.collect::<Vec<_>>()});
        Manifest { media_type: INDEX.to_owned(), content: index.to_string().into() }
    }

    /// Its digest.
    pub fn digest(&self) -> String {
        digest_of(&self.content)
    }
}

fn annotations(annotations: &[(String, String)]) -> Value {
    annotations
        .iter()
        .map(|(key, value)| (key.clone(), Value::from(value.clone())))
        .collect::<serde_json::Map<_, _>>()
        .into()
}
