//! Arguments of `run`.

use std::path::PathBuf;

use clap::{ArgAction, Args};
use engine::Shard;

use super::{Mirroring, Reaching, Reporting};

/// Arguments of `run`.
#[derive(Debug, Clone, Args)]
pub struct Run {
    /// Reconcile the objects of all namespaces; `false`: only those of -n
    #[arg(long, default_value_t = true, action = ArgAction::Set, value_name = "BOOL")]
    pub watch_all_namespaces: bool,
    /// Reconcile only objects with these labels, so that several deployments share the work. An object's source and what
    /// it depends on need them too
    #[arg(long, value_name = "SELECTOR", default_value = "")]
    pub watch_label_selector: String,
    /// Reconcile only one of COUNT equal shares of all objects, by a hash of namespace and name, so that several deployments
    /// share the work; INDEX begins at 0. Sources are read wherever they are needed
    #[arg(long, value_name = "INDEX/COUNT", default_value_t = Shard::WHOLE, hide_default_value = true)]
    pub shard: Shard,
    /// How many Kustomizations and HelmReleases build and apply at once. Waiting for health does not count
    #[arg(long, default_value_t = 16, value_name = "N")]
    pub concurrent: usize,
    /// The service account, of each object's own namespace, that applies where spec.serviceAccountName says nothing; by
    /// default the controller's own rights are used
    #[arg(long, value_name = "NAME")]
    pub default_service_account: Option<String>,
    /// Only the replica that holds a lease writes; `false`: there is only this one
    #[arg(long, default_value_t = true, action = ArgAction::Set, value_name = "BOOL")]
    pub leader_elect: bool,
    /// The namespace of the lease; by default $RUNTIME_NAMESPACE, then -n
    #[arg(long, env = "RUNTIME_NAMESPACE", hide_env_values = true, value_name = "NAME")]
    pub leader_election_namespace: Option<String>,
    /// The lease; by default `tenter`, and one for each label selector. Shares of the work add theirs to the name
    #[arg(long, value_name = "NAME")]
    pub leader_election_id: Option<String>,
    /// Where fetched git objects and archives are kept; by default a folder that goes with the process
    #[arg(long, value_name = "DIR")]
    pub storage_path: Option<PathBuf>,
    /// Where addresses lead instead
    #[command(flatten)]
    pub mirroring: Mirroring,
    /// What objects may reach
    #[command(flatten)]
    pub reaching: Reaching,
    /// Where metrics are served, and where traces go
    #[command(flatten)]
    pub reporting: Reporting,
}
