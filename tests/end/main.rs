//! End-to-end tests: `play` against the test hosts. `tests/run end` brings the hosts up; see `tests/testbed/README.md`.

mod hosts;
mod testbed;
