//! `tenter render`: prints what another tool would render.

pub(crate) mod helm;
pub(crate) mod kustomize;
mod output_dir;

use std::process::ExitCode;

use super::Context;
use crate::cli::{Render, Rendered};
use crate::error::Failure;

/// Renders.
pub(crate) fn run(context: &Context, arguments: Render) -> Result<ExitCode, Failure> {
    match arguments.what {
        Rendered::Kustomize(arguments) => kustomize::run(context, &arguments),
        Rendered::Helm(arguments) => helm::run(context, &arguments),
    }
}
