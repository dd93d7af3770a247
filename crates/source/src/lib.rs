//! Sources of desired state: git repositories and directories, read into a Tree.
