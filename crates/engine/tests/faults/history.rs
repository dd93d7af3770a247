//! What Git declares over time: a history that follows from a seed.

use std::collections::{BTreeMap, BTreeSet};

use testkit::faults::Chance;
use testkit::git::Parent;

/// What one commit declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct State {
    /// Kustomizations by name.
    pub(crate) units: BTreeMap<String, Unit>,
    /// HelmReleases by name; all of the one chart.
    pub(crate) releases: BTreeMap<String, Release>,
    pub(crate) chart: Chart,
    /// Whether the Kustomization that applies all these waits for them.
    pub(crate) waits: bool,
}

/// One Kustomization and what its folder holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unit {
    pub(crate) folder: String,
    pub(crate) needs: BTreeSet<String>,
    pub(crate) suspended: bool,
    pub(crate) waits: bool,
    /// Values of ConfigMaps by name.
    pub(crate) maps: BTreeMap<String, u64>,
    /// Values of Deployments by name.
    pub(crate) workloads: BTreeMap<String, u64>,
    /// Whether an object of the folder is one that no API server takes.
    pub(crate) broken: bool,
}

/// One HelmRelease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Release {
    pub(crate) value: u64,
    pub(crate) suspended: bool,
    pub(crate) on_failure: OnFailure,
}

/// What a HelmRelease does about a failure, again and again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnFailure {
    /// It uninstalls or rolls back, and tries again.
    Remedy,
    /// It tries again over what is there.
    Retry,
}

/// The chart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Chart {
    pub(crate) patch: u64,
    /// Names of further ConfigMaps.
    pub(crate) extras: BTreeSet<String>,
    /// Whether its templates fail.
    pub(crate) broken: bool,
}

/// A commit: what it declares, what was done, and what it comes after.
#[derive(Debug, Clone)]
pub(crate) struct Commit {
    pub(crate) state: State,
    pub(crate) about: String,
    pub(crate) parent: Parent,
}

/// The history of a seed. The last commit declares nothing that is broken or suspended.
pub(crate) fn history(seed: u64) -> Vec<Commit> {
    let mut chance = Chance::of(seed, "history", 0);
    let mut state = first(&mut chance);
    let mut commits = vec![Commit { state: state.clone(), about: "begin".to_owned(), parent: Parent::Before }];
    let mut numbers = 0;
    // What does not move any more. Who was ever suspended stays: the objects of a suspended Kustomization that is deleted are left behind, and
    // whether it is suspended when it is deleted would depend on what the engine saw in between.
    let mut fixed = BTreeSet::new();
    for _ in 0..3 + chance.below(4) {
        let mut about = Vec::new();
        for _ in 0..=chance.below(2) {
            about.extend(change(&mut state, &mut numbers, &mut fixed, &mut chance));
        }
        let parent = if chance.comes(100) { Parent::Nothing } else { Parent::Before };
        commits.push(Commit { state: state.clone(), about: about.join(", "), parent });
    }
    mend(&mut state);
    if commits.last().is_some_and(|last| last.state != state) {
        commits.push(Commit { state, about: "mend and resume all".to_owned(), parent: Parent::Before });
    }
    commits
}

fn unit(folder: &str, needs: &[&str], waits: bool) -> Unit {
    Unit {
        folder: folder.to_owned(),
        needs: needs.iter().map(|need| (*need).to_owned()).collect(),
        suspended: false,
        waits,
        maps: BTreeMap::from([(format!("{folder}-own"), 0)]),
        workloads: BTreeMap::new(),
        broken: false,
    }
}

fn first(chance: &mut Chance) -> State {
    let mut units = BTreeMap::from([
        ("base".to_owned(), unit("base", &[], chance.comes(500))),
        ("app".to_owned(), unit("app", &["base"], true)),
        ("tail".to_owned(), unit("tail", &["app"], chance.comes(500))),
    ]);
    for (number, unit) in units.values_mut().enumerate() {
        unit.maps.insert(format!("map-{number}"), 0);
        if chance.comes(500) {
            unit.workloads.insert(format!("work-{number}"), 0);
        }
    }
    let on_failure = if chance.comes(500) { OnFailure::Remedy } else { OnFailure::Retry };
    let release = Release { value: 0, suspended: false, on_failure };
    State {
        units,
        releases: BTreeMap::from([("web".to_owned(), release)]),
        chart: Chart { patch: 0, extras: BTreeSet::from(["more".to_owned()]), broken: false },
        waits: chance.comes(300),
    }
}

/// One change, if the one that comes up is possible.
fn change(state: &mut State, numbers: &mut u64, fixed: &mut BTreeSet<String>, chance: &mut Chance) -> Option<String> {
    *numbers += 1;
    let number = *numbers;
    let names: Vec<String> = state.units.keys().cloned().collect();
    let name = chance.one_of(&names)?.clone();
    let releases: Vec<String> = state.releases.keys().cloned().collect();
    match chance.below(16) {
        0 | 1 => {
            let unit = state.units.get_mut(&name)?;
            let maps: Vec<String> = unit.maps.keys().cloned().collect();
            let map = chance.one_of(&maps)?;
            unit.maps.insert(map.clone(), number);
            Some(format!("change {map} of {name}"))
        }
        2 => {
            let unit = state.units.get_mut(&name)?;
            unit.maps.insert(format!("map-new-{number}"), number);
            Some(format!("add map-new-{number} to {name}"))
        }
        3 => {
            let unit = state.units.get_mut(&name)?;
            let spare: Vec<String> = unit.maps.keys().filter(|map| !map.ends_with("-own")).cloned().collect();
            let map = chance.one_of(&spare)?;
            unit.maps.remove(map);
            Some(format!("remove {map} from {name}"))
        }
        4 => {
            let unit = state.units.get_mut(&name)?;
            unit.workloads.insert(format!("work-{}", number % 4), number);
            // No two Kustomizations declare the same object.
            let taken = state.units.iter().filter(|(other, _)| **other != name);
            let taken =
                taken.flat_map(|(_, unit)| unit.workloads.keys()).any(|work| *work == format!("work-{}", number % 4));
            if taken {
                state.units.get_mut(&name)?.workloads.remove(&format!("work-{}", number % 4));
                return None;
            }
            Some(format!("set work-{} of {name}", number % 4))
        }
        5 | 6 => {
            let target = chance.one_of(&names)?.clone();
            let unit = state.units.get_mut(&name)?;
            // None moves twice: what its first owner did late could not be told from what it should not have done.
            let may_move = |map: &&String| !map.ends_with("-own") && !fixed.contains(*map);
            let spare: Vec<String> = unit.maps.keys().filter(may_move).cloned().collect();
            let map = chance.one_of(&spare)?;
            if target == name {
                return None;
            }
            fixed.insert(map.clone());
            let value = unit.maps.remove(map)?;
            state.units.get_mut(&target)?.maps.insert(map.clone(), value);
            Some(format!("move {map} from {name} to {target}"))
        }
        7 if !fixed.contains(&name) => {
            let new = format!("{name}-{number}");
            let unit = state.units.remove(&name)?;
            state.units.insert(new.clone(), unit);
            for other in state.units.values_mut() {
                if other.needs.remove(&name) {
                    other.needs.insert(new.clone());
                }
            }
            Some(format!("rename {name} to {new}"))
        }
        8 if state.units.len() > 1 && !fixed.contains(&name) => {
            let removed = state.units.remove(&name)?;
            for other in state.units.values_mut() {
                if other.needs.remove(&name) {
                    other.needs.extend(removed.needs.iter().cloned());
                }
            }
            Some(format!("delete {name}"))
        }
        9 => {
            let new = format!("unit-{number}");
            state.units.insert(new.clone(), unit(&new, &[&name], chance.comes(500)));
            Some(format!("add {new}"))
        }
        10 => {
            let unit = state.units.get_mut(&name)?;
            unit.suspended = !unit.suspended;
            fixed.insert(name.clone());
            Some(format!("{} {name}", if unit.suspended { "suspend" } else { "resume" }))
        }
        11 => {
            let unit = state.units.get_mut(&name)?;
            unit.broken = !unit.broken;
            Some(format!("{} {name}", if unit.broken { "break" } else { "mend" }))
        }
        12 => {
            state.chart.patch = number;
            if !state.chart.extras.remove("more") {
                state.chart.extras.insert("more".to_owned());
            }
            state.chart.extras.insert(format!("extra-{}", number % 3));
            state.chart.broken = chance.comes(200);
            Some(format!("release the chart as 1.0.{number}{}", if state.chart.broken { ", broken" } else { "" }))
        }
        13 => {
            let release = chance.one_of(&releases)?;
            state.releases.get_mut(release)?.value = number;
            Some(format!("change the values of {release}"))
        }
        14 => {
            let release = chance.one_of(&releases)?;
            let wanted = state.releases.get_mut(release)?;
            wanted.suspended = !wanted.suspended;
            fixed.insert(release.clone());
            Some(format!("{} release {release}", if wanted.suspended { "suspend" } else { "resume" }))
        }
        _ if state.releases.len() < 2 => {
            let on_failure = if chance.comes(500) { OnFailure::Remedy } else { OnFailure::Retry };
            let new = format!("web-{number}");
            state.releases.insert(new.clone(), Release { value: number, suspended: false, on_failure });
            Some(format!("add release {new}"))
        }
        _ => {
            let release = chance.one_of(&releases)?;
            if fixed.contains(release) {
                return None;
            }
            state.releases.remove(release);
            Some(format!("delete release {release}"))
        }
    }
}

fn mend(state: &mut State) {
    for unit in state.units.values_mut() {
        (unit.suspended, unit.broken) = (false, false);
    }
    state.releases.values_mut().for_each(|release| release.suspended = false);
    if state.chart.broken {
        state.chart.broken = false;
        state.chart.patch += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_has_one_history_and_it_ends_well() {
        for seed in 0..200 {
            let commits = history(seed);
            let again = history(seed);
            assert!(commits.iter().map(|commit| &commit.state).eq(again.iter().map(|commit| &commit.state)));
            let last = &commits.last().unwrap().state;
            assert!(last.units.values().all(|unit| !unit.suspended && !unit.broken) && !last.chart.broken);
            for commit in &commits {
                let units = &commit.state.units;
                let maps: Vec<&String> = units.values().flat_map(|unit| unit.maps.keys()).collect();
                assert_eq!(maps.iter().collect::<BTreeSet<_>>().len(), maps.len(), "declared twice: {maps:?}");
                assert!(units.values().flat_map(|unit| &unit.needs).all(|need| units.contains_key(need)));
            }
        }
    }
}
