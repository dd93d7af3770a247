//! The API server that a test plays on: the embedded one, or a real control plane where `$TENTER_CLUSTER` asks for it.

use apiserver::{ApiServer, Config};
use kube::config::{AuthInfo, KubeConfigOptions, Kubeconfig};
use local::Absent;
use testkit::kubernetes::{ControlPlane, Selected};
use testkit::tools::{Tool, find};

/// A running API server with no kinds but its own.
pub(super) struct Api {
    /// For the administrator.
    pub(super) administrator: kube::Client,
    /// For whoever brings a token.
    pub(super) anybody: kube::Client,
    /// What it has nobody for.
    pub(super) absent: Absent,
    _running: Running,
}

/// What runs for as long as it is held.
enum Running {
    /// With its garbage collector.
    Embedded {
        _server: ApiServer,
    },
    Kubernetes {
        _control_plane: ControlPlane,
    },
}

impl Api {
    pub(super) async fn start() -> Api {
        match Selected::from_environment() {
            Selected::Embedded => {
                let server = ApiServer::open(Config::default()).await.unwrap();
                let client = || kube::Client::new(server.service(), "default");
                Api {
                    administrator: client(),
                    anybody: client(),
                    absent: Absent::Everything,
                    _running: Running::Embedded { _server: server },
                }
            }
            Selected::Kubernetes => {
                // It fails only if it is already set.
                let _ = rustls::crypto::ring::default_provider().install_default();
                let program = find(Tool::Kubernetes).unwrap_or_else(|missing| panic!("{missing}"));
                let running =
                    tokio::task::block_in_place(|| ControlPlane::start_with_controllers(&program, "*")).unwrap();
                let read = Kubeconfig::read_from(running.kubeconfig()).unwrap();
                let config = kube::Config::from_custom_kubeconfig(read, &KubeConfigOptions::default()).await.unwrap();
                let mut anybody = config.clone();
                anybody.auth_info = AuthInfo::default();
                Api {
                    administrator: kube::Client::try_from(config).unwrap(),
                    anybody: kube::Client::try_from(anybody).unwrap(),
                    absent: Absent::Nodes,
                    _running: Running::Kubernetes { _control_plane: running },
                }
            }
        }
    }
}
