//! A container registry in this process, on loopback.
//!
//! It speaks the distribution protocol in the dialects of the registries that
//! exist: paging styles, ways to log in, and faults on demand. What it holds
//! and how it behaves can be changed while it runs; every request is kept.
//!
//! ```ignore
//! let registry = Registry::start().await;
//! let digest = registry.push("team/app", "1.0.0");
//! registry.paging(Paging::Quay);
//! registry.login(Login::Bearer);
//! registry.user("alice", "wonderland", &["team/app"]);
//! registry.fault("tags/list", 1, Fault::answer(429).header("retry-after", "0"));
//! ```

mod fault;
mod login;
mod paging;

pub use fault::Fault;
pub use login::Login;
pub use paging::Paging;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::Response;

use super::halt::Halt;

/// The type of every manifest here: an index over two platforms.
const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// A running registry. It stops when it is dropped.
pub struct Registry {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    server: tokio::task::JoinHandle<()>,
}

/// One request as it came.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The method.
    pub method: Method,
    /// Path and query.
    pub uri: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, as text.
    pub body: String,
}

impl Seen {
    /// A header's text, empty where it is absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|it| it.to_str().ok()).unwrap_or_default()
    }
}

#[derive(Default)]
struct State {
    address: String,
    /// Repository → tag → manifest. A tag may be any text: registries hold illegal ones.
    repositories: BTreeMap<String, BTreeMap<String, String>>,
    paging: Paging,
    logins: login::Logins,
    faults: Vec<fault::Planned>,
    digest_header: DigestHeader,
    halt: Option<Arc<Halt>>,
    seen: Vec<Seen>,
}

/// What is said about a manifest's digest.
#[derive(Debug, Clone, Default)]
enum DigestHeader {
    #[default]
    True,
    Absent,
    Other(String),
}

impl Registry {
    /// Starts an empty, open registry on a free port.
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state =
            Arc::new(Mutex::new(State { address: address.to_string(), ..State::default() }));
        let shared = Arc::clone(&state);
        let app = axum::Router::new().fallback(move |request: Request| {
            let state = Arc::clone(&shared);
            async move { answer(&state, request).await }
        });
        let server = tokio::spawn(async move {
            axum::serve(listener, app).await.unwrap();
        });
        Self { address, state, server }
    }

    /// `127.0.0.1:PORT`, as an image names it.
    pub fn host(&self) -> String {
        self.address.to_string()
    }

    /// Puts an image there, and returns its digest. Every tag has its own content.
    pub fn push(&self, repository: &str, tag: &str) -> String {
        self.push_content(repository, tag, "first")
    }

    /// The same with content of its own, for tags that move.
    pub fn push_content(&self, repository: &str, tag: &str, content: &str) -> String {
        let manifest = format!(
            r#"{{"schemaVersion":2,"mediaType":"{INDEX}","manifests":[],"annotations":{{"is":"{repository}:{tag}","content":"{content}"}}}}"#
        );
        let digest = digest_of(&manifest);
        let mut state = self.state();
        let tags = state.repositories.entry(repository.to_owned()).or_default();
        tags.insert(tag.to_owned(), manifest);
        digest
    }

    /// Takes a tag away.
    pub fn delete(&self, repository: &str, tag: &str) {
        if let Some(tags) = self.state().repositories.get_mut(repository) {
            tags.remove(tag);
        }
    }

    /// Lists tags in a registry's way from now on.
    pub fn paging(&self, paging: Paging) {
        self.state().paging = paging;
    }

    /// Wants a login from now on.
    pub fn login(&self, login: Login) {
        self.state().logins.login = login;
    }

    /// Knows a user, who may read these repositories.
    pub fn user(&self, name: &str, password: &str, repositories: &[&str]) {
        self.state().logins.add_user(name, password, repositories);
    }

    /// Lets everybody read these repositories.
    pub fn open_to_all(&self, repositories: &[&str]) {
        self.state().logins.add_user("", "", repositories);
    }

    /// Takes an identity token for a user's.
    pub fn identity_token(&self, token: &str, user: &str) {
        self.state().logins.add_identity_token(token, user);
    }

    /// Forgets every token that it gave.
    pub fn revoke_tokens(&self) {
        self.state().logins.revoke();
    }

    /// Gives tokens that live so many seconds.
    pub fn token_life(&self, seconds: u64) {
        self.state().logins.life = seconds;
    }

    /// Names another realm than its own.
    pub fn realm(&self, realm: &str) {
        self.state().logins.realm = Some(realm.to_owned());
    }

    /// Fails the next `times` requests whose path and query hold `part`.
    pub fn fault(&self, part: &str, times: usize, fault: Fault) {
        self.state().faults.push(fault::Planned { part: part.to_owned(), times, fault });
    }

    /// Says nothing about digests, as some registries do.
    pub fn hide_digests(&self) {
        self.state().digest_header = DigestHeader::Absent;
    }

    /// Says the same digest of everything.
    pub fn claim_digest(&self, digest: &str) {
        self.state().digest_header = DigestHeader::Other(digest.to_owned());
    }

    /// Shares a halt with this registry, or none any more.
    pub fn halt(&self, halt: Option<Arc<Halt>>) {
        self.state().halt = halt;
    }

    /// Every request so far.
    pub fn seen(&self) -> Vec<Seen> {
        self.state().seen.clone()
    }

    /// How many requests so far hold `part` in path and query.
    pub fn count(&self, part: &str) -> usize {
        self.state().seen.iter().filter(|it| it.uri.contains(part)).count()
    }

    /// Forgets the requests so far.
    pub fn forget(&self) {
        self.state().seen.clear();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn answer(state: &Mutex<State>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, 1 << 20).await.unwrap();
    let seen = Seen {
        method: head.method,
        uri: head.uri.to_string(),
        headers: head.headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    let halt = state.lock().unwrap().halt.clone();
    if let Some(halt) = halt {
        halt.enter().await;
    }
    let fault = {
        let mut state = state.lock().unwrap();
        state.seen.push(seen.clone());
        fault::next(&mut state.faults, &seen.uri)
    };
    match fault {
        Some(fault) => fault.carry_out().await,
        None => state.lock().unwrap().respond(&seen),
    }
}

impl State {
    fn respond(&mut self, seen: &Seen) -> Response {
        let (path, query) = seen.uri.split_once('?').unwrap_or((&seen.uri, ""));
        if path == "/token" {
            return self.logins.token(seen, query);
        }
        let Some(rest) = path.strip_prefix("/v2/") else {
            return error(StatusCode::NOT_FOUND, "NOT_FOUND", "no such page");
        };
        let repository = rest.rsplit_once("/tags/list").or_else(|| rest.rsplit_once("/manifests/"));
        let repository = repository.map(|(name, _)| name.to_owned());
        if let Some(refusal) = self.logins.refuse(seen, repository.as_deref(), &self.address) {
            return refusal;
        }
        let Some(repository) = repository else {
            return json(StatusCode::OK, "{}".to_owned());
        };
        let Some(tags) = self.repositories.get(&repository) else {
            return error(StatusCode::NOT_FOUND, "NAME_UNKNOWN", "repository name not known");
        };
        match rest.rsplit_once("/manifests/") {
            None => {
                let tags: Vec<&str> = tags.keys().map(String::as_str).collect();
                self.paging.list(&self.address, &repository, &tags, query)
            }
            Some((_, tag)) => match tags.get(tag) {
                Some(manifest) => self.manifest(seen, manifest),
                None => error(StatusCode::NOT_FOUND, "MANIFEST_UNKNOWN", "manifest unknown"),
            },
        }
    }

    fn manifest(&self, seen: &Seen, manifest: &str) -> Response {
        if !seen.header("accept").contains(INDEX) {
            return error(
                StatusCode::NOT_FOUND,
                "MANIFEST_UNKNOWN",
                "OCI index found, but accept header does not support OCI indexes",
            );
        }
        let mut response = Response::builder().header(header::CONTENT_TYPE, INDEX);
        match &self.digest_header {
            DigestHeader::True => {
                response = response.header("docker-content-digest", digest_of(manifest));
            }
            DigestHeader::Other(digest) => {
                response = response.header("docker-content-digest", digest);
            }
            DigestHeader::Absent => {}
        }
        let body =
            if seen.method == Method::HEAD { Body::empty() } else { manifest.to_owned().into() };
        response.body(body).unwrap()
    }
}

fn digest_of(content: &str) -> String {
    super::digest(content.as_bytes())
}

/// An answer in JSON.
fn json(status: StatusCode, body: String) -> Response {
    Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, "application/json")
        .body(body.into())
        .unwrap()
}

/// The error envelope of the distribution specification.
fn error(status: StatusCode, code: &str, message: &str) -> Response {
    json(status, format!(r#"{{"errors":[{{"code":"{code}","message":"{message}"}}]}}"#))
}
