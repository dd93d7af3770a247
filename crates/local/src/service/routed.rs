//! A Service as its cache holds it: what is asked of all Services of a namespace, or of all, is read without opening any.

use std::collections::BTreeMap;
use std::sync::Arc;

use k8s_openapi::api::core::v1::Service;

use super::follows_pods;
use crate::watch::{Form, Text};

/// The text of a Service, with what changes of pods and other Services ask of it.
#[derive(Clone)]
pub(crate) struct Routed {
    text: Text<Service>,
    /// The labels it selects pods by; none if its endpoints are not found that way.
    selector: Box<[(Box<str>, Box<str>)]>,
    /// Where its load balancer is reached.
    addresses: Box<[Box<str>]>,
}

impl Routed {
    /// Whether pods with these labels stand behind it.
    pub(crate) fn selects(&self, labels: &BTreeMap<String, String>) -> bool {
        let has = |(key, value): &(Box<str>, Box<str>)| labels.get(&**key).is_some_and(|label| **label == **value);
        !self.selector.is_empty() && self.selector.iter().all(has)
    }

    /// Where its load balancer is reached.
    pub(crate) fn addresses(&self) -> impl Iterator<Item = &str> {
        self.addresses.iter().map(|address| &**address)
    }
}

impl Form<Service> for Routed {
    fn hold(service: Service) -> Result<Self, serde_json::Error> {
        let selector = service.spec.as_ref().filter(|spec| follows_pods(spec)).and_then(|spec| spec.selector.as_ref());
        let labels = selector.into_iter().flatten().map(|(key, value)| (key.as_str().into(), value.as_str().into()));
        let balancer = service.status.as_ref().and_then(|status| status.load_balancer.as_ref());
        let points = balancer.into_iter().flat_map(|balancer| balancer.ingress.iter().flatten());
        Ok(Self {
            selector: labels.collect(),
            addresses: points.filter_map(|point| point.ip.as_deref()).map(Box::from).collect(),
            text: Text::hold(service)?,
        })
    }

    fn open(&self) -> Arc<Service> {
        self.text.open()
    }
}
