//! gix's transport over the client that the program shares.
//!
//! gix reads while it decodes, so it runs on a thread that may block; here its
//! reads wait for the asynchronous client.

use std::{
    any::Any,
    cell::RefCell,
    io::{self, BufRead, Cursor, Read, Write},
    rc::Rc,
    sync::Arc,
};

use bytes::{Buf as _, Bytes};
use gix::protocol::transport::client::blocking_io::http::{
    GetResponse, Http, PostBodyDataKind, PostResponse,
};
use reqwest::{
    Method, Response,
    header::{HeaderMap, HeaderName, HeaderValue, USER_AGENT},
};
use tokio::runtime::Handle;

use super::{
    GitError,
    connection::{Connection, Request},
};

/// What went wrong below gix, in our own words.
pub(super) type Failure = Rc<RefCell<Option<GitError>>>;

/// The HTTP that gix asks for.
pub(super) struct Wire {
    connection: Arc<Connection>,
    runtime: Handle,
    failure: Failure,
}

impl Wire {
    pub(super) fn new(connection: Arc<Connection>, runtime: Handle) -> (Self, Failure) {
        let failure = Failure::default();
        (Self { connection, runtime, failure: Rc::clone(&failure) }, failure)
    }

    fn exchange(
        &self,
        method: Method,
        url: &str,
        base: &str,
        lines: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Rc<RefCell<Exchange>> {
        let mut headers = HeaderMap::new();
        for line in lines {
            let Some((name, value)) = line.as_ref().split_once(':') else { continue };
            let header = (HeaderName::try_from(name), HeaderValue::try_from(value.trim()));
            // The program names itself, not the library.
            if let (Ok(name), Ok(value)) = header
                && name != USER_AGENT
            {
                headers.append(name, value);
            }
        }
        let tail = url.strip_prefix(base).unwrap_or(url).trim_start_matches('/').to_owned();
        Rc::new(RefCell::new(Exchange {
            connection: Arc::clone(&self.connection),
            runtime: self.runtime.clone(),
            failure: Rc::clone(&self.failure),
            request: Request { method, tail, headers, body: Bytes::new() },
            body: Vec::new(),
            is_sent: false,
            response: None,
        }))
    }
}

impl Http for Wire {
    type Headers = Head;
    type PostBody = Upload;
    type ResponseBody = Download;

    fn get(
        &mut self,
        url: &str,
        base: &str,
        headers: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> gix::Result<GetResponse<Self::Headers, Self::ResponseBody>> {
        let exchange = self.exchange(Method::GET, url, base, headers);
        Ok(GetResponse { headers: Head::of(&exchange), body: Download::of(&exchange) })
    }

    fn post(
        &mut self,
        url: &str,
        base: &str,
        headers: impl IntoIterator<Item = impl AsRef<str>>,
        _body: PostBodyDataKind,
    ) -> gix::Result<PostResponse<Self::Headers, Self::ResponseBody, Self::PostBody>> {
        let exchange = self.exchange(Method::POST, url, base, headers);
        Ok(PostResponse {
            headers: Head::of(&exchange),
            body: Download::of(&exchange),
            post_body: Upload(exchange),
        })
    }

    fn configure(&mut self, _config: &dyn Any) -> gix::Result {
        Ok(())
    }
}

/// One request and its answer; sent when the answer is first read, which is
/// after gix has written the body.
struct Exchange {
    connection: Arc<Connection>,
    runtime: Handle,
    failure: Failure,
    request: Request,
    body: Vec<u8>,
    is_sent: bool,
    response: Option<Response>,
}

impl Exchange {
    fn response(&mut self) -> io::Result<&mut Response> {
        // gix reads on after an error: what failed must not be sent again.
        if !self.is_sent {
            self.is_sent = true;
            self.request.body = Bytes::from(std::mem::take(&mut self.body));
            let answer = self.runtime.block_on(self.connection.send(&self.request));
            self.response = Some(self.kept(answer)?);
        }
        self.response.as_mut().ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }

    fn chunk(&mut self) -> io::Result<Bytes> {
        let (connection, runtime) = (Arc::clone(&self.connection), self.runtime.clone());
        let chunk = runtime.block_on(connection.chunk(self.response()?));
        Ok(self.kept(chunk)?.unwrap_or_default())
    }

    /// gix hands on no more than text, so that the error itself waits here.
    fn kept<T>(&self, result: Result<T, GitError>) -> io::Result<T> {
        result.map_err(|error| {
            let text = error.to_string();
            *self.failure.borrow_mut() = Some(error);
            io::Error::other(text)
        })
    }
}

/// The body of a request.
pub(super) struct Upload(Rc<RefCell<Exchange>>);

impl Write for Upload {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().body.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The headers of an answer, as lines.
pub(super) struct Head {
    exchange: Rc<RefCell<Exchange>>,
    lines: Option<Cursor<Vec<u8>>>,
}

impl Head {
    fn of(exchange: &Rc<RefCell<Exchange>>) -> Self {
        Self { exchange: Rc::clone(exchange), lines: None }
    }

    fn lines(&mut self) -> io::Result<&mut Cursor<Vec<u8>>> {
        if self.lines.is_none() {
            let mut exchange = self.exchange.borrow_mut();
            let mut text = Vec::new();
            for (name, value) in exchange.response()?.headers() {
                text.extend_from_slice(name.as_str().as_bytes());
                text.extend_from_slice(b": ");
                text.extend_from_slice(value.as_bytes());
                text.push(b'\n');
            }
            self.lines = Some(Cursor::new(text));
        }
        self.lines.as_mut().ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }
}

impl Read for Head {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.lines()?.read(buffer)
    }
}

impl BufRead for Head {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.lines()?.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        if let Some(lines) = &mut self.lines {
            lines.consume(amount);
        }
    }
}

/// The body of an answer, as it comes in.
pub(super) struct Download {
    exchange: Rc<RefCell<Exchange>>,
    chunk: Bytes,
    ended: bool,
}

impl Download {
    fn of(exchange: &Rc<RefCell<Exchange>>) -> Self {
        Self { exchange: Rc::clone(exchange), chunk: Bytes::new(), ended: false }
    }
}

impl Read for Download {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let amount = self.fill_buf()?.read(buffer)?;
        self.consume(amount);
        Ok(amount)
    }
}

impl BufRead for Download {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.chunk.is_empty() && !self.ended {
            self.chunk = self.exchange.borrow_mut().chunk()?;
            self.ended = self.chunk.is_empty();
        }
        Ok(&self.chunk)
    }

    fn consume(&mut self, amount: usize) {
        self.chunk.advance(amount);
    }
}
