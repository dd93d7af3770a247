//! `tenter build`: prints what a Kustomization, a HelmRelease or a folder renders.

use std::process::ExitCode;

use manifest::{Manifest, Value, redact, yaml};
use render::kustomize;

use super::Context;
use crate::charts;
use crate::cli::Build;
use crate::error::Failure;
use crate::local_build::{self, Entry, Folders, Gaps, Recursion, Unit};
use crate::output::{self, Format};

/// Builds and prints; the values of Secrets are masked.
pub(crate) async fn run(context: &Context, arguments: Build) -> Result<ExitCode, Failure> {
    let manifests = match &arguments.name {
        Some(name) => {
            let file = arguments.kustomization_file.as_deref();
            // With a file, a cluster is only needed where variables come from it.
            let cluster = match file {
                Some(_) => context.cluster().await.ok(),
                None => Some(context.cluster().await?),
            };
            let entry = Entry::find(cluster.as_ref(), file, context.namespace(), name).await?;
            let folders = Folders::new(&entry, &arguments.path, &arguments.below.local_sources)?;
            let (sources, _cache) = charts::sources(&arguments.below.mirroring)?;
            let mut recursion = Recursion::new(cluster.as_ref(), folders, sources, Gaps::LeaveOut)
                .with_age_keys(arguments.below.sops_age_key_file.clone());
            let units = recursion.run(entry, arguments.below.reach()).await?;
            recursion.left_out.iter().for_each(|why| output::error(&format!("► left out: {why}")));
            units.into_iter().flat_map(Unit::into_manifests).collect()
        }
        None => {
            let options = kustomize::Options::flux(kustomize::Overlay::default());
            kustomize::build(&local_build::files(&arguments.path)?, "", &options).map_err(Failure::Build)?
        }
    };
    let values: Vec<Value> = manifests.iter().map(|manifest| masked(&manifest.value)).collect();
    match context.output() {
        Some(Format::Json) => output::print(&format!("{:#}\n", Value::Array(values)))?,
        Some(Format::Yaml | Format::Wide) | None if arguments.origins => {
            output::print(&with_origins(&manifests, &values))?;
        }
        Some(Format::Yaml | Format::Wide) | None => output::print(&yaml::write_documents(&values))?,
    }
    Ok(ExitCode::SUCCESS)
}

fn masked(value: &Value) -> Value {
    redact::Redacted::new(value).into_value()
}

/// Every document behind a comment that says where it was written.
fn with_origins(manifests: &[Manifest], values: &[Value]) -> String {
    manifests
        .iter()
        .zip(values)
        .map(|(manifest, value)| {
            let place = manifest.origin.location.as_ref().map_or_else(|| "generated".to_owned(), ToString::to_string);
            format!("---\n# {place}\n{}", yaml::write(value))
        })
        .collect()
}
