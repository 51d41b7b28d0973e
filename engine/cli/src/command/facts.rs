//! `play facts`: what is known of hosts, gathered through a playbook of one task.
use super::{load, reach};
use crate::argument;
use crate::argument::Facts;
use crate::disk;
use crate::exit::Exit;
use crate::terminal;
use play_core::message::{Mode, Reply, Request};
use play_modules::Modules;
use play_runner::connection::Options;
use play_runner::connection::Target;
use play_runner::language::Language;
use play_runner::session::Session;

pub(crate) fn run(arguments: &Facts) -> Exit {
    let project = argument::Project {
        inventory: arguments.inventory.clone(),
        limit: Some(arguments.pattern.clone()),
        ..argument::Project::default()
    };
    let (project, sources) = match load::project(&load::request(&project), &mut |_| {}) {
        Ok(loaded) => loaded,
        Err(exit) => return exit,
    };
    let language = Language::new(&project, disk::vault(), &Modules);
    let limit = &project.limit;
    let takes_part = |host: &str| limit.iter().any(|one| one == host);
    let ways = match reach::ways(&language, &arguments.reach, &takes_part) {
        Ok(ways) => ways,
        Err(diagnostic) => {
            load::show(&[diagnostic], &sources, &mut |_| {});
            return Exit::Wrong;
        }
    };
    let options = reach::options(&arguments.reach, &ways);
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    else {
        return Exit::Failed;
    };
    let mut exit = Exit::Done;
    for host in &project.limit {
        match runtime.block_on(gather(&ways.targets[host], &options)) {
            Ok(facts) => terminal::print(&format!("{:#}\n", serde_json::json!({ host: facts }))),
            Err(words) => {
                terminal::say(&format!("error: {words}"));
                exit = Exit::Failed;
            }
        }
    }
    exit
}

async fn gather(target: &Target, options: &Options) -> Result<play_core::Value, String> {
    let mut session = Session::open(target, options)
        .await
        .map_err(|fault| fault.to_string())?;
    let facts = play_core::fact::NAMES
        .iter()
        .map(|name| (*name).to_owned())
        .collect();
    let begin = Request::Begin {
        mode: Mode::Check,
        facts,
        secrets: Vec::new(),
        run: "facts".into(),
        confirm_within: None,
        keep_runs: usize::MAX,
    };
    session
        .send(&begin)
        .await
        .map_err(|fault| fault.to_string())?;
    loop {
        match session.receive().await.map_err(|fault| fault.to_string())? {
            Reply::Facts { facts } => {
                drop(session.close().await);
                return Ok(facts);
            }
            Reply::Broken { message } => return Err(message),
            _ => {}
        }
    }
}
