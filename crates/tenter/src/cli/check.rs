//! Arguments of `check`.

use clap::Args;

use super::SystemPlace;

/// Arguments of `check`.
#[derive(Debug, Clone, Args)]
pub struct Check {
    /// Check what must hold before `tenter install`
    #[arg(long)]
    pub pre: bool,
    /// Where the controller is
    #[command(flatten)]
    pub place: SystemPlace,
    /// Tell only what does not hold
    #[arg(long)]
    pub short: bool,
}
