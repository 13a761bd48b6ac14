//! Faults on demand.

use std::convert::Infallible;
use std::io;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::response::Response;
use futures_util::{StreamExt as _, stream};

/// What goes wrong.
#[derive(Debug, Clone)]
pub enum Fault {
    /// A chosen answer: a status, headers, a body.
    Answer { status: u16, headers: Vec<(String, String)>, body: String },
    /// The connection breaks within the body.
    Cut,
    /// No answer at all.
    Stall,
    /// A byte now and then, for ever.
    Drip,
    /// A body without end.
    Bomb,
}

impl Fault {
    /// An answer with a status and nothing in it.
    pub fn answer(status: u16) -> Self {
        Self::Answer { status, headers: Vec::new(), body: String::new() }
    }

    /// The same with a header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        if let Self::Answer { headers, .. } = &mut self {
            headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    /// The same with a body.
    pub fn body(mut self, text: &str) -> Self {
        if let Self::Answer { body, .. } = &mut self {
            text.clone_into(body);
        }
        self
    }

    pub(super) async fn carry_out(self) -> Response {
        let body = match self {
            Self::Answer { status, headers, body } => {
                let mut response = Response::builder().status(status);
                for (name, value) in headers {
                    response = response.header(name, value);
                }
                return response.body(body.into()).unwrap();
            }
            Self::Stall => {
                tokio::time::sleep(Duration::from_mins(10)).await;
                Body::empty()
            }
            Self::Cut => Body::from_stream(
                stream::iter([
                    Ok(Bytes::from_static(b"{\"tags\":[")),
                    Err(io::Error::other("cut")),
                ])
                .then(|it| async {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                    it
                }),
            ),
            Self::Drip => Body::from_stream(stream::repeat(()).then(|()| async {
                tokio::time::sleep(Duration::from_millis(20)).await;
                Ok::<_, Infallible>(Bytes::from_static(b" "))
            })),
            Self::Bomb => Body::from_stream(
                stream::repeat(Bytes::from(vec![b' '; 1 << 20])).map(Ok::<_, Infallible>),
            ),
        };
        Response::new(body)
    }
}

/// A fault that waits for its requests.
pub(super) struct Planned {
    pub(super) part: String,
    pub(super) times: usize,
    pub(super) fault: Fault,
}

/// The fault that a request meets, counted down.
pub(super) fn next(planned: &mut [Planned], uri: &str) -> Option<Fault> {
    let fault = planned.iter_mut().find(|it| it.times > 0 && uri.contains(&it.part))?;
    fault.times -= 1;
    Some(fault.fault.clone())
}
