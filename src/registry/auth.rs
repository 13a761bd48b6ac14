//! Which authorization a request carries, and what follows when it is refused.

use reqwest::StatusCode;
use url::Url;

use super::answer::{Ask, Reply};
use super::challenge::Challenge;
use super::error::Problem;
use super::token::{TokenKey, basic, bearer};
use super::visit::Visit;
use crate::credentials::Credential;
use crate::http::Secret;

/// What a request was sent with.
enum Permit {
    /// Nothing.
    None,
    /// The login itself.
    Basic,
    /// A token.
    Token { token: Secret, fresh: bool },
}

/// What a registry wants.
enum Way {
    Open,
    Basic,
    Bearer { realm: Url, service: Option<String> },
}

impl Visit<'_> {
    /// Asks the registry, with the authorization that it wants. Elsewhere
    /// (a redirect's target whose list goes on) nothing is shown.
    pub(super) async fn ask(&self, ask: Ask) -> Result<Reply, Problem> {
        let origin = self.origin().await?;
        if ask.url.origin() != origin.origin() {
            return self.follow(ask).await;
        }
        let permit = self.permit(origin, None, None).await?;
        let reply = self.follow(self.authorised(&ask, &permit)).await?;
        if reply.url.origin() != origin.origin() {
            return Ok(reply);
        }
        match self.another_permit(origin, &permit, &reply).await? {
            Some(permit) => self.follow(self.authorised(&ask, &permit)).await,
            None => Ok(reply),
        }
    }

    fn authorised(&self, ask: &Ask, permit: &Permit) -> Ask {
        let authorization = match permit {
            Permit::None => None,
            Permit::Basic => basic(&self.credential),
            Permit::Token { token, .. } => bearer(token),
        };
        Ask { authorization, ..ask.clone() }
    }

    /// The authorization that the registry wants, by what it first said.
    /// Only pulling from this repository is asked for: what a registry names
    /// at its base may be some other repository, or all.
    async fn permit(
        &self,
        origin: &Url,
        scope: Option<&str>,
        stale: Option<&Secret>,
    ) -> Result<Permit, Problem> {
        match self.way(origin)? {
            Way::Open => Ok(Permit::None),
            Way::Basic => Ok(match &*self.credential {
                Credential::Basic { .. } => Permit::Basic,
                _ => Permit::None,
            }),
            Way::Bearer { realm, service } => {
                if let Credential::RegistryToken(token) = &*self.credential {
                    return Ok(Permit::Token { token: token.clone(), fresh: true });
                }
                let own = format!("repository:{}:pull", self.scan.repository);
                let scope = scope.map_or(own, str::to_owned);
                let credential = self.credential.clone();
                let key = TokenKey { credential, realm, service, scope };
                let (token, fresh) = self.token(key, stale).await?;
                Ok(Permit::Token { token, fresh })
            }
        }
    }

    /// Bearer where its realm is usable, else Basic. Basic's realm is only a
    /// name: nothing is fetched there.
    fn way(&self, origin: &Url) -> Result<Way, Problem> {
        let Some(challenges) = self.host.challenges.get() else { return Ok(Way::Open) };
        let has_basic = challenges.iter().any(|it| it.scheme == "basic");
        let mut problem = None;
        for challenge in challenges.iter().filter(|it| it.scheme == "bearer") {
            let Some(realm) = challenge.get("realm") else { continue };
            match self.realm(origin, realm) {
                Ok(realm) => {
                    let service = challenge.get("service").map(str::to_owned);
                    return Ok(Way::Bearer { realm, service });
                }
                Err(it) => problem = Some(it),
            }
        }
        match problem {
            _ if has_basic => Ok(Way::Basic),
            Some(problem) => Err(problem),
            None => Ok(Way::Open),
        }
    }

    /// The authorization to try after a refusal, where there is one: the
    /// challenge was not known before, or the token has expired.
    async fn another_permit(
        &self,
        origin: &Url,
        permit: &Permit,
        reply: &Reply,
    ) -> Result<Option<Permit>, Problem> {
        // ECR Public answers 400 to an expired token.
        let expired = reply.status == StatusCode::BAD_REQUEST
            && matches!(permit, Permit::Token { fresh: false, .. });
        if reply.status != StatusCode::UNAUTHORIZED && !expired {
            return Ok(None);
        }
        let challenges = self.challenged(reply);
        let next = match permit {
            Permit::None => self.permit(origin, None, None).await?,
            Permit::Basic => return Ok(None),
            Permit::Token { token, fresh } => {
                let insufficient =
                    challenges.iter().any(|it| it.get("error") == Some("insufficient_scope"));
                let scope = self.own_scope(&challenges);
                let is_final = matches!(&*self.credential, Credential::RegistryToken(_))
                    || (*fresh && insufficient && scope.is_none());
                if is_final {
                    return Ok(None);
                }
                self.permit(origin, scope, Some(token)).await?
            }
        };
        Ok(if matches!(next, Permit::None) { None } else { Some(next) })
    }

    /// A scope that the registry wants for this repository, other than the usual one.
    fn own_scope<'c>(&self, challenges: &'c [Challenge]) -> Option<&'c str> {
        let prefix = format!("repository:{}:", self.scan.repository);
        let scope = challenges.iter().find_map(|it| it.get("scope"))?;
        let is_own = scope.starts_with(&prefix) && !scope.contains(' ');
        (is_own && &scope[prefix.len()..] != "pull").then_some(scope)
    }
}
