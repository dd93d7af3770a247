//! Development only: fixtures, real git servers, scenario runner, layering and documentation tests.

pub mod git;
