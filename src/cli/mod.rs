//! The command line: one file a command, and what all of them share.
//!
//! Results go to stdout, everything else to stderr. Exit codes: 0 success, 1 failure, 2 bad usage, 130 after Ctrl-C,
//! 128 + n after another signal n; a closed pipe is a normal end.

mod config;
mod doctor;
mod filter;
mod flags;
mod headless;
mod json;
mod log;
mod looks;
mod news;
mod output;
mod progress;
mod reading;
mod record;
mod screen;
mod signals;
mod stamp;
mod stats;
mod stream;
mod summary;
mod traces;
mod usage;

use std::io::Write;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::source::SOURCES;

/// A live debugger for logs and traces in the terminal.
#[derive(Debug, Parser)]
#[command(name = "spantail", version, about, long_about = None, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    screen: screen::ScreenArgs,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Open the screen on a simulated web shop; needs no server, no config and no network
    Demo(screen::DemoArgs),
    /// Open a saved session, or any file of OTLP requests
    Open(screen::OpenArgs),
    /// Print what comes: a tail and a grep that know levels, fields and traces
    Stream(Box<stream::StreamArgs>),
    /// Count what there is: by level, service, source, trace and time
    Stats(Box<stats::StatsArgs>),
    /// Write a session to a file without the screen
    Record(record::RecordArgs),
    /// Find traces, fetch one, or tell where a person looks at it
    Traces(traces::TracesArgs),
    /// Try the config and every source, and say what is wrong and what to do
    Doctor(doctor::DoctorArgs),
    /// Print, find or check the configuration
    Config(config::ConfigArgs),
}

/// What a command ended with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Ending {
    Done,
    Signal(i32),
}

/// Runs the command that `args` mean, the program's name first.
pub fn main(args: impl IntoIterator<Item = std::ffi::OsString>) -> ExitCode {
    let matches = match command().try_get_matches_from(args).and_then(refuse_late_command) {
        Ok(matches) => matches,
        Err(error) => {
            let code = if error.use_stderr() { 2 } else { 0 };
            // A closed pipe is a normal end.
            let _printed = error.print();
            return ExitCode::from(code);
        }
    };
    let ended = Cli::from_arg_matches(&matches).map_err(anyhow::Error::from).and_then(run);
    match ended {
        Ok(Ending::Done) => ExitCode::SUCCESS,
        Ok(Ending::Signal(number)) => ExitCode::from(u8::try_from(128 + number).unwrap_or(1)),
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            let _told = writeln!(std::io::stderr(), "spantail: {error:#}");
            if error.is::<usage::Usage>() { ExitCode::from(2) } else { ExitCode::FAILURE }
        }
    }
}

/// Refuses the name of a command among the sources: where a flag stands before it, it would be taken for a file that is
/// yet to come.
fn refuse_late_command(matches: ArgMatches) -> Result<ArgMatches, clap::Error> {
    let mut command = command();
    let late = matches
        .get_many::<String>("sources")
        .and_then(|mut sources| sources.find(|source| command.find_subcommand(source).is_some()).cloned());
    let Some(name) = late else { return Ok(matches) };
    let message = format!("`{name}` is a command and stands first: spantail {name} …; write ./{name} for a file");
    Err(command.error(ErrorKind::ArgumentConflict, message))
}

/// Whether the reader of the results has gone away, as `head` does.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let io = error.downcast_ref::<std::io::Error>();
    io.is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}

fn run(cli: Cli) -> anyhow::Result<Ending> {
    log::init();
    match cli.command {
        None => screen::open(&cli.screen),
        Some(Command::Demo(args)) => screen::demo(&args),
        Some(Command::Open(args)) => screen::reopen(&args),
        Some(Command::Stream(args)) => stream::run(&args),
        Some(Command::Stats(args)) => stats::run(&args),
        Some(Command::Record(args)) => record::run(&args),
        Some(Command::Traces(args)) => traces::run(&args),
        Some(Command::Doctor(args)) => doctor::run(&args),
        Some(Command::Config(args)) => config::run(&args, &mut std::io::stdout().lock()),
    }
}

/// The command with the list of sources in its help, made from the registry.
fn command() -> clap::Command {
    use std::fmt::Write as _;
    let mut sources = String::from("Sources:\n");
    for kind in SOURCES {
        // Writing to a String can not fail.
        let _written = writeln!(sources, "  {}\n      {}", kind.example(), kind.about());
    }
    sources.push_str("\nWithout a SOURCE: those of the config, else stdin when it is piped, else a start screen.");
    Cli::command().after_help(sources)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_behind_a_flag_or_a_source_is_refused_and_not_read_as_a_file() {
        let parse = |words: &[&str]| {
            let words = std::iter::once(&"spantail").chain(words);
            command().try_get_matches_from(words).and_then(refuse_late_command).map_err(|error| error.to_string())
        };
        for words in [&["--theme", "light", "demo"][..], &["app.log", "record"]] {
            let error = parse(words).unwrap_err();
            assert!(error.contains("stands first"), "{words:?}: {error}");
        }
        for words in [&["demo", "--theme", "light"][..], &["--theme", "light", "./demo"], &["demos"], &[]] {
            assert!(parse(words).is_ok(), "{words:?}");
        }
    }

    #[test]
    fn the_command_line_is_well_formed_and_lists_every_source() {
        command().debug_assert();
        let help = command().render_long_help().to_string();
        for kind in SOURCES {
            assert!(help.contains(kind.example()), "{} is not in the help", kind.name());
        }
    }
}
