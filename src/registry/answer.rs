//! What is asked, what comes back, and the words in it.

use std::net::SocketAddr;

use bytes::Bytes;
use oci_distribution::errors::OciEnvelope;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Method, StatusCode};
use serde_json::Value;
use url::Url;

/// The most that is read of an answer that is only quoted, and of tokens.
pub(super) const SMALL: usize = 64 * 1024;

/// One request.
#[derive(Clone)]
pub(super) struct Ask {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) accept: HeaderValue,
    pub(super) authorization: Option<HeaderValue>,
    pub(super) form: Option<Vec<(&'static str, String)>>,
    /// The largest body that a good answer may have.
    pub(super) cap: usize,
}

impl Ask {
    pub(super) fn get(url: Url, cap: usize) -> Self {
        let accept = HeaderValue::from_static("application/json");
        Self { method: Method::GET, url, accept, authorization: None, form: None, cap }
    }
}

/// One answer, read.
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    /// The URL that answered, after redirects.
    pub(super) url: Url,
    pub(super) body: Bytes,
    pub(super) peer: Option<SocketAddr>,
}

impl Reply {
    /// The host that answered, for messages.
    pub(super) fn by(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// A header's text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// What kind of body this is, for messages.
    pub(super) fn kind(&self) -> String {
        self.headers.get(CONTENT_TYPE).map_or_else(
            || "no type".to_owned(),
            |it| String::from_utf8_lossy(it.as_bytes()).into_owned(),
        )
    }

    /// The server's words, as they came: unscrubbed and of any length.
    pub(super) fn words(&self) -> String {
        if let Ok(envelope) = serde_json::from_slice::<OciEnvelope>(&self.body) {
            let messages: Vec<String> = envelope
                .errors
                .into_iter()
                .map(|error| {
                    if error.message.is_empty() {
                        serde_json::to_value(&error.code)
                            .ok()
                            .and_then(|code| code.as_str().map(str::to_owned))
                            .unwrap_or_default()
                    } else {
                        error.message
                    }
                })
                .collect();
            return messages.join("; ");
        }
        match serde_json::from_slice::<Value>(&self.body) {
            Ok(Value::Object(fields)) => ["error_description", "message", "error", "details"]
                .iter()
                .find_map(|name| fields.get(*name)?.as_str().map(str::to_owned))
                .unwrap_or_default(),
            Ok(Value::String(text)) => text,
            Ok(_) => String::new(),
            Err(_) => {
                let text = String::from_utf8_lossy(&self.body);
                let is_page = text.trim_start().starts_with('<');
                if is_page { "a page of HTML".to_owned() } else { text.into_owned() }
            }
        }
    }
}
