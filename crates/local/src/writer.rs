//! Carries actions out, and shows every answer to the caches at once.

use std::sync::Arc;

use kube::api::{DeleteParams, Patch, PatchParams, PostParams, Preconditions};
use kube::core::Request;
use kube::core::response::Status;
use serde_json::{Value, json};
use thiserror::Error;

use crate::action::{Action, Event, Severity, Story, Target};
use crate::events::{Recorder, manager};
use crate::namespace::DEFAULT_ACCOUNT;
use crate::watch::{Head, Key, Kind, World};

/// A request, or why it could not be built.
type Built = Result<http::Request<Vec<u8>>, kube::core::request::Error>;

/// Why an action could not be carried out.
#[derive(Debug, Clone, Error, PartialEq, Eq)]
pub(crate) enum Failure {
    /// Somebody else was quicker; another look at the new state will tell.
    #[error("{0}")]
    Outdated(String),
    /// The namespace is going away; nothing can be created in it any more.
    #[error("{0}")]
    Terminating(String),
    /// The API server refuses an object; the message is what users need to see.
    #[error("{0}")]
    Refused(String),
    /// The API server could not be asked.
    #[error("{0}")]
    Unavailable(String),
}

impl Failure {
    /// What the API server said to an object it refuses.
    pub(crate) fn refusal(&self) -> Option<&str> {
        match self {
            Self::Refused(message) => Some(message),
            Self::Outdated(_) | Self::Terminating(_) | Self::Unavailable(_) => None,
        }
    }
}

impl From<kube::Error> for Failure {
    fn from(error: kube::Error) -> Self {
        let kube::Error::Api(status) = error else { return Self::Unavailable(error.to_string()) };
        let message = status.message.clone();
        match status.code {
            403 if terminating(&status) => Self::Terminating(message),
            404 | 409 => Self::Outdated(message),
            400 | 403 | 413 | 422 => Self::Refused(message),
            _ => Self::Unavailable(message),
        }
    }
}

fn terminating(status: &Status) -> bool {
    status.details.iter().flat_map(|details| &details.causes).any(|cause| cause.reason == "NamespaceTerminating")
        || status.message.contains("because it is being terminated")
}

/// Writes in the name of the controllers.
#[derive(Clone)]
pub(crate) struct Writer {
    pub(crate) client: kube::Client,
    pub(crate) world: Arc<World>,
    pub(crate) recorder: Recorder,
}

impl Writer {
    /// Carries out one action of `component`, such as `replicaset-controller`.
    pub(crate) async fn carry_out(&self, component: &'static str, action: Action) -> Result<(), Failure> {
        tracing::debug!(component, %action);
        match action {
            Action::Create { target, object, story } => self.create(component, target, *object, story).await,
            Action::Patch { target, patch } => {
                let request = Request::new(target.kind.path(&target.key.namespace));
                let request = request.patch(&target.key.name, &patching(component), &Patch::Merge(patch));
                self.send(&target, request).await
            }
            Action::Status { target, patch } => {
                let request = Request::new(target.kind.path(&target.key.namespace));
                let patch = Patch::Merge(patch);
                let request = request.patch_subresource("status", &target.key.name, &patching(component), &patch);
                self.send(&target, request).await
            }
            Action::Scale { target, replicas } => {
                let request = Request::new(target.kind.path(&target.key.namespace));
                let patch = Patch::Merge(json!({ "spec": { "replicas": replicas } }));
                let request = request.patch_subresource("scale", &target.key.name, &patching(component), &patch);
                // The answer is a Scale, not the object; the watch brings that.
                self.client.request::<Value>(request.map_err(unsendable)?).await?;
                Ok(())
            }
            Action::Bind { pod, node } => {
                let binding = json!({
                    "apiVersion": "v1", "kind": "Binding",
                    "metadata": { "name": &*pod.key.name, "namespace": &*pod.key.namespace, "uid": pod.uid },
                    "target": { "apiVersion": "v1", "kind": "Node", "name": node },
                });
                let request = Request::new(pod.kind.path(&pod.key.namespace));
                let body = binding.to_string().into_bytes();
                let request = request.create_subresource("binding", &pod.key.name, &posting(component), body);
                // The answer is a Status; the watch brings the pod.
                self.client.request::<Value>(request.map_err(unsendable)?).await?;
                Ok(())
            }
            Action::Delete { target, grace } => self.delete(target, grace).await,
            Action::Event(event) => {
                self.recorder.tell(component, event);
                Ok(())
            }
        }
    }

    async fn create(
        &self,
        component: &'static str,
        target: Target,
        object: Value,
        story: Story,
    ) -> Result<(), Failure> {
        let request = Request::new(target.kind.path(&target.key.namespace));
        let request = request.create(&posting(component), object.to_string().into_bytes()).map_err(unsendable)?;
        let answer = match self.unknown_account(&target, &object) {
            Some(refusal) => Err(Failure::Refused(refusal)),
            None => self.client.request_text(request).await.map_err(Failure::from),
        };
        let Story::CreatedPod(owner) = story else {
            return answer.map(|answer| self.absorb(&target, &answer));
        };
        let (severity, reason, message) = match &answer {
            Ok(answer) => {
                let name = Head::of_kind(target.kind, answer).map(|head| head.key().name).unwrap_or_default();
                (Severity::Normal, "SuccessfulCreate", format!("Created pod: {name}"))
            }
            // Not worth a word: the owner goes too.
            Err(Failure::Terminating(_)) => return answer.map(drop),
            Err(failure) => (Severity::Warning, "FailedCreate", format!("Error creating: {failure}")),
        };
        self.recorder.tell(component, Event { about: owner, field: None, severity, reason, message });
        answer.map(|answer| self.absorb(&target, &answer))
    }

    /// What the ServiceAccount admission of a real API server says to a pod whose account does not exist.
    ///
    /// `default` is never missed: every namespace is about to get it.
    fn unknown_account(&self, target: &Target, object: &Value) -> Option<String> {
        let name =
            object.pointer("/spec/serviceAccountName").and_then(Value::as_str).filter(|name| !name.is_empty())?;
        let account = Key::new(target.key.namespace.clone(), name);
        if target.kind != Kind::Pod || name == DEFAULT_ACCOUNT || self.world.service_accounts.contains(&account) {
            return None;
        }
        let generated = object.pointer("/metadata/generateName").and_then(Value::as_str);
        let pod = generated.unwrap_or(&target.key.name);
        Some(format!(
            "pods \"{pod}\" is forbidden: error looking up service account {account}: serviceaccount \"{name}\" not found"
        ))
    }

    async fn delete(&self, target: Target, grace: Option<u32>) -> Result<(), Failure> {
        let params = DeleteParams {
            grace_period_seconds: grace,
            propagation_policy: Some(kube::api::PropagationPolicy::Background),
            preconditions: Some(Preconditions { uid: Some(target.uid.clone()), resource_version: None }),
            ..DeleteParams::default()
        };
        let request = Request::new(target.kind.path(&target.key.namespace)).delete(&target.key.name, &params);
        match self.client.request::<Value>(request.map_err(unsendable)?).await.map_err(Failure::from) {
            Ok(answer) if answer["kind"] == "Status" => self.world.cache(target.kind).forget(&target.key, &target.uid),
            Ok(answer) => match answer.pointer("/metadata/deletionTimestamp") {
                Some(_) if !ended(&answer) => self.absorb(&target, &answer.to_string()),
                _ => self.world.cache(target.kind).forget(&target.key, &target.uid),
            },
            // Gone already, or another object has its name.
            Err(Failure::Outdated(_)) => self.world.cache(target.kind).forget(&target.key, &target.uid),
            Err(failure) => return Err(failure),
        }
        Ok(())
    }

    async fn send(&self, target: &Target, request: Built) -> Result<(), Failure> {
        let answer = self.client.request_text(request.map_err(unsendable)?).await?;
        self.absorb(target, &answer);
        Ok(())
    }

    fn absorb(&self, target: &Target, answer: &str) {
        self.world.cache(target.kind).absorb(answer);
    }
}

/// Whether the answer to a delete shows an object that is no longer stored.
fn ended(answer: &Value) -> bool {
    let finalizers = answer.pointer("/metadata/finalizers").and_then(Value::as_array);
    let grace = answer.pointer("/metadata/deletionGracePeriodSeconds").and_then(Value::as_i64);
    finalizers.is_none_or(Vec::is_empty) && grace == Some(0)
}

fn posting(component: &str) -> PostParams {
    PostParams { field_manager: Some(manager(component).to_owned()), ..PostParams::default() }
}

fn patching(component: &str) -> PatchParams {
    PatchParams { field_manager: Some(manager(component).to_owned()), ..PatchParams::default() }
}

fn unsendable(error: kube::core::request::Error) -> Failure {
    Failure::Unavailable(format!("the request could not be built: {error}"))
}
