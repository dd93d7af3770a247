use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::config::Limits;

fn collection() -> CollectionKey {
    CollectionKey { group: String::new(), plural: "configmaps".to_owned() }
}

fn object(name: &str, value: u32) -> serde_json::Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "value": value})
}

fn write(name: &str, expected: Expected, operation: Operation) -> Write {
    Write { collection: collection(), key: ObjectKey::new("default", name), expected, operation }
}

/// `name=value` of each record.
fn shown(snapshot: &Snapshot) -> Vec<String> {
    let of = |record: &std::sync::Arc<Record>| format!("{}={}", record.key.name, record.object()["value"]);
    snapshot.records.iter().map(of).collect()
}

#[tokio::test]
async fn writes_take_effect_only_on_what_they_expect() {
    let store = Store::in_memory(Limits::default());
    let put = |value| Operation::Put(object("a", value));
    let first = store.commit(write("a", Expected::Absent, put(1))).await.expect("a creation");
    assert_eq!(first.object()["metadata"]["resourceVersion"], first.revision.to_string());
    assert_eq!(
        store.commit(write("a", Expected::Absent, put(2))).await,
        Err(CommitError::Conflict { found: Some(first.revision) })
    );
    let second = store.commit(write("a", Expected::Revision(first.revision), put(2))).await.expect("an update");
    assert_eq!(second.revision, first.revision + 1, "a write that failed takes no revision");
    assert_eq!(
        store.commit(write("a", Expected::Revision(first.revision), put(3))).await,
        Err(CommitError::Conflict { found: Some(second.revision) })
    );
    let delete = Operation::Delete(object("a", 2));
    let deleted = store.commit(write("a", Expected::Revision(second.revision), delete)).await.expect("a deletion");
    assert_eq!(deleted.revision, second.revision + 1);
    assert_eq!(store.get(&collection(), &ObjectKey::new("default", "a")), None);
    let gone = store.commit(write("a", Expected::Revision(second.revision), put(4))).await;
    assert_eq!(gone, Err(CommitError::Conflict { found: None }));
}

#[tokio::test]
async fn large_objects_are_refused() {
    let store = Store::in_memory(Limits { object_bytes: 100, ..Limits::default() });
    let large = json!({"metadata": {"name": "a"}, "data": "x".repeat(200)});
    let refused = store.commit(write("a", Expected::Absent, Operation::Put(large))).await;
    assert!(matches!(refused, Err(CommitError::TooLarge { limit: 100, .. })), "{refused:?}");
}

/// Creates ten objects.
async fn with_ten(limits: Limits) -> (Store, u64) {
    let store = Store::in_memory(limits);
    let start = store.revision();
    for index in 0..10 {
        let name = format!("n{index}");
        store.commit(write(&name, Expected::Absent, Operation::Put(object(&name, index)))).await.expect("a write");
    }
    (store, start)
}

#[tokio::test]
async fn the_history_is_bounded_by_count_and_by_size() {
    let bytes = 3 * size_of::<Event>();
    for limits in
        [Limits { history_events: 3, ..Limits::default() }, Limits { history_bytes: bytes, ..Limits::default() }]
    {
        let (store, start) = with_ten(limits).await;
        assert!(store.events_after(&collection(), start, 100).is_err());
        let (events, seen) = store.events_after(&collection(), start + 8, 100).expect("the last events");
        assert_eq!((events.len(), seen), (2, start + 10));
        assert!(store.list_at(&collection(), start + 1, None, None).is_err());
        assert_eq!(store.list_at(&collection(), start + 8, None, None).expect("a snapshot").records.len(), 8);
    }
}

#[tokio::test]
async fn history_counts_what_it_keeps_alive() {
    let (store, start) = with_ten(Limits { history_bytes: 4000, ..Limits::default() }).await;
    assert!(store.events_after(&collection(), start, 100).is_ok(), "a new object is there anyhow");
    let mut held = store.get(&collection(), &ObjectKey::new("default", "n0")).expect("an object");
    let mut writes = 0;
    while store.events_after(&collection(), start, 100).is_ok() {
        let put = Operation::Put(object("n0", 100 + writes));
        held = store.commit(write("n0", Expected::Revision(held.revision), put)).await.expect("a write");
        writes += 1;
    }
    assert!((10..40).contains(&writes), "{writes} states that are past fit");
    let delete = Operation::Delete(object("n0", 0));
    let mut gone = store.commit(write("n0", Expected::Revision(held.revision), delete)).await.expect("a deletion");
    let oldest = |store: &Store| match store.events_after(&collection(), start, 1) {
        Err(Expired { oldest, .. }) => oldest,
        Ok(_) => start,
    };
    let before = oldest(&store);
    for index in 0..40 {
        let expected = if index % 2 == 0 { Expected::Absent } else { Expected::Revision(gone.revision) };
        let operation =
            if index % 2 == 0 { Operation::Put(object("n0", index)) } else { Operation::Delete(object("n0", index)) };
        gone = store.commit(write("n0", expected, operation)).await.expect("a write");
    }
    assert!(oldest(&store) > before, "the last states of deleted objects count");
}

/// A custom resource of the usual size, the `step`th time it is written.
fn reconciled(name: &str, step: u64) -> serde_json::Value {
    let condition = |ty: &str, message: String| {
        json!({
            "type": ty, "status": "True", "reason": "ReconciliationSucceeded", "message": message,
            "lastTransitionTime": format!("2026-11-21T06:38:{:02}Z", step + name.len() as u64 % 50), "observedGeneration": 1,
        })
    };
    let owned = |field: &str| (format!("f:{field}"), json!({".": {}, "f:name": {}, "f:version": {}}));
    let fields: serde_json::Map<_, _> =
        ["interval", "path", "prune", "sourceRef", "timeout", "wait", "postBuild"].into_iter().map(owned).collect();
    let inventory =
        ["ServiceAccount", "Service", "Deployment", "Ingress"].map(|kind| json!({"id": format!("{name}_{kind}")}));
    json!({
        "apiVersion": "example.com/v1",
        "kind": "Reconciled",
        "metadata": {
            "name": name,
            "uid": format!("46c4cfc0-f7b0-4a57-b5d9-{:012x}", step * 31 + name.len() as u64),
            "managedFields": [
                {"manager": "one", "operation": "Apply", "fieldsType": "FieldsV1", "fieldsV1": {"f:spec": fields}},
                {"manager": "two", "operation": "Update", "fieldsType": "FieldsV1", "fieldsV1": {"f:status": fields}},
            ],
        },
        "spec": {"path": format!("./apps/{name}"), "targetNamespace": name, "substitute": {"host": format!("{name}.example.com")}},
        "status": {
            "conditions": [condition("Ready", format!("Applied {name} at {step}")), condition("Healthy", format!("{name} is {step}"))],
            "inventory": inventory,
        },
    })
}

#[tokio::test]
async fn a_thousand_objects_in_motion_throw_no_slow_watcher_out() {
    let store = Store::in_memory(Limits::default());
    let start = store.revision();
    let mut held = vec![0; 1000];
    for step in 0..5 {
        for (index, revision) in held.iter_mut().enumerate() {
            let name = format!("app-{index:04}");
            let expected = if step == 0 { Expected::Absent } else { Expected::Revision(*revision) };
            let put = Operation::Put(reconciled(&name, step));
            *revision = store.commit(write(&name, expected, put)).await.expect("a write").revision;
        }
    }
    let (events, _) = store.events_after(&collection(), start, usize::MAX).expect("all of them");
    assert_eq!(events.len(), 5000);
}

#[tokio::test]
async fn forgetting_leaves_what_is_now() {
    let (store, start) = with_ten(Limits::default()).await;
    store.forget(start + 4);
    assert_eq!(store.list(&collection(), None, None).records.len(), 10);
    assert_eq!(store.events_after(&collection(), start + 4, 100).expect("the rest").0.len(), 6);
    let expired = Expired { asked: start + 3, oldest: start + 4 };
    assert_eq!(store.events_after(&collection(), start + 3, 100).err(), Some(expired));
    assert_eq!(store.list_at(&collection(), start + 3, None, None).err(), Some(expired));
    assert_eq!(store.list_at(&collection(), start + 4, None, None).expect("a snapshot").records.len(), 4);
    store.forget(start + 100);
    assert_eq!(store.events_after(&collection(), start + 10, 100).expect("nothing").0.len(), 0);
    assert_eq!(store.list_at(&collection(), start + 10, None, None).expect("a snapshot").records.len(), 10);
}

#[tokio::test]
async fn followers_and_watches_hear_of_writes() {
    let store = Store::in_memory(Limits::default());
    let mut follower = store.follow();
    let mut changes = store.changes(&collection());
    changes.mark_unchanged();
    let record = store.commit(write("a", Expected::Absent, Operation::Put(object("a", 1)))).await.expect("a write");
    let event = follower.recv().await.expect("an event");
    assert_eq!((event.change, event.revision()), (Change::Put, record.revision));
    changes.changed().await.expect("a change");
    assert_eq!(*changes.borrow(), record.revision);
}

#[test]
fn a_journal_keeps_what_was_committed() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("objects");
    let journal = journal::Journal::open(&path).expect("a journal");
    let draft = |name: &str, change, revision| {
        let slot = (collection(), ObjectKey::new("default", name));
        record::Draft::of(slot, change, revision, object(name, 1)).expect("JSON")
    };
    let contents = |journal: &journal::Journal| {
        let mut found = Vec::new();
        let of = |draft: record::Draft| (draft.key.name.clone(), draft.revision, draft.api_version, draft.json);
        journal.read(|draft| found.push(of(draft))).expect("what is stored");
        (journal.revision().expect("a revision"), found)
    };
    assert_eq!(contents(&journal), (0, Vec::new()));
    journal.append(&[draft("a", Change::Put, 2), draft("b", Change::Put, 3)]).expect("a write");
    journal.append(&[draft("a", Change::Deleted, 4)]).expect("a write");
    drop(journal);
    let journal = journal::Journal::open(&path).expect("the journal again");
    let (revision, found) = contents(&journal);
    assert_eq!(revision, 4, "a deletion counts");
    assert_eq!(found, [("b".to_owned(), 3, "v1".to_owned(), draft("b", Change::Put, 3).json)]);
    assert!(matches!(journal::Journal::open(&path), Err(JournalError::InUse { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Every state that the history still covers can be listed, exactly as it was.
    #[test]
    fn the_past_can_be_listed(steps in proptest::collection::vec((0u8..6, 0u32..100, any::<bool>()), 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(async {
            let store = Store::in_memory(Limits::default());
            let mut model: BTreeMap<String, (u64, u32)> = BTreeMap::new();
            let mut past: Vec<(u64, Vec<String>)> = Vec::new();
            for (slot, value, delete) in steps {
                let name = format!("n{slot}");
                let held = model.get(&name).copied();
                let expected = held.map_or(Expected::Absent, |(revision, _)| Expected::Revision(revision));
                let delete = delete && held.is_some();
                let operation =
                    if delete { Operation::Delete(object(&name, value)) } else { Operation::Put(object(&name, value)) };
                let record = store.commit(write(&name, expected, operation)).await.expect("a write");
                if delete {
                    model.remove(&name);
                } else {
                    model.insert(name, (record.revision, value));
                }
                past.push((record.revision, model.iter().map(|(name, (_, value))| format!("{name}={value}")).collect()));
            }
            for (revision, expected) in &past {
                let snapshot = store.list_at(&collection(), *revision, None, None).expect("a snapshot");
                assert_eq!(&shown(&snapshot), expected, "at {revision}");
            }
            let rest = store.list_at(&collection(), past[0].0, Some("default"), Some(&ObjectKey::new("default", "n2"))).expect("a page");
            assert!(rest.records.iter().all(|record| record.key.name.as_str() > "n2"));
        });
    }
}
