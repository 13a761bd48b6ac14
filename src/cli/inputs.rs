//! The action's inputs: `INPUT_<NAME>` stands in for an option not typed.

use clap::{CommandFactory as _, FromArgMatches as _, parser::ValueSource};

use super::{Args, Environment};

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
    let mut filled = typed;
    if let Some(command) = command.find_subcommand(verb) {
        for argument in command.get_arguments() {
            let (Some(long), id) = (argument.get_long(), argument.get_id()) else { continue };
            let is_global = argument.is_global_set() || matches!(long, "help" | "version");
            let is_typed =
                !is_global && options.value_source(id.as_str()) == Some(ValueSource::CommandLine);
            let Some(value) = input(environment, long).filter(|_| !is_global && !is_typed) else {
                continue;
            };
            let many = argument.get_num_args().is_some_and(|n| n.max_values() > 1);
            let values = if many { lines(value) } else { vec![value] };
            filled.extend(values.into_iter().map(|value| format!("--{long}={value}").into()));
        }
    }
    Args::from_arg_matches(&command.try_get_matches_from_mut(filled)?)
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
