//! Default values of charts; data of ConfigMaps, line by line where it is YAML inside; replicas; that a Secret changed.

use std::collections::BTreeSet;

use manifest::Value;

use super::{Area, CHART, Told, kind};

/// How many lines of one text are told one by one.
const MOST: usize = 40;

pub(super) fn compare(before: &Value, after: &Value, told: &mut Told<'_>) {
    match kind(before, after) {
        "ConfigMap" => {
            let keys = |value: &Value| -> BTreeSet<String> {
                value["data"].as_object().into_iter().flatten().map(|(key, _)| key.clone()).collect()
            };
            for key in keys(before).union(&keys(after)) {
                data(key, &before["data"][key.as_str()], &after["data"][key.as_str()], told);
            }
        }
        CHART => {
            for member in ["version", "appVersion"] {
                told.value(Area::Settings, member, &before[member], &after[member]);
            }
            told.leaves(Area::Settings, &before["values"], &after["values"], usize::MAX);
        }
        "Secret" => {
            if before["data"] != after["data"] || before["stringData"] != after["stringData"] {
                told.tell(Area::Settings, "its data changed".to_owned());
            }
        }
        _ => {
            for member in ["replicas", "minReplicas", "maxReplicas"] {
                told.value(Area::Settings, member, &before["spec"][member], &after["spec"][member]);
            }
        }
    }
}

/// One entry of a ConfigMap: texts of several lines by the lines that came and went.
fn data(key: &str, before: &Value, after: &Value, told: &mut Told<'_>) {
    let (Some(one), Some(other)) = (before.as_str(), after.as_str()) else {
        return told.value(Area::Settings, key, before, after);
    };
    if !one.contains('\n') && !other.contains('\n') {
        return told.value(Area::Settings, key, before, after);
    }
    let lines = |text: &str| -> BTreeSet<String> {
        text.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect()
    };
    let (one, other) = (lines(one), lines(other));
    let count = one.symmetric_difference(&other).count();
    if count > MOST {
        told.tell(Area::Settings, format!("{key}: {count} lines changed"));
    } else {
        told.sets(Area::Settings, &format!("{key}: "), &one, &other);
    }
}
