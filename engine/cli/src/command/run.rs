//! `play PLAYBOOK...`: plan, question, run, sum.
use super::{load, reach};
use crate::argument::{Output, Run};
use crate::disk;
use crate::exit::Exit;
use crate::terminal;
use play_core::{Diagnostic, Event, Recap, Reporter};
use play_language::{Project, Sources};
use play_modules::Modules;
use play_report::{Html, Human, Json, Junit, Tee};
use play_runner::graph::Graph;
use play_runner::language::Language;
use play_runner::run::{Answer, Ended, Wish};
use play_runner::settings::Settings;
use std::io::Write;

pub(crate) fn run(arguments: &Run) -> Exit {
    let mut reporter = match reporter(arguments) {
        Ok(reporter) => reporter,
        Err(words) => {
            terminal::say(&words);
            return Exit::Wrong;
        }
    };
    let asks = !arguments.project.playbooks.is_empty();
    if asks && !arguments.check && !arguments.yes && !terminal::can_ask() {
        terminal::say(
            "error: there is no terminal to ask on; say --yes to apply, or --check to see the plan. Nothing was touched",
        );
        return Exit::Wrong;
    }
    let mut tell = |diagnostic: &Diagnostic| {
        if arguments.output == Output::Json {
            reporter.on(&Event::Diagnostic(diagnostic.clone()));
        }
    };
    match load::playbooks(&arguments.project, &mut tell) {
        Err(exit) => exit,
        Ok((project, sources)) => loaded(arguments, &project, &sources, &mut reporter),
    }
}

fn loaded(arguments: &Run, project: &Project, sources: &Sources, reporter: &mut Tee) -> Exit {
    let language = Language::new(project, disk::vault(), &Modules);
    let (graph, diagnostics) = play_runner::run::graph(&language);
    let mut tell = |diagnostic: &Diagnostic| {
        if arguments.output == Output::Json {
            reporter.on(&Event::Diagnostic(diagnostic.clone()));
        }
    };
    load::show(&diagnostics, sources, &mut tell);
    if load::wrong(&diagnostics) {
        return Exit::Wrong;
    }
    let settings = match reach::settings(arguments, &language, &graph) {
        Ok(settings) => settings,
        Err(diagnostic) => {
            load::show(&[diagnostic], sources, &mut tell);
            return Exit::Wrong;
        }
    };
    let Ok(runtime) = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
    else {
        terminal::say("error: the system gives this program no threads");
        return Exit::Failed;
    };
    let ended = runtime.block_on(drive(arguments, &language, &graph, &settings, reporter));
    runtime.shutdown_background();
    exit(arguments, &ended)
}

async fn drive<'a>(
    arguments: &Run,
    language: &'a Language<'a>,
    graph: &'a Graph<'a>,
    settings: &'a Settings,
    reporter: &'a mut Tee,
) -> Ended {
    let wish = if arguments.check {
        Wish::Check
    } else {
        Wish::Apply
    };
    let mut ask = |recap: &Recap| {
        if arguments.yes || terminal::ask(&question(recap)) {
            Answer::Go
        } else {
            Answer::Stop
        }
    };
    let ended = play_runner::run::run(language, graph, settings, wish, reporter, &mut ask).await;
    if ended.declined {
        terminal::say("nothing was changed");
    }
    if arguments.verbose > 0 && arguments.output == Output::Human {
        terminal::say(&format!(
            "at most {} round trips to a host",
            ended.round_trips
        ));
    }
    ended
}

fn question(recap: &Recap) -> String {
    let hosts = recap
        .hosts
        .values()
        .filter(|count| count.changed + count.unknown > 0)
        .count();
    let tasks: usize = recap
        .hosts
        .values()
        .map(|count| count.changed + count.unknown)
        .sum();
    format!(
        "Apply {} on {}?",
        terminal::count(tasks, "change"),
        terminal::count(hosts, "host")
    )
}

fn exit(arguments: &Run, ended: &Ended) -> Exit {
    if ended.interrupted {
        Exit::Interrupted
    } else if ended.recap.failed() {
        Exit::Failed
    } else if arguments.detailed_exitcode && ended.recap.changed() {
        Exit::Changed
    } else {
        Exit::Done
    }
}

fn reporter(arguments: &Run) -> Result<Tee, String> {
    let out: Box<dyn Write + Send> = Box::new(std::io::stdout());
    let mut reporters: Vec<Box<dyn Reporter + Send>> = vec![match arguments.output {
        Output::Human => Box::new(Human::new(out, terminal::style(arguments))),
        Output::Json => Box::new(Json::new(out)),
        Output::Junit => Box::new(Junit::new(out)),
    }];
    if let Some(path) = &arguments.report {
        #[expect(clippy::disallowed_methods, reason = "the report the user asked for")]
        let file = std::fs::File::create(path)
            .map_err(|error| format!("error: {}: {error}", path.display()))?;
        reporters.push(Box::new(Html::new(Box::new(file))));
    }
    Ok(Tee::new(reporters))
}
