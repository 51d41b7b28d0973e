//! End-to-end tests: `play` against the test hosts. `tests/run end` brings the hosts up; see `tests/testbed/README.md`.

mod bad_days;
mod bad_line;
mod compose;
mod drift;
mod faults;
mod first_run;
mod hosts;
mod journals;
mod late;
mod line;
mod login;
mod platform;
mod play;
mod reach;
mod rights;
mod secrets;
mod testbed;
mod trips;
mod vpn;
mod whole;
