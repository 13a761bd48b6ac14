//! Against Debian's `docker-registry`.

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use axum::extract::RawQuery;
use axum::http::HeaderMap;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use super::{joined, registries, scan, tag, told, with_config};
use crate::support::docker_registry::{DockerRegistry, PASSWORD, USER};

fn config(host: &str, user: &str, password: &str) -> String {
    format!(r#"{{"auths":{{"{host}":{{"username":"{user}","password":"{password}"}}}}}}"#)
}

#[tokio::test]
async fn an_open_registry_gives_tags_and_digests() {
    let registry = DockerRegistry::start().await;
    let single = registry.push("team/app", "1.0.0").await;
    let index = registry.push_index("team/app", "2.0.0").await;
    let copied = registry.push_by_skopeo("team/app", "3.0.0").await;
    let registries = registries();
    let scan = scan(&registry.host(), "team/app");
    assert_eq!(joined(&registries.tags(&scan).await.unwrap()), "1.0.0 2.0.0 3.0.0");
    for (name, digest) in [("1.0.0", single), ("2.0.0", index), ("3.0.0", copied)] {
        assert_eq!(registries.digest(&scan, &tag(name)).await.unwrap().as_str(), digest, "{name}");
    }
    insta::assert_snapshot!(told(&registries.digest(&scan, &tag("4")).await.unwrap_err()), @"");
}

#[tokio::test]
async fn a_repository_that_is_not_there_is_told() {
    let registry = DockerRegistry::start().await;
    let error = registries().tags(&scan(&registry.host(), "team/none")).await.unwrap_err();
    insta::assert_snapshot!(told(&error), @"");
}

#[tokio::test]
async fn basic_lets_in_who_is_known() {
    let registry = DockerRegistry::with_login().await;
    let digest = registry.push("team/app", "1.0.0").await;
    registry.push_by_skopeo("team/app", "1.1.0").await;
    let host = registry.host();
    let scan = scan(&host, "team/app");
    let known = with_config(&config(&host, USER, PASSWORD));
    assert_eq!(joined(&known.tags(&scan).await.unwrap()), "1.0.0 1.1.0");
    assert_eq!(known.digest(&scan, &tag("1.0.0")).await.unwrap().as_str(), digest);
    let wrong = with_config(&config(&host, USER, "sesame")).tags(&scan).await.unwrap_err();
    insta::assert_snapshot!(told(&wrong), @"");
    insta::assert_snapshot!(told(&registries().tags(&scan).await.unwrap_err()), @"");
}

#[tokio::test]
async fn tokens_are_fetched_where_the_registry_says() {
    let open = DockerRegistry::start().await;
    let digest = open.push("team/app", "1.0.0").await;
    open.push("other/app", "1.0.0").await;
    let folder = open.into_folder();
    let issuer = Issuer::start(folder.path()).await;
    let bundle = folder.path().join("issuer.crt");
    let registry = DockerRegistry::with_tokens(folder, &issuer.realm, &bundle).await;
    let host = registry.host();
    let known = with_config(&config(&host, USER, PASSWORD));
    let own = scan(&host, "team/app");
    assert_eq!(joined(&known.tags(&own).await.unwrap()), "1.0.0");
    assert_eq!(known.digest(&own, &tag("1.0.0")).await.unwrap().as_str(), digest);
    assert_eq!(issuer.given.load(Ordering::Relaxed), 1);
    let other = known.tags(&scan(&host, "other/app")).await.unwrap_err();
    insta::assert_snapshot!(told(&other), @"");
    insta::assert_snapshot!(told(&registries().tags(&own).await.unwrap_err()), @"");
}

/// A token service whose key is made, and whose tokens are signed, by openssl.
/// It lets [`USER`] pull `team/app`.
struct Issuer {
    realm: String,
    given: Arc<AtomicUsize>,
}

impl Issuer {
    async fn start(folder: &Path) -> Self {
        let (key, certificate) = (folder.join("issuer.key"), folder.join("issuer.crt"));
        openssl(
            &[
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-subj",
                "/CN=issuer.test",
                "-days",
                "2",
                "-keyout",
                key.to_str().unwrap(),
                "-out",
                certificate.to_str().unwrap(),
            ],
            b"",
        )
        .await;
        let pem = std::fs::read_to_string(&certificate).unwrap();
        let der: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        let given = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&given);
        let app = axum::Router::new().route("/token", axum::routing::get(
            move |RawQuery(query): RawQuery, headers: HeaderMap| {
                let (key, der, count) = (key.clone(), der.clone(), Arc::clone(&count));
                async move {
                    count.fetch_add(1, Ordering::Relaxed);
                    let known = format!("Basic {}", STANDARD.encode(format!("{USER}:{PASSWORD}")));
                    let is_known = headers.get("authorization").is_some_and(|it| *it == *known);
                    let access = if is_known && query.unwrap().contains("team%2Fapp") {
                        serde_json::json!([{"type": "repository", "name": "team/app", "actions": ["pull"]}])
                    } else {
                        serde_json::json!([])
                    };
                    axum::Json(serde_json::json!({"token": sign(&key, &der, &access).await}))
                }
            },
        ));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let realm = format!("http://{}/token", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { realm, given }
    }
}

async fn sign(key: &Path, certificate: &str, access: &serde_json::Value) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let header = serde_json::json!({"typ": "JWT", "alg": "RS256", "x5c": [certificate]});
    let claims = serde_json::json!({
        "iss": "issuer.test", "aud": "registry.test", "sub": USER, "jti": "1",
        "iat": now, "nbf": now - 10, "exp": now + 300, "access": access,
    });
    let part = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(&header), part(&claims));
    let signature =
        openssl(&["dgst", "-sha256", "-sign", key.to_str().unwrap()], signed.as_bytes()).await;
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

async fn openssl(arguments: &[&str], input: &[u8]) -> Vec<u8> {
    use tokio::io::AsyncWriteExt as _;
    let mut child = tokio::process::Command::new("openssl")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap_or_else(|error| panic!("openssl: {error}: apt-get install openssl"));
    child.stdin.take().unwrap().write_all(input).await.unwrap();
    let output = child.wait_with_output().await.unwrap();
    assert!(output.status.success(), "openssl {arguments:?}");
    output.stdout
}
