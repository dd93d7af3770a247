//! What the demo's git repository begins with: a small fleet with infrastructure, policies and two apps.

/// The files of the first commit.
pub(super) const FILES: &[(&str, &str)] = &[
    ("clusters/demo/infrastructure.yaml", include_str!("files/clusters-infrastructure.yaml")),
    ("clusters/demo/policies.yaml", include_str!("files/clusters-policies.yaml")),
    ("clusters/demo/apps.yaml", include_str!("files/clusters-apps.yaml")),
    ("infrastructure/namespaces.yaml", include_str!("files/infrastructure-namespaces.yaml")),
    ("infrastructure/settings.yaml", include_str!("files/infrastructure-settings.yaml")),
    ("policies/mesh.yaml", include_str!("files/policies-mesh.yaml")),
    ("policies/network.yaml", include_str!("files/policies-network.yaml")),
    ("apps/base/kustomization.yaml", include_str!("files/apps-base-kustomization.yaml")),
    ("apps/base/deployment.yaml", include_str!("files/apps-base-deployment.yaml")),
    ("apps/base/service.yaml", include_str!("files/apps-base-service.yaml")),
    ("apps/backend/kustomization.yaml", include_str!("files/apps-backend-kustomization.yaml")),
    ("apps/frontend/kustomization.yaml", include_str!("files/apps-frontend-kustomization.yaml")),
    ("apps/frontend/autoscaler.yaml", include_str!("files/apps-frontend-autoscaler.yaml")),
    ("apps/kustomization.yaml", include_str!("files/apps-kustomization.yaml")),
];
