//! The only Kubernetes client: server-side apply, watches, discovery.
