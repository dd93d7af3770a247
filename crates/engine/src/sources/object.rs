//! A source object of any kind, read.

use std::collections::BTreeSet;
use std::time::Duration;

use kinds::flux::{
    Bucket, GitRepository, HelmChart, HelmRepository, LocalReference, Metadata, OciRepository, ReadError,
};
use manifest::Value;

use crate::directory::Kind;

/// A source object, read as its kind.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Source {
    Git(Box<GitRepository>),
    HelmRepository(Box<HelmRepository>),
    HelmChart(Box<HelmChart>),
    Oci(Box<OciRepository>),
    Bucket(Box<Bucket>),
}

/// The kinds of sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SourceType {
    Git,
    HelmRepository,
    HelmChart,
    Oci,
    Bucket,
}

impl SourceType {
    /// As a kind that is reconciled.
    pub(crate) fn kind(self) -> Kind {
        match self {
            SourceType::Git => Kind::GitRepository,
            SourceType::HelmRepository => Kind::HelmRepository,
            SourceType::HelmChart => Kind::HelmChart,
            SourceType::Oci => Kind::OciRepository,
            SourceType::Bucket => Kind::Bucket,
        }
    }
}

impl Source {
    /// Reads an object.
    pub(super) fn read(kind: SourceType, object: &Value) -> Result<Source, ReadError> {
        Ok(match kind {
            SourceType::Git => Source::Git(Box::new(GitRepository::read(object)?)),
            SourceType::HelmRepository => Source::HelmRepository(Box::new(HelmRepository::read(object)?)),
            SourceType::HelmChart => Source::HelmChart(Box::new(HelmChart::read(object)?)),
            SourceType::Oci => Source::Oci(Box::new(OciRepository::read(object)?)),
            SourceType::Bucket => Source::Bucket(Box::new(Bucket::read(object)?)),
        })
    }

    pub(super) fn metadata(&self) -> &Metadata {
        match self {
            Source::Git(source) => &source.metadata,
            Source::HelmRepository(source) => &source.metadata,
            Source::HelmChart(source) => &source.metadata,
            Source::Oci(source) => &source.metadata,
            Source::Bucket(source) => &source.metadata,
        }
    }

    /// Whether reconciliation rests.
    pub(super) fn is_suspended(&self) -> bool {
        match self {
            Source::Git(source) => source.spec.suspend,
            Source::HelmRepository(source) => source.spec.suspend,
            Source::HelmChart(source) => source.spec.suspend,
            Source::Oci(source) => source.spec.suspend,
            Source::Bucket(source) => source.spec.suspend,
        }
    }

    /// How often to look for something new.
    pub(super) fn interval(&self) -> Duration {
        match self {
            Source::Git(source) => source.spec.interval.0,
            Source::HelmRepository(source) => source.interval(),
            Source::HelmChart(source) => source.spec.interval.0,
            Source::Oci(source) => source.spec.interval.0,
            Source::Bucket(source) => source.spec.interval.0,
        }
    }

    /// The address of what may be on this machine.
    pub(super) fn local_url(&self) -> Option<&str> {
        match self {
            Source::Git(source) => Some(&source.spec.url),
            Source::HelmRepository(_) | Source::HelmChart(_) | Source::Oci(_) | Source::Bucket(_) => None,
        }
    }

    /// The names of the Secrets that it refers to.
    pub(super) fn secrets(&self) -> BTreeSet<&str> {
        let references: [Option<&LocalReference>; 4] = match self {
            Source::Git(source) => [
                source.spec.secret_ref.as_ref(),
                source.spec.proxy_secret_ref.as_ref(),
                source.spec.verify.as_ref().map(|verify| &verify.secret_ref),
                None,
            ],
            Source::HelmRepository(source) => {
                [source.spec.secret_ref.as_ref(), source.spec.cert_secret_ref.as_ref(), None, None]
            }
            // What its repository refers to is read for the repository.
            Source::HelmChart(source) => {
                [source.spec.verify.as_ref().and_then(|verify| verify.secret_ref.as_ref()), None, None, None]
            }
            Source::Oci(source) => [
                source.spec.secret_ref.as_ref(),
                source.spec.cert_secret_ref.as_ref(),
                source.spec.proxy_secret_ref.as_ref(),
                source.spec.verify.as_ref().and_then(|verify| verify.secret_ref.as_ref()),
            ],
            Source::Bucket(source) => [
                source.spec.secret_ref.as_ref(),
                source.spec.cert_secret_ref.as_ref(),
                source.spec.proxy_secret_ref.as_ref(),
                None,
            ],
        };
        references.into_iter().flatten().map(|reference| reference.name.as_str()).collect()
    }
}
