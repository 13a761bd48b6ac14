//! Who is shown to whom.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flux_image_updates::credentials::{CredentialSource, Note};
use flux_image_updates::http::Secret;

use super::{filled, registries, scan, scan_as, tag, told, with_config, with_secrets};
use crate::support::registry::Login;

fn config(host: &str, user: &str, password: &str) -> String {
    let auth = STANDARD.encode(format!("{user}:{password}"));
    format!(r#"{{"auths":{{"{host}":{{"auth":"{auth}"}}}}}}"#)
}

#[tokio::test]
async fn basic_is_shown_with_every_request_and_no_realm_is_fetched() {
    let registry = filled("team/app", 2).await;
    registry.login(Login::Basic);
    registry.user("alice", "wonderland", &["team/app"]);
    let registries = with_config(&config(&registry.host(), "alice", "wonderland"));
    let scan = scan(&registry.host(), "team/app");
    assert_eq!(registries.tags(&scan).await.unwrap().len(), 2);
    registries.digest(&scan, &tag("t0000")).await.unwrap();
    // The greeting is bare.
    let bare = registry.seen().iter().filter(|it| it.header("authorization").is_empty()).count();
    assert_eq!((bare, registry.seen().len()), (1, 3));
}

#[tokio::test]
async fn a_token_is_fetched_once_for_everybody() {
    let registry = filled("team/app", 2).await;
    registry.login(Login::Bearer);
    registry.user("alice", "wonderland", &["team/app"]);
    let registries = with_config(&config(&registry.host(), "alice", "wonderland"));
    let scan = scan(&registry.host(), "team/app");
    let first = tag("t0000");
    let (tags, digest) = tokio::join!(registries.tags(&scan), registries.digest(&scan, &first));
    assert_eq!(tags.unwrap().len(), 2);
    digest.unwrap();
    let seen = registry.seen();
    let tokens: Vec<&str> =
        seen.iter().map(|it| it.uri.as_str()).filter(|it| it.starts_with("/token")).collect();
    assert_eq!(tokens, ["/token?service=registry.test&scope=repository%3Ateam%2Fapp%3Apull"]);
}

#[tokio::test]
async fn a_registry_may_challenge_below_its_base_only() {
    let registry = filled("team/app", 2).await;
    registry.login(Login::BearerBelow);
    registry.open_to_all(&["team/app"]);
    let tags = registries().tags(&scan(&registry.host(), "team/app")).await.unwrap();
    assert_eq!((tags.len(), registry.count("/token")), (2, 1));
}

#[tokio::test]
async fn an_expired_token_is_renewed_once() {
    let registry = filled("app", 2).await;
    registry.login(Login::Bearer);
    registry.open_to_all(&["app"]);
    let registries = registries();
    let scan = scan(&registry.host(), "app");
    registries.tags(&scan).await.unwrap();
    registry.revoke_tokens();
    registries.tags(&scan).await.unwrap();
    assert_eq!((registry.count("/token"), registry.count("/tags/list")), (2, 3));
}

#[tokio::test]
async fn a_short_lived_token_is_fetched_again_in_time() {
    let registry = filled("app", 2).await;
    registry.login(Login::Bearer);
    registry.open_to_all(&["app"]);
    registry.token_life(11);
    let registries = registries();
    let scan = scan(&registry.host(), "app");
    registries.tags(&scan).await.unwrap();
    tokio::time::sleep(Duration::from_millis(1100)).await;
    registries.tags(&scan).await.unwrap();
    // Renewed before it was refused.
    assert_eq!((registry.count("/token"), registry.count("/tags/list")), (2, 2));
}

#[tokio::test]
async fn two_logins_at_one_host_stay_apart() {
    let registry = filled("alice/app", 1).await;
    registry.push("bob/app", "1");
    registry.login(Login::Bearer);
    registry.user("alice", "wonderland", &["alice/app"]);
    registry.user("bob", "builder", &["bob/app"]);
    let host = registry.host();
    let registries =
        with_secrets(&format!("apps/alice={host}=alice:wonderland\napps/bob={host}=bob:builder\n"));
    let (alice, bob, crossed) = tokio::join!(
        async { registries.tags(&scan_as(&host, "alice/app", "alice")).await },
        async { registries.tags(&scan_as(&host, "bob/app", "bob")).await },
        async { registries.tags(&scan_as(&host, "bob/app", "alice")).await },
    );
    assert_eq!((alice.unwrap().len(), bob.unwrap().len()), (1, 1));
    insta::assert_snapshot!(told(&crossed.unwrap_err()), @"");
}

#[tokio::test]
async fn an_identity_token_is_exchanged() {
    let registry = filled("app", 2).await;
    registry.login(Login::Bearer);
    registry.user("alice", "wonderland", &["app"]);
    registry.identity_token("refresh-me", "alice");
    let host = registry.host();
    let registries =
        with_config(&format!(r#"{{"auths":{{"{host}":{{"identitytoken":"refresh-me"}}}}}}"#));
    assert_eq!(registries.tags(&scan(&host, "app")).await.unwrap().len(), 2);
    let seen = registry.seen();
    let token = seen.iter().find(|it| it.uri.starts_with("/token")).unwrap();
    assert_eq!((token.method.as_str(), token.header("authorization")), ("POST", ""));
    assert!(token.body.contains("grant_type=refresh_token"), "{}", token.body);
}

#[tokio::test]
async fn a_refused_login_of_the_machine_is_tried_without() {
    let registry = filled("app", 2).await;
    registry.login(Login::Bearer);
    registry.open_to_all(&["app"]);
    let host = registry.host();
    let registries = with_config(&config(&host, "alice", "old-password"));
    assert_eq!(registries.tags(&scan(&host, "app")).await.unwrap().len(), 2);
    // For a private repository both attempts are told.
    let error = registries.tags(&scan(&host, "private")).await.unwrap_err();
    insta::assert_snapshot!(told(&error), @"");
}

#[tokio::test]
async fn a_refused_login_that_the_object_names_is_not() {
    let registry = filled("app", 2).await;
    registry.login(Login::Bearer);
    registry.open_to_all(&["app"]);
    let host = registry.host();
    let registries = with_secrets(&format!("apps/pull={host}=alice:old-password"));
    let error = registries.tags(&scan_as(&host, "app", "pull")).await.unwrap_err();
    insta::assert_snapshot!(told(&error), @"");
    assert_eq!(registry.count("/tags/list"), 0);
}

#[tokio::test]
async fn a_secret_that_is_not_given_is_said() {
    let registry = filled("app", 2).await;
    registry.login(Login::Bearer);
    let host = registry.host();
    let registries = registries();
    let scan = scan_as(&host, "app", "pull");
    let login = registries.login(&scan).unwrap();
    assert_eq!(login.source, CredentialSource::Anonymous);
    assert!(matches!(login.note, Some(Note::SecretNotGiven(_))));
    insta::assert_snapshot!(told(&registries.tags(&scan).await.unwrap_err()), @"");
}

#[tokio::test]
async fn a_server_that_quotes_our_password_is_scrubbed() {
    let registry = filled("app", 2).await;
    registry.login(Login::Basic);
    let host = registry.host();
    let coded = STANDARD.encode("alice:wonderland");
    let body = format!("bad {coded}, which is wonderland\u{1b}[2J");
    registry.fault("/tags/list", 1, crate::support::registry::Fault::answer(403).body(&body));
    let registries = with_config(&config(&host, "alice", "wonderland"));
    let error = registries.tags(&scan(&host, "app")).await.unwrap_err();
    insta::assert_snapshot!(told(&error), @"");
    assert!(!format!("{error:?}").contains("wonderland"));
    assert!(!format!("{:?}", Secret::new("wonderland")).contains("wonderland"));
}

#[tokio::test]
async fn a_registry_token_is_sent_as_it_is() {
    let registry = filled("app", 2).await;
    registry.login(Login::Bearer);
    let host = registry.host();
    let registries =
        with_config(&format!(r#"{{"auths":{{"{host}":{{"registrytoken":"as-it-is"}}}}}}"#));
    registries.tags(&scan(&host, "app")).await.unwrap_err();
    let seen = registry.seen();
    assert_eq!(seen.last().unwrap().header("authorization"), "Bearer as-it-is");
    assert_eq!((seen.len(), registry.count("/token")), (2, 0));
}
