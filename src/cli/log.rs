//! The log: standard error, for those who ask for it.

use tracing::level_filters::LevelFilter;
use tracing_subscriber::fmt;

use super::{Args, Environment, LogFormat};

/// Starts it. A re-run "with debug logging" sets `RUNNER_DEBUG`.
pub fn start_log(args: &Args, environment: &Environment) {
    let debug = environment.get("RUNNER_DEBUG") == Some("1");
    let level = if debug { args.log_level.max(LevelFilter::DEBUG) } else { args.log_level };
    let ansi = match args.color {
        super::Color::Always => true,
        super::Color::Never => false,
        super::Color::Auto => {
            std::io::IsTerminal::is_terminal(&std::io::stderr())
                && environment.get("NO_COLOR").is_none()
        }
    };
    let log = fmt().with_max_level(level).with_writer(std::io::stderr).with_ansi(ansi);
    let started = match args.log_format {
        LogFormat::Text => log.try_init(),
        LogFormat::Json => log.json().try_init(),
    };
    // A second start in one process keeps the first log.
    drop(started);
}
