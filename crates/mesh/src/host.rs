//! Host names as Istio reads them: short names, full names, wildcards.

/// The full name that a host means when an object of `namespace` writes it: a name without dots is a service of that
/// namespace (Istio `ResolveShortnameToFQDN`); everything else, wildcards included, stands for itself.
pub fn full_name(host: &str, namespace: &str, cluster_domain: &str) -> String {
    if host.is_empty() || host.contains('.') || host.contains('*') || host.contains(':') {
        host.to_owned()
    } else if namespace.is_empty() {
        format!("{host}.svc.{cluster_domain}")
    } else {
        format!("{host}.{namespace}.svc.{cluster_domain}")
    }
}

/// Whether some host is meant by both names (Istio `host.Name.Matches`): `*.a.com` and `b.a.com`, `*` and everything.
pub fn overlap(one: &str, other: &str) -> bool {
    match (one.strip_prefix('*'), other.strip_prefix('*')) {
        (None, None) => one == other,
        (Some(suffix), None) => other.ends_with(suffix),
        (None, Some(suffix)) => one.ends_with(suffix),
        (Some(one), Some(other)) => one.ends_with(other) || other.ends_with(one),
    }
}

/// Whether every host that `inner` means is meant by `outer` too (Istio `host.Name.SubsetOf`).
pub fn covers(outer: &str, inner: &str) -> bool {
    match (outer.strip_prefix('*'), inner.strip_prefix('*')) {
        (None, None) => outer == inner,
        (None, Some(_)) => false,
        (Some(suffix), None) => inner.ends_with(suffix),
        (Some(outer), Some(inner)) => inner.ends_with(outer),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_names_are_services_of_the_namespace() {
        for (host, full) in [
            ("reviews", "reviews.shop.svc.cluster.local"),
            ("reviews.other", "reviews.other"),
            ("*", "*"),
            ("a.com", "a.com"),
            ("", ""),
        ] {
            assert_eq!(full_name(host, "shop", "cluster.local"), full);
        }
    }

    #[test]
    fn wildcards_stand_for_what_ends_alike() {
        for (one, other, overlapping, covering) in [
            ("a.com", "a.com", true, true),
            ("*", "a.com", true, true),
            ("*.a.com", "b.a.com", true, true),
            ("*.a.com", "a.com", false, false),
            ("*.com", "*.a.com", true, true),
            ("*.a.com", "*.com", true, false),
            ("*.a.com", "*.b.com", false, false),
            ("b.a.com", "*.a.com", true, false),
        ] {
            assert_eq!((overlap(one, other), covers(one, other)), (overlapping, covering), "{one} {other}");
            assert_eq!(overlap(other, one), overlapping);
        }
    }
}
