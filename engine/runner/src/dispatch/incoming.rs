//! What comes in: replies of agents, lines opened and lost, pauses that are over, interrupts.
use super::{Dispatcher, Interrupt};
use crate::connection::{ConnectFault, Kind, Stage};
use crate::graph::Step;
use crate::host::Link;
use crate::language::is_include;
use crate::queue::Progress;
use crate::worker::Incoming;
use petgraph::graph::NodeIndex;
use play_core::message::{Mode, Reply, Report, Request};
use play_core::{Event, Outcome};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

impl Dispatcher<'_> {
    pub(super) fn take(&mut self, incoming: Incoming) {
        match incoming {
            Incoming::Connected {
                host,
                elapsed_ms,
                agent_sent,
                round_trips,
            } => {
                tracing::debug!(host, elapsed_ms, agent_sent, round_trips, "connected");
                self.emit(&Event::HostConnected {
                    host,
                    elapsed_ms,
                    agent_sent,
                });
            }
            Incoming::Refused { host, fault } => {
                self.refused(&host, &fault);
            }
            Incoming::Reply { host, reply } => self.reply(&host, reply),
            Incoming::Closed { round_trips } => {
                self.round_trips = self.round_trips.max(round_trips);
            }
            Incoming::Lost { host, message } => self.lost(&host, &message),
            Incoming::Again { node } => self.queue.put_back(node),
            Incoming::Interrupted => self.interrupted(),
        }
    }

    fn reply(&mut self, host: &str, reply: Reply) {
        match reply {
            Reply::Ready {
                pending,
                undone,
                boot,
                ..
            } => {
                if !self.still_going_down(host, &boot) {
                    self.ready(host, &pending, &undone);
                }
            }
            Reply::Busy { holder } => self.busy(host, &holder),
            Reply::Facts { facts } => {
                if !self.settings.facts.is_empty()
                    && !facts.as_object().is_none_or(serde_json::Map::is_empty)
                {
                    self.learned.host(host).facts = facts;
                }
                self.hosts
                    .get_mut(host)
                    .into_iter()
                    .for_each(|host| host.informed = true);
            }
            Reply::Started { step } => self.started(step),
            Reply::Output { step, line } => self.output(step, &line),
            Reply::Done { step, report } => self.done_step(step, report),
            Reply::Ran { left } => self.ran(host, &left),
            Reply::Need { sha256 } => self.send_blob(host, &sha256),
            Reply::Confirm {
                step,
                token,
                seconds,
            } => self.confirm(host, step, token, seconds),
            Reply::Broken { message } => self.lost(host, &message),
        }
    }

    /// A machine that is to restart and answers under the same boot id has not gone down yet: it is asked again.
    fn still_going_down(&mut self, name: &str, boot: &str) -> bool {
        let Some(host) = self.hosts.get_mut(name) else {
            return false;
        };
        let same = host.rebooting.is_some() && !boot.is_empty() && host.boot == boot;
        boot.clone_into(&mut host.boot);
        same && self.reboots(name)
    }

    fn ready(&mut self, name: &str, pending: &[String], undone: &[String]) {
        let Some(host) = self.hosts.get_mut(name) else {
            return;
        };
        host.link = Link::Open;
        let back = host.rebooting.take().is_some();
        let first = !back && !pending.is_empty();
        host.notified.extend(pending.iter().cloned());
        if !back {
            host.due = host.notified.clone();
        }
        host.busy = false;
        if first {
            self.tell_due(name, pending);
        }
        for what in undone {
            let message =
                format!("undone since the last run, as no new connection confirmed it: {what}");
            self.emit(&Event::Note {
                host: Some(name.to_owned()),
                message,
            });
        }
        self.greet(name);
        if back && let Some(host) = self.hosts.get_mut(name) {
            host.informed = true;
        }
    }

    /// Handlers an earlier run did not get to: done by this one where it has them.
    fn tell_due(&mut self, name: &str, pending: &[String]) {
        let nodes = self.graph.hosts.get(name).cloned().unwrap_or_default();
        let own: Vec<String> = nodes
            .into_iter()
            .filter(|node| {
                self.graph
                    .step(*node)
                    .is_some_and(|step| step.handler.is_some())
            })
            .map(|node| self.handler_key(node))
            .collect();
        let (here, elsewhere): (Vec<&String>, Vec<&String>) =
            pending.iter().partition(|key| own.contains(key));
        let words = [
            (here, "still to be done, and will be"),
            (elsewhere, "still to be done, by a run that includes it"),
        ];
        for (keys, end) in words {
            if keys.is_empty() {
                continue;
            }
            let keys = keys
                .into_iter()
                .map(String::as_str)
                .collect::<Vec<_>>()
                .join(", ");
            self.emit(&Event::Note {
                host: Some(name.to_owned()),
                message: format!("an earlier run did not finish: {keys} {end}"),
            });
        }
    }

    fn started(&mut self, step: u32) {
        let graph = self.graph.clone();
        let Some(flight) = self.flights.get(&step).copied() else {
            return;
        };
        let (Some(step), Some(running)) = (graph.step(flight.node), self.running.get(&flight.node))
        else {
            return;
        };
        if step.handler.is_some() {
            return;
        }
        let role = step
            .task
            .role
            .map(|role| self.language.project().roles[role].name.clone());
        let event = Event::TaskStarted {
            host: step.host.clone(),
            task: self.mask.text(&running.prepared.name),
            role,
            module: step.task.module.clone(),
            at: format!("{}:{}", step.task.place.file, step.task.place.line),
        };
        self.emit(&event);
    }

    fn output(&mut self, step: u32, line: &str) {
        let graph = self.graph.clone();
        let Some(flight) = self.flights.get(&step).copied() else {
            return;
        };
        let (Some(step), Some(running)) = (graph.step(flight.node), self.running.get(&flight.node))
        else {
            return;
        };
        let event = Event::Output {
            host: step.host.clone(),
            task: self.mask.text(&running.prepared.name),
            line: self.mask.text(line),
        };
        self.emit(&event);
    }

    fn done_step(&mut self, step: u32, mut report: Report) {
        let Some(flight) = self.flights.remove(&step) else {
            return;
        };
        let Some(acting) = self.running.get(&flight.node).map(|one| one.host.clone()) else {
            return;
        };
        // What was there before is journalled, too.
        self.entrust(&acting, &report.changes);
        // An include does nothing itself, whatever was asked of the host in its place.
        if self
            .graph
            .step(flight.node)
            .is_some_and(|step| is_include(&step.task.module))
        {
            report.changes.clear();
        }
        let reboots = self
            .graph
            .step(flight.node)
            .is_some_and(|step| step.task.module == "reboot");
        if reboots
            && report.outcome == Outcome::Changed
            && self.mode == Mode::Apply
            && let Some(host) = self.hosts.get_mut(&acting)
            && host.mode == Mode::Apply
        {
            host.rebooting = Some(Instant::now());
        }
        if let Some(running) = self.running.get_mut(&flight.node) {
            running.reports[flight.item] = Some(report);
        }
        let over = self.flights.values().all(|other| other.node != flight.node);
        if over && !self.next_turn(flight.node) {
            self.conclude(flight.node);
        }
    }

    /// A `Run` is over: steps an earlier failure kept back are judged anew.
    fn ran(&mut self, host: &str, left: &[u32]) {
        let nodes: Vec<NodeIndex> = left
            .iter()
            .filter_map(|step| self.flights.remove(step))
            .map(|flight| flight.node)
            .collect();
        for node in nodes {
            let some = self
                .running
                .get(&node)
                .is_some_and(|running| running.reports.iter().any(Option::is_some));
            if some {
                self.conclude(node);
            } else if self.queue.progress(node) == Progress::Running {
                self.running.remove(&node);
                self.queue.put_back(node);
            }
        }
        self.hosts
            .get_mut(host)
            .into_iter()
            .for_each(|host| host.busy = false);
    }

    /// Read once for hosts that want it at the same time.
    fn send_blob(&mut self, host: &str, sha256: &str) {
        let known = self.contents.get(sha256).and_then(Weak::upgrade);
        let content = match known {
            Some(bytes) => Ok(bytes),
            None => self
                .blobs
                .get(sha256)
                .ok_or_else(|| "the controller does not know it".to_owned())
                .and_then(|path| self.language.read(path))
                .map(Arc::new),
        };
        let Some(host) = self.hosts.get(host) else {
            return;
        };
        match content {
            Ok(bytes) => {
                let weak = Arc::downgrade(&bytes);
                self.contents.insert(sha256.to_owned(), weak);
                host.line.send_content(sha256, bytes);
            }
            Err(message) => host.line.send(Request::NoBlob {
                sha256: sha256.to_owned(),
                message,
            }),
        }
    }

    /// A change that may have cut the line: only a new connection shows that it has not.
    fn confirm(&mut self, host: &str, step: u32, token: String, seconds: u64) {
        let (target, options) = self.settings.line(host);
        self.output(
            step,
            &format!("confirming over a new connection, within {seconds} s"),
        );
        tokio::spawn(async move {
            let until = Instant::now() + Duration::from_secs(seconds);
            while Instant::now() < until {
                match crate::session::Session::confirm(&target, &options, &token).await {
                    Err(fault) if !fault.is_final() => {}
                    _ => return,
                }
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
        });
    }

    fn refused(&mut self, host: &str, fault: &ConnectFault) {
        if !fault.is_final() && self.reboots(host) {
            return;
        }
        if fault.stage() != Stage::Escalation {
            self.fail_host(host, Outcome::Unreachable, &fault.to_string(), fault.hint());
            return;
        }
        // The host was reached; what is written asks for what this account may not.
        let because = self.becoming(host).map_or_else(String::new, |step| {
            let title = self.mask.text(&crate::graph::task_title(step.task));
            format!("; `{title}` ({}) becomes root there", step.task.place)
        });
        self.fail_host(
            host,
            Outcome::Failed,
            &format!("{fault}{because}"),
            fault.hint(),
        );
    }

    /// The first step as written that becomes root on a host.
    fn becoming(&self, host: &str) -> Option<Step<'_>> {
        let nodes = self.graph.hosts.values().flatten();
        let steps = nodes.filter_map(|node| self.graph.step(*node));
        let becoming = steps.filter(|step| {
            self.language.acting_hosts(step).contains(host) && self.language.becomes(step, host)
        });
        becoming.min_by_key(|step| step.order).cloned()
    }

    /// The machine is held: by another run, or by this one under another name of it.
    fn busy(&mut self, host: &str, holder: &str) {
        let here = |name: &str| self.settings.line(name).0.kind == Kind::Local;
        let twice = here(host) && self.hosts.keys().any(|other| other != host && here(other));
        let (message, hint) = if twice || holder.contains(&self.settings.run) {
            (
                "it is the same machine as another host of this run".to_owned(),
                "name a machine once; to try many hosts without any, say `connection: simulated`",
            )
        } else {
            (
                format!("another run holds this host: {holder}"),
                "wait for it, or end it; nothing was changed",
            )
        };
        self.fail_host(host, Outcome::Failed, &message, Some(hint.into()));
    }

    fn lost(&mut self, host: &str, message: &str) {
        if self.reboots(host) {
            return;
        }
        self.fail_host(
            host,
            Outcome::Unreachable,
            message,
            Some("run again: what was done is done, the rest is planned anew".into()),
        );
    }

    /// A machine that restarts is tried again until its time is up.
    fn reboots(&mut self, name: &str) -> bool {
        let seconds = self.settings.reboot_timeout;
        let Some(host) = self.hosts.get_mut(name) else {
            return false;
        };
        let Some(since) = host.rebooting else {
            return false;
        };
        if since.elapsed() > Duration::from_secs(seconds) {
            host.rebooting = None;
            return false;
        }
        host.link = Link::Opening;
        let (target, options) = self.settings.line(name);
        let inner = self.sender.clone();
        let line = crate::worker::open_after(Duration::from_millis(700), target, options, inner);
        host.line = line;
        true
    }

    /// A host is out of the run.
    fn fail_host(&mut self, name: &str, outcome: Outcome, message: &str, hint: Option<String>) {
        let Some(host) = self.hosts.get_mut(name) else {
            return;
        };
        if host.link == Link::Lost {
            return;
        }
        host.link = Link::Lost;
        host.busy = false;
        // Nobody waits for it any more, whatever it was doing.
        host.rebooting = None;
        host.jobs.clear();
        host.failures.end();
        let gone: Vec<(u32, NodeIndex)> = self
            .flights
            .iter()
            .filter(|(_, flight)| {
                self.running
                    .get(&flight.node)
                    .is_some_and(|running| running.host == name)
            })
            .map(|(id, flight)| (*id, flight.node))
            .collect();
        let message = self.mask.text(message);
        self.emit(&Event::HostFailed {
            host: name.to_owned(),
            outcome,
            message: message.clone(),
            hint,
        });
        for (id, node) in gone {
            self.flights.remove(&id);
            // A step delegated there is its own host's failure.
            let elsewhere = self.graph.step(node).is_some_and(|step| step.host != name);
            if elsewhere {
                self.cut_short(node, &format!("{name}: {message}"));
            }
        }
        if outcome == Outcome::Failed {
            self.recap.hosts.entry(name.to_owned()).or_default().failed += 1;
        }
        self.give_up(name);
        let graph = self.graph.clone();
        if let Some(node) = graph.hosts.get(name).and_then(|nodes| nodes.first())
            && let Some(step) = graph.step(*node)
        {
            self.count_failures(step);
        }
    }

    fn interrupted(&mut self) {
        let (next, message, request) = match self.interrupt {
            Interrupt::None => (
                Interrupt::Drain,
                "interrupted: what runs is finished, nothing more is started (again to stop at the next change)",
                Some(Request::Drain),
            ),
            Interrupt::Drain => (
                Interrupt::Stop,
                "interrupted again: stopping before the next change (once more to drop the connections)",
                Some(Request::Interrupt),
            ),
            Interrupt::Stop | Interrupt::Drop => (Interrupt::Drop, "connections dropped", None),
        };
        self.interrupt = next;
        self.emit(&Event::Note {
            host: None,
            message: message.into(),
        });
        for host in self.hosts.values() {
            request
                .clone()
                .into_iter()
                .for_each(|request| host.line.send(request));
        }
    }
}
