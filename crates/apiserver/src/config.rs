//! What an [`ApiServer`](crate::ApiServer) is opened with.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;

/// What an [`ApiServer`](crate::ApiServer) is opened with; the default is an empty cluster in memory.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// Where objects live.
    pub storage: Storage,
    /// `apiextensions.k8s.io/v1` CustomResourceDefinitions that are served from the start. They are ordinary objects:
    /// clients may list them, and an update of one here replaces what an older start stored.
    pub custom_resources: Vec<Value>,
    /// Bounds on what clients may ask for.
    pub limits: Limits,
}

/// Where objects live.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Storage {
    /// In memory; gone with the process.
    #[default]
    Memory,
    /// In a folder, made when absent. Every write is on disk before it is answered.
    Directory(PathBuf),
}

/// Bounds on what clients may ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Largest request body, in bytes (kube-apiserver: 3 MiB).
    pub request_bytes: usize,
    /// Largest stored object, in bytes (etcd: 1.5 MiB).
    pub object_bytes: usize,
    /// How many past changes of each resource are kept for watches to resume from and for pages of older lists. A watch
    /// that falls further behind than this is cut off with 410.
    pub history_events: usize,
    /// How many bytes those changes may take for each resource, beyond the objects there are.
    pub history_bytes: usize,
    /// How long a change is kept at least, if there is room (kube-apiserver: five minutes).
    pub history_lifetime: Duration,
    /// How long a watch lasts when the client does not say (kube-apiserver: 30 to 60 minutes).
    pub watch_timeout: Duration,
    /// Pause between the bookmarks of a watch that asked for them (kube-apiserver: about one minute).
    pub bookmark_interval: Duration,
    /// How long an Event is kept after its last change (kube-apiserver: one hour).
    pub event_lifetime: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            request_bytes: 3 * 1024 * 1024,
            object_bytes: 3 * 512 * 1024,
            history_events: 8192,
            history_bytes: 2 * 1024 * 1024,
            history_lifetime: Duration::from_secs(5 * 60),
            watch_timeout: Duration::from_secs(45 * 60),
            bookmark_interval: Duration::from_secs(60),
            event_lifetime: Duration::from_secs(60 * 60),
        }
    }
}
