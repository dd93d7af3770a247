//! What a Canary declares, as Flagger reads it.

use manifest::ObjectId;
use mesh::{Field, KindName, Resource, World, kind};

/// A Canary.
#[derive(Clone, Copy)]
pub(super) struct Canary<'w> {
    pub(super) resource: Resource<'w>,
    /// `analysis`, or `canaryAnalysis` as it was called before.
    pub(super) analysis: Option<Field<'w>>,
}

/// How Flagger moves traffic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Strategy {
    /// By requests that match, for a number of iterations.
    AbTest,
    /// All at once after a number of iterations.
    BlueGreen,
    /// By weights that grow.
    Weighted,
}

impl<'w> Canary<'w> {
    /// Every Canary of a world.
    pub(super) fn all(world: &'w World) -> impl Iterator<Item = Canary<'w>> {
        world.of(kind::CANARY).map(|resource| {
            let analysis = resource.at(&["spec", "analysis"]).or_else(|| resource.at(&["spec", "canaryAnalysis"]));
            Canary { resource, analysis }
        })
    }

    /// A field of the `spec`.
    pub(super) fn spec(&self, name: &str) -> Option<Field<'w>> {
        self.resource.at(&["spec", name])
    }

    /// The name of the target; empty if it has none.
    pub(super) fn target_name(&self) -> &'w str {
        self.spec("targetRef").map_or("", |target| target.text("name"))
    }

    /// The object that it releases, if it is of a kind that Flagger knows.
    pub(super) fn target_id(&self) -> Option<ObjectId> {
        let kind = self.target_kind()?;
        Some(self.id(kind, self.target_name()))
    }

    /// The kind of the target, if Flagger knows it.
    pub(super) fn target_kind(&self) -> Option<KindName> {
        let target = self.spec("targetRef")?;
        match (target.text("kind"), target.text("apiVersion")) {
            ("" | "Deployment", _) => Some(kind::DEPLOYMENT),
            ("DaemonSet", _) => Some(kind::DAEMON_SET),
            ("Service", "serving.knative.dev/v1") => Some(KNATIVE_SERVICE),
            ("Service", _) => Some(kind::SERVICE),
            _ => None,
        }
    }

    /// The identity of an object of its namespace.
    pub(super) fn id(&self, kind: KindName, name: &str) -> ObjectId {
        ObjectId {
            group: kind.group().to_owned(),
            kind: kind.kind().to_owned(),
            namespace: self.resource.namespace().to_owned(),
            name: name.to_owned(),
        }
    }

    /// The name of the service that clients call.
    pub(super) fn apex(&self) -> &'w str {
        let own = self.resource.at(&["spec", "service", "name"]).and_then(Field::as_str);
        own.filter(|name| !name.is_empty()).unwrap_or(self.target_name())
    }

    /// How it moves traffic.
    pub(super) fn strategy(&self) -> Strategy {
        let count = |name: &str| self.analysis.and_then(|analysis| analysis.integer(name)).unwrap_or_default();
        let matches = self.analysis.is_some_and(|analysis| analysis.list("match").len() > 0);
        match (matches, count("iterations") > 0) {
            (true, true) => Strategy::AbTest,
            (false, true) => Strategy::BlueGreen,
            (_, false) => Strategy::Weighted,
        }
    }

    /// The metrics that it looks at.
    pub(super) fn metrics(&self) -> impl Iterator<Item = Field<'w>> + use<'w> {
        self.analysis.into_iter().flat_map(|analysis| analysis.list("metrics"))
    }

    /// The webhooks that it calls.
    pub(super) fn webhooks(&self) -> impl Iterator<Item = Field<'w>> + use<'w> {
        self.analysis.into_iter().flat_map(|analysis| analysis.list("webhooks"))
    }

    /// The object that a reference such as `templateRef` names, by default in its own namespace.
    pub(super) fn referred(&self, kind: KindName, reference: Field<'_>) -> ObjectId {
        let mut id = self.id(kind, reference.text("name"));
        if !reference.text("namespace").is_empty() {
            reference.text("namespace").clone_into(&mut id.namespace);
        }
        id
    }
}

/// Knative's Service, which Flagger can release.
pub(super) const KNATIVE_SERVICE: KindName = KindName::new("Service.serving.knative.dev");
/// KEDA's ScaledObject, which Flagger can copy.
pub(super) const SCALED_OBJECT: KindName = KindName::new("ScaledObject.keda.sh");
