//! What is looked up often, prepared once and only if somebody asks.
//!
//! Indexes hold positions of objects in their world, so that a world and its copies can carry them.

mod coverage;
mod destination_rules;
mod services;
mod workloads;

use std::sync::OnceLock;

use crate::World;

pub use coverage::Coverage;
pub(crate) use destination_rules::DestinationRules;
pub(crate) use services::{Services, Source};
pub(crate) use workloads::Workloads;

/// The indexes of one world.
#[derive(Debug, Clone, Default)]
pub(crate) struct Index {
    coverage: OnceLock<Coverage>,
    workloads: OnceLock<Workloads>,
    services: OnceLock<Services>,
    destination_rules: OnceLock<DestinationRules>,
}

impl Index {
    /// Makes what others are made of, so that nobody who is watched while asking for one seems to have looked at all of it.
    pub(crate) fn prepare(&self, world: &World) {
        self.coverage(world);
        self.workloads(world);
        self.services(world);
        self.destination_rules(world);
    }

    pub(crate) fn coverage(&self, world: &World) -> &Coverage {
        self.coverage.get_or_init(|| Coverage::new(world))
    }

    pub(crate) fn workloads(&self, world: &World) -> &Workloads {
        self.workloads.get_or_init(|| Workloads::new(world))
    }

    pub(crate) fn services(&self, world: &World) -> &Services {
        self.services.get_or_init(|| Services::new(world))
    }

    pub(crate) fn destination_rules(&self, world: &World) -> &DestinationRules {
        self.destination_rules.get_or_init(|| DestinationRules::new(world))
    }
}
