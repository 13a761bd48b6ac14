//! Where a registry may lead us, and where not.

use super::{filled, registries, scan, told, with_config};
use crate::support::registry::{Fault, Login, Registry};

#[tokio::test]
async fn a_redirect_is_followed_without_the_login() {
    let target = filled("app", 2).await;
    let registry = filled("app", 1).await;
    registry.login(Login::Basic);
    registry.user("alice", "wonderland", &["app"]);
    let host = registry.host();
    let to = format!("http://{}/v2/app/tags/list", target.host());
    registry.fault("tags/list", 9, Fault::answer(307).header("location", &to));
    let config =
        format!(r#"{{"auths":{{"{host}":{{"username":"alice","password":"wonderland"}}}}}}"#);
    let tags = with_config(&config).tags(&scan(&host, "app")).await.unwrap();
    assert_eq!(tags.len(), 2);
    let seen = target.seen();
    assert_eq!((seen.len(), seen[0].header("authorization")), (1, ""));
}

#[tokio::test]
async fn pages_go_on_at_the_place_that_answered() {
    let target = filled("app", 2500).await;
    target.paging(crate::support::registry::Paging::Relative);
    let registry = filled("app", 1).await;
    let to = format!("http://{}/v2/app/tags/list", target.host());
    registry.fault("tags/list", 1, Fault::answer(307).header("location", &to));
    let tags = registries().tags(&scan(&registry.host(), "app")).await.unwrap();
    assert_eq!((tags.len(), target.count("tags/list")), (2500, 25));
}

#[tokio::test]
async fn a_chain_of_redirects_ends() {
    let registry = filled("app", 2).await;
    registry.fault("tags/list", 99, Fault::answer(302).header("location", "list?again"));
    let error = registries().tags(&scan(&registry.host(), "app")).await.unwrap_err();
    insta::assert_snapshot!(told(&error), @"");
    assert_eq!(registry.count("tags/list"), 6);
}

#[tokio::test]
async fn addresses_of_the_system_are_never_asked() {
    for address in [
        "http://169.254.169.254/latest",
        "http://2852039166/",
        "http://[::ffff:169.254.169.254]/",
        "http://0.0.0.0/",
    ] {
        let registry = filled("app", 2).await;
        registry.fault("tags/list", 1, Fault::answer(302).header("location", address));
        let error = registries().tags(&scan(&registry.host(), "app")).await.unwrap_err();
        assert!(
            told(&error).contains("it lies at a private address, or one of the system"),
            "{}",
            told(&error)
        );

        let registry = filled("app", 2).await;
        registry.login(Login::Bearer);
        registry.realm(address);
        let error = registries().tags(&scan(&registry.host(), "app")).await.unwrap_err();
        assert!(told(&error).starts_with("registry/malformed: "), "{}", told(&error));
        assert!(told(&error).contains("token service"), "{}", told(&error));
    }
    let error = registries().tags(&scan("169.254.169.254", "app")).await.unwrap_err();
    insta::assert_snapshot!(told(&error), @"");
}

#[tokio::test]
async fn a_link_to_another_host_is_refused() {
    let other = Registry::start().await;
    let registry = filled("app", 2).await;
    let link = format!("<http://{}/v2/app/tags/list?last=x>; rel=\"next\"", other.host());
    registry.fault(
        "tags/list",
        1,
        Fault::answer(200).header("link", &link).body(r#"{"tags":["a"]}"#),
    );
    let error = registries().tags(&scan(&registry.host(), "app")).await.unwrap_err();
    assert!(told(&error).contains("it leads to another host"), "{}", told(&error));
    assert!(other.seen().is_empty());
}
