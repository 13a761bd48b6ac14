//! What people and machines read of a run, as it stands on their screens.

use crate::support::world::World;

/// The same text with nothing of this run's own in it; the stand-in for the
/// registry is as long as the registry, so that tables keep their shape.
fn normal(text: &str, world: &World) -> String {
    let hosts = [
        (world.registry.host(), "registry.test:5"),
        (world.github.server_url(), "https://github.com"),
        (world.git.url().to_owned(), "https://git"),
    ];
    hosts.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

#[tokio::test]
async fn the_result_at_a_terminal() {
    let world = World::with_fleet().await;
    let run = world.run(&["plan"]).await.ok();
    insta::assert_snapshot!(normal(&run.stdout, &world));
}

#[tokio::test]
async fn the_steps_summary() {
    let world = World::with_fleet().await;
    let run = world.run(&["run"]).await.ok();
    insta::assert_snapshot!(normal(&run.summary, &world));
}

#[tokio::test]
async fn the_log_in_actions() {
    let world = World::with_fleet().await;
    let folder = world.empty_folder();
    let run = world.run_in(&folder, &["run"], &[("GITHUB_ACTIONS", "true")]).await.ok();
    insta::assert_snapshot!(normal(&run.stderr, &world));
}

#[tokio::test]
async fn the_result_document() {
    let world = World::with_fleet().await;
    let run = world.run(&["plan", "-o", "json"]).await.ok();
    insta::assert_snapshot!(normal(&run.stdout, &world));
}
