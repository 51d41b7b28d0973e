//! Phases against a host whose replies come when the test wants them to.
use super::{Dispatcher, Host, Link};
use crate::connection::{AgentImage, Options, Target};
use crate::graph::Part;
use crate::language::{Language, Rooms};
use crate::settings::Settings;
use crate::worker::{Incoming, Line, Order};
use play_core::diff::{Action, DiffBody};
use play_core::message::{Mode, Reply, Report, Request};
use play_core::{Catalog, Description, Diff, Event, Mask, Outcome, Reporter, Touch, Value};
use play_language::vault::Recipe;
use play_language::{LoadRequest, Loader, load};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use tokio::sync::Notify;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// One playbook.
struct Book(&'static str);

impl Loader for Book {
    fn read(&self, _: &Path) -> Result<Vec<u8>, String> {
        Ok(self.0.as_bytes().to_vec())
    }
    fn is_file(&self, path: &Path) -> bool {
        path == Path::new("site.yml")
    }
    fn is_directory(&self, _: &Path) -> bool {
        false
    }
    fn list(&self, _: &Path) -> Vec<String> {
        Vec::new()
    }
    fn environment(&self, _: &str) -> Option<String> {
        None
    }
    fn is_executable(&self, _: &Path) -> bool {
        false
    }
    fn current_directory(&self) -> PathBuf {
        PathBuf::from("/project")
    }
    fn secret(&self, _: &str, _: &Recipe, _: bool) -> Result<Option<String>, String> {
        Ok(None)
    }
    fn secrets(&self) -> Vec<String> {
        ["given-here", "used-elsewhere", "there-before"]
            .map(str::to_owned)
            .into()
    }
    fn secret_count(&self) -> usize {
        self.secrets().len()
    }
}

/// One module, `act`.
struct Act;

impl Catalog for Act {
    fn canonical(&self, name: &str) -> Option<&'static str> {
        (name == "act").then_some("act")
    }
    fn names(&self) -> Vec<&'static str> {
        vec!["act"]
    }
    fn describe(&self, _: &str) -> Option<Description> {
        Some(Description {
            name: "act",
            schema: json!({ "type": "object" }),
            free_form: None,
            on_controller: false,
        })
    }
    fn refuse(&self, _: &str, _: &Value) -> Option<String> {
        None
    }
    fn touches(&self, _: &str, _: &Value) -> Vec<Touch> {
        vec![Touch::everything()]
    }
}

/// Keeps the events, and interrupts the run as soon as a step of the apply has started.
#[derive(Clone, Default)]
struct Watch {
    seen: Arc<Mutex<Vec<Event>>>,
    interrupt: Arc<Mutex<Option<UnboundedSender<Incoming>>>>,
}

impl Reporter for Watch {
    fn on(&mut self, event: &Event) {
        if let Event::TaskStarted { .. } = event
            && let Some(inbox) = self.interrupt.lock().unwrap().take()
        {
            drop(inbox.send(Incoming::Interrupted));
        }
        self.seen.lock().unwrap().push(event.clone());
    }
}

/// What the agent was told.
#[derive(Clone, Default)]
struct Heard {
    /// Handlers it is to forget.
    forgotten: Vec<String>,
    secrets: BTreeSet<String>,
}

/// Lets everybody else do what can be done now.
async fn pause() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}

/// An agent that says `Ran` some time after the last `Done`; in an apply its step ends when the gate is opened.
async fn agent(
    mut requests: UnboundedReceiver<Order>,
    inbox: UnboundedSender<Incoming>,
    gate: Arc<Notify>,
    heard: Arc<Mutex<Heard>>,
) {
    let mut mode = Mode::Check;
    let say = |reply| {
        let host = "one".to_owned();
        drop(inbox.send(Incoming::Reply { host, reply }));
    };
    while let Some(order) = requests.recv().await {
        let Order::Request(request) = order else {
            continue;
        };
        match request {
            Request::Begin {
                mode: now, secrets, ..
            } => {
                mode = now;
                heard.lock().unwrap().secrets.extend(secrets);
                say(Reply::Facts { facts: json!({}) });
            }
            Request::Run { steps } => {
                for step in &steps {
                    say(Reply::Started { step: step.id });
                    if mode == Mode::Apply {
                        gate.notified().await;
                    }
                    let mut report = Report::of(Outcome::Changed);
                    report.changes.push(Diff {
                        resource: "file /etc/app".into(),
                        action: Action::Update,
                        reason: None,
                        body: DiffBody {
                            text: Some((Some("key=there-before".into()), None)),
                            ..DiffBody::default()
                        },
                    });
                    let step = step.id;
                    say(Reply::Done { step, report });
                }
                pause().await;
                say(Reply::Ran { left: Vec::new() });
            }
            Request::Secrets { secrets } => heard.lock().unwrap().secrets.extend(secrets),
            Request::Forget { handlers } => heard.lock().unwrap().forgotten.extend(handlers),
            _ => {}
        }
    }
}

fn settings(graph: &crate::graph::Graph) -> Settings {
    let image = AgentImage {
        gzip: b"",
        sha256: "",
    };
    Settings {
        run: "test".into(),
        part: Part {
            included: graph.hosts.values().flatten().copied().collect(),
            hosts: vec!["one".into()],
            ..Part::default()
        },
        limited: ["one".to_owned()].into(),
        with_needs: false,
        forks: 1,
        targets: BTreeMap::from([("one".to_owned(), Target::simulated("one"))]),
        escalated: Options::new(image),
        plain: Options::new(image),
        escalates: BTreeSet::new(),
        facts: Vec::new(),
        confirm: None,
        keep_runs: 1,
        reboot_timeout: 1,
    }
}

/// Plans and applies a book on one host whose first step ends some time after it has started; interrupted in between or not.
/// What was told, to people and to the host.
async fn apply(book: &'static str, interrupted: bool) -> (Vec<Event>, Heard) {
    let book = Book(book);
    let request = LoadRequest {
        playbooks: vec!["site.yml".into()],
        inventories: vec!["one,".into()],
        ..LoadRequest::default()
    };
    let (project, wrong, _) = load(&book, &request, &Act);
    let project = project.unwrap_or_else(|| panic!("{wrong:?}"));
    let language = Language::new(&project, &book, &Act);
    let (graph, _) = crate::run::graph(&language);
    let settings = settings(&graph);
    let (watch, rooms) = (Watch::default(), Rooms::default());
    let mut reporter = watch.clone();
    let mut dispatcher = Dispatcher::new(
        &settings,
        &language,
        &graph,
        &rooms,
        &mut reporter,
        Mask::new([]),
    );

    let (line, requests) = unbounded_channel();
    let (gate, heard) = (Arc::new(Notify::new()), Arc::default());
    let agent = agent(
        requests,
        dispatcher.sender(),
        gate.clone(),
        Arc::clone(&heard),
    );
    tokio::spawn(agent);
    let mut host = Host::new(Line::to(line), Mode::Check);
    host.link = Link::Open;
    dispatcher.hosts.insert("one".into(), host);

    dispatcher.phase(Mode::Check).await;
    if interrupted {
        *watch.interrupt.lock().unwrap() = Some(dispatcher.sender());
    }
    tokio::join!(dispatcher.phase(Mode::Apply), async {
        pause().await;
        pause().await;
        pause().await;
        gate.notify_one();
    });
    pause().await;
    let seen = watch.seen.lock().unwrap().clone();
    let heard: Heard = heard.lock().unwrap().clone();
    (seen, heard)
}

#[tokio::test]
async fn a_run_that_is_interrupted_ends_after_the_step_that_runs() {
    let (seen, _) = apply(
        "- hosts: all\n  tasks:\n    - name: long\n      act: {}\n",
        true,
    )
    .await;
    let finished = seen
        .iter()
        .filter(|event| matches!(event, Event::TaskFinished(_)));
    assert_eq!(
        finished.count(),
        1,
        "the run ended before the step: {seen:#?}"
    );
}

#[tokio::test]
async fn a_handler_that_was_notified_and_is_skipped_is_not_due_any_more() {
    let (_, heard) = apply(
        r"
- name: web
  hosts: all
  tasks:
    - name: long
      act: {}
      notify: reload
  handlers:
    - name: reload
      act: {}
      when: false
",
        false,
    )
    .await;
    assert_eq!(heard.forgotten, ["web: reload"]);
}

/// Whoever has taken a host over can read what its agent knows.
#[tokio::test]
async fn a_host_learns_of_the_secrets_it_is_given_or_has_and_of_no_others() {
    let book =
        "- hosts: all\n  tasks:\n    - name: long\n      act: {with: 'password=given-here'}\n";
    let (_, heard) = apply(book, false).await;
    let expected = ["given-here", "there-before"].map(str::to_owned);
    assert_eq!(heard.secrets, BTreeSet::from(expected));
}
