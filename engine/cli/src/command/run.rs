//! `play PLAYBOOK...`: plan, question, run, sum.
use super::{load, prompt, reach};
use crate::argument::{Output, Run};
use crate::disk;
use crate::exit::Exit;
use crate::sink::Sink;
use crate::terminal;
use play_core::{Diagnostic, Event, Recap, Reporter};
use play_language::{Project, Sources};
use play_modules::Modules;
use play_report::{Html, Human, Json, Junit, Tee};
use play_runner::graph::Graph;
use play_runner::language::Language;
use play_runner::run::{Answer, Asked, Ended, Wish};
use play_runner::saved::Saved;
use play_runner::settings::Settings;
use std::io::Write;
use tokio::task::spawn_blocking;

pub(crate) fn run(arguments: &Run) -> Exit {
    run_against(arguments, None).0
}

/// The same, and what the plan was; where another is expected, it is that or nothing.
pub(crate) fn run_against(arguments: &Run, expected: Option<&Saved>) -> (Exit, Option<Saved>) {
    match begin(arguments, expected) {
        Ok(ended) => (exit(arguments, expected, &ended), Some(ended.plan)),
        Err(exit) => (exit, None),
    }
}

fn begin(arguments: &Run, expected: Option<&Saved>) -> Result<Ended, Exit> {
    let mut reporter = match reporter(arguments) {
        Ok(reporter) => reporter,
        Err(words) => {
            terminal::say(&words);
            return Err(Exit::Wrong);
        }
    };
    let mut tell = |diagnostic: &Diagnostic| {
        if arguments.output == Output::Json {
            reporter.on(&Event::Diagnostic(diagnostic.clone()));
        }
    };
    let (project, sources) = asked(arguments, &mut tell)?;
    loaded(arguments, expected, &project, &sources, &mut reporter)
}

/// The project, with the answers to what it asks.
fn asked(arguments: &Run, tell: &mut dyn FnMut(&Diagnostic)) -> Result<(Project, Sources), Exit> {
    let (project, sources) = load::playbooks(&arguments.project, tell)?;
    if !arguments.check && !arguments.yes && !terminal::can_ask() {
        terminal::say(
            "error: there is no terminal to ask on; say --yes to apply, or --check to see the plan. Nothing was touched",
        );
        return Err(Exit::Wrong);
    }
    if project.prompts.is_empty() {
        return Ok((project, sources));
    }
    match prompt::answers(&project.prompts) {
        Ok(answers) => load::answered(&arguments.project, answers, tell),
        Err(diagnostics) => {
            load::show(&diagnostics, &sources, tell);
            Err(Exit::Wrong)
        }
    }
}

fn loaded(
    arguments: &Run,
    expected: Option<&Saved>,
    project: &Project,
    sources: &Sources,
    reporter: &mut Tee,
) -> Result<Ended, Exit> {
    let language = Language::new(project, disk::vault(), &Modules)
        .only_checking(arguments.check && !arguments.kept);
    let (graph, diagnostics) = play_runner::run::graph(&language);
    let mut tell = |diagnostic: &Diagnostic| {
        if arguments.output == Output::Json {
            reporter.on(&Event::Diagnostic(diagnostic.clone()));
        }
    };
    load::show(&diagnostics, sources, &mut tell);
    if load::wrong(&diagnostics) {
        return Err(Exit::Wrong);
    }
    let settings = match reach::settings(arguments, &language, &graph) {
        Ok(settings) => settings,
        Err(diagnostic) => {
            load::show(&[diagnostic], sources, &mut tell);
            return Err(Exit::Wrong);
        }
    };
    let Ok(runtime) = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
    else {
        terminal::say("error: the system gives this program no threads");
        return Err(Exit::Failed);
    };
    let ended = runtime.block_on(drive(
        arguments, expected, &language, &graph, &settings, reporter,
    ));
    runtime.shutdown_background();
    Ok(ended)
}

async fn drive<'a>(
    arguments: &Run,
    expected: Option<&Saved>,
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
    let yes = arguments.yes;
    let mut ask = |recap: &Recap, plan: &Saved| -> Asked {
        if let Some(expected) = expected {
            let answer = agree(expected, plan);
            return Box::pin(async move { answer });
        }
        let question = question(recap);
        Box::pin(async move {
            // On a thread of its own: whoever waits for an answer must still hear an interrupt.
            if yes
                || matches!(
                    spawn_blocking(move || terminal::ask(&question)).await,
                    Ok(true)
                )
            {
                Answer::Go
            } else {
                Answer::Stop
            }
        })
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

/// The plan is the one that was kept, or nothing is done.
fn agree(expected: &Saved, plan: &Saved) -> Answer {
    let words = expected.differences(plan);
    for words in &words {
        terminal::say(words);
    }
    if words.is_empty() {
        return Answer::Go;
    }
    terminal::say("error: this is not the plan that was kept; look at a new one (`play plan`)");
    Answer::Stop
}

fn question(recap: &Recap) -> String {
    if !recap.changed() {
        let tasks = terminal::count(recap.to_run(), "task");
        return format!("Nothing is to change. Run {tasks} all the same?");
    }
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

fn exit(arguments: &Run, expected: Option<&Saved>, ended: &Ended) -> Exit {
    if ended.interrupted {
        Exit::Interrupted
    } else if ended.recap.failed() || (expected.is_some() && ended.declined) {
        Exit::Failed
    } else if arguments.detailed_exitcode && ended.recap.changed() {
        Exit::Changed
    } else {
        Exit::Done
    }
}

fn reporter(arguments: &Run) -> Result<Tee, String> {
    let out: Box<dyn Write + Send> = Box::new(Sink::new(std::io::stdout(), "standard output"));
    let mut reporters: Vec<Box<dyn Reporter + Send>> = vec![match arguments.output {
        Output::Human => Box::new(Human::new(out, terminal::style(arguments))),
        Output::Json => Box::new(Json::new(out)),
        Output::Junit => Box::new(Junit::new(out)),
    }];
    if let Some(path) = &arguments.report {
        #[expect(clippy::disallowed_methods, reason = "the report the user asked for")]
        let file = std::fs::File::create(path)
            .map_err(|error| format!("error: {}: {error}", path.display()))?;
        let file = Sink::new(file, path.display().to_string());
        reporters.push(Box::new(Html::new(Box::new(file))));
    }
    Ok(Tee::new(reporters))
}
