//! Building again with what is on other hosts, until nothing is missing.

use std::time::Duration;

use engine::{Locals, RemoteError, Remotes};
use manifest::Manifest;
use render::kustomize::{self, Options, Outcome};

use crate::charts::{sources, waiting};
use crate::cli::Mirroring;
use crate::error::Failure;
use crate::reached::Reached;

/// How long fetching everything may take; every remote has a limit of its own, as kustomize sets it.
const LIMIT: Duration = Duration::from_secs(15 * 60);

/// Builds the kustomization, with its remotes.
pub(super) fn build(reached: &Reached, options: &Options, mirroring: &Mirroring) -> Result<Vec<Manifest>, Failure> {
    waiting(async {
        let (sources, _cache) = sources(mirroring)?;
        let mut remotes = Remotes::new(&sources, Locals::OfTheRoot, LIMIT);
        loop {
            let outcome = kustomize::build_with_remotes(&reached.tree, &reached.path, options, remotes.fetched());
            match outcome.map_err(|diagnostics| Failure::Build(reached.as_seen_from_here(diagnostics)))? {
                Outcome::Built(manifests) => return Ok(manifests),
                Outcome::Needs(needed) => remotes.fetch(needed).await.map_err(failure)?,
            }
        }
    })
}

fn failure(error: RemoteError) -> Failure {
    match error {
        RemoteError::Fetch(error) => Failure::Fetch(error),
        RemoteError::Local(_) | RemoteError::TooMany | RemoteError::TooDeep | RemoteError::TooLong(_) => {
            Failure::Usage(error.to_string())
        }
    }
}
