//! The agent: reads requests, runs steps, answers. It has no templates, no YAML, no SSH and no async.
mod blob;
mod check;
mod execute;
mod hearing;
mod line;
mod serve;
mod stretch;
mod watched;
mod witness;

use std::process::ExitCode;

const USAGE: &str = "usage: agent serve [--simulated NAME ADDRESS] | confirm TOKEN | undo TOKEN | undo --all | undo-after SECONDS TOKEN";

fn main() -> ExitCode {
    play_system::secrecy::close_memory();
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let result = match words.as_slice() {
        ["serve"] => serve::serve(&serve::Host::Real),
        ["serve", "--simulated", name, address] => {
            serve::serve(&serve::Host::simulated(name, address))
        }
        ["confirm", token] => {
            play_system::confirm::confirm(token).map_err(|fault| fault.to_string())
        }
        ["undo", "--all"] => play_system::confirm::undo_all().map_err(|fault| fault.to_string()),
        ["undo", token] => play_system::confirm::undo(token).map_err(|fault| fault.to_string()),
        ["undo-after", seconds, token] => undo_after(seconds, token),
        _ => Err(USAGE.to_owned()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(words) => {
            line::complain(&words);
            ExitCode::FAILURE
        }
    }
}

fn undo_after(seconds: &str, token: &str) -> Result<(), String> {
    let seconds = seconds.parse().map_err(|_| USAGE.to_owned())?;
    std::thread::sleep(std::time::Duration::from_secs(seconds));
    play_system::confirm::undo(token).map_err(|fault| fault.to_string())
}
