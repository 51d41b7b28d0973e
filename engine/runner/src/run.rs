//! A run from its first event to its last: plan, question, apply, sum.
use crate::connection::Options;
use crate::dispatch::{Dispatcher, Interrupt};
use crate::graph::{Graph, build};
use crate::language::{Language, Rooms, is_include};
use crate::saved::Saved;
use crate::settings::Settings;
use crate::worker::Incoming;
use play_core::message::Mode;
use play_core::{Diagnostic, Mask, Recap, Reporter};
use std::collections::BTreeSet;
use std::pin::Pin;

/// What the user wants done with the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// `--check`: the plan only.
    Check,
    Apply,
}

/// What the user says to the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    Go,
    Stop,
}

/// The user's answer, on its way.
pub type Asked = Pin<Box<dyn Future<Output = Answer> + Send>>;

/// How a run ended.
#[derive(Clone, Debug, Default)]
pub struct Ended {
    pub recap: Recap,
    /// What the check showed.
    pub plan: Saved,
    pub interrupted: bool,
    /// The question was answered with no.
    pub declined: bool,
    /// The most round trips any host took.
    pub round_trips: u64,
}

/// The graph of a project, or what is wrong with it.
pub fn graph<'a>(language: &'a Language<'a>) -> (Graph<'a>, Vec<Diagnostic>) {
    build(language.project(), language)
}

/// Top-level facts any task uses, and hosts on which a step becomes root.
pub fn needed(language: &Language, graph: &Graph) -> (Vec<String>, BTreeSet<String>) {
    let mut facts = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let mut root = BTreeSet::new();
    for (host, nodes) in &graph.hosts {
        for step in nodes.iter().filter_map(|node| graph.step(*node)) {
            if is_include(&step.task.module) {
                // What it brings may use any.
                facts.extend(play_core::fact::NAMES.iter().map(ToString::to_string));
            }
            if seen.insert(step.task.id) {
                facts.extend(language.facts(step));
            }
            if step.task.delegate_to.is_none() && root.contains(host) {
                continue;
            }
            let acting = language.acting_hosts(step).into_iter();
            root.extend(acting.filter(|acting| language.becomes(step, acting)));
        }
    }
    (facts.into_iter().collect(), root)
}

/// Runs the graph: a check first, and, where that is wished and answered with yes, the apply.
pub async fn run<'a>(
    language: &'a Language<'a>,
    graph: &'a Graph<'a>,
    settings: &'a Settings,
    wish: Wish,
    reporter: &'a mut dyn Reporter,
    ask: &mut dyn FnMut(&Recap, &Saved) -> Asked,
) -> Ended {
    let mut mask = Mask::new(language.secrets());
    for password in settings.passwords() {
        mask.add(password.text());
    }
    let rooms = Rooms::default();
    let mut dispatcher = Dispatcher::new(settings, language, graph, &rooms, reporter, mask);
    let signals = listen(dispatcher.sender());
    let mut recap = dispatcher.phase(Mode::Check).await;
    let plan = dispatcher.saved();
    let mut declined = false;
    let interrupted = |dispatcher: &Dispatcher| dispatcher.interrupt != Interrupt::None;
    // A task that fails in the plan holds everybody back; a host that is not there holds back none but itself.
    let to_do = recap.changed() || recap.to_run() > 0;
    if wish == Wish::Apply && !interrupted(&dispatcher) && !recap.refused() && to_do {
        // An interrupt is an answer, too.
        declined = tokio::select! {
            answer = ask(&recap, &plan) => answer == Answer::Stop,
            () = dispatcher.until_interrupted() => true,
        };
        if !declined {
            recap = dispatcher.phase(Mode::Apply).await;
        }
    }
    let interrupted = interrupted(&dispatcher);
    dispatcher.close().await;
    signals.abort();
    Ended {
        recap,
        plan,
        interrupted,
        declined,
        round_trips: dispatcher.round_trips,
    }
}

/// Each interrupt from the keyboard, or a request to end, goes to the dispatcher.
fn listen(sender: tokio::sync::mpsc::UnboundedSender<Incoming>) -> tokio::task::JoinHandle<()> {
    tokio::spawn(async move {
        use tokio::signal::unix::{SignalKind, signal};
        let (Ok(mut interrupt), Ok(mut terminate)) = (
            signal(SignalKind::interrupt()),
            signal(SignalKind::terminate()),
        ) else {
            return;
        };
        loop {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            if sender.send(Incoming::Interrupted).is_err() {
                return;
            }
        }
    })
}

/// Options that make the agent root, from those that do not.
pub fn escalated(options: &Options, escalation: crate::escalation::Escalation) -> Options {
    Options {
        escalation: Some(escalation),
        ..options.clone()
    }
}
