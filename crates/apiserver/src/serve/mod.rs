//! HTTPS on a socket, and who may connect.

mod credentials;
mod endpoint;

pub(crate) use credentials::Credentials;
pub use credentials::CredentialsError;
pub(crate) use endpoint::serve;
pub use endpoint::{Endpoint, ServeError};
