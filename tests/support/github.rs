//! A GitHub on loopback, for tests and for the demo.
//!
//! It keeps one repository's pull requests and refuses what GitHub refuses.
//! Every request, and every answer of its own, is checked against GitHub's
//! `OpenAPI` description and GraphQL schema: what does not keep to them is a
//! violation, which [`GitHubServer::assert_no_violations`] tells.

mod answer;
mod bare;
mod contract;
mod faults;
mod graphql;
mod issues;
mod objects;
mod permissions;
mod pulls;
mod repository;
mod routes;
mod show;

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard},
};

use axum::{
    Router,
    body::{Body, Bytes},
    http::{HeaderMap, Method, Response, Uri},
};
use serde_json::Value;
use tokio::{net::TcpListener, task::JoinHandle};

pub use self::{
    faults::Fault,
    permissions::{Level, Token},
    pulls::Pull,
    repository::{Heads, Repository},
};
use super::halt::Halt;

/// Where REST and GraphQL are, below the server's address.
#[derive(Debug, Clone)]
pub struct Paths {
    pub api: String,
    pub graphql: String,
}

impl Default for Paths {
    /// As GitHub Enterprise Server has them, where they are not siblings.
    fn default() -> Self {
        Self { api: "/api/v3".to_owned(), graphql: "/api/graphql".to_owned() }
    }
}

/// One request, as it came.
#[derive(Debug, Clone)]
pub struct Request {
    /// `POST /pulls`: the method, and the described path below the
    /// repository; `GraphQL IsInMergeQueue` for a GraphQL operation.
    pub route: String,
    /// The path and what is behind `?`.
    pub target: String,
    pub headers: HeaderMap,
    /// The JSON, null where there is none.
    pub body: Value,
    /// Whether it wants to change something.
    pub write: bool,
    /// What was answered; 0 while, or when, nothing was.
    pub status: u16,
}

/// A running server; it stops when dropped.
#[derive(Debug)]
pub struct GitHubServer {
    address: SocketAddr,
    paths: Paths,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    repository: Mutex<Repository>,
    faults: Mutex<Vec<(String, Fault)>>,
    requests: Mutex<Vec<Request>>,
    violations: Mutex<Vec<String>>,
    halt: Mutex<Option<Arc<Halt>>>,
    paths: Paths,
    /// `http://127.0.0.1:PORT`
    server: String,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

impl GitHubServer {
    /// Starts one on a free port of loopback.
    pub async fn start(repository: Repository) -> Self {
        Self::start_at(repository, "127.0.0.1:0", Paths::default()).await
    }

    /// Starts one at an address, with other paths.
    pub async fn start_at(repository: Repository, address: &str, paths: Paths) -> Self {
        let listener = TcpListener::bind(address).await.expect("the address is free");
        let address = listener.local_addr().expect("a bound socket has an address");
        let shared = Arc::new(Shared {
            repository: Mutex::new(repository),
            faults: Mutex::default(),
            requests: Mutex::default(),
            violations: Mutex::default(),
            halt: Mutex::default(),
            paths: paths.clone(),
            server: format!("http://{address}"),
        });
        let state = Arc::clone(&shared);
        let router = Router::new().fallback(
            move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| {
                let shared = Arc::clone(&state);
                async move {
                    let halt = lock(&shared.halt).clone();
                    let Some(halt) = halt else {
                        return shared.serve(&method, &uri, headers, &body).await;
                    };
                    let number = halt.enter().await;
                    let response = shared.serve(&method, &uri, headers, &body).await;
                    halt.leave(number).await;
                    response
                }
            },
        );
        let task = tokio::spawn(async move {
            // Ends with the process or with `abort`, never by itself.
            drop(axum::serve(listener, router).await);
        });
        Self { address, paths, shared, task }
    }

    /// `GITHUB_SERVER_URL`
    pub fn server_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// `GITHUB_API_URL`
    pub fn api_url(&self) -> String {
        format!("http://{}{}", self.address, self.paths.api)
    }

    /// `GITHUB_GRAPHQL_URL`
    pub fn graphql_url(&self) -> String {
        format!("http://{}{}", self.address, self.paths.graphql)
    }

    /// The repository, to look at and to change; requests wait meanwhile.
    pub fn repository(&self) -> MutexGuard<'_, Repository> {
        lock(&self.shared.repository)
    }

    /// Lets the next request of a route (as in [`Request::route`]) fail; of
    /// several for one route each serves once, in this order.
    pub fn fail(&self, route: &str, fault: Fault) {
        lock(&self.shared.faults).push((route.to_owned(), fault));
    }

    /// Lets nothing fail any more; gives the routes that did not have to.
    pub fn heal(&self) -> Vec<String> {
        lock(&self.shared.faults).drain(..).map(|(route, _)| route).collect()
    }

    /// Shares a halt with this server, or none any more.
    pub fn halt(&self, halt: Option<Arc<Halt>>) {
        *lock(&self.shared.halt) = halt;
    }

    /// Everything that was asked so far.
    pub fn requests(&self) -> Vec<Request> {
        lock(&self.shared.requests).clone()
    }

    /// The routes of all requests that wanted to change something, in order.
    pub fn writes(&self) -> Vec<String> {
        self.requests()
            .into_iter()
            .filter(|request| request.write)
            .map(|request| request.route)
            .collect()
    }

    /// What did not keep to GitHub's description.
    pub fn violations(&self) -> Vec<String> {
        lock(&self.shared.violations).clone()
    }

    /// # Panics
    /// When something did not keep to GitHub's description.
    pub fn assert_no_violations(&self) {
        let violations = self.violations();
        assert!(violations.is_empty(), "not as GitHub documents it:\n{}", violations.join("\n"));
    }
}

impl Drop for GitHubServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shared {
    fn violation(&self, route: &str, what: &str) {
        lock(&self.violations).push(format!("{route}: {what}"));
    }

    /// The next fault of a route, used up.
    fn fault(&self, route: &str) -> Option<Fault> {
        let mut faults = lock(&self.faults);
        let at = faults.iter().position(|(of, _)| of == route)?;
        Some(faults.remove(at).1)
    }

    async fn serve(
        &self,
        method: &Method,
        uri: &Uri,
        headers: HeaderMap,
        body: &Bytes,
    ) -> Response<Body> {
        let mut asked = self.read(method, uri, headers, body);
        let at = {
            let mut requests = lock(&self.requests);
            requests.push(asked.request.clone());
            requests.len() - 1
        };
        let fault = self.fault(&asked.request.route);
        if let Some(Fault::Slow(duration)) = fault {
            tokio::time::sleep(duration).await;
        }
        let response = match fault {
            Some(Fault::Reset) => return broken(),
            Some(Fault::Html(status)) => return html(status),
            Some(Fault::Refuse { status, headers, body }) => {
                self.send(answer::Answer { status, headers, body: Some(body) })
            }
            Some(Fault::LoseReply) => {
                drop(self.answer(&mut asked));
                return broken();
            }
            Some(Fault::DoneButStatus(status)) => {
                drop(self.answer(&mut asked));
                self.send(answer::Answer::refusal(status, "Server Error"))
            }
            Some(Fault::Slow(_)) | None => {
                let answer = self.answer(&mut asked);
                self.send(answer)
            }
        };
        lock(&self.requests)[at].status = response.status().as_u16();
        response
    }

    /// An answer with what GitHub puts on every one.
    fn send(&self, answer: answer::Answer) -> Response<Body> {
        let mut response = Response::builder()
            .status(answer.status)
            .header("content-type", "application/json; charset=utf-8")
            .header("x-github-media-type", "github.v3; format=json");
        let limited = answer.headers.iter().any(|(name, _)| name.starts_with("x-ratelimit"));
        if !limited {
            response = response.header("x-ratelimit-remaining", "4999");
        }
        for (name, value) in answer.headers {
            response = response.header(
                name,
                value.replace("{api}", &format!("{}{}", self.server, self.paths.api)),
            );
        }
        let body = answer.body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        response.body(body).expect("the headers are valid")
    }
}

/// A reply that breaks off before its end.
fn broken() -> Response<Body> {
    let cut = futures_util::stream::iter([Err::<Bytes, _>(std::io::Error::other("cut off"))]);
    Response::builder()
        .header("content-length", "100")
        .body(Body::from_stream(cut))
        .expect("the headers are valid")
}

fn html(status: u16) -> Response<Body> {
    let page = "<!DOCTYPE html><html><body><h1>Unicorn!</h1></body></html>";
    let response = Response::builder().status(status).header("content-type", "text/html");
    response.body(Body::from(page)).expect("the headers are valid")
}
