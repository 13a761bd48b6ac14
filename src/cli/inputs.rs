//! The action's inputs: `INPUT_<NAME>` stands in for an option not typed.

use clap::{CommandFactory as _, FromArgMatches as _, parser::ValueSource};

use super::{Args, Environment, Idle, args::IDLE_IN_PROPOSE};

/// What the runner puts before an input's name.
pub const INPUT_PREFIX: &str = "INPUT_";

/// Reads the command line, then fills what was not typed from the inputs.
///
/// # Errors
/// What clap says; help and version are among it.
pub fn parse(
    typed: impl IntoIterator<Item = std::ffi::OsString>,
    environment: &Environment,
) -> Result<Args, clap::Error> {
    let mut typed: Vec<std::ffi::OsString> = typed.into_iter().collect();
    let mut command = Args::command();
    let matches = match command.try_get_matches_from_mut(&typed) {
        Err(error) if lacks_a_verb(&error) => {
            let Some(verb) = input(environment, "command") else { return Err(error) };
            typed.push(verb.into());
            command.try_get_matches_from_mut(&typed)?
        }
        matches => matches?,
    };
    let Some((verb, options)) = matches.subcommand() else {
        return Args::from_arg_matches(&matches);
    };
    let is_idle = |long: &str| verb == "propose" && IDLE_IN_PROPOSE.contains(&long);
    let mut filled = typed;
    let mut idle = Idle::default();
    for argument in command.find_subcommand(verb).into_iter().flat_map(clap::Command::get_arguments)
    {
        let (Some(long), id) = (argument.get_long(), argument.get_id()) else { continue };
        if argument.is_global_set() || matches!(long, "help" | "version") {
            continue;
        }
        let is_typed = options.value_source(id.as_str()) == Some(ValueSource::CommandLine);
        if is_idle(long) {
            idle.typed.extend(is_typed.then(|| long.to_owned()));
            continue;
        }
        let Some(value) = input(environment, long).filter(|_| !is_typed) else { continue };
        let many = argument.get_num_args().is_some_and(|n| n.max_values() > 1);
        let values = if many { lines(value) } else { vec![value] };
        filled.extend(values.into_iter().map(|value| format!("--{long}={value}").into()));
    }
    idle.inputs = idle_inputs(&command, verb, is_idle, environment);
    let mut args = Args::from_arg_matches(&command.try_get_matches_from_mut(filled)?)?;
    args.idle = idle;
    Ok(args)
}

/// The inputs that are meant for other verbs. The action passes every input,
/// those with their default too, so that only another value was given by
/// somebody.
fn idle_inputs(
    command: &clap::Command,
    verb: &str,
    is_idle: impl Fn(&str) -> bool,
    environment: &Environment,
) -> Vec<String> {
    let own = command.find_subcommand(verb);
    let mut idle = Vec::new();
    for argument in command.get_subcommands().flat_map(clap::Command::get_arguments) {
        let Some(long) = argument.get_long() else { continue };
        let is_taken =
            own.is_some_and(|own| own.get_arguments().any(|a| a.get_long() == Some(long)));
        if (is_taken && !is_idle(long)) || idle.iter().any(|known| known == long) {
            continue;
        }
        let given = input(environment, long).map(str::trim);
        let is_default = |value: &str| argument.get_default_values().iter().any(|d| d == value);
        idle.extend(given.filter(|value| !is_default(value)).map(|_| long.to_owned()));
    }
    idle
}

fn lacks_a_verb(error: &clap::Error) -> bool {
    use clap::error::ErrorKind;
    matches!(
        error.kind(),
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
    )
}

/// The values of an input that takes several: one a line, since a folder's name
/// or a variable's value may hold blanks.
fn lines(value: &str) -> Vec<&str> {
    value.lines().map(str::trim).filter(|line| !line.is_empty()).collect()
}

/// An input by its option's name: upper-cased, hyphens kept or as underscores.
fn input<'e>(environment: &'e Environment, name: &str) -> Option<&'e str> {
    let upper = name.to_uppercase();
    environment
        .get(&format!("{INPUT_PREFIX}{upper}"))
        .or_else(|| environment.get(&format!("{INPUT_PREFIX}{}", upper.replace('-', "_"))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Command;

    fn options(typed: &[&str], vars: &[(&str, &str)]) -> super::super::Options {
        let environment = vars.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let typed = std::iter::once("flux-image-updates").chain(typed.iter().copied());
        match parse(typed.map(Into::into), &environment).unwrap().command {
            Command::Run(options) | Command::Propose(options) => options,
            Command::Plan(plan) => plan.options,
        }
    }

    #[test]
    fn inputs_fill_what_was_not_typed() {
        let vars = [
            ("INPUT_BASE", "develop"),
            ("INPUT_PULL-REQUEST", "false"),
            ("INPUT_DRY_RUN", "true"),
            ("INPUT_LABELS", "a\nb"),
            ("INPUT_MANIFESTS", "clusters/a\n clusters/my cluster\n"),
            ("INPUT_TITLE", ""),
            ("INPUT_BODY", "--not-an-option"),
        ];
        let read = options(&["run"], &vars);
        assert_eq!(read.base.as_deref(), Some("develop"));
        assert!(!read.pull_request);
        assert!(read.dry_run);
        assert_eq!(read.labels, "a\nb");
        assert_eq!(read.manifests, ["clusters/a", "clusters/my cluster"]);
        assert_eq!(read.title, None, "an empty input counts as not given");
        assert_eq!(read.body.as_deref(), Some("--not-an-option"));
        let typed = options(&["run", "--base", "main", "--manifests", "apps"], &vars);
        assert_eq!(typed.base.as_deref(), Some("main"), "what was typed wins");
        assert_eq!(typed.manifests, ["apps"]);
    }

    /// What is typed, the inputs; what of each is idle.
    type Case<'a> = (&'a [&'a str], &'a [(&'a str, &'a str)], &'a [&'a str], &'a [&'a str]);

    #[test]
    fn what_has_no_effect_on_the_verb_is_noted() {
        let defaults = [
            ("INPUT_CONCURRENCY", "32"),
            ("INPUT_PULL_REQUEST", "true"),
            ("INPUT_WORKTREE", "false"),
            ("INPUT_SECRETS", ""),
        ];
        let secrets = [("INPUT_SECRETS", "ghcr.io=a:b"), ("INPUT_PULL-REQUEST", "false")];
        let worktree = [("INPUT_WORKTREE", "true"), ("INPUT_EXIT_CODE", "true")];
        #[rustfmt::skip]
        let rows: &[Case<'_>] = &[
            // typed                                         inputs     idle: typed       inputs
            (&["propose"],                                   &defaults, &[],              &[]),
            (&["propose"],                                   &secrets,  &[],              &["pull-request", "secrets"]),
            (&["propose"],                                   &worktree, &[],              &["exit-code", "worktree"]),
            (&["propose", "--concurrency", "32"],            &[],       &["concurrency"], &[]),
            (&["propose", "--labels", "a", "--base", "b"],   &[],       &[],              &[]),
            (&["run", "--concurrency", "4"],                 &secrets,  &[],              &[]),
            (&["run"],                                       &worktree, &[],              &["exit-code", "worktree"]),
            (&["plan"],                                      &worktree, &[],              &[]),
        ];
        for (typed, vars, expected_typed, expected_inputs) in rows {
            let environment =
                vars.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
            let words = std::iter::once("flux-image-updates").chain(typed.iter().copied());
            let mut idle = parse(words.map(Into::into), &environment).unwrap().idle;
            idle.inputs.sort();
            assert_eq!(
                (&idle.typed[..], &idle.inputs[..]),
                (&owned(expected_typed)[..], &owned(expected_inputs)[..]),
                "{typed:?} {vars:?}"
            );
        }
    }

    fn owned(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn the_help_shows_what_has_an_effect() {
        let mut command = Args::command();
        let mut help = |verb: &str| {
            let verb = command.find_subcommand_mut(verb).unwrap();
            verb.render_long_help().to_string()
        };
        let (run, propose) = (help("run"), help("propose"));
        for long in IDLE_IN_PROPOSE {
            let shown = format!("  --{long}");
            assert!(run.contains(&shown), "`{long}` is no option of `run`");
            assert!(!propose.contains(&shown), "{long}");
        }
        assert!(propose.contains("  --labels"));
    }

    #[test]
    fn the_verb_may_come_from_the_input() {
        let environment = [("INPUT_COMMAND".to_owned(), "plan".to_owned())].into_iter().collect();
        let args = parse(["flux-image-updates".into()], &environment).unwrap();
        assert!(matches!(args.command, Command::Plan(_)));
        let args = parse(["flux-image-updates".into(), "--quiet".into()], &environment).unwrap();
        assert!(args.quiet && matches!(args.command, Command::Plan(_)));
        let none = parse(["flux-image-updates".into()], &Environment::default());
        assert_eq!(none.unwrap_err().exit_code(), 2);
    }
}
