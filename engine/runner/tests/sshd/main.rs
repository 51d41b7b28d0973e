//! Sessions over a real sshd, each test with one of its own.
#![expect(
    clippy::disallowed_methods,
    reason = "the test starts sshd and writes its files"
)]
#![expect(unreachable_pub, reason = "a test program has no outside")]
mod bootstrap;
mod host_keys;
mod login;
mod server;
mod sudo;
mod timing;
