//! Parse, run, report, exit code.
#![expect(clippy::print_stderr, reason = "a mistake in the command line is told here")]

use std::process::ExitCode;

use flux_image_updates::{
    cli::{self, Environment, Settings, UsageError},
    commands,
};

fn main() -> ExitCode {
    let environment = Environment::of_process();
    let args = match cli::parse(std::env::args_os(), &environment) {
        Ok(args) => args,
        Err(error) => {
            drop(error.print());
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    cli::start_log(&args, &environment);
    let color = args.color;
    match Settings::new(args, environment).and_then(|settings| start(&settings, color)) {
        Ok(status) => ExitCode::from(status),
        Err(UsageError { message, hint }) => {
            eprintln!("error: {message}");
            if let Some(hint) = hint {
                eprintln!("  = help: {hint}");
            }
            ExitCode::from(2)
        }
    }
}

fn start(settings: &Settings, color: cli::Color) -> Result<u8, UsageError> {
    let runtime = tokio::runtime::Runtime::new()
        .map_err(|error| UsageError::new(error.to_string(), "see what the system lacks"))?;
    runtime.block_on(commands::run(settings, color))
}
