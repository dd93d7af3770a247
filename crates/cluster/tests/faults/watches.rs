//! Watches that are cut off, fall behind, tear and go silent.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cluster::{ApplyMode, Cluster, Event, ObjectRef, Propagation, Scope, Selector};
use manifest::Value;
use testkit::faults::{Chance, Climate, Weather};

use crate::{clear, config_map, config_maps, seen_by, server, simulated};

type Seen = Arc<Mutex<BTreeMap<String, Value>>>;

/// After so long a watch that says nothing any more is given up and opened anew.
const DEAD: Duration = Duration::from_secs(20 * 60);

/// What a watch says there is, for ever.
async fn follow(cluster: Cluster, seen: Seen) {
    let mut events = cluster.watch(&config_maps(), Scope::Namespace("default".to_owned()), Selector::all());
    let entry = |object: Value| (object["metadata"]["name"].as_str().unwrap().to_owned(), object["data"].clone());
    loop {
        match events.next().await {
            Event::Applied(object) => seen.lock().unwrap().extend([entry(object)]),
            Event::Deleted(object) => {
                seen.lock().unwrap().remove(&entry(object).0);
            }
            Event::Restarted(objects) => *seen.lock().unwrap() = objects.into_iter().map(entry).collect(),
        }
    }
}

fn opened(weather: &Weather) -> (usize, usize) {
    let requests = weather.requests();
    let watches = requests.iter().filter(|(_, request)| request.contains("watch=true"));
    let (anew, resumed): (Vec<_>, Vec<_>) =
        watches.partition(|(_, request)| request.contains("sendInitialEvents=true"));
    (anew.len(), resumed.len())
}

#[test]
fn what_a_watch_says_in_the_end_is_what_there_is() {
    for seed in 0..30 {
        let climate = Climate {
            watch_breaks: 250,
            watch_expires: 100,
            watch_lags: 150,
            watch_deafens: 100,
            watch_lacks_bookmarks: 150,
            busy: 50,
            failed: 50,
            refused: 50,
            ..Climate::default()
        };
        simulated(async {
            let server = server().await;
            let (clear, weather) = (clear(&server), Weather::new(seed, climate));
            let seen = Seen::default();
            let following = tokio::spawn(follow(seen_by(&server, &weather.process(None), seed), seen.clone()));
            let mut chance = Chance::of(seed, "writes", 0);
            for number in 0..40 {
                let name = format!("map-{}", chance.below(8));
                if chance.comes(300) {
                    let object = ObjectRef::new(config_maps(), "default", name);
                    clear.delete(&object, Propagation::Background, None).await.unwrap();
                } else {
                    clear.apply(&config_map(&name, number), None, &ApplyMode::forced("test")).await.unwrap();
                }
                tokio::time::sleep(Duration::from_millis(chance.below(30_000))).await;
            }
            weather.clear();
            tokio::time::sleep(DEAD).await;
            let scope = Scope::Namespace("default".to_owned());
            let listed = clear.list(&config_maps(), &scope, &Selector::all()).await.unwrap();
            let there: BTreeMap<String, Value> = listed
                .into_iter()
                .map(|object| (object["metadata"]["name"].as_str().unwrap().to_owned(), object["data"].clone()))
                .collect();
            assert_eq!(*seen.lock().unwrap(), there, "seed {seed}\n{}", weather.log());
            following.abort();
        });
    }
}

#[test]
fn a_watch_that_is_cut_off_goes_on_from_where_it_was() {
    simulated(async {
        let server = server().await;
        let weather = Weather::new(1, Climate { watch_breaks: 1000, ..Climate::default() });
        let following = tokio::spawn(follow(seen_by(&server, &weather.process(None), 1), Seen::default()));
        let clear = clear(&server);
        for number in 0..300 {
            clear.apply(&config_map("web", number), None, &ApplyMode::forced("test")).await.unwrap();
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        following.abort();
        let (anew, resumed) = opened(&weather);
        assert!(resumed > 10, "{resumed} resumed");
        // Only a first answer that breaks before it is whole has to be begun anew.
        assert!(anew <= 10, "everything was read {anew} times, while {resumed} watches went on from where they were");
    });
}

#[test]
fn a_server_that_is_away_is_asked_seldom() {
    simulated(async {
        let server = server().await;
        let weather = Weather::new(1, Climate { refused: 1000, ..Climate::default() });
        let followers: Vec<_> = (0..20)
            .map(|seed| tokio::spawn(follow(seen_by(&server, &weather.process(None), seed), Seen::default())))
            .collect();
        tokio::time::sleep(Duration::from_secs(30 * 60)).await;
        followers.iter().for_each(|follower| follower.abort());
        // Up to ten seconds each time, five on the average; finding out what is served are two requests, five times each.
        let each = weather.count() / followers.len();
        assert!(each < 30 * 60 * 10 / 5, "{each} requests of each watch in half an hour");
        let requests = weather.requests();
        let mut moments: Vec<u128> =
            requests.iter().map(|(time, _)| time.as_millis()).filter(|time| *time > 60_000).collect();
        let all = moments.len();
        moments.dedup();
        assert!(moments.len() * 3 > all, "{all} requests at {} moments", moments.len());
    });
}
