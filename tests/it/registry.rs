//! Registries, against servers that speak their dialects.

mod faults;
mod login;
mod paging;
mod real;
mod redirects;

use std::time::Duration;

use flux_image_updates::credentials::{ConfigText, Keychain, Sources};
use flux_image_updates::diagnostic::Explain as _;
use flux_image_updates::flux::NamespacedName;
use flux_image_updates::http::{self, Secret};
use flux_image_updates::oci::Tag;
use flux_image_updates::registry::{Registries, RegistryError, Scan, Settings, Tags};

use crate::support::registry::Registry;

/// Registries that wait little.
fn settings() -> Settings {
    Settings {
        timeout: Duration::from_secs(3),
        scan_timeout: Duration::from_secs(10),
        backoff: Duration::from_millis(1),
        ..Settings::default()
    }
}

fn registries_with(sources: &Sources, settings: Settings) -> Registries {
    let (keychain, problems) = Keychain::new(sources);
    assert_eq!(problems, []);
    Registries::new(http::client().unwrap(), keychain, settings)
}

/// Registries without any login.
fn registries() -> Registries {
    registries_with(&Sources::default(), settings())
}

/// Registries with the logins of a docker configuration.
fn with_config(text: &str) -> Registries {
    let config = ConfigText { name: "`config.json`".into(), text: Secret::new(text) };
    registries_with(&Sources { configs: vec![config], ..Sources::default() }, settings())
}

/// Registries with the logins of `--secrets`.
fn with_secrets(text: &str) -> Registries {
    let secrets = Some(Secret::new(text));
    registries_with(&Sources { secrets, ..Sources::default() }, settings())
}

fn scan(registry: &str, repository: &str) -> Scan {
    Scan {
        registry: registry.to_owned(),
        repository: repository.to_owned(),
        insecure: false,
        secret: None,
        timeout: None,
    }
}

fn scan_as(registry: &str, repository: &str, secret: &str) -> Scan {
    let secret = Some(NamespacedName::new("apps", secret));
    Scan { secret, ..scan(registry, repository) }
}

fn tag(text: &str) -> Tag {
    Tag::new(text).unwrap()
}

fn joined(tags: &Tags) -> String {
    tags.iter().collect::<Vec<_>>().join(" ")
}

/// An error as a person meets it: code, message, advice. The port is any.
fn told(error: &RegistryError) -> String {
    let port = error.registry.rsplit_once(':').map_or("", |(_, port)| port).to_owned();
    let text = format!("{}: {error}\nhelp: {}", error.code(), error.help().unwrap_or_default());
    if port.is_empty() { text } else { text.replace(&port, "PORT") }
}

/// A registry with one repository of `count` tags, `t0000` and so on.
async fn filled(repository: &str, count: usize) -> Registry {
    let registry = Registry::start().await;
    for number in 0..count {
        registry.push(repository, &format!("t{number:04}"));
    }
    registry
}

#[tokio::test]
async fn an_open_registry_is_greeted_once() {
    let registry = filled("team/app", 3).await;
    let digest = registry.push("team/app", "1.0.0");
    let registries = registries();
    let scan = scan(&registry.host(), "team/app");
    let (one, two) = tokio::join!(registries.tags(&scan), registries.tags(&scan));
    assert_eq!(joined(&one.unwrap()), "1.0.0 t0000 t0001 t0002");
    assert_eq!(two.unwrap().len(), 4);
    assert_eq!(registries.digest(&scan, &tag("1.0.0")).await.unwrap().as_str(), digest);
    // Twice by TLS at most, which the server does not see; once by HTTP.
    let greetings = registry.seen().iter().filter(|it| it.uri == "/v2/").count();
    assert_eq!((greetings, registry.count("/tags/list"), registry.count("/manifests/")), (1, 2, 1));
    let progress = registries.progress();
    assert_eq!((progress.scans(), progress.tags(), progress.digests()), (2, 8, 1));
}

#[tokio::test]
async fn what_is_missing_is_named() {
    let registry = filled("team/app", 1).await;
    let registries = registries();
    let none = registries.tags(&scan(&registry.host(), "team/none")).await.unwrap_err();
    insta::assert_snapshot!(told(&none), @"");
    let none = registries.digest(&scan(&registry.host(), "team/app"), &tag("2")).await.unwrap_err();
    insta::assert_snapshot!(told(&none), @"");
}

#[tokio::test]
async fn a_digest_is_measured_when_it_is_not_said() {
    let registry = Registry::start().await;
    let digest = registry.push("app", "1");
    let registries = registries();
    let scan = scan(&registry.host(), "app");
    registry.hide_digests();
    assert_eq!(registries.digest(&scan, &tag("1")).await.unwrap().as_str(), digest);
    let methods: Vec<String> = registry
        .seen()
        .iter()
        .filter(|it| it.uri.contains("/manifests/"))
        .map(|it| it.method.to_string())
        .collect();
    assert_eq!(methods, ["HEAD", "GET"]);
    registry.claim_digest("sha256:nonsense");
    assert_eq!(registries.digest(&scan, &tag("1")).await.unwrap().as_str(), digest);
}

#[tokio::test]
async fn a_digest_that_is_not_the_manifests_is_refused() {
    let registry = Registry::start().await;
    registry.push("app", "1");
    registry.claim_digest(&format!("sha256:{}", "0".repeat(64)));
    // The first answer says nothing, so that the manifest itself is fetched.
    registry.fault("/manifests/", 1, crate::support::registry::Fault::answer(405));
    let scan = scan(&registry.host(), "app");
    let error = registries().digest(&scan, &tag("1")).await.unwrap_err();
    insta::assert_snapshot!(told(&error), @"");
}
