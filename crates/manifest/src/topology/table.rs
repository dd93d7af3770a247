//! The text format of type tables.
