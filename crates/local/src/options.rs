//! How the stand-ins behave.

use std::time::Duration;

/// Settings of everything that stands in for real machinery.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// How long the stand-ins take.
    pub speed: Speed,
    /// The API server's CA certificate in PEM, which every namespace gets in its `kube-root-ca.crt` ConfigMap.
    pub certificate_authority: String,
    /// What a pod does that refers to a ConfigMap or Secret that is not there.
    pub missing: Missing,
    /// What the API server has nobody else for.
    pub absent: Absent,
}

/// What the API server has nobody else for, and is stood in for here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Absent {
    /// Everything: it is an API server alone.
    #[default]
    Everything,
    /// A scheduler, nodes, storage, and addresses from outside; kube-controller-manager does the rest.
    Nodes,
}

/// What a pod does that refers to a ConfigMap or Secret that is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Missing {
    /// It waits, as under a kubelet.
    #[default]
    Holds,
    /// It starts, and an event says what was assumed: what would create the object is known to be absent here, such as
    /// a chart that is not installed.
    Assumed,
}

/// How long stand-in pods take for what real ones take long for.
#[derive(Debug, Clone, PartialEq)]
pub struct Speed {
    /// Pulling an image this node has not seen yet.
    pub pull: Duration,
    /// From a pulled image to a started container.
    pub start: Duration,
    /// What a container that ends by itself works for: init containers and the pods of Jobs.
    pub work: Duration,
    /// From a pod's deletion to its end, never longer than its grace period.
    pub stop: Duration,
    /// Factor on every duration that a manifest or a kubelet prescribes: probe delays, restart and pull back-offs.
    pub scale: f64,
}

impl Speed {
    /// Everything at once: for tests that only care about the order of things.
    pub fn instant() -> Self {
        Self { pull: Duration::ZERO, start: Duration::ZERO, work: Duration::ZERO, stop: Duration::ZERO, scale: 0.0 }
    }

    /// A prescribed duration as the stand-ins keep it.
    pub fn scaled(&self, prescribed: Duration) -> Duration {
        Duration::try_from_secs_f64(prescribed.as_secs_f64() * self.scale).unwrap_or(prescribed)
    }
}

impl Default for Speed {
    /// Quick enough to watch, slow enough to see the order of things.
    fn default() -> Self {
        Self {
            pull: Duration::from_millis(200),
            start: Duration::from_millis(50),
            work: Duration::from_millis(400),
            stop: Duration::from_millis(100),
            scale: 0.1,
        }
    }
}
