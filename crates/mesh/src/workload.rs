//! What runs, whoever declares it.

use crate::kind::{self, KindName};
use crate::selector::matches_labels;
use crate::{Field, Resource, World};

/// What declares a workload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WorkloadKind {
    /// A Deployment.
    Deployment,
    /// A StatefulSet.
    StatefulSet,
    /// A DaemonSet.
    DaemonSet,
    /// A ReplicaSet that no Deployment of the world owns.
    ReplicaSet,
    /// A Job that no CronJob of the world owns.
    Job,
    /// A CronJob.
    CronJob,
    /// A Pod that nothing else of the world owns.
    Pod,
    /// A machine outside the cluster.
    WorkloadEntry,
}

impl WorkloadKind {
    /// All of them.
    pub const ALL: [WorkloadKind; 8] = [
        WorkloadKind::Deployment,
        WorkloadKind::StatefulSet,
        WorkloadKind::DaemonSet,
        WorkloadKind::ReplicaSet,
        WorkloadKind::Job,
        WorkloadKind::CronJob,
        WorkloadKind::Pod,
        WorkloadKind::WorkloadEntry,
    ];

    /// The kind of the objects that declare it.
    pub fn name(self) -> KindName {
        match self {
            WorkloadKind::Deployment => kind::DEPLOYMENT,
            WorkloadKind::StatefulSet => kind::STATEFUL_SET,
            WorkloadKind::DaemonSet => kind::DAEMON_SET,
            WorkloadKind::ReplicaSet => kind::REPLICA_SET,
            WorkloadKind::Job => kind::JOB,
            WorkloadKind::CronJob => kind::CRON_JOB,
            WorkloadKind::Pod => kind::POD,
            WorkloadKind::WorkloadEntry => kind::WORKLOAD_ENTRY,
        }
    }

    /// Where the object that has the pods' `metadata` and `spec` stands.
    fn template_path(self) -> &'static [&'static str] {
        match self {
            WorkloadKind::Deployment
            | WorkloadKind::StatefulSet
            | WorkloadKind::DaemonSet
            | WorkloadKind::ReplicaSet
            | WorkloadKind::Job => &["spec", "template"],
            WorkloadKind::CronJob => &["spec", "jobTemplate", "spec", "template"],
            WorkloadKind::Pod | WorkloadKind::WorkloadEntry => &[],
        }
    }
}

/// The one notion of what runs: pods with one template, or a machine that a WorkloadEntry describes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Workload<'w> {
    resource: Resource<'w>,
    kind: WorkloadKind,
}

/// A port that a container declares. Declaring one is optional in Kubernetes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ContainerPort<'w> {
    /// Its number.
    pub number: u16,
    /// Its name; empty if it has none.
    pub name: &'w str,
    /// Its declaration.
    pub field: Field<'w>,
}

impl<'w> Workload<'w> {
    /// The workload that an object declares, if it is of a kind that declares one.
    pub fn of(resource: Resource<'w>) -> Option<Workload<'w>> {
        let kind = WorkloadKind::ALL.into_iter().find(|kind| resource.is(kind.name()))?;
        Some(Workload { resource, kind })
    }

    pub(crate) fn new(resource: Resource<'w>, kind: WorkloadKind) -> Workload<'w> {
        Workload { resource, kind }
    }

    /// The object that declares it.
    pub fn resource(self) -> Resource<'w> {
        self.resource
    }

    /// What kind of object declares it.
    pub fn kind(self) -> WorkloadKind {
        self.kind
    }

    /// Its namespace.
    pub fn namespace(self) -> &'w str {
        self.resource.namespace()
    }

    /// The name of the object that declares it.
    pub fn name(self) -> &'w str {
        self.resource.name()
    }

    /// The object with the `metadata` and `spec` of its pods: the Pod itself, or the template of the others. A
    /// WorkloadEntry has none.
    pub fn pod(self) -> Option<Field<'w>> {
        match self.kind {
            WorkloadKind::WorkloadEntry => None,
            WorkloadKind::Deployment
            | WorkloadKind::StatefulSet
            | WorkloadKind::DaemonSet
            | WorkloadKind::ReplicaSet
            | WorkloadKind::Job
            | WorkloadKind::CronJob
            | WorkloadKind::Pod => self.resource.at(self.kind.template_path()),
        }
    }

    /// The `spec` of its pods.
    pub fn pod_spec(self) -> Option<Field<'w>> {
        self.pod()?.get("spec")
    }

    /// The labels of what runs, not of the object that declares it. Those of a WorkloadEntry are those of its `spec` and
    /// then those of its `metadata` that its `spec` does not have.
    pub fn labels(self) -> impl Iterator<Item = (&'w str, &'w str)> {
        let from = |field: Option<Field<'w>>| {
            field.into_iter().flat_map(Field::members).filter_map(|(name, value)| Some((name, value.as_str()?)))
        };
        let (own, inherited) = self.label_maps();
        from(own).chain(from(inherited).filter(move |(name, _)| own.is_none_or(|own| own.get(name).is_none())))
    }

    /// The value of a label of what runs.
    pub fn label(self, name: &str) -> Option<&'w str> {
        let (own, inherited) = self.label_maps();
        let value = |field: Option<Field<'w>>| field?.get(name)?.as_str();
        value(own).or_else(|| value(inherited))
    }

    fn label_maps(self) -> (Option<Field<'w>>, Option<Field<'w>>) {
        match self.kind {
            WorkloadKind::WorkloadEntry => {
                (self.resource.at(&["spec", "labels"]), self.resource.at(&["metadata", "labels"]))
            }
            WorkloadKind::Deployment
            | WorkloadKind::StatefulSet
            | WorkloadKind::DaemonSet
            | WorkloadKind::ReplicaSet
            | WorkloadKind::Job
            | WorkloadKind::CronJob
            | WorkloadKind::Pod => (self.pod().and_then(|pod| pod.at(&["metadata", "labels"])), None),
        }
    }

    /// The value of an annotation of what runs.
    pub fn annotation(self, name: &str) -> Option<&'w str> {
        match self.pod() {
            Some(pod) => pod.at(&["metadata", "annotations"])?.get(name)?.as_str(),
            None => self.resource.annotation(name),
        }
    }

    /// The name of the service account it runs as: `default` if it names none.
    pub fn service_account(self) -> &'w str {
        let named = match self.pod() {
            Some(pod) => pod.at(&["spec", "serviceAccountName"]).or_else(|| pod.at(&["spec", "serviceAccount"])),
            None => self.resource.at(&["spec", "serviceAccount"]),
        };
        named.and_then(Field::as_str).filter(|name| !name.is_empty()).unwrap_or("default")
    }

    /// The containers of its pods, without init containers.
    pub fn containers(self) -> impl DoubleEndedIterator<Item = Field<'w>> + Clone + use<'w> {
        self.pod_spec().into_iter().flat_map(|spec| spec.list("containers"))
    }

    /// The init containers of its pods.
    pub fn init_containers(self) -> impl DoubleEndedIterator<Item = Field<'w>> + Clone + use<'w> {
        self.pod_spec().into_iter().flat_map(|spec| spec.list("initContainers"))
    }

    /// The ports that its containers declare; those without a possible number are left out.
    pub fn ports(self) -> impl Iterator<Item = ContainerPort<'w>> {
        self.containers().flat_map(|container| container.list("ports")).filter_map(|field| {
            let number = u16::try_from(field.integer("containerPort")?).ok()?;
            Some(ContainerPort { number, name: field.text("name"), field })
        })
    }

    /// Whether its labels satisfy a plain map of labels.
    pub fn satisfies(self, labels: Field<'_>) -> bool {
        matches_labels(labels, |name| self.label(name))
    }

    /// Whether its pods share the network of their node.
    pub fn is_on_host_network(self) -> bool {
        self.pod_spec().is_some_and(|spec| spec.flag("hostNetwork"))
    }
}

impl World {
    /// Every workload, by namespace, kind and name. What another object of the world owns is not told twice: neither the
    /// ReplicaSets of a Deployment nor the Pods of anything.
    pub fn workloads(&self) -> impl ExactSizeIterator<Item = Workload<'_>> + Clone {
        self.index().workloads(self).all(self)
    }

    /// Every workload of a namespace.
    pub fn workloads_in<'w>(
        &'w self,
        namespace: &str,
    ) -> impl ExactSizeIterator<Item = Workload<'w>> + Clone + use<'w> {
        self.index().workloads(self).within(self, namespace)
    }

    /// The workloads of a namespace, or with `None` of all, whose labels satisfy a plain map of labels such as a
    /// Service's `spec.selector`. An empty map is satisfied by all of them.
    pub fn selected_workloads(&self, namespace: Option<&str>, labels: Field<'_>) -> Vec<Workload<'_>> {
        self.index().workloads(self).selected(self, namespace, labels)
    }
}
