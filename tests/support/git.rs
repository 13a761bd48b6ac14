//! A Git server like GitHub's: bare repositories behind the real
//! `git http-backend`, on loopback, with a token, and with faults on demand.
//!
//! ```ignore
//! let server = GitServer::start().await;
//! let fleet = server.create("acme/fleet");
//! fleet.commit("main", "Begin", &[("apps/a.yaml", "a: 1\n")]);
//! // point the program at `fleet.remote()`, with the token [`TOKEN`]
//! assert_eq!(fleet.read("main", "apps/a.yaml").unwrap(), b"a: 1\n");
//! fleet.fsck();
//! ```
//!
//! Needs the `git` program (`apt-get install git`).

mod repository;

use std::{
    collections::{BTreeMap, VecDeque},
    io,
    path::{Path, PathBuf},
    process::Stdio,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, Method, Response, StatusCode, header},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use tempfile::TempDir;
use tokio::{io::AsyncWriteExt as _, net::TcpListener, task::JoinHandle};

pub use self::repository::{Content, Repository, git, succeeds};
use self::repository::{environment, missing};
use super::halt::Halt;

/// The token that the server wants, with any user name. Tests look for it in everything shown.
pub const TOKEN: &str = "ghs_0123456789abcdefTESTTOKEN";

/// What a request was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// The greeting before a fetch or a look at the branches.
    ReadGreeting,
    /// `ls-refs` and `fetch`.
    Read,
    /// The greeting before a push.
    PushGreeting,
    /// The push itself.
    Push,
}

/// What goes wrong with the next request of a [`Step`].
#[derive(Debug, Clone)]
pub enum Fault {
    /// An answer instead of the service's own: status, content type, body.
    Answer(StatusCode, &'static str, &'static str),
    /// The answer begins and breaks off; nothing is carried out.
    Reset,
    /// The request is carried out, and its answer breaks off.
    LostReply,
    /// The request is carried out, and a proxy answers 502 in its place.
    LostBehindProxy,
    /// Another address.
    Redirect(StatusCode, String),
}

/// A request that came in.
#[derive(Debug, Clone)]
pub struct Seen {
    /// What it was for.
    pub step: Step,
    /// Path and query.
    pub path: String,
    /// Whether an `Authorization` header came with it.
    pub login: bool,
}

/// The server. Its repositories go with it.
pub struct GitServer {
    url: String,
    root: TempDir,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

struct Shared {
    root: PathBuf,
    public: AtomicBool,
    read_only: AtomicBool,
    faults: Mutex<BTreeMap<Step, VecDeque<Fault>>>,
    moved: Mutex<BTreeMap<String, String>>,
    seen: Mutex<Vec<Seen>>,
    halt: Mutex<Option<Arc<Halt>>>,
}

impl GitServer {
    /// Starts a server without repositories, on a free port of loopback.
    pub async fn start() -> Self {
        let root = TempDir::new().unwrap();
        let shared = Arc::new(Shared {
            root: root.path().to_owned(),
            public: AtomicBool::new(false),
            read_only: AtomicBool::new(false),
            faults: Mutex::default(),
            moved: Mutex::default(),
            seen: Mutex::default(),
            halt: Mutex::default(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let app = Router::new().fallback(serve).with_state(Arc::clone(&shared));
        let task = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { url, root, shared, task }
    }

    /// `http://127.0.0.1:PORT`, what `GITHUB_SERVER_URL` is on GitHub.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Makes an empty bare repository, `owner/name`, whose HEAD names `main`.
    pub fn create(&self, name: &str) -> Repository {
        let directory = self.root.path().join(format!("{name}.git"));
        Repository::create(name, &format!("{}/{name}", self.url), directory)
    }

    /// Lets everybody read without a token.
    pub fn open_to_readers(&self) {
        self.shared.public.store(true, Ordering::Relaxed);
    }

    /// Refuses pushes as GitHub does where `contents: write` is missing.
    pub fn make_read_only(&self) {
        self.shared.read_only.store(true, Ordering::Relaxed);
    }

    /// Answers for the old name with a redirect to the new one.
    pub fn rename(&self, old: &str, new: &str) {
        let path = |name: &str| self.root.path().join(format!("{name}.git"));
        std::fs::create_dir_all(path(new).parent().unwrap()).unwrap();
        std::fs::rename(path(old), path(new)).unwrap();
        self.shared.moved.lock().unwrap().insert(old.to_owned(), new.to_owned());
    }

    /// Lets one request fail; several calls make a queue.
    pub fn fail(&self, step: Step, fault: Fault) {
        self.shared.faults.lock().unwrap().entry(step).or_default().push_back(fault);
    }

    /// Lets nothing fail any more.
    pub fn heal(&self) {
        self.shared.faults.lock().unwrap().clear();
    }

    /// Shares a halt with this server, or none any more.
    pub fn halt(&self, halt: Option<Arc<Halt>>) {
        *self.shared.halt.lock().unwrap() = halt;
    }

    /// Every request so far.
    pub fn seen(&self) -> Vec<Seen> {
        self.shared.seen.lock().unwrap().clone()
    }

    /// How many requests of a kind there were so far.
    pub fn count(&self, step: Step) -> usize {
        self.seen().iter().filter(|seen| seen.step == step).count()
    }
}

impl Drop for GitServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(State(server): State<Arc<Shared>>, request: Request) -> Response<Body> {
    let halt = server.halt.lock().unwrap().clone();
    let Some(halt) = halt else { return serve_now(server, request).await };
    let number = halt.enter().await;
    let response = serve_now(server, request).await;
    halt.leave(number).await;
    response
}

async fn serve_now(server: Arc<Shared>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().to_owned();
    let query = parts.uri.query().unwrap_or_default().to_owned();
    let Some((name, service)) = split(&path) else { return answer(StatusCode::NOT_FOUND, "") };
    let push = format!("{query}{service}").contains("git-receive-pack");
    let step = match (push, service == "info/refs") {
        (false, true) => Step::ReadGreeting,
        (false, false) => Step::Read,
        (true, true) => Step::PushGreeting,
        (true, false) => Step::Push,
    };
    let login = parts.headers.contains_key(header::AUTHORIZATION);
    let seen = Seen { step, path: format!("{path}?{query}"), login };
    server.seen.lock().unwrap().push(seen);
    let body = to_bytes(body, usize::MAX).await.unwrap();

    let fault = server.faults.lock().unwrap().get_mut(&step).and_then(VecDeque::pop_front);
    match &fault {
        Some(Fault::Answer(status, kind, text)) => {
            return Response::builder()
                .status(status)
                .header(header::CONTENT_TYPE, *kind)
                .body(Body::from(*text))
                .unwrap();
        }
        Some(Fault::Redirect(status, to)) => {
            return Response::builder()
                .status(status)
                .header(header::LOCATION, to)
                .body(Body::empty())
                .unwrap();
        }
        Some(Fault::Reset) => return broken(Response::new(Body::empty())),
        Some(Fault::LostReply | Fault::LostBehindProxy) | None => {}
    }
    if let Some(new) = server.moved.lock().unwrap().get(name) {
        let location = format!("/{new}/{service}?{query}");
        return Response::builder()
            .status(StatusCode::MOVED_PERMANENTLY)
            .header(header::LOCATION, location)
            .body(Body::empty())
            .unwrap();
    }
    if let Some(refusal) = refusal(&server, &parts.headers, push, name) {
        return refusal;
    }
    let reply =
        backend(&server.root, name, service, &query, &parts.method, &parts.headers, body).await;
    match fault {
        Some(Fault::LostReply) => broken(reply),
        Some(Fault::LostBehindProxy) => answer(StatusCode::BAD_GATEWAY, "no answer from upstream"),
        _ => reply,
    }
}

/// `/owner/name(.git)/service` apart.
fn split(path: &str) -> Option<(&str, &str)> {
    let path = path.strip_prefix('/')?;
    let services = ["/info/refs", "/git-upload-pack", "/git-receive-pack"];
    let service = services.iter().find(|service| path.ends_with(*service))?;
    let name = path.strip_suffix(service)?;
    Some((name.strip_suffix(".git").unwrap_or(name), &service[1..]))
}

/// What GitHub says to those who may not.
fn refusal(server: &Shared, headers: &HeaderMap, push: bool, name: &str) -> Option<Response<Body>> {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let password = given
        .and_then(|value| value.strip_prefix("Basic "))
        .and_then(|text| STANDARD.decode(text).ok())
        .and_then(|text| String::from_utf8(text).ok())
        .and_then(|text| text.split_once(':').map(|(_, password)| password.to_owned()));
    let known = password.as_deref() == Some(TOKEN);
    let anonymous = given.is_none() && server.public.load(Ordering::Relaxed) && !push;
    if !known && !anonymous {
        return Some(
            Response::builder()
                .status(StatusCode::UNAUTHORIZED)
                .header(header::WWW_AUTHENTICATE, "Basic realm=\"GitHub\"")
                .body(Body::from("Repository not found."))
                .unwrap(),
        );
    }
    if push && server.read_only.load(Ordering::Relaxed) {
        let words = format!("Permission to {name}.git denied to github-actions[bot].");
        return Some(answer(StatusCode::FORBIDDEN, &words));
    }
    None
}

/// Runs `git http-backend` as a web server does.
async fn backend(
    root: &Path,
    name: &str,
    service: &str,
    query: &str,
    method: &Method,
    headers: &HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let header = |name: &str| {
        headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
    };
    let mut child = tokio::process::Command::new("git")
        .arg("http-backend")
        .env_clear()
        .envs(environment(root))
        .env("GIT_PROJECT_ROOT", root)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("GIT_PROTOCOL", header("git-protocol"))
        .env("PATH_INFO", format!("/{name}.git/{service}"))
        .env("QUERY_STRING", query)
        .env("REQUEST_METHOD", method.as_str())
        .env("CONTENT_TYPE", header("content-type"))
        .env("CONTENT_LENGTH", body.len().to_string())
        .env("HTTP_CONTENT_ENCODING", header("content-encoding"))
        .env("REMOTE_USER", "github-actions[bot]")
        .env("REMOTE_ADDR", "127.0.0.1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap_or_else(|error| missing(&error));
    let mut stdin = child.stdin.take().unwrap();
    let feed = tokio::spawn(async move {
        // It closes its end as soon as it has read enough.
        stdin.write_all(&body).await.ok();
    });
    let output = child.wait_with_output().await.unwrap();
    feed.await.unwrap();
    from_cgi(&output.stdout)
}

fn from_cgi(output: &[u8]) -> Response<Body> {
    let end = output.windows(4).position(|bytes| bytes == b"\r\n\r\n");
    let end = end.expect("git http-backend answers with headers");
    let mut response = Response::builder();
    for line in String::from_utf8_lossy(&output[..end]).lines() {
        let (name, value) = line.split_once(": ").unwrap();
        response = if name == "Status" {
            response.status(value.split(' ').next().unwrap())
        } else {
            response.header(name, value)
        };
    }
    response.body(Body::from(output[end + 4..].to_vec())).unwrap()
}

fn answer(status: StatusCode, words: &str) -> Response<Body> {
    let kind = "text/plain; charset=utf-8";
    let response = Response::builder().status(status).header(header::CONTENT_TYPE, kind);
    response.body(Body::from(words.to_owned())).unwrap()
}

/// The same answer, but its body ends before it began.
fn broken(response: Response<Body>) -> Response<Body> {
    let (parts, _) = response.into_parts();
    let error = Err::<Bytes, _>(io::Error::from(io::ErrorKind::ConnectionReset));
    let stream = futures_util::stream::once(async { error });
    Response::from_parts(parts, Body::from_stream(stream))
}
