//! Releases as Helm stores them.
