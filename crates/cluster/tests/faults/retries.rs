//! Requests that are tried again.

use std::collections::BTreeMap;
use std::time::Duration;

use cluster::{ApplyMode, ObjectRef};
use testkit::faults::{Climate, Weather};

use crate::{clear, config_map, config_maps, seen_by, server, simulated};

/// When each request was made, and how long the server then asked to be left alone.
fn pauses(weather: &Weather) -> BTreeMap<String, Vec<Duration>> {
    let mut times: BTreeMap<String, Vec<Duration>> = BTreeMap::new();
    for (time, request) in weather.requests() {
        times.entry(request).or_default().push(time);
    }
    times
}

#[test]
fn a_busy_server_is_left_alone_for_as_long_as_it_asks_and_not_all_come_back_at_once() {
    simulated(async {
        let server = server().await;
        let weather = Weather::new(1, Climate { busy: 400, ..Climate::default() });
        let cluster = seen_by(&server, &weather.process(None), 1);
        for number in 0..200 {
            let object = ObjectRef::new(config_maps(), "default", format!("map-{number}"));
            // Some are refused as often as they are tried.
            let _ = cluster.get(&object).await;
        }
        let asked: BTreeMap<(String, String), u64> = weather
            .log()
            .lines()
            .filter_map(|line| {
                let (time, rest) = line.trim().split_once("s ")?;
                let (request, seconds) = rest.split_once(": 429, come back in ")?;
                Some(((time.to_owned(), request.to_owned()), seconds.strip_suffix(" s")?.parse().ok()?))
            })
            .collect();
        let mut beyond = Vec::new();
        for (request, times) in pauses(&weather) {
            for pair in times.windows(2) {
                let asked = asked.get(&(format!("{:.3}", pair[0].as_secs_f64()), request.clone())).copied();
                let asked = Duration::from_secs(asked.unwrap_or_default());
                assert!(pair[1] - pair[0] >= asked, "{request} came back too soon");
                beyond.push((pair[1] - pair[0] - asked).as_millis());
            }
        }
        assert!(beyond.len() > 50, "{} were tried again", beyond.len());
        beyond.sort();
        beyond.dedup();
        assert!(beyond.len() > 20, "they come back at {} different moments", beyond.len());
    });
}

#[test]
fn whatever_befalls_an_apply_it_is_done_once_it_says_so_and_sent_no_more_than_five_times() {
    let mut done = 0;
    for seed in 0..30 {
        simulated(async {
            let server = server().await;
            let weather = Weather::new(
                seed,
                Climate { lost: 100, cut: 100, failed: 100, failed_late: 100, refused: 100, ..Climate::default() },
            );
            let cluster = seen_by(&server, &weather.process(None), seed);
            let applied = cluster.apply(&config_map("web", seed), None, &ApplyMode::forced("test")).await;
            let live = clear(&server).get(&ObjectRef::new(config_maps(), "default", "web")).await.unwrap();
            if let Ok(applied) = applied {
                assert_eq!(live.unwrap()["data"], applied.object["data"]);
                done += 1;
            }
            let sent = weather.requests().iter().filter(|(_, request)| request.starts_with("PATCH")).count();
            assert!(sent <= 5, "seed {seed}: sent {sent} times");
        });
    }
    assert!(done > 25, "{done} of 30 were done");
}
