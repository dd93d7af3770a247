//! New objects of built-in kinds.

use expect_test::expect;
use serde_json::json;

use super::super::FieldValidation;
use super::{check_create, deployment};

#[test]
fn a_deployment_gets_its_defaults() {
    check_create(
        deployment(json!({})),
        FieldValidation::Strict,
        expect![[r#"
        {
          "apiVersion": "apps/v1",
          "kind": "Deployment",
          "metadata": {
            "name": "web",
            "namespace": "prod"
          },
          "spec": {
            "progressDeadlineSeconds": 600,
            "replicas": 1,
            "revisionHistoryLimit": 10,
            "selector": {
              "matchLabels": {
                "app": "web"
              }
            },
            "strategy": {
              "rollingUpdate": {
                "maxSurge": "25%",
                "maxUnavailable": "25%"
              },
              "type": "RollingUpdate"
            },
            "template": {
              "metadata": {
                "labels": {
                  "app": "web"
                }
              },
              "spec": {
                "containers": [
                  {
                    "image": "example/web:1",
                    "imagePullPolicy": "IfNotPresent",
                    "name": "web",
                    "resources": {},
                    "terminationMessagePath": "/dev/termination-log",
                    "terminationMessagePolicy": "File"
                  }
                ],
                "dnsPolicy": "ClusterFirst",
                "restartPolicy": "Always",
                "schedulerName": "default-scheduler",
                "securityContext": {},
                "terminationGracePeriodSeconds": 30
              }
            }
          },
          "status": {}
        }"#]],
    );
}

#[test]
fn a_pod_gets_the_defaults_of_all_its_parts() {
    check_create(
        json!({
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "one"},
            "spec": {
                "hostNetwork": true,
                "containers": [{
                    "name": "main",
                    "image": "registry.example:5000/main",
                    "env": [{"name": "IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}],
                    "ports": [{"containerPort": 80}],
                    "resources": {"limits": {"cpu": "1000m", "memory": "1024Mi"}},
                    "readinessProbe": {"httpGet": {"port": "http"}},
                }],
                "volumes": [{"name": "config", "configMap": {"name": "a"}}, {"name": "scratch"}],
            },
        }),
        FieldValidation::Strict,
        expect![[r#"
            {
              "apiVersion": "v1",
              "kind": "Pod",
              "metadata": {
                "name": "one"
              },
              "spec": {
                "containers": [
                  {
                    "env": [
                      {
                        "name": "IP",
                        "valueFrom": {
                          "fieldRef": {
                            "apiVersion": "v1",
                            "fieldPath": "status.podIP"
                          }
                        }
                      }
                    ],
                    "image": "registry.example:5000/main",
                    "imagePullPolicy": "Always",
                    "name": "main",
                    "ports": [
                      {
                        "containerPort": 80,
                        "hostPort": 80,
                        "protocol": "TCP"
                      }
                    ],
                    "readinessProbe": {
                      "failureThreshold": 3,
                      "httpGet": {
                        "path": "/",
                        "port": "http",
                        "scheme": "HTTP"
                      },
                      "periodSeconds": 10,
                      "successThreshold": 1,
                      "timeoutSeconds": 1
                    },
                    "resources": {
                      "limits": {
                        "cpu": "1",
                        "memory": "1Gi"
                      },
                      "requests": {
                        "cpu": "1",
                        "memory": "1Gi"
                      }
                    },
                    "terminationMessagePath": "/dev/termination-log",
                    "terminationMessagePolicy": "File"
                  }
                ],
                "dnsPolicy": "ClusterFirst",
                "enableServiceLinks": true,
                "hostNetwork": true,
                "preemptionPolicy": "PreemptLowerPriority",
                "priority": 0,
                "restartPolicy": "Always",
                "schedulerName": "default-scheduler",
                "securityContext": {},
                "serviceAccount": "default",
                "serviceAccountName": "default",
                "terminationGracePeriodSeconds": 30,
                "tolerations": [
                  {
                    "effect": "NoExecute",
                    "key": "node.kubernetes.io/not-ready",
                    "operator": "Exists",
                    "tolerationSeconds": 300
                  },
                  {
                    "effect": "NoExecute",
                    "key": "node.kubernetes.io/unreachable",
                    "operator": "Exists",
                    "tolerationSeconds": 300
                  }
                ],
                "volumes": [
                  {
                    "configMap": {
                      "defaultMode": 420,
                      "name": "a"
                    },
                    "name": "config"
                  },
                  {
                    "emptyDir": {},
                    "name": "scratch"
                  }
                ]
              },
              "status": {
                "phase": "Pending",
                "qosClass": "Guaranteed"
              }
            }"#]],
    );
}

#[test]
fn a_service_gets_an_address_and_ports() {
    check_create(
        json!({
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "web", "namespace": "prod"},
            "spec": {"type": "LoadBalancer", "selector": {"app": "web"}, "ports": [{"port": 80}]},
        }),
        FieldValidation::Strict,
        expect![[r#"
            {
              "apiVersion": "v1",
              "kind": "Service",
              "metadata": {
                "name": "web",
                "namespace": "prod"
              },
              "spec": {
                "allocateLoadBalancerNodePorts": true,
                "clusterIP": "10.105.31.231",
                "clusterIPs": [
                  "10.105.31.231"
                ],
                "externalTrafficPolicy": "Cluster",
                "internalTrafficPolicy": "Cluster",
                "ipFamilies": [
                  "IPv4"
                ],
                "ipFamilyPolicy": "SingleStack",
                "ports": [
                  {
                    "nodePort": 32070,
                    "port": 80,
                    "protocol": "TCP",
                    "targetPort": 80
                  }
                ],
                "selector": {
                  "app": "web"
                },
                "sessionAffinity": "None",
                "type": "LoadBalancer"
              },
              "status": {
                "loadBalancer": {}
              }
            }"#]],
    );
    check_create(
        json!({
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "web", "namespace": "prod"},
            "spec": {"clusterIP": "None", "ports": [{"port": 80, "targetPort": "http"}]},
        }),
        FieldValidation::Strict,
        expect![[r#"
            {
              "apiVersion": "v1",
              "kind": "Service",
              "metadata": {
                "name": "web",
                "namespace": "prod"
              },
              "spec": {
                "clusterIP": "None",
                "clusterIPs": [
                  "None"
                ],
                "internalTrafficPolicy": "Cluster",
                "ipFamilies": [
                  "IPv4"
                ],
                "ipFamilyPolicy": "SingleStack",
                "ports": [
                  {
                    "port": 80,
                    "protocol": "TCP",
                    "targetPort": "http"
                  }
                ],
                "sessionAffinity": "None",
                "type": "ClusterIP"
              },
              "status": {
                "loadBalancer": {}
              }
            }"#]],
    );
}

#[test]
fn secrets_namespaces_and_role_bindings() {
    check_create(
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}, "data": {"x": "eA=="}, "stringData": {"x": "y", "z": "w"}}),
        FieldValidation::Strict,
        expect![[r#"
            {
              "apiVersion": "v1",
              "data": {
                "x": "eQ==",
                "z": "dw=="
              },
              "kind": "Secret",
              "metadata": {
                "name": "a"
              },
              "type": "Opaque"
            }"#]],
    );
    check_create(
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "prod"}}),
        FieldValidation::Strict,
        expect![[r#"
            {
              "apiVersion": "v1",
              "kind": "Namespace",
              "metadata": {
                "labels": {
                  "kubernetes.io/metadata.name": "prod"
                },
                "name": "prod"
              },
              "spec": {
                "finalizers": [
                  "kubernetes"
                ]
              },
              "status": {
                "phase": "Active"
              }
            }"#]],
    );
    check_create(
        json!({
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "RoleBinding",
            "metadata": {"name": "a"},
            "roleRef": {"kind": "Role", "name": "r"},
            "subjects": [{"kind": "User", "name": "ada"}, {"kind": "ServiceAccount", "name": "b", "namespace": "c"}],
        }),
        FieldValidation::Strict,
        expect![[r#"
            {
              "apiVersion": "rbac.authorization.k8s.io/v1",
              "kind": "RoleBinding",
              "metadata": {
                "name": "a"
              },
              "roleRef": {
                "apiGroup": "rbac.authorization.k8s.io",
                "kind": "Role",
                "name": "r"
              },
              "subjects": [
                {
                  "apiGroup": "rbac.authorization.k8s.io",
                  "kind": "User",
                  "name": "ada"
                },
                {
                  "kind": "ServiceAccount",
                  "name": "b",
                  "namespace": "c"
                }
              ]
            }"#]],
    );
}

#[test]
fn a_job_is_labelled_by_its_uid_and_claims_and_autoscalers_are_completed() {
    check_create(
        json!({
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": {"name": "once", "uid": "u1"},
            "spec": {"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "a", "image": "a"}]}}},
        }),
        FieldValidation::Strict,
        expect![[r#"
            {
              "apiVersion": "batch/v1",
              "kind": "Job",
              "metadata": {
                "name": "once",
                "uid": "u1"
              },
              "spec": {
                "backoffLimit": 6,
                "completionMode": "NonIndexed",
                "completions": 1,
                "manualSelector": false,
                "parallelism": 1,
                "podReplacementPolicy": "TerminatingOrFailed",
                "selector": {
                  "matchLabels": {
                    "batch.kubernetes.io/controller-uid": "u1"
                  }
                },
                "suspend": false,
                "template": {
                  "metadata": {
                    "labels": {
                      "batch.kubernetes.io/controller-uid": "u1",
                      "batch.kubernetes.io/job-name": "once",
                      "controller-uid": "u1",
                      "job-name": "once"
                    }
                  },
                  "spec": {
                    "containers": [
                      {
                        "image": "a",
                        "imagePullPolicy": "Always",
                        "name": "a",
                        "resources": {},
                        "terminationMessagePath": "/dev/termination-log",
                        "terminationMessagePolicy": "File"
                      }
                    ],
                    "dnsPolicy": "ClusterFirst",
                    "restartPolicy": "Never",
                    "schedulerName": "default-scheduler",
                    "securityContext": {},
                    "terminationGracePeriodSeconds": 30
                  }
                }
              },
              "status": {}
            }"#]],
    );
    check_create(
        json!({
            "apiVersion": "autoscaling/v2beta2",
            "kind": "HorizontalPodAutoscaler",
            "metadata": {"name": "a"},
            "spec": {"maxReplicas": 4, "scaleTargetRef": {"kind": "Deployment", "name": "a"}},
        }),
        FieldValidation::Strict,
        expect![[r#"
            {
              "apiVersion": "autoscaling/v2beta2",
              "kind": "HorizontalPodAutoscaler",
              "metadata": {
                "name": "a"
              },
              "spec": {
                "maxReplicas": 4,
                "metrics": [
                  {
                    "resource": {
                      "name": "cpu",
                      "target": {
                        "averageUtilization": 80,
                        "type": "Utilization"
                      }
                    },
                    "type": "Resource"
                  }
                ],
                "minReplicas": 1,
                "scaleTargetRef": {
                  "kind": "Deployment",
                  "name": "a"
                }
              },
              "status": {
                "currentReplicas": 0,
                "desiredReplicas": 0
              }
            }"#]],
    );
}
