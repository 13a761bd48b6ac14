//! What goes wrong, and what is said about it.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use flux_image_updates::credentials::Sources;
use flux_image_updates::diagnostic::{Code, Explain as _};
use flux_image_updates::registry::{Scan, Settings};

use super::{filled, registries, registries_with, scan, settings, told};
use crate::support::registry::Fault;

#[tokio::test]
async fn a_passing_fault_is_outlasted() {
    for fault in [
        Fault::answer(500),
        Fault::answer(503).header("retry-after", "0"),
        Fault::answer(429).body(r#"{"errors":[{"code":"TOOMANYREQUESTS","message":"retry-after: 10.3ms, allowed: 2000/minute"}]}"#),
        Fault::Cut,
    ] {
        let registry = filled("app", 2).await;
        registry.fault("tags/list", 2, fault.clone());
        let registries = registries();
        let tags = registries.tags(&scan(&registry.host(), "app")).await;
        let tags = tags.unwrap_or_else(|error| panic!("{fault:?}: {}", told(&error)));
        assert_eq!((tags.len(), registry.count("tags/list")), (2, 3), "{fault:?}");
        assert_eq!(registries.progress().retries(), 2);
    }
}

#[tokio::test]
async fn a_lasting_fault_is_told_after_five_tries() {
    let registry = filled("app", 2).await;
    registry.fault("tags/list", 99, Fault::answer(502).body("<html>Bad gateway</html>"));
    let error = registries().tags(&scan(&registry.host(), "app")).await.unwrap_err();
    insta::assert_snapshot!(told(&error), @r"
    registry/unreachable: cannot read `127.0.0.1:PORT/app`: `127.0.0.1:PORT` answered with a fault (502): a page of HTML
    help: try again later; the fault is the registry's, or a proxy's before it
    ");
    assert_eq!(registry.count("tags/list"), 5);
}

#[tokio::test]
async fn the_wait_that_is_asked_for_is_kept() {
    let registry = filled("app", 2).await;
    let soon = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() + 3;
    let date = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(soon));
    for (header, value) in [
        ("retry-after", "1".to_owned()),
        ("retry-after", date),
        ("retry-after", soon.to_string()),
        ("x-retry-after", soon.to_string()),
    ] {
        registry.fault("tags/list", 1, Fault::answer(429).header(header, &value));
    }
    let start = Instant::now();
    assert_eq!(registries().tags(&scan(&registry.host(), "app")).await.unwrap().len(), 2);
    let took = start.elapsed();
    assert!(took >= Duration::from_millis(1900) && took < Duration::from_secs(7), "{took:?}");
    assert_eq!(registry.count("tags/list"), 5);
}

#[tokio::test]
async fn a_wait_longer_than_the_time_left_fails_at_once() {
    let registry = filled("app", 2).await;
    let body = r#"{"errors":[{"code":"TOOMANYREQUESTS","message":"slow down"}]}"#;
    registry.fault("tags/list", 9, Fault::answer(429).header("retry-after", "3600").body(body));
    let start = Instant::now();
    let error = registries().tags(&scan(&registry.host(), "app")).await.unwrap_err();
    assert!(start.elapsed() < Duration::from_secs(2));
    insta::assert_snapshot!(told(&error), @r"
    registry/rate-limited: cannot read `127.0.0.1:PORT/app`: `127.0.0.1:PORT` wants fewer requests, and a pause of 3600 s: slow down
    help: run less often, or lower `--concurrency`
    ");
    assert_eq!(registry.count("tags/list"), 1);
}

#[tokio::test]
async fn an_exhausted_pull_limit_is_not_asked_again() {
    let registry = filled("app", 2).await;
    let body = r#"{"errors":[{"code":"TOOMANYREQUESTS","message":"You have reached your unauthenticated pull rate limit"}]}"#;
    registry.fault("tags/list", 9, Fault::answer(429).body(body));
    registries().tags(&scan(&registry.host(), "app")).await.unwrap_err();
    assert_eq!(registry.count("tags/list"), 1);
}

#[tokio::test]
async fn a_page_of_html_is_no_list() {
    let registry = filled("app", 2).await;
    let page = Fault::answer(200).header("content-type", "text/html").body("<html>Sign in</html>");
    registry.fault("tags/list", 9, page);
    let error = registries().tags(&scan(&registry.host(), "app")).await.unwrap_err();
    insta::assert_snapshot!(told(&error), @r"
    registry/malformed: cannot read `127.0.0.1:PORT/app`: the answer of `127.0.0.1:PORT` is unusable: no list of tags, but text/html: it is no JSON
    help: see whether `127.0.0.1:PORT` is a registry, and tell its operator
    ");
}

#[tokio::test]
async fn compressed_answers_are_refused() {
    let registry = filled("app", 2).await;
    registry.fault("tags/list", 9, Fault::answer(200).header("content-encoding", "gzip"));
    let error = registries().tags(&scan(&registry.host(), "app")).await.unwrap_err();
    insta::assert_snapshot!(told(&error), @r"
    registry/malformed: cannot read `127.0.0.1:PORT/app`: the answer of `127.0.0.1:PORT` is unusable: it is compressed, which was not asked for
    help: see whether `127.0.0.1:PORT` is a registry, and tell its operator
    ");
}

#[tokio::test]
async fn a_body_without_end_is_cut() {
    let registry = filled("app", 2).await;
    registry.fault("tags/list", 9, Fault::Bomb);
    let generous = Settings { timeout: Duration::from_secs(30), ..settings() };
    let registries = registries_with(
        &Sources::default(),
        Settings { scan_timeout: Duration::from_mins(1), ..generous },
    );
    let error = registries.tags(&scan(&registry.host(), "app")).await.unwrap_err();
    insta::assert_snapshot!(told(&error), @r"
    registry/malformed: cannot read `127.0.0.1:PORT/app`: the answer of `127.0.0.1:PORT` is unusable: it is larger than 65536 KiB
    help: see whether `127.0.0.1:PORT` is a registry, and tell its operator
    ");
}

#[tokio::test]
async fn the_time_of_a_scan_ends_a_drip() {
    let registry = filled("app", 2).await;
    registry.fault("tags/list", 9, Fault::Drip);
    let host = registry.host();
    let hurried = Scan { timeout: Some(Duration::from_millis(700)), ..scan(&host, "app") };
    let error = registries().tags(&hurried).await.unwrap_err();
    insta::assert_snapshot!(told(&error), @r"
    registry/timeout: cannot read `127.0.0.1:PORT/app`: it was not done within 700 ms, while page 1 of the tags was being read
    help: raise `--scan-timeout`, and `spec.timeout` of the ImageRepository where it is set
    ");
}

#[tokio::test]
async fn a_silent_registry_is_told() {
    let registry = filled("app", 2).await;
    registry.fault("tags/list", 9, Fault::Stall);
    let quick = Settings { timeout: Duration::from_millis(100), ..settings() };
    let registries = registries_with(&Sources::default(), quick);
    let error = registries.tags(&scan(&registry.host(), "app")).await.unwrap_err();
    insta::assert_snapshot!(told(&error), @r"
    registry/timeout: cannot read `127.0.0.1:PORT/app`: `127.0.0.1:PORT` did not answer within 100 ms
    help: try again later, or raise `--timeout`
    ");
    assert_eq!(registry.count("tags/list"), 5);
}

#[tokio::test]
async fn a_registry_that_never_answers_is_asked_for_all_images_at_once() {
    let registry = filled("app", 2).await;
    registry.fault("/v2/", 99, Fault::Stall);
    let quick = Settings { timeout: Duration::from_millis(100), ..settings() };
    let registries = registries_with(&Sources::default(), quick);
    let scans: Vec<Scan> = (0..20).map(|n| scan(&registry.host(), &format!("app{n}"))).collect();
    let told = futures_util::future::join_all(scans.iter().map(|scan| registries.tags(scan))).await;
    assert!(told.iter().all(|told| told.as_ref().unwrap_err().code() == Code::RegistryTimeout));
    assert_eq!(registries.progress().requests(), 6, "https once, then http five times");
}

#[tokio::test]
async fn a_port_that_nobody_listens_at_is_told_and_given_up() {
    let host = {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap().to_string()
    };
    let registries = registries();
    for _ in 0..4 {
        let error = registries.tags(&scan(&host, "app")).await.unwrap_err();
        insta::allow_duplicates! {
            insta::assert_snapshot!(told(&error), @r"
            registry/unreachable: cannot read `127.0.0.1:PORT/app`: `127.0.0.1:PORT` refused the connection
            help: correct the port in `spec.image`, or run where the registry can be reached
            ");
        }
    }
    // After five refusals nothing is asked any more.
    assert_eq!(registries.progress().requests(), 5);
}

#[tokio::test]
async fn a_name_without_address_is_told() {
    let error = registries().tags(&scan("registry.invalid", "app")).await.unwrap_err();
    insta::assert_snapshot!(told(&error), @r"
    registry/unreachable: cannot read `registry.invalid/app`: the name `registry.invalid` cannot be resolved
    help: correct the host in `spec.image`; a registry inside a cluster's network needs a runner there
    ");
}

#[tokio::test]
async fn a_host_that_has_nothing_left_is_held() {
    let registry = filled("app", 2).await;
    let page = Fault::answer(200)
        .header("ratelimit-remaining", "0")
        .header("ratelimit-reset", "1")
        .body(r#"{"tags":["a"]}"#);
    registry.fault("tags/list", 1, page);
    let registries = registries();
    let scan = scan(&registry.host(), "app");
    let start = Instant::now();
    registries.tags(&scan).await.unwrap();
    registries.tags(&scan).await.unwrap();
    assert!(start.elapsed() >= Duration::from_secs(1), "{:?}", start.elapsed());
}
