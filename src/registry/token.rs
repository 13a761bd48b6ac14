//! Tokens: fetched at the place that the registry names, kept until shortly
//! before they expire, fetched once for everybody who needs the same one.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::HeaderValue;
use reqwest::{Method, StatusCode};
use serde_json::Value;
use tokio::time::Instant;
use url::Url;

use super::answer::{Ask, Reply, SMALL};
use super::error::{Missing, Problem, Step};
use super::visit::Visit;
use crate::credentials::Credential;
use crate::http::Secret;

/// What a token without `expires_in` lives (distribution's token specification).
const DEFAULT_LIFE: Duration = Duration::from_secs(60);

/// How long before its end a token is not used any more.
const EARLY: Duration = Duration::from_secs(10);

/// What makes two tokens the same.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct TokenKey {
    pub(super) credential: Arc<Credential>,
    pub(super) realm: Url,
    pub(super) service: Option<String>,
    pub(super) scope: String,
}

/// Where a token is kept. Whoever holds the lock fetches; the others wait.
pub(super) type TokenSlot = Arc<tokio::sync::Mutex<Option<Token>>>;

/// A token, and until when it is used.
#[derive(Clone)]
pub(super) struct Token {
    pub(super) secret: Secret,
    until: Instant,
    /// Whether the login was refused and this one was given without it.
    anonymous_too: bool,
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

impl Visit<'_> {
    /// The token for a key, from its slot or from the realm; and whether it
    /// was fetched just now. `stale` is one that was refused.
    pub(super) async fn token(
        &self,
        key: TokenKey,
        stale: Option<&Secret>,
    ) -> Result<(Secret, bool), Problem> {
        let slot = self.host.token_slot(key.clone());
        let mut kept = slot.lock().await;
        if let Some(token) = &*kept
            && token.until > Instant::now()
            && stale != Some(&token.secret)
        {
            if token.anonymous_too {
                self.went_anonymous();
            }
            self.sends(&token.secret);
            return Ok((token.secret.clone(), false));
        }
        self.at(Step::Token);
        let token = self.fetch_token(&key).await?;
        self.sends(&token.secret);
        *kept = Some(token.clone());
        Ok((token.secret, true))
    }

    async fn fetch_token(&self, key: &TokenKey) -> Result<Token, Problem> {
        let reply = self.ask_realm(key, &key.credential).await?;
        let refused = matches!(reply.status.as_u16(), 401 | 403);
        if refused && self.login.is_ambient() {
            self.went_anonymous();
            let reply = self.ask_realm(key, &Credential::Anonymous).await?;
            return self.read_token(&reply, true);
        }
        self.read_token(&reply, false)
    }

    async fn ask_realm(&self, key: &TokenKey, credential: &Credential) -> Result<Reply, Problem> {
        if let Credential::IdentityToken(token) = credential {
            let reply = self.follow(refresh(key, token)).await?;
            if !matches!(reply.status.as_u16(), 404 | 405 | 501) {
                return Ok(reply);
            }
        }
        let mut url = key.realm.clone();
        {
            let mut query = url.query_pairs_mut();
            if let Some(service) = &key.service {
                query.append_pair("service", service);
            }
            query.append_pair("scope", &key.scope);
        }
        self.follow(Ask { authorization: basic(credential), ..Ask::get(url, SMALL) }).await
    }

    fn read_token(&self, reply: &Reply, anonymous_too: bool) -> Result<Token, Problem> {
        if reply.status != StatusCode::OK {
            return Err(self.refusal(reply, Missing::Repository));
        }
        let malformed = |detail| Problem::malformed(reply.by(), detail);
        let fields: Value = serde_json::from_slice(&reply.body)
            .map_err(|_| malformed("what should be a token is no JSON"))?;
        let text =
            |name: &str| fields.get(name).and_then(Value::as_str).filter(|it| !it.is_empty());
        let token = text("access_token")
            .or_else(|| text("token"))
            .ok_or_else(|| malformed("it holds no token"))?;
        if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(malformed("its token cannot be sent"));
        }
        let life = fields
            .get("expires_in")
            .and_then(Value::as_f64)
            .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
            .unwrap_or(DEFAULT_LIFE);
        let now = Instant::now();
        // Counted from receipt: clocks differ. The shortest lived ones are used at least once.
        let until = now.checked_add(life.saturating_sub(EARLY)).unwrap_or(now + DEFAULT_LIFE);
        Ok(Token { secret: Secret::new(token), until, anonymous_too })
    }
}

/// The exchange of an identity token (distribution's OAuth2 specification).
fn refresh(key: &TokenKey, token: &Secret) -> Ask {
    let mut form = vec![
        ("grant_type", "refresh_token".to_owned()),
        ("client_id", "flux-image-updates".to_owned()),
        ("scope", key.scope.clone()),
        ("refresh_token", token.expose().to_owned()),
    ];
    form.extend(key.service.clone().map(|service| ("service", service)));
    Ask { method: Method::POST, form: Some(form), ..Ask::get(key.realm.clone(), SMALL) }
}

/// `Authorization: Basic`, where there are both a user and a password.
pub(super) fn basic(credential: &Credential) -> Option<HeaderValue> {
    let Credential::Basic { username, password } = credential else { return None };
    if username.is_empty() || password.expose().is_empty() {
        return None;
    }
    let coded = STANDARD.encode(format!("{username}:{}", password.expose()));
    sensitive(&format!("Basic {coded}"))
}

/// `Authorization: Bearer`.
pub(super) fn bearer(token: &Secret) -> Option<HeaderValue> {
    sensitive(&format!("Bearer {}", token.expose()))
}

fn sensitive(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}
