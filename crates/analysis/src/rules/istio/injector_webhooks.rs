//! The webhooks that inject sidecars, and the pods about which they are asked.

use std::collections::BTreeSet;

use mesh::selector::matches_selector;
use mesh::{Field, Resource, World, kind};

const REVISION: &str = "istio.io/rev";

/// The webhooks of Istio's in all configurations, by their names.
pub(super) fn of_istio(world: &World) -> Vec<Field<'_>> {
    let webhooks = world.of(kind::MUTATING_WEBHOOK).flat_map(|configuration| configuration.list(&["webhooks"]));
    webhooks.filter(|webhook| is_of_istio(*webhook)).collect()
}

/// Whether a webhook is asked about a pod with labels, in a namespace with labels. An absent selector means everything.
pub(super) fn asks_about<'w>(
    webhook: Field<'_>,
    of_namespace: impl Fn(&str) -> Option<&'w str>,
    of_pod: impl Fn(&str) -> Option<&'w str>,
) -> bool {
    webhook.get("namespaceSelector").is_none_or(|selector| matches_selector(selector, of_namespace))
        && webhook.get("objectSelector").is_none_or(|selector| matches_selector(selector, of_pod))
}

fn is_of_istio(webhook: Field<'_>) -> bool {
    webhook.text("name").ends_with("istio.io")
}

/// The configurations of webhooks that inject, for some revision or by the name of Istio.
pub(super) struct Injectors<'w> {
    webhooks: Vec<(Resource<'w>, Field<'w>)>,
    revisions: BTreeSet<&'w str>,
}

impl<'w> Injectors<'w> {
    /// Those of a world.
    pub(super) fn of(world: &'w World) -> Injectors<'w> {
        let (mut webhooks, mut revisions) = (Vec::new(), BTreeSet::new());
        for configuration in world.of(kind::MUTATING_WEBHOOK) {
            let own: BTreeSet<&str> = revisions_of(configuration).collect();
            let hooks = configuration.list(&["webhooks"]);
            if !own.is_empty() || hooks.clone().any(is_of_istio) {
                revisions.extend(own);
                webhooks.extend(hooks.map(|webhook| (configuration, webhook)));
            }
        }
        Injectors { webhooks, revisions }
    }

    /// Every webhook with its configuration.
    pub(super) fn webhooks(self) -> impl Iterator<Item = (Resource<'w>, Field<'w>)> {
        self.webhooks.into_iter()
    }

    /// One of them.
    pub(super) fn webhook(&self, place: usize) -> (Resource<'w>, Field<'w>) {
        self.webhooks[place]
    }

    /// Its name, with that of its configuration.
    pub(super) fn name(&self, place: usize) -> String {
        let (configuration, webhook) = self.webhooks[place];
        format!("{}/{}", configuration.name(), webhook.text("name"))
    }

    /// The sets of more than one webhook that are asked about the same pod, for the labels that Istio documents: those of
    /// injection, and those of the revisions that occur.
    pub(super) fn overlaps(&self) -> BTreeSet<Vec<usize>> {
        let mut found = BTreeSet::new();
        for of_namespace in self.combinations("istio-injection", ["enabled", "disabled"]) {
            for of_pod in self.combinations("sidecar.istio.io/inject", ["true", "false"]) {
                let asked = |place: &usize| {
                    let webhook = self.webhooks[*place].1;
                    asks_about(webhook, |name| value(&of_namespace, name), |name| value(&of_pod, name))
                };
                let together: Vec<usize> = (0..self.webhooks.len()).filter(asked).collect();
                let names: BTreeSet<String> = together.iter().map(|place| self.name(*place)).collect();
                if names.len() > 1 {
                    found.insert(together);
                }
            }
        }
        found
    }

    /// The labels that matter: none, or one value of the label for injection, with and without each revision.
    fn combinations(&self, label: &'static str, values: [&'static str; 2]) -> Vec<Vec<(&'static str, &'w str)>> {
        let bases = [vec![], vec![(label, values[0])], vec![(label, values[1])]];
        let revisions = [None].into_iter().chain(self.revisions.iter().map(|revision| Some(*revision)));
        revisions
            .flat_map(|revision| {
                bases
                    .clone()
                    .map(|base| base.into_iter().chain(revision.map(|revision| (REVISION, revision))).collect())
            })
            .collect()
    }
}

fn value<'w>(labels: &[(&'static str, &'w str)], name: &str) -> Option<&'w str> {
    labels.iter().find(|(label, _)| *label == name).map(|(_, value)| *value)
}

/// The revisions that a configuration is about: by its label, and by the selectors of its webhooks.
fn revisions_of(configuration: Resource<'_>) -> impl Iterator<Item = &str> {
    let selectors = configuration
        .list(&["webhooks"])
        .flat_map(|webhook| [webhook.get("namespaceSelector"), webhook.get("objectSelector")])
        .flatten();
    let selected = selectors.flat_map(|selector| {
        let by_label = selector.at(&["matchLabels", REVISION]).and_then(Field::as_str);
        let expressions = selector.list("matchExpressions").filter(|expression| expression.text("key") == REVISION);
        by_label.into_iter().chain(expressions.flat_map(|expression| expression.texts("values")))
    });
    configuration.label(REVISION).into_iter().chain(selected)
}
