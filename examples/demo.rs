//! The main job on an embedded default: a registry, a Git server and a GitHub
//! on loopback inside this process, a small fleet, and the real pipeline.
//!
//! `cargo run --example demo` needs the `git` program, and `cc` to be built.
//! `cargo run --example demo -- --serve` starts the servers alone, prints the
//! variables with which the program finds them, and ends with its standard input.
//! With `--docker-registry` behind it the images lie in Debian's registry, which
//! wants a login.
#![allow(missing_docs, clippy::print_stdout, unreachable_pub, dead_code, clippy::unwrap_used)]
#![allow(clippy::disallowed_methods, unused_imports)]

#[path = "../tests/support/mod.rs"]
mod support;

use std::io::IsTerminal as _;

use flux_image_updates::{
    cli::{self, Environment, Settings},
    diagnostic::Severity,
    pipeline,
    report::{self, Paint},
};
use support::{
    docker_registry::{DockerRegistry, PASSWORD, USER},
    world::{World, fleet_tags},
};

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => show().await,
        ["--serve"] => {
            let world = World::with_fleet().await;
            serve(&world, &world.registry.host()).await;
        }
        ["--serve", "--docker-registry"] => serve_with_login().await,
        _ => panic!("usage: demo [--serve [--docker-registry]]"),
    }
}

async fn show() {
    let world = World::with_fleet().await;
    let paint = if std::io::stdout().is_terminal() { Paint::COLOURED } else { Paint::PLAIN };
    println!("A fleet's repository, its registry and a GitHub now run on loopback:");
    println!("  Git       {}", world.fleet.remote());
    println!("  registry  {}", world.registry.host());
    println!("  GitHub    {}", world.github.api_url());

    heading("1. flux-image-updates run", paint);
    let outcome = run(&world).await;
    print!("{}", report::text(&outcome, false, false, paint));
    let warnings: Vec<_> = outcome
        .problems()
        .into_iter()
        .filter(|problem| problem.severity != Severity::Info)
        .collect();
    print!("\n{}", report::problems(&warnings, false, paint));

    heading("2. The edits: nothing but the marked values", paint);
    print!("{}", report::diff(&outcome, paint));

    heading("3. The pull request, as Markdown", paint);
    show_pull_request(&world);

    heading("4. Nothing new: the second run writes nothing", paint);
    let outcome = run(&world).await;
    print!("{}", report::text(&outcome, false, true, paint));

    heading("5. immich-server v1.121.0 is pushed: the same pull request is updated", paint);
    world.registry.push("immich-app/immich-server", "v1.121.0");
    let outcome = run(&world).await;
    print!("{}", report::text(&outcome, false, true, paint));
    println!();
    show_pull_request(&world);
    world.fleet.fsck();
    world.github.assert_no_violations();
}

async fn serve_with_login() {
    let world = World::start().await;
    let registry = DockerRegistry::with_login().await;
    for (repository, tags) in fleet_tags() {
        for tag in tags {
            registry.push(&repository, &tag).await;
        }
    }
    world.commit_fleet(&registry.host());
    println!("export USERNAME='{USER}' PASSWORD='{PASSWORD}'");
    serve(&world, &registry.host()).await;
}

/// Prints the variables for `eval`, then waits until nobody listens any more.
async fn serve(world: &World, registry: &str) {
    for (name, value) in world.variables() {
        if name.starts_with("GITHUB_") {
            println!("export {name}='{value}'");
        }
    }
    println!("export REGISTRY='{registry}'");
    let input = || std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
    tokio::task::spawn_blocking(input).await.unwrap().unwrap();
    world.fleet.fsck();
    world.github.assert_no_violations();
}

async fn run(world: &World) -> pipeline::Outcome {
    let environment: Environment = world
        .variables()
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .chain([("GITHUB_WORKSPACE".to_owned(), world.folder().display().to_string())])
        .collect();
    let args = cli::parse(["flux-image-updates", "run"].map(Into::into), &environment);
    let settings = Settings::new(args.unwrap(), environment).unwrap();
    let doors = pipeline::World::open(&settings).unwrap();
    match pipeline::run(&doors, &settings).await {
        Ok(outcome) => outcome,
        Err(failure) => panic!("{}", report::problem(&failure.0, Paint::PLAIN)),
    }
}

fn heading(text: &str, paint: Paint) {
    println!("\n{}\n", paint.bold(&format!("── {text} ──")));
}

fn show_pull_request(world: &World) {
    let repository = world.github.repository();
    for pull in &repository.pulls {
        println!("#{} {}  [{}]", pull.number, pull.title, pull.labels.join(", "));
        println!("\n{}", pull.body.clone().unwrap_or_default());
    }
}
