//! Sessions over a real sshd, each test with one of its own.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::print_stderr,
    unreachable_pub,
    reason = "a test starts sshd, writes its files, says where it stops, and has no outside"
)]
mod bootstrap;
mod host_keys;
mod login;
mod passwords;
mod server;
mod shells;
mod sudo;
mod timing;
