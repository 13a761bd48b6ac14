//! Every way of paging gives every tag.

use super::{filled, joined, registries, scan, told};
use crate::support::registry::{Fault, Paging};

#[tokio::test]
async fn every_dialect_gives_every_tag() {
    #[rustfmt::skip]
    let rows: &[(Paging, usize, usize, bool)] = &[
        // the dialect       tags  requests  was cut short
        (Paging::AllAtOnce,   250,  1,       false),
        (Paging::AllAtOnce,  1000,  2,       false),
        (Paging::Relative,   2500,  3,       false),
        (Paging::Absolute,   2500,  3,       false),
        (Paging::Quay,        250,  3,       false),
        (Paging::Ecr,        2500,  3,       false),
        (Paging::Gitea,      2500,  4,       false),
        (Paging::Artifactory,2500,  3,       false),
        (Paging::Nexus,      2500,  3,       false),
        (Paging::CutSilently, 250,  3,       true),
        (Paging::CutSilently, 100,  2,       false),
        (Paging::Refusing,    120,  4,       false),
        (Paging::Google,      250,  1,       false),
        (Paging::Relative,      0,  1,       false),
    ];
    for (paging, count, requests, cut_short) in rows {
        let registry = filled("team/app", *count).await;
        if *count == 0 {
            registry.push("team/app", "gone");
            registry.delete("team/app", "gone");
        }
        registry.paging(*paging);
        let tags = registries().tags(&scan(&registry.host(), "team/app")).await;
        let tags = tags.unwrap_or_else(|error| panic!("{paging:?}: {}", told(&error)));
        assert_eq!(tags.len(), *count, "{paging:?}");
        assert_eq!(tags.was_cut_short(), *cut_short, "{paging:?}");
        assert_eq!(registry.count("/tags/list"), *requests, "{paging:?}");
    }
}

#[tokio::test]
async fn illegal_tags_are_counted_and_left_out() {
    let registry = filled("app", 1).await;
    registry.push("app", "-ot-beta-jmx");
    registry.push("app", "a\n::error::b");
    let tags = registries().tags(&scan(&registry.host(), "app")).await.unwrap();
    assert_eq!((joined(&tags).as_str(), tags.illegal()), ("t0000", 2));
}

#[tokio::test]
async fn a_list_that_breaks_in_the_middle_is_read_again() {
    let registry = filled("app", 2500).await;
    registry.paging(Paging::Relative);
    registry.fault("last=", 1, Fault::answer(404));
    let tags = registries().tags(&scan(&registry.host(), "app")).await.unwrap();
    assert_eq!((tags.len(), registry.count("/tags/list")), (2500, 5));
}

#[tokio::test]
async fn a_list_never_goes_in_a_circle() {
    let registry = filled("app", 3).await;
    let page = |target: &str| {
        Fault::answer(200)
            .header("link", &format!("<{target}>; rel=\"next\""))
            .body(r#"{"tags":["a"]}"#)
    };
    registry.fault("n=1000", 9, page("/v2/app/tags/list?n=1000"));
    let error = registries().tags(&scan(&registry.host(), "app")).await.unwrap_err();
    insta::assert_snapshot!(told(&error), @"");

    let registry = filled("app", 3).await;
    for number in 0..9 {
        registry.fault("tags/list", 1, page(&format!("/v2/app/tags/list?next={number}")));
    }
    let error = registries().tags(&scan(&registry.host(), "app")).await.unwrap_err();
    insta::assert_snapshot!(told(&error), @"");
}
