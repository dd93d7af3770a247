//! What holds for every release, however its actions go.

use plan::release::{Change, Drift, DriftedObject, End, Status};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::world::{Goes, World};

fn any_spec() -> impl Strategy<Value = Value> {
    let remediation = (-1_i64..3, prop::option::of(any::<bool>()), prop::option::of(any::<bool>())).prop_map(
        |(retries, tests, last)| json!({"retries": retries, "ignoreTestFailures": tests, "remediateLastFailure": last}),
    );
    let strategy = prop::option::of(Just(json!({"name": "RetryOnFailure"})));
    let by = prop_oneof![Just("rollback"), Just("uninstall")];
    let mode = prop_oneof![Just("enabled"), Just("warn"), Just("disabled")];
    (remediation.clone(), remediation, by, strategy.clone(), strategy, any::<bool>(), mode).prop_map(
        |(install, mut upgrade, by, install_strategy, upgrade_strategy, test, mode)| {
            upgrade["strategy"] = json!(by);
            json!({
                "install": {"remediation": install, "strategy": install_strategy},
                "upgrade": {"remediation": upgrade, "strategy": upgrade_strategy},
                "test": {"enable": test},
                "driftDetection": {"mode": mode},
            })
        },
    )
}

/// What happens before a reconciliation.
#[derive(Debug, Clone, Copy)]
enum Before {
    Nothing,
    NewChart,
    Drift,
    Crash,
    SomebodyElse,
    Force,
}

fn any_story() -> impl Strategy<Value = Vec<(Before, Vec<Goes>)>> {
    let before = prop_oneof![
        4 => Just(Before::Nothing),
        3 => Just(Before::NewChart),
        1 => Just(Before::Drift),
        1 => Just(Before::Crash),
        1 => Just(Before::SomebodyElse),
        1 => Just(Before::Force),
    ];
    let goes = prop_oneof![2 => Just(Goes::Well), 2 => Just(Goes::Wrong), 1 => Just(Goes::Nowhere)];
    prop::collection::vec((before, prop::collection::vec(goes, 0..5)), 1..7)
}

fn prepare(world: &mut World, before: Before, round: usize) {
    let newest = world.stored.iter().map(|stored| stored.version).max().unwrap_or_default();
    match before {
        Before::Nothing => {}
        Before::NewChart => world.chart.version = format!("{round}.0.0"),
        Before::Drift => {
            let id = manifest::ObjectId {
                group: String::new(),
                kind: "Service".to_owned(),
                namespace: "apps".to_owned(),
                name: "web".to_owned(),
            };
            world.drift = Some(Drift { objects: vec![DriftedObject { id, change: Change::Removed }] });
        }
        Before::Crash => world.store(newest + 1, Status::PendingUpgrade),
        Before::SomebodyElse => world.store(newest + 1, Status::Deployed),
        Before::Force => world.request(&["forceAt", "requestedAt"], &round.to_string()),
    }
}

fn condition<'w>(world: &'w World, kind: &str) -> Option<&'w Value> {
    world.status["conditions"].as_array()?.iter().find(|condition| condition["type"] == kind)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// [`World::reconcile`] itself sees to it that every reconciliation ends.
    #[test]
    fn every_end_is_told_in_the_conditions(spec in any_spec(), story in any_story()) {
        let mut world = World::new(spec);
        for (round, (before, script)) in story.into_iter().enumerate() {
            prepare(&mut world, before, round + 1);
            let end = world.reconcile(&script);
            let stalled = condition(&world, "Stalled").is_some();
            prop_assert_eq!(stalled, matches!(end, End::Stalled(_)), "{}", &world.transcript);
            let reconciling = condition(&world, "Reconciling").is_some();
            let goes_on = matches!(end, End::RetryAfter(_) | End::Again | End::Failed(_));
            prop_assert_eq!(reconciling, goes_on, "{}", &world.transcript);
            prop_assert!(condition(&world, "Ready").is_some(), "{}", &world.transcript);
            if stalled {
                prop_assert_ne!(condition(&world, "Ready").map(|ready| &ready["status"]), Some(&json!("True")));
            }
            let versions: Vec<i64> = world.status["history"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|snapshot| snapshot["version"].as_i64().unwrap())
                .collect();
            prop_assert!(versions.windows(2).all(|pair| pair[0] > pair[1]), "{versions:?}");
        }
    }

    /// Once all goes well, and the failures that were before are forgotten, the release is as wanted.
    #[test]
    fn what_goes_well_ends_well(spec in any_spec(), story in any_story()) {
        let mut world = World::new(spec);
        for (round, (before, script)) in story.into_iter().enumerate() {
            prepare(&mut world, before, round + 1);
            world.reconcile(&script);
        }
        world.drift = None;
        world.chart.version = "99.0.0".to_owned();
        let ended = (0..4).any(|_| world.reconcile(&[]) == End::Done);
        prop_assert!(ended, "{}", &world.transcript);
        prop_assert_eq!(condition(&world, "Ready").map(|ready| &ready["status"]), Some(&json!("True")), "{}", &world.transcript);
    }
}
