//! The server as a `tower` service.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, USER_AGENT};
use http::{Method, Request, Response, request};
use http_body::Body;

use super::accept::negotiate;
use super::path::{self, ResourcePath};
use super::query::Query;
use super::reply::{Reply, ResponseBody, failure};
use super::{body, document};
use crate::authentication::Door;
use crate::authorization::acting_user;
use crate::core::Core;
use crate::error::ApiError;
use crate::field_management::manager_name;
use crate::reviews::User;
use crate::verbs::{Call, dispatch};

/// The server as a `tower` service: what a `kube::Client` can be made from. Cheap to clone.
///
/// Requests that come in this way are the administrator's; they pass everything else that requests over the network do.
#[derive(Debug, Clone)]
pub struct ApiService {
    core: Arc<Core>,
    door: Door,
}

impl ApiService {
    pub(crate) fn new(core: Arc<Core>, door: Door) -> ApiService {
        ApiService { core, door }
    }
}

impl<B> tower::Service<Request<B>> for ApiService
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Response = Response<ResponseBody>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<ResponseBody>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let ApiService { core, door } = self.clone();
        async move {
            // A bug in one request must not take the connection, and all that run on it, with it.
            let answered = AssertUnwindSafe(answer(core, door, request)).catch_unwind().await;
            Ok(match answered {
                Ok(Ok(reply)) => reply.into_response(),
                Ok(Err(error)) => failure(error),
                Err(_) => failure(ApiError::internal("the request made the server panic; please report it")),
            })
        }
        .boxed()
    }
}

async fn answer<B>(core: Arc<Core>, door: Door, request: Request<B>) -> Result<Reply, ApiError>
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let (head, body) = request.into_parts();
    let path = head.uri.path();
    if let Some(reply) = document::open(path) {
        return Ok(reply);
    }
    let user =
        door.user(text(&head.headers, AUTHORIZATION.as_str()), &core.tokens).ok_or_else(ApiError::unauthorized)?;
    let user = acting_user(&core, user, &head.headers)?;
    match path::parse(path) {
        Some(target) => resource(core, user, target, &head, body).await,
        None => document::answer(&core, &head),
    }
}

async fn resource<B>(
    core: Arc<Core>,
    user: User,
    target: ResourcePath,
    head: &request::Parts,
    body: B,
) -> Result<Reply, ApiError>
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let ResourcePath { group, version, namespace, plural, name, subresource } = target;
    let Some(resource) = core.registry().find(&group, &version, &plural).cloned() else {
        return document::not_served(&core, &group);
    };
    let query = Query::parse(head.uri.query().unwrap_or_default());
    let body = match head.method {
        Method::GET | Method::HEAD => Bytes::new(),
        _ => body::read(body, core.limits.request_bytes).await?,
    };
    let header = |name: &str| text(&head.headers, name).unwrap_or_default().to_owned();
    let manager = manager_name(query.text("fieldManager"), &header(USER_AGENT.as_str()));
    let call = Call {
        accepted: negotiate(text(&head.headers, ACCEPT.as_str()))?,
        content_type: header(CONTENT_TYPE.as_str()),
        core,
        resource,
        namespace,
        name,
        subresource,
        query,
        body,
        manager,
        user,
    };
    dispatch(&head.method, call).await
}

/// A header that is readable text.
pub(super) fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}
