//! The pipeline and its reconcilers: from a commit to a healthy, drift-free cluster.
