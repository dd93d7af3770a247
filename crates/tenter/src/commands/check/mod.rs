//! `tenter check`: whether a cluster is fit for the controller, and whether the controller is well.

mod clocks;
pub(super) mod conflicts;
mod controller;
mod definitions;
mod hint;
mod permissions;
mod report;
mod review;
pub(super) mod version;

use std::process::ExitCode;

use cluster::{Cluster, ClusterError};

use self::clocks::Whose;
use self::hint::Hint;
use self::report::{Category, Length, Report};
use super::Context;
use crate::cli::Check;
use crate::error::Failure;
use crate::installation::{Installation, Tenancy};
use crate::output;

/// Checks everything and says what it found; fails if something does not hold.
pub(crate) async fn run(context: &Context, arguments: Check) -> Result<ExitCode, Failure> {
    let cluster = context.cluster().await?;
    let installation = Installation {
        system: arguments.place.system_namespace.clone(),
        entry: context.namespace().to_owned(),
        image: String::new(),
        replicas: 2,
        tenancy: Tenancy::Locked,
    };
    let mut report = Report::default();
    let api = api(&cluster).await;
    let is_reachable = !api.has_failed();
    report.push(api);
    // Without an answer, every other check would only say so again.
    if is_reachable {
        if arguments.pre {
            report.push(permissions::to_install(&cluster, &installation).await);
            report.push(definitions::before(&cluster).await);
        } else {
            report.push(definitions::served(&cluster).await);
            report.push(controller::works(&cluster, &installation).await);
            report.push(permissions::at_work(&cluster, &installation).await);
        }
        report.push(conflicts::running(&cluster).await);
        let whose = if arguments.pre { Whose::OursAlone } else { Whose::ControllersToo(&installation) };
        report.push(clocks::agree(&cluster, whose).await);
    }
    let length = if arguments.short { Length::Short } else { Length::Full };
    output::print_as(context.output(), || report.value(), || report.text(length))?;
    Ok(if report.has_failed() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

async fn api(cluster: &Cluster) -> Category {
    let mut category = Category::new("kubernetes-api");
    let told = cluster.version().await;
    category.check(Hint::Api, "the API server can be reached", told.as_ref().err().map(unreachable));
    if let Ok(told) = &told {
        category.check(Hint::Version, version::DESCRIPTION, version::problem(told));
    }
    category
}

fn unreachable(error: &ClusterError) -> String {
    error.to_string()
}
