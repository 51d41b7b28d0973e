//! Confirmed commits: a change that can cut the line is undone by the host itself, unless a new connection calls that off.
//!
//! Before such a change is made, what it takes to undo it is written down, and a timer of the service manager is set that
//! runs `AGENT undo TOKEN`; a unit that runs `AGENT undo --all` early in the next start stands by as well.
pub mod guard;
pub mod record;
pub mod step;

use play_core::{Change, Fault};
use record::{Ledger, Order};
use std::fmt;
use std::time::{Duration, Instant};
use step::Step;

pub use record::Undone;

/// What a new connection has to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token(String);

impl fmt::Display for Token {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// How often it is looked whether somebody confirmed.
const PAUSE: Duration = Duration::from_millis(100);
/// An undo restarts services: it may take this long after its time is up.
const GRACE: Duration = Duration::from_secs(30);

/// A run reloads the services whose files it changed within this time.
const RECENT: Duration = Duration::from_secs(3600);

/// Writes down how the change is undone and arms that; the token is what [`confirm`] needs. What cannot be undone is refused.
pub fn arm(change: &Change, seconds: u64) -> Result<Token, Fault> {
    let mut steps = step::undoing(change)?;
    let ledger = Ledger::open()?;
    let _held = ledger.lock()?;
    if steps.iter().any(Step::is_unit) {
        steps.extend(files_before(&ledger)?);
    }
    let what = change
        .leaves
        .iter()
        .map(|leaf| leaf.resource.to_string())
        .collect::<Vec<_>>()
        .join(", ");
    let order = Order::new(what, steps);
    ledger.write(&order)?;
    let armed = guard::keep_agent(&ledger.folder)
        .and_then(|agent| guard::stand_by(&agent).map(|()| agent))
        .and_then(|agent| guard::set_timer(&agent, &order.token, seconds));
    if let Err(fault) = armed {
        ledger.remove(&order.token)?;
        retire(&ledger)?;
        return Err(fault);
    }
    Ok(Token(order.token))
}

/// Waits until the change was confirmed, which is true, or undone.
pub fn wait(token: &Token, seconds: u64) -> bool {
    let Ok(ledger) = Ledger::open() else {
        return false;
    };
    let until = Instant::now() + Duration::from_secs(seconds) + GRACE;
    while Instant::now() < until {
        // Noted before it is removed: in this order there is no moment in which an undone change looks confirmed.
        let gone = matches!(ledger.read(&token.0), Ok(None));
        let undone = ledger.undone().unwrap_or_default();
        if undone.iter().any(|undone| undone.token == token.0) {
            return false;
        }
        if gone {
            return true;
        }
        std::thread::sleep(PAUSE);
    }
    // Whatever should have undone it has not.
    drop(undo(&token.0));
    false
}

/// Calls the undo off. A fault where nothing is armed: undone, or confirmed before.
pub fn confirm(token: &str) -> Result<(), Fault> {
    let ledger = Ledger::open()?;
    let _held = ledger.lock()?;
    let order = ledger.read(token)?.ok_or_else(|| Fault::Undone {
        why: format!("{token} is not armed any more: its time was up, or it was confirmed before"),
    })?;
    remember(&ledger, &order)?;
    ledger.remove(token)?;
    guard::stop_timer(token);
    retire(&ledger)
}

/// A file of `sshd` cuts no line before `sshd` reads it: what undoes a confirmed file is kept for the unit that does so next.
fn remember(ledger: &Ledger, order: &Order) -> Result<(), Fault> {
    let confirmed = ledger.confirmed()?;
    let units = order.steps.iter().any(Step::is_unit);
    for earlier in confirmed.all()? {
        if units || earlier.process != order.process {
            confirmed.remove(&earlier.token)?;
        }
    }
    if !units && order.steps.iter().any(Step::is_file) {
        confirmed.write(order)?;
    }
    Ok(())
}

/// The files this run has changed and confirmed since a unit last read them, as they were first.
fn files_before(ledger: &Ledger) -> Result<Vec<Step>, Fault> {
    let mut orders = ledger.confirmed()?.all()?;
    // The number of a process comes again some day; not so soon.
    orders.retain(|order| order.process == std::process::id() && order.age() < RECENT);
    orders.sort_by_key(|order| std::cmp::Reverse(order.armed));
    let steps = orders.into_iter().flat_map(|order| order.steps);
    Ok(steps.filter(Step::is_file).collect())
}

/// Undoes what nobody confirmed, and notes it for the next run. Nothing to do where it was confirmed.
pub fn undo(token: &str) -> Result<(), Fault> {
    let ledger = Ledger::open()?;
    let _held = ledger.lock()?;
    match ledger.read(token)? {
        Some(order) => carry_out(&ledger, vec![order]),
        None => Ok(()),
    }
}

/// Undoes everything nobody confirmed: at the start of the system.
pub fn undo_all() -> Result<(), Fault> {
    let ledger = Ledger::open()?;
    let _held = ledger.lock()?;
    let orders = ledger.all()?;
    carry_out(&ledger, orders)
}

/// What was undone and not reported yet.
pub fn undone() -> Result<Vec<Undone>, Fault> {
    Ledger::open()?.undone()
}

/// Forgets what was undone: it has been reported.
pub fn reported() -> Result<(), Fault> {
    let ledger = Ledger::open()?;
    let _held = ledger.lock()?;
    ledger.forget_undone()
}

/// Files of all orders come back before any rules, interfaces and units, which read them; the latest order first.
fn carry_out(ledger: &Ledger, mut orders: Vec<Order>) -> Result<(), Fault> {
    orders.sort_by_key(|order| std::cmp::Reverse(order.armed));
    let mut failures: Vec<Vec<String>> = vec![Vec::new(); orders.len()];
    for rank in Step::RANKS {
        for (order, failures) in orders.iter().zip(&mut failures) {
            for step in order.steps.iter().filter(|step| step.rank() == rank) {
                if let Err(fault) = step.carry_out() {
                    failures.push(fault.to_string());
                }
            }
        }
    }
    for (order, failures) in orders.into_iter().zip(failures) {
        let token = order.token.clone();
        let whole = failures.is_empty();
        ledger.note(&Undone::new(order, failures))?;
        // What could not be undone is tried again when the system starts.
        if whole {
            ledger.remove(&token)?;
        }
    }
    retire(ledger)
}

fn retire(ledger: &Ledger) -> Result<(), Fault> {
    if ledger.all()?.is_empty() {
        guard::stand_down()?;
    }
    Ok(())
}
