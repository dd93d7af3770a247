//! One binary that keeps a service mesh in the state that Git declares.
fn main() {}
