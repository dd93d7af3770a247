//! Server-side apply.

use std::time::Duration;

use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt};
use http::{Method, StatusCode};
use manifest::{Definition, Value};

use crate::request::{APPLY, Call};
use crate::{ApplyError, Cluster, ClusterError, Event, ObjectRef, Propagation, Scope, Selector};

/// What to do about fields that other managers own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conflicts {
    /// Take them.
    Force,
    /// Fail and name them.
    Report,
}

/// Whether anything is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DryRun {
    /// It is.
    No,
    /// The API server does everything but store.
    Yes,
}

/// What the API server does about fields that it does not know. As nobody can own what a schema does not declare, it may
/// refuse them in a server-side apply whatever is asked for; see [`ApplyError::undeclared`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldValidation {
    /// What it does by itself: drop them and warn.
    Usual,
    /// Refuse the object.
    Strict,
    /// Drop them.
    Ignore,
}

/// How to apply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApplyMode {
    /// The field manager.
    pub manager: String,
    /// What to do about other managers.
    pub conflicts: Conflicts,
    /// Whether anything is stored.
    pub dry_run: DryRun,
    /// What to do about unknown fields.
    pub validation: FieldValidation,
}

impl ApplyMode {
    /// Stores, as `manager`, taking over fields.
    pub fn forced(manager: impl Into<String>) -> ApplyMode {
        ApplyMode {
            manager: manager.into(),
            conflicts: Conflicts::Force,
            dry_run: DryRun::No,
            validation: FieldValidation::Usual,
        }
    }

    /// The same with another opinion of unknown fields.
    pub fn validating(self, validation: FieldValidation) -> ApplyMode {
        ApplyMode { validation, ..self }
    }

    /// The same without storing.
    pub fn dry(self) -> ApplyMode {
        ApplyMode { dry_run: DryRun::Yes, ..self }
    }
}

/// What an apply did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// The object did not exist.
    Created,
    /// It was changed.
    Configured,
    /// It already was so.
    Unchanged,
}

/// An applied object.
#[derive(Debug, Clone, PartialEq)]
pub struct Applied {
    /// As the API server has it now.
    pub object: Value,
    /// What happened to it.
    pub change: Change,
}

/// How long a recreated object may take to go away.
const GONE_WITHIN: Duration = Duration::from_secs(60);

impl Cluster {
    /// Applies one object. `before` is the resource version the object was last seen with, if it was seen: it tells
    /// [`Change::Configured`] from [`Change::Unchanged`].
    pub async fn apply(&self, manifest: &Value, before: Option<&str>, mode: &ApplyMode) -> Result<Applied, ApplyError> {
        let Some(object) = ObjectRef::of(manifest) else {
            let message = "the object has no apiVersion, kind or metadata.name".to_owned();
            return Err(ApplyError::Other(ClusterError::BadRequest { message }));
        };
        let failed = |error| ApplyError::of(error, &object.gvk, &object.namespace);
        let path = self.path(&object).await.map_err(failed)?;
        let force = match mode.conflicts {
            Conflicts::Force => "true",
            Conflicts::Report => "false",
        };
        let mut call = Call::new(Method::PATCH, path)
            .query("fieldManager", &mode.manager)
            .query("force", force)
            .body(APPLY, manifest);
        if mode.dry_run == DryRun::Yes {
            call = call.query("dryRun", "All");
        }
        call = match mode.validation {
            FieldValidation::Usual => call,
            FieldValidation::Strict => call.query("fieldValidation", "Strict"),
            FieldValidation::Ignore => call.query("fieldValidation", "Ignore"),
        };
        let answer = self.send(&call).await.map_err(failed)?;
        let change = if answer.status == StatusCode::CREATED {
            Change::Created
        } else if before.is_some_and(|before| answer.value["metadata"]["resourceVersion"] == before) {
            Change::Unchanged
        } else {
            Change::Configured
        };
        if mode.dry_run == DryRun::No && object.gvk.is_definition() && change != Change::Unchanged {
            Definition::of(&answer.value).into_iter().for_each(|definition| self.announce(definition));
        }
        Ok(Applied { object: answer.value, change })
    }

    /// What every object would become, each with its own result, in order. Nothing is stored.
    pub async fn dry_run_all(&self, manifests: &[&Value], mode: &ApplyMode) -> Vec<Result<Value, ApplyError>> {
        let mode = mode.clone().dry();
        // Boxed one by one: the compiler cannot prove a stream of borrowing closures `Send` for every lifetime.
        let runs: Vec<BoxFuture<'_, _>> =
            manifests.iter().map(|manifest| self.preview(manifest, &mode).boxed()).collect();
        futures::stream::iter(runs).buffered(self.shared.settings.concurrency.max(1)).collect().await
    }

    async fn preview(&self, manifest: &Value, dry: &ApplyMode) -> Result<Value, ApplyError> {
        Ok(self.apply(manifest, None, dry).await?.object)
    }

    /// Deletes the object, waits until it is really gone (finalizers included; at most a minute), and applies it anew.
    pub async fn recreate(&self, manifest: &Value, mode: &ApplyMode) -> Result<Applied, ApplyError> {
        if let Some(object) = ObjectRef::of(manifest) {
            let failed = |error| ApplyError::of(error, &object.gvk, &object.namespace);
            self.delete(&object, Propagation::Background, None).await.map_err(failed)?;
            self.wait_until_gone(&object).await.map_err(failed)?;
        }
        self.apply(manifest, None, mode).await
    }

    async fn wait_until_gone(&self, object: &ObjectRef) -> Result<(), ClusterError> {
        let scope = match object.namespace.as_str() {
            "" => Scope::Cluster,
            namespace => Scope::Namespace(namespace.to_owned()),
        };
        let selector = Selector::fields(format!("metadata.name={}", object.name));
        let mut watch = self.watch(&object.gvk, scope, selector);
        let gone = async {
            loop {
                match watch.next().await {
                    Event::Deleted(_) => return,
                    Event::Restarted(objects) if objects.is_empty() => return,
                    Event::Restarted(_) | Event::Applied(_) => {}
                }
            }
        };
        tokio::time::timeout(GONE_WITHIN, gone).await.map_err(|_| ClusterError::Conflict {
            message: format!(
                "{} is still there {GONE_WITHIN:?} after it was deleted to be recreated; a finalizer holds it",
                object.id()
            ),
            causes: Vec::new(),
        })
    }
}
