//! What time it is for the API server.

use http::header;
use jiff::{SignedDuration, Timestamp};

use crate::request::Call;
use crate::{Cluster, ClusterError};

/// The API server's time, read between two moments by our own clock. It is told in whole seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// When it was asked.
    pub asked: Timestamp,
    /// What it said.
    pub told: Timestamp,
    /// When the answer was there.
    pub answered: Timestamp,
}

impl Reading {
    /// How far the API server's clock is ahead of ours, and behind if negative: as little as the reading allows.
    pub fn ahead(self) -> SignedDuration {
        let last = self.told + SignedDuration::from_secs(1);
        if self.told > self.answered {
            self.told.duration_since(self.answered)
        } else if last < self.asked {
            last.duration_since(self.asked)
        } else {
            SignedDuration::ZERO
        }
    }
}

impl Cluster {
    /// Reads the API server's clock; none if it does not say what time it is.
    pub async fn clock(&self) -> Result<Option<Reading>, ClusterError> {
        let asked = Timestamp::now();
        let answer = self.open(&Call::get("/version")).await.map_err(|(_, error)| error)?;
        let answered = Timestamp::now();
        let date = answer.headers().get(header::DATE).and_then(|date| date.to_str().ok());
        let told = date.and_then(|date| jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(date).ok());
        Ok(told.map(|told| Reading { asked, told, answered }))
    }
}

#[cfg(test)]
mod tests {
    use http::{Request, Response};
    use kube::client::Body;

    use super::*;

    fn second(second: i64) -> Timestamp {
        Timestamp::constant(second, 0)
    }

    #[test]
    fn a_difference_is_one_only_if_nothing_else_explains_it() {
        for (asked, told, answered, ahead) in [
            (100, 100, 100, 0),
            (100, 99, 100, 0),
            (100, 98, 100, -1),
            (100, 101, 102, 0),
            (100, 103, 102, 1),
            (100, 40, 102, -59),
            (100, 200, 102, 98),
        ] {
            let reading = Reading { asked: second(asked), told: second(told), answered: second(answered) };
            assert_eq!(reading.ahead(), SignedDuration::from_secs(ahead), "{reading:?}");
        }
    }

    async fn read(date: Option<&'static str>) -> Option<Timestamp> {
        let server = tower::service_fn(move |_: Request<Body>| async move {
            let mut answer = Response::builder();
            if let Some(date) = date {
                answer = answer.header(header::DATE, date);
            }
            answer.body(Body::from(b"{}".to_vec()))
        });
        let cluster = Cluster::new(kube::Client::new(server, "default"));
        cluster.clock().await.expect("an answer").map(|reading| reading.told)
    }

    #[tokio::test]
    async fn the_time_is_taken_from_the_answers_head() {
        assert_eq!(read(Some("Thu, 01 Jan 1970 00:01:40 GMT")).await, Some(second(100)));
        assert_eq!(read(Some("yesterday")).await, None);
        assert_eq!(read(None).await, None);
    }
}
