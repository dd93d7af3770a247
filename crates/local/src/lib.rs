//! What one machine needs around the embedded API server: workload controllers and stand-in pods.
