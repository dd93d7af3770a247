//! The wire: paths, parameters, content negotiation, bodies, answers.

mod accept;
mod body;
mod document;
mod path;
mod protobuf;
mod query;
mod reply;
mod service;

pub(crate) use accept::{Accepted, Format, Representation};
pub(crate) use body::{Decoded, decode as decode_body, json as json_body, media_type, yaml as yaml_body};
pub(crate) use query::{Effect, Query};
pub(crate) use reply::Reply;
pub use reply::ResponseBody;
pub use service::ApiService;
