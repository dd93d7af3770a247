//! What happens to a release, told step by step.

mod adopting;
mod drifting;
mod installing;
mod leaving;
mod requests;
mod upgrading;

use expect_test::Expect;

use crate::world::World;

#[track_caller]
fn check(world: &World, expected: Expect) {
    expected.assert_eq(&world.transcript);
}
