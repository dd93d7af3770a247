//! Where to read on: each hint is a heading of `docs/install.md`.

/// A heading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hint {
    Api,
    Version,
    Permissions,
    Definitions,
    ControllerExists,
    ControllerAvailable,
    ControllerReplicas,
    ControllerLease,
    ControllerRights,
    ReconcilerRights,
    Flux,
    Flagger,
    ArgoCd,
    Clocks,
}

/// The text that they are in.
const TEXT: &str = "docs/install.md";

impl Hint {
    /// As printed.
    pub(super) fn place(self) -> String {
        format!("{TEXT}#{}", self.anchor())
    }

    fn anchor(self) -> &'static str {
        match self {
            Hint::Api => "k8s-api",
            Hint::Version => "k8s-version",
            Hint::Permissions => "pre-permissions",
            Hint::Definitions => "tenter-definitions",
            Hint::ControllerExists => "controller-exists",
            Hint::ControllerAvailable => "controller-available",
            Hint::ControllerReplicas => "controller-replicas",
            Hint::ControllerLease => "controller-lease",
            Hint::ControllerRights => "tenter-rbac",
            Hint::ReconcilerRights => "reconciler-rbac",
            Hint::Flux => "conflicting-flux",
            Hint::Flagger => "conflicting-flagger",
            Hint::ArgoCd => "conflicting-argo-cd",
            Hint::Clocks => "clock-skew",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_hint_leads_to_a_heading() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(TEXT);
        let text = std::fs::read_to_string(path).expect("the text");
        for hint in [
            Hint::Api,
            Hint::Version,
            Hint::Permissions,
            Hint::Definitions,
            Hint::ControllerExists,
            Hint::ControllerAvailable,
            Hint::ControllerReplicas,
            Hint::ControllerLease,
            Hint::ControllerRights,
            Hint::ReconcilerRights,
            Hint::Flux,
            Hint::Flagger,
            Hint::ArgoCd,
            Hint::Clocks,
        ] {
            let heading = format!("#### {}", hint.anchor());
            assert!(text.lines().any(|line| line == heading), "{heading} is not in {TEXT}");
        }
    }
}
