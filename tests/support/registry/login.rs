//! Who may read what.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use axum::http::{Method, StatusCode, header};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Seen, error, json};

/// How the registry wants to be shown who asks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Login {
    /// Not at all.
    #[default]
    Open,
    /// User and password with every request.
    Basic,
    /// A token from `/token`.
    Bearer,
    /// The same, but the base is open: only repositories challenge.
    BearerBelow,
}

#[derive(Default)]
pub(super) struct Logins {
    pub(super) login: Login,
    pub(super) realm: Option<String>,
    /// The life of tokens in seconds; 0 says nothing about it.
    pub(super) life: u64,
    /// Name → password and repositories. The nameless user is everybody.
    users: BTreeMap<String, (String, Vec<String>)>,
    identity_tokens: BTreeMap<String, String>,
    /// Token → scope granted and end.
    tokens: BTreeMap<String, (Option<String>, Instant)>,
    given: usize,
}

impl Logins {
    pub(super) fn add_user(&mut self, name: &str, password: &str, repositories: &[&str]) {
        let repositories = repositories.iter().map(|it| (*it).to_owned()).collect();
        self.users.insert(name.to_owned(), (password.to_owned(), repositories));
    }

    pub(super) fn add_identity_token(&mut self, token: &str, user: &str) {
        self.identity_tokens.insert(token.to_owned(), user.to_owned());
    }

    pub(super) fn revoke(&mut self) {
        self.tokens.clear();
    }

    /// The refusal that a request earns, if any.
    pub(super) fn refuse(
        &self,
        seen: &Seen,
        repository: Option<&str>,
        address: &str,
    ) -> Option<Response> {
        let authorization = seen.header("authorization");
        match self.login {
            Login::Open => None,
            Login::BearerBelow if repository.is_none() => None,
            Login::Basic => {
                let user = self.user_of(authorization);
                let allowed = user.is_some_and(|user| {
                    repository.is_none_or(|repository| self.may_read(&user, repository))
                });
                (!allowed).then(|| challenge(r#"Basic realm="test registry""#))
            }
            Login::Bearer | Login::BearerBelow => {
                let mut wanted = format!(
                    r#"Bearer realm="{}",service="registry.test""#,
                    self.realm.clone().unwrap_or_else(|| format!("http://{address}/token"))
                );
                // A scope at the base that is not ours, as GHCR has it.
                let scope = repository.unwrap_or("user/image");
                write!(wanted, r#",scope="repository:{scope}:pull""#).unwrap();
                let token = authorization.strip_prefix("Bearer ");
                let Some((granted, until)) = token.and_then(|it| self.tokens.get(it)) else {
                    if token.is_some() {
                        wanted.push_str(r#",error="invalid_token""#);
                    }
                    return Some(challenge(&wanted));
                };
                if *until < Instant::now() {
                    wanted.push_str(r#",error="invalid_token""#);
                    return Some(challenge(&wanted));
                }
                if repository.is_some() && granted.as_deref() != repository {
                    wanted.push_str(r#",error="insufficient_scope""#);
                    return Some(challenge(&wanted));
                }
                None
            }
        }
    }

    /// `/token`: GET with Basic or without, POST with an identity token.
    pub(super) fn token(&mut self, seen: &Seen, query: &str) -> Response {
        let form = if seen.method == Method::POST { seen.body.as_str() } else { query };
        let fields: BTreeMap<String, String> =
            url::form_urlencoded::parse(form.as_bytes()).into_owned().collect();
        let user = if seen.method == Method::POST {
            fields.get("refresh_token").and_then(|it| self.identity_tokens.get(it)).cloned()
        } else if seen.header("authorization").is_empty() {
            Some(String::new())
        } else {
            self.user_of(seen.header("authorization"))
        };
        let Some(user) = user else {
            return error(
                StatusCode::UNAUTHORIZED,
                "UNAUTHORIZED",
                "incorrect username or password",
            );
        };
        let scope = fields.get("scope").map_or("", String::as_str);
        let repository = scope.strip_prefix("repository:").and_then(|it| it.strip_suffix(":pull"));
        let granted = repository.filter(|it| self.may_read(&user, it)).map(str::to_owned);
        self.given += 1;
        let token = format!("token-{}-of-{user}", self.given);
        let life = if self.life == 0 { 60 } else { self.life };
        self.tokens.insert(token.clone(), (granted, Instant::now() + Duration::from_secs(life)));
        let mut answer = serde_json::json!({"token": token});
        if self.life > 0 {
            answer["expires_in"] = self.life.into();
        }
        json(StatusCode::OK, answer.to_string())
    }

    fn user_of(&self, authorization: &str) -> Option<String> {
        let coded = authorization.strip_prefix("Basic ")?;
        let text = String::from_utf8(STANDARD.decode(coded).ok()?).ok()?;
        let (name, password) = text.split_once(':')?;
        let (own, _) = self.users.get(name)?;
        (own == password).then(|| name.to_owned())
    }

    fn may_read(&self, user: &str, repository: &str) -> bool {
        [user, ""]
            .iter()
            .filter_map(|it| self.users.get(*it))
            .any(|(_, repositories)| repositories.iter().any(|it| it == repository))
    }
}

fn challenge(wanted: &str) -> Response {
    let mut response = error(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", "authentication required");
    response.headers_mut().insert(header::WWW_AUTHENTICATE, wanted.parse().unwrap());
    response
}
