//! What takes how long: told while the test runs, whatever becomes of it.

use std::io::Write;
use std::time::Instant;

/// Does something, and tells its time.
pub(super) fn timed<T>(what: &str, action: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = action();
    // not by println!, which a test keeps for itself
    let seconds = start.elapsed().as_secs_f64();
    drop(writeln!(
        std::io::stderr(),
        "platform: {what}: {seconds:.1} s"
    ));
    result
}
