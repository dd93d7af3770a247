//! Sources of desired state: git repositories, directories, Helm repositories, registries and buckets.
//!
//! [`Sources`] fetches what Flux's source objects describe. Files end up in a [`manifest::Tree`]: those of a
//! `GitRepository` are read straight from git's object store, and nothing is checked out. Charts end up as archives.
//! Repositories on this machine are read in place, and [`Sources::watch_local`] tells at once when one changes.

mod artifact;
mod assemble;
mod blobs;
mod bucket;
mod candidates;
mod directory;
mod error;
mod file;
mod fingerprint;
mod flights;
mod folder;
mod git;
mod helm_repository;
mod http;
mod ignore;
mod include;
mod limits;
mod mirrors;
mod oci;
mod places;
mod request;
mod sources;
mod url;
mod watch;

pub use artifact::{Artifact, Commit, Fetched};
pub use bucket::{AccessKeys, Addressing, BucketRequest};
pub use directory::read_directory;
pub use error::{SourceError, SourceKind};
pub use git::{GitSignatureError, GitVerification, SignedObjects, VerifiedObject, head_branch};
pub use helm_repository::{
    ChartArtifact, ChartProvenance, ChartVersion, HelmChartRequest, HelmRepositoryRequest, Index, Maintenance,
    PassCredentials, Registry,
};
pub use ignore::Rules as IgnoreRules;
pub use include::compose;
pub use limits::Limits;
pub use mirrors::{Mirror, MirrorError, Mirrors, without_user};
pub use oci::{LayerOperation, LayerSelector, OciReference, OciReferenceFields, OciRequest, Verification};
pub use request::{
    ClientCertificate, Connection, Credentials, GitRequest, Include, Proxy, Reference, ReferenceFields, Submodules,
};
pub use sources::{Options, Sources};
pub use url::local_path;
pub use watch::LocalWatch;
