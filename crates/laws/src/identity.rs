//! Small texts that are read and written again.

use kinds::flux::GoDuration;
use manifest::ObjectId;

use crate::{Law, text};

/// An inventory id that can be read is written as one that reads the same.
pub const OBJECT_ID: Law = Law {
    name: "object_id",
    check: object_id,
    seeds: &[
        "prod_frontend_apps_Deployment",
        "_prod__Namespace",
        "_system__reader_rbac.authorization.k8s.io_ClusterRole",
    ],
};

fn object_id(input: &[u8]) {
    // No object has a `_` in its name; the notation cannot tell it from its own.
    let valid = |id: &ObjectId| !id.name.contains('_');
    let Some(id) = text(input).and_then(ObjectId::from_inventory).filter(valid) else { return };
    assert_eq!(ObjectId::from_inventory(&id.to_inventory()), Some(id));
}

/// A duration that can be read is printed as one that reads the same.
pub const DURATION: Law = Law {
    name: "duration",
    check: duration,
    seeds: &["10m", "1h30m0.25s", "1500ms", "2µs", "+1.5h", "0", ".5s", "2540400h10m"],
};

fn duration(input: &[u8]) {
    let Some(Ok(duration)) = text(input).map(str::parse::<GoDuration>) else { return };
    let printed = duration.to_string();
    assert_eq!(printed.parse::<GoDuration>(), Ok(duration), "{printed}");
}
