use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;
use omega_local::{Config, run, run_as};

/// A Supabase project on this machine, for development and tests.
///
/// Prints one line of JSON when everything answers; ends on SIGINT or SIGTERM.
#[derive(Parser)]
#[command(name = "omega-local")]
struct Cli {
    #[command(flatten)]
    config: Config,
    /// Print the configuration as JSON and end.
    #[arg(long)]
    print_config: bool,
}

/// What Postgres is started with when we are root: become another user, then run a program.
#[derive(Parser)]
struct RunAs {
    uid: u32,
    gid: u32,
    program: OsString,
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<OsString>,
}

fn main() -> ExitCode {
    let result = if std::env::args_os()
        .nth(1)
        .is_some_and(|arg| arg == "run-as")
    {
        let to = RunAs::parse_from(std::env::args_os().skip(1));
        run_as(to.uid, to.gid, &to.program, &to.args)
    } else {
        let cli = Cli::parse();
        if cli.print_config {
            print_config(&cli.config)
        } else {
            run(cli.config)
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("omega-local: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn print_config(config: &Config) -> anyhow::Result<()> {
    println!("{}", serde_json::to_string_pretty(config)?);
    Ok(())
}
