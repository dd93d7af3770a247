//! How long all rules take over meshes of some sizes, and again after a single object changed:
//! `cargo run --release -p analysis --example analyse_many [-- SIZE…]`.

#![expect(clippy::print_stdout, reason = "printing is what it is for")]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use analysis::{Analysis, Check, Findings, Rule, Suppressions, analyze, rules};
use manifest::{Manifest, Origin, Value};
use mesh::{Reads, World, WorldOptions};
use testkit::generated_mesh;

fn main() {
    let sizes: Vec<usize> = std::env::args().skip(1).filter_map(|size| size.parse().ok()).collect();
    let sizes = if sizes.is_empty() { vec![1_000, 10_000, 50_000] } else { sizes };
    println!(
        "{:>8} {:>10} {:>10} {:>12} {:>9} {:>8}",
        "objects", "world ms", "rules ms", "one more ms", "findings", "peak MiB"
    );
    for size in sizes {
        measure(size);
    }
}

fn measure(size: usize) {
    let objects: Vec<Arc<Manifest>> = generated_mesh::objects(size).into_iter().map(manifest).collect();
    let all: Vec<&Rule> = rules::all().collect();
    let (building, world) = timed(|| world(&objects));
    let mut analysis = Analysis::default();
    let (running, findings) = timed(|| analysis.run(&world, all.iter().copied(), &Suppressions::default()));
    let again = again(&mut analysis, &objects, "VirtualService", &all);
    let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
    println!(
        "{size:>8} {:>10.1} {:>10.1} {:>12.1} {:>9} {:>8}",
        milliseconds(building),
        milliseconds(running),
        milliseconds(again),
        findings.len(),
        peak_mebibytes().map_or_else(|| "?".to_owned(), |peak| peak.to_string()),
    );
    slowest(&world, &all);
    again_after(&world, &self::world(&with_a_change(&objects, "VirtualService")), &all);
    let kinds: BTreeSet<&str> = objects.iter().filter_map(|object| object.value["kind"].as_str()).collect();
    for kind in kinds {
        let time = self::again(&mut analysis, &objects, kind, &all);
        println!("         {:>10.1} ms  after one changed {kind}", milliseconds(time));
    }
}

/// How long an analysis of these objects takes, with its world, after one of them was another before: the median of some.
fn again(analysis: &mut Analysis, objects: &[Arc<Manifest>], kind: &str, all: &[&Rule]) -> Duration {
    let mut times: Vec<Duration> = (0..REPEATED)
        .map(|_| {
            let changed = with_a_change(objects, kind);
            timed(|| analysis.run(&world(&changed), all.iter().copied(), &Suppressions::default())).0
        })
        .collect();
    times.sort();
    times[times.len() / 2]
}

/// The objects, one of which, of a kind, is another: nothing that a rule would see is different in it, only it is new.
fn with_a_change(objects: &[Arc<Manifest>], kind: &str) -> Vec<Arc<Manifest>> {
    let mut changed = objects.to_vec();
    let of_kind = objects.iter().filter(|object| object.value["kind"] == kind).count();
    let mut of_kind = changed.iter_mut().filter(|object| object.value["kind"] == kind).skip(of_kind / 2);
    if let Some(object) = of_kind.next() {
        *object = manifest(object.value.clone());
    }
    changed
}

/// How often something is run to measure it.
const REPEATED: u32 = 20;

/// The rules that look again after the change, and how long they take together.
fn again_after(before: &World, after: &World, all: &[&Rule]) {
    let mut looking: Vec<(Duration, usize, &Rule)> = Vec::new();
    let mut everything = 0;
    let namespaces: BTreeSet<&str> = before.coverage().namespaces().chain([""]).collect();
    for rule in all {
        let looks: Vec<Box<dyn Fn()>> = match rule.check {
            Check::World(check) => vec![Box::new(move || check(before, &mut Findings::new()))],
            Check::Namespace(check) => {
                let of = |namespace| Box::new(move || check(before, namespace, &mut Findings::new())) as Box<dyn Fn()>;
                namespaces.iter().copied().map(of).collect()
            }
            Check::Resource(_) | Check::Fleet(_) | Check::Reading => continue,
        };
        let reads: Vec<Reads> = looks.iter().map(|look| before.watch(look).1).collect();
        let again: Vec<&Box<dyn Fn()>> =
            looks.iter().zip(&reads).filter(|(_, reads)| !reads.hold(after)).map(|(look, _)| look).collect();
        // The system counts in ticks, so one run is too short to be measured.
        let (time, ()) = timed(|| (0..REPEATED).for_each(|_| again.iter().for_each(|look| look())));
        everything += usize::from(reads.iter().any(Reads::looked_at_everything));
        if !again.is_empty() {
            looking.push((time / REPEATED, again.len(), rule));
        }
    }
    let together: Duration = looking.iter().map(|(time, _, _)| *time).sum();
    let (count, together) = (looking.len(), together.as_secs_f64() * 1e3);
    looking.sort_by_key(|(time, _, _)| std::cmp::Reverse(*time));
    for (time, times, rule) in looking.iter().take(12) {
        let time = time.as_secs_f64() * 1e3;
        println!("         {time:>10.1} ms  again, {times} times: {} {}", rule.code, rule.summary());
    }
    println!("         {together:>10.1} ms  {count} rules look again, {everything} of them at everything");
}

/// The rules that take longest, each alone over a world whose indexes are there already.
fn slowest<'r>(world: &World, all: &[&'r Rule]) {
    let time = |rule: &&'r Rule| {
        let work = || (0..REPEATED).map(|_| analyze(world, [*rule], &Suppressions::default()).len()).sum::<usize>();
        let (time, found) = timed(work);
        (time / REPEATED, *rule, found / REPEATED as usize)
    };
    let nothing = timed(|| (0..REPEATED).for_each(|_| drop(analyze(world, [], &Suppressions::default())))).0 / REPEATED;
    let mut times: Vec<_> = all.iter().filter(|rule| !matches!(rule.check, Check::Reading)).map(time).collect();
    times.sort_by_key(|(time, _, _)| std::cmp::Reverse(*time));
    for (time, rule, found) in times.iter().take(8) {
        let own = time.saturating_sub(nothing).as_secs_f64() * 1e3;
        println!("         {own:>10.1} ms  {} {} ({found}): {}", rule.code, rule.name, rule.summary());
    }
}

/// How long work takes of the processor, which what else the machine does does not change; by the clock where the system
/// does not tell.
fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let (start, before) = (Instant::now(), of_processor());
    let result = work();
    let time = match (before, of_processor()) {
        (Some(before), Some(after)) => after - before,
        _ => start.elapsed(),
    };
    (time, result)
}

/// The time that this thread has had of the processor.
fn of_processor() -> Option<Duration> {
    let times = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(Duration::from_nanos(times.split_whitespace().next()?.parse().ok()?))
}

fn manifest(value: Value) -> Arc<Manifest> {
    Arc::new(Manifest::new(value, Origin::default()).expect("generated objects are whole"))
}

fn world(objects: &[Arc<Manifest>]) -> World {
    World::new(objects.iter().cloned(), WorldOptions::default())
}

/// The most memory that this process ever had, where the system tells.
fn peak_mebibytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kibibytes| kibibytes / 1024)
}
