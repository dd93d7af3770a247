//! Kustomize's built-in field specifications, as facts: which fields of the Kubernetes API hold names, labels, images.

/// Fields of some types.
///
/// `types` is `version:Kind.group`, where version and group may be left out and `*` is every kind. A path that ends in
/// `+` is created where it is missing.
pub(super) struct Row {
    pub(super) types: &'static str,
    pub(super) paths: &'static [&'static str],
}

const fn row(types: &'static str, paths: &'static [&'static str]) -> Row {
    Row { types, paths }
}

pub(super) const NAMES: &[Row] = &[row("*", &["metadata/name"])];

pub(super) const NAMESPACE: &[Row] = &[
    row("Namespace", &["metadata/name+"]),
    row("APIService.apiregistration.k8s.io", &["spec/service/namespace+"]),
    row("CustomResourceDefinition.apiextensions.k8s.io", &["spec/conversion/webhook/clientConfig/service/namespace"]),
];

const SCHEDULING: &[&str] = &[
    "spec/template/spec/affinity/podAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/\
     labelSelector/matchLabels",
    "spec/template/spec/affinity/podAffinity/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels",
    "spec/template/spec/affinity/podAntiAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/\
     labelSelector/matchLabels",
    "spec/template/spec/affinity/podAntiAffinity/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/\
     matchLabels",
    "spec/template/spec/topologySpreadConstraints/labelSelector/matchLabels",
];

pub(super) const SELECTORS: &[Row] = &[
    row("v1:Service", &["spec/selector+"]),
    row("v1:ReplicationController", &["spec/selector+"]),
    row("Deployment", &["spec/selector/matchLabels+"]),
    row("Deployment.apps", SCHEDULING),
    row("ReplicaSet", &["spec/selector/matchLabels+"]),
    row("DaemonSet", &["spec/selector/matchLabels+"]),
    row("StatefulSet.apps", &["spec/selector/matchLabels+"]),
    row("StatefulSet.apps", SCHEDULING),
    row("Job.batch", &["spec/selector/matchLabels"]),
    row("CronJob.batch", &["spec/jobTemplate/spec/selector/matchLabels"]),
    row("PodDisruptionBudget.policy", &["spec/selector/matchLabels"]),
    row(
        "NetworkPolicy.networking.k8s.io",
        &[
            "spec/podSelector/matchLabels",
            "spec/ingress/from/podSelector/matchLabels",
            "spec/egress/to/podSelector/matchLabels",
        ],
    ),
];

pub(super) const TEMPLATE_LABELS: &[Row] = &[
    row("*", &["metadata/labels+"]),
    row("v1:ReplicationController", &["spec/template/metadata/labels+"]),
    row("Deployment", &["spec/template/metadata/labels+"]),
    row("ReplicaSet", &["spec/template/metadata/labels+"]),
    row("DaemonSet", &["spec/template/metadata/labels+"]),
    row("StatefulSet.apps", &["spec/template/metadata/labels+"]),
    row("Job.batch", &["spec/template/metadata/labels+"]),
    row("CronJob.batch", &["spec/jobTemplate/metadata/labels+", "spec/jobTemplate/spec/template/metadata/labels+"]),
];

pub(super) const CLAIMS: &[Row] = &[row("StatefulSet.apps", &["spec/volumeClaimTemplates[]/metadata/labels+"])];

pub(super) const ANNOTATIONS: &[Row] = &[
    row("*", &["metadata/annotations+"]),
    row("v1:ReplicationController", &["spec/template/metadata/annotations+"]),
    row("Deployment", &["spec/template/metadata/annotations+"]),
    row("ReplicaSet", &["spec/template/metadata/annotations+"]),
    row("DaemonSet", &["spec/template/metadata/annotations+"]),
    row("StatefulSet", &["spec/template/metadata/annotations+"]),
    row("Job.batch", &["spec/template/metadata/annotations+"]),
    row(
        "CronJob.batch",
        &["spec/jobTemplate/metadata/annotations+", "spec/jobTemplate/spec/template/metadata/annotations+"],
    ),
];

pub(super) const IMAGES: &[Row] = &[row(
    "*",
    &[
        "spec/containers[]/image+",
        "spec/initContainers[]/image+",
        "spec/volumes[]/image/reference+",
        "spec/template/spec/containers[]/image+",
        "spec/template/spec/initContainers[]/image+",
        "spec/template/spec/volumes[]/image/reference+",
    ],
)];

pub(super) const REPLICAS: &[Row] = &[
    row("Deployment", &["spec/replicas+"]),
    row("ReplicationController", &["spec/replicas+"]),
    row("ReplicaSet", &["spec/replicas+"]),
    row("StatefulSet", &["spec/replicas+"]),
];

/// Types with a pod specification, and where it is.
type Pods = &'static [(&'static str, &'static str)];

const PODS_WITH_CONFIGURATION: Pods = &[
    ("v1:Pod", "spec"),
    ("PodTemplate", "template/spec"),
    ("Deployment", "spec/template/spec"),
    ("ReplicaSet", "spec/template/spec"),
    ("DaemonSet", "spec/template/spec"),
    ("StatefulSet", "spec/template/spec"),
    ("Job", "spec/template/spec"),
    ("CronJob", "spec/jobTemplate/spec/template/spec"),
];

const PODS_WITH_IDENTITY: Pods = &[
    ("Pod", "spec"),
    ("StatefulSet", "spec/template/spec"),
    ("Deployment", "spec/template/spec"),
    ("ReplicationController", "spec/template/spec"),
    ("CronJob", "spec/jobTemplate/spec/template/spec"),
    ("Job", "spec/template/spec"),
    ("DaemonSet", "spec/template/spec"),
];

const PODS_WITH_VARIABLES: Pods = &[
    ("CronJob", "spec/jobTemplate/spec/template/spec"),
    ("DaemonSet", "spec/template/spec"),
    ("Deployment", "spec/template/spec"),
    ("Job", "spec/template/spec"),
    ("Pod", "spec"),
    ("ReplicaSet", "spec/template/spec"),
    ("StatefulSet", "spec/template/spec"),
];

/// What refers to one type: fields of pod specifications, and fields of other types.
struct References {
    target: &'static str,
    pods: Pods,
    in_pods: &'static [&'static str],
    elsewhere: &'static [Row],
}

const fn elsewhere(target: &'static str, rows: &'static [Row]) -> References {
    References { target, pods: &[], in_pods: &[], elsewhere: rows }
}

const SCALED: &[Row] = &[row("HorizontalPodAutoscaler", &["spec/scaleTargetRef/name"])];

const REFERENCES: &[References] = &[
    elsewhere("Deployment", SCALED),
    elsewhere("ReplicationController", SCALED),
    elsewhere("ReplicaSet", SCALED),
    elsewhere("StatefulSet", SCALED),
    References {
        target: "v1:ConfigMap",
        pods: PODS_WITH_CONFIGURATION,
        in_pods: &[
            "volumes/configMap/name",
            "containers/env/valueFrom/configMapKeyRef/name",
            "initContainers/env/valueFrom/configMapKeyRef/name",
            "containers/envFrom/configMapRef/name",
            "initContainers/envFrom/configMapRef/name",
            "volumes/projected/sources/configMap/name",
        ],
        elsewhere: &[
            row("Node", &["spec/configSource/configMap"]),
            row("Role", &["rules/resourceNames"]),
            row("ClusterRole", &["rules/resourceNames"]),
            row("Ingress", &["metadata/annotations/nginx.ingress.kubernetes.io\\/fastcgi-params-configmap"]),
        ],
    },
    References {
        target: "v1:Secret",
        pods: PODS_WITH_CONFIGURATION,
        in_pods: &[
            "volumes/secret/secretName",
            "containers/env/valueFrom/secretKeyRef/name",
            "initContainers/env/valueFrom/secretKeyRef/name",
            "containers/envFrom/secretRef/name",
            "initContainers/envFrom/secretRef/name",
            "imagePullSecrets/name",
            "volumes/projected/sources/secret/name",
        ],
        elsewhere: &[
            row(
                "Ingress",
                &[
                    "spec/tls/secretName",
                    "metadata/annotations/ingress.kubernetes.io\\/auth-secret",
                    "metadata/annotations/nginx.ingress.kubernetes.io\\/auth-secret",
                    "metadata/annotations/nginx.ingress.kubernetes.io\\/auth-tls-secret",
                ],
            ),
            row("ServiceAccount", &["imagePullSecrets/name"]),
            row(
                "StorageClass",
                &[
                    "parameters/secretName",
                    "parameters/adminSecretName",
                    "parameters/userSecretName",
                    "parameters/secretRef",
                ],
            ),
            row("Role", &["rules/resourceNames"]),
            row("ClusterRole", &["rules/resourceNames"]),
            row("v1:Service.serving.knative.dev", &["spec/template/spec/containers/env/valueFrom/secretKeyRef/name"]),
            row("PersistentVolume", &["spec/azureFile/secretName"]),
        ],
    },
    elsewhere(
        "v1:Service",
        &[
            row("StatefulSet.apps", &["spec/serviceName"]),
            row(
                "Ingress",
                &[
                    "spec/rules/http/paths/backend/serviceName",
                    "spec/backend/serviceName",
                    "spec/rules/http/paths/backend/service/name",
                    "spec/defaultBackend/service/name",
                ],
            ),
            row("APIService.apiregistration.k8s.io", &["spec/service/name"]),
            row("ValidatingWebhookConfiguration.admissionregistration.k8s.io", &["webhooks/clientConfig/service"]),
            row("MutatingWebhookConfiguration.admissionregistration.k8s.io", &["webhooks/clientConfig/service"]),
        ],
    ),
    elsewhere("Role.rbac.authorization.k8s.io", &[row("RoleBinding.rbac.authorization.k8s.io", &["roleRef/name"])]),
    elsewhere(
        "ClusterRole.rbac.authorization.k8s.io",
        &[
            row("RoleBinding.rbac.authorization.k8s.io", &["roleRef/name"]),
            row("ClusterRoleBinding.rbac.authorization.k8s.io", &["roleRef/name"]),
        ],
    ),
    References {
        target: "v1:ServiceAccount",
        pods: PODS_WITH_IDENTITY,
        in_pods: &["serviceAccountName"],
        elsewhere: &[
            row("RoleBinding.rbac.authorization.k8s.io", &["subjects"]),
            row("ClusterRoleBinding.rbac.authorization.k8s.io", &["subjects"]),
        ],
    },
    References {
        target: "v1:PersistentVolumeClaim",
        pods: PODS_WITH_IDENTITY,
        in_pods: &["volumes/persistentVolumeClaim/claimName"],
        elsewhere: &[],
    },
    elsewhere(
        "v1:PersistentVolume",
        &[row("PersistentVolumeClaim", &["spec/volumeName"]), row("ClusterRole", &["rules/resourceNames"])],
    ),
    elsewhere(
        "v1:StorageClass.storage.k8s.io",
        &[
            row("PersistentVolume", &["spec/storageClassName"]),
            row("PersistentVolumeClaim", &["spec/storageClassName"]),
            row("StatefulSet", &["spec/volumeClaimTemplates/spec/storageClassName"]),
        ],
    ),
    References {
        target: "v1:PriorityClass.scheduling.k8s.io",
        pods: PODS_WITH_IDENTITY,
        in_pods: &["priorityClassName"],
        elsewhere: &[],
    },
    // Upstream's group has the version in it and so never matches; the entry stays for `configurations` to merge with.
    elsewhere("v1:IngressClass.networking.k8s.io/v1", &[row("Ingress", &["spec/ingressClassName"])]),
    elsewhere(
        "ValidatingAdmissionPolicy.admissionregistration.k8s.io",
        &[row("ValidatingAdmissionPolicyBinding.admissionregistration.k8s.io", &["spec/policyName"])],
    ),
];

/// Every referred type with the fields that refer to it.
pub(super) fn references() -> impl Iterator<Item = (&'static str, Vec<(&'static str, String)>)> {
    REFERENCES.iter().map(|references| {
        let in_pods = references
            .pods
            .iter()
            .flat_map(|(types, pod)| references.in_pods.iter().map(move |path| (*types, format!("{pod}/{path}"))));
        let elsewhere =
            references.elsewhere.iter().flat_map(|row| row.paths.iter().map(|path| (row.types, (*path).to_owned())));
        (references.target, in_pods.chain(elsewhere).collect())
    })
}

const VARIABLES_IN_PODS: &[&str] = &[
    "containers/args",
    "containers/command",
    "containers/env/value",
    "containers/volumeMounts/mountPath",
    "initContainers/args",
    "initContainers/command",
    "initContainers/env/value",
    "initContainers/volumeMounts/mountPath",
];

const VARIABLES_ELSEWHERE: &[Row] = &[
    row("CronJob", &["spec/jobTemplate/spec/template/volumes/nfs/server"]),
    row("DaemonSet", &["spec/template/spec/volumes/nfs/server"]),
    row("Deployment", &["spec/template/spec/volumes/nfs/server", "spec/template/metadata/annotations"]),
    row("Ingress", &["spec/rules/host", "spec/tls/hosts", "spec/tls/secretName"]),
    row("Job", &["spec/template/spec/volumes/nfs/server"]),
    row("Pod", &["spec/volumes/nfs/server"]),
    row("ReplicaSet", &["spec/template/spec/volumes/nfs/server"]),
    row("Service", &["spec/ports/port", "spec/ports/targetPort"]),
    row("StatefulSet", &["spec/volumeClaimTemplates/spec/nfs/server"]),
    row("PersistentVolume", &["spec/nfs/server"]),
    row("*", &["metadata/labels", "metadata/annotations"]),
];

/// Every field in which `$(VAR)` is expanded, with its types.
pub(super) fn variables() -> impl Iterator<Item = (&'static str, String)> {
    let in_pods = PODS_WITH_VARIABLES
        .iter()
        .flat_map(|(types, pod)| VARIABLES_IN_PODS.iter().map(move |path| (*types, format!("{pod}/{path}"))));
    let elsewhere =
        VARIABLES_ELSEWHERE.iter().flat_map(|row| row.paths.iter().map(|path| (row.types, (*path).to_owned())));
    in_pods.chain(elsewhere)
}
