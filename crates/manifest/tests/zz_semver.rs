//! temporary
#![allow(clippy::all, missing_docs)]
use std::io::BufRead;
#[test]
fn run() {
    let mut bad = 0; let mut n = 0;
    for line in std::io::BufReader::new(std::fs::File::open("/tmp/oracle/semver.out").unwrap()).lines() {
        let v: serde_json::Value = serde_json::from_str(&line.unwrap()).unwrap();
        let (c, ver) = (v["c"].as_str().unwrap(), v["v"].as_str().unwrap());
        let ours = match (c.parse::<manifest::semver_range::VersionRange>(), manifest::semver_range::loose_version(ver)) {
            (Ok(r), Some(v)) => if r.matches(&v) { "true" } else { "false" },
            (Err(_), _) => "badc", (_, None) => "badv" };
        n += 1;
        if ours != v["r"].as_str().unwrap() { bad += 1; if bad < 40 { println!("{c:?} {ver:?} theirs {} ours {ours}", v["r"]); } }
    }
    println!("{bad} of {n} differ");
}
