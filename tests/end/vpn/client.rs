//! A machine of a user: a network namespace on the hosts' bridge that brings up the configuration the gateway made, as wg-quick does.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Output, Stdio};

/// The namespace, and its link to the hosts. It goes with the value.
pub(crate) struct Client {
    namespace: String,
    link: String,
    folder: tempfile::TempDir,
}

impl Client {
    /// The names hold the instance's number: what runs beside this one shares names of namespaces and of wireguard-go's sockets.
    pub(crate) fn plug(number: u8, address: &str) -> Self {
        let instance = std::env::var("PLAY_TESTBED_INSTANCE").unwrap_or_else(|_| "1".into());
        let client = Self {
            namespace: format!("playvpn{instance}-{number}"),
            link: format!("pv{instance}-{number}"),
            folder: tempfile::tempdir().expect("a folder"),
        };
        client.unplug();
        let Self {
            namespace, link, ..
        } = &client;
        run(
            "sh",
            &[
                "-ec",
                &format!(
                    "ip netns add {namespace}
                     ip link add {link} type veth peer name eth0 netns {namespace}
                     ip link set {link} master playbr0 up
                     ip -n {namespace} link set lo up
                     ip -n {namespace} addr add {address}/24 dev eth0
                     ip -n {namespace} link set eth0 up"
                ),
            ],
        );
        client
    }

    fn configuration(&self) -> String {
        let file = self.folder.path().join(format!("{}.conf", self.link));
        file.display().to_string()
    }

    fn command(&self, words: &[&str]) -> Command {
        command("ip", &[&["netns", "exec", &self.namespace], words].concat())
    }

    /// Brings a configuration up, as its user would, but for its name servers: those would be the machine's too.
    ///
    /// # Panics
    /// Where wg-quick does not take it.
    #[expect(clippy::disallowed_methods, reason = "a file of the test's own folder")]
    pub(crate) fn connect(&self, text: &str) {
        let (names, rest): (Vec<_>, Vec<_>) =
            text.lines().partition(|line| line.starts_with("DNS = "));
        let write = |name: &str, text: &str| {
            std::fs::write(self.folder.path().join(name), text).expect("the test's own");
        };
        write(&format!("{}.conf", self.link), &rest.join("\n"));
        let names = names.concat();
        let server = names.trim_start_matches("DNS = ").split(',').next();
        write(
            "resolv.conf",
            &format!("nameserver {}\n", server.unwrap_or_default()),
        );
        let output = self
            .command(&["wg-quick", "up", &self.configuration()])
            .output()
            .expect("wg-quick starts");
        succeeded("wg-quick up", &output);
    }

    /// Whether a TCP connection is taken within some seconds.
    pub(crate) fn reaches(&self, address: &str, port: u16, seconds: u8) -> bool {
        let (port, seconds) = (port.to_string(), seconds.to_string());
        let scan = ["nc", "-z", "-w", &seconds, address, &port];
        let output = self.command(&scan).output().expect("nc starts");
        output.status.success()
    }

    /// The address of a name, by the name server of the configuration; nothing where it knows none.
    pub(crate) fn resolves(&self, name: &str) -> String {
        let file = self.folder.path().join("resolv.conf");
        // `ip netns exec` gives a program mounts of its own
        let script = format!(
            "mount --bind {} /etc/resolv.conf && getent -s dns ahostsv4 {name}",
            file.display()
        );
        let output = self.command(&["sh", "-c", &script]).output();
        let output = output.expect("sh starts");
        let said = String::from_utf8_lossy(&output.stdout);
        said.split(' ').next().unwrap_or_default().to_owned()
    }

    /// A connection that gives every line back, by ssh to a host under its name.
    pub(crate) fn talk(&self, host: &str, address: &str, port: u16) -> Talk {
        let (config, alias, port) = (
            crate::testbed::ssh_config().display().to_string(),
            format!("HostKeyAlias={host}"),
            port.to_string(),
        );
        let mut words = vec!["ssh", "-F", &config, "-l", "root", "-p", &port];
        // a dead line ends the talk instead of the test's patience
        for option in ["ProxyJump=none", "ServerAliveInterval=3", &alias] {
            words.extend(["-o", option]);
        }
        words.extend([address, "cat"]);
        let mut child = self
            .command(&words)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("ssh starts");
        Talk {
            input: child.stdin.take().expect("a pipe"),
            output: BufReader::new(child.stdout.take().expect("a pipe")),
            child,
        }
    }

    fn unplug(&self) {
        let Self {
            namespace, link, ..
        } = self;
        // wireguard-go ends with its socket
        let script = format!(
            "rm -f /var/run/wireguard/{link}.sock
             ip netns exec {namespace} ip link del {link}
             ip netns del {namespace}; ip link del {link}"
        );
        drop(command("sh", &["-c", &script]).output());
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.unplug();
    }
}

/// A connection under way.
pub(crate) struct Talk {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Talk {
    /// # Panics
    /// Where the line does not come back.
    #[track_caller]
    pub(crate) fn echo(&mut self, line: &str) {
        let mut back = String::new();
        let said = writeln!(self.input, "{line}").and_then(|()| self.input.flush());
        assert!(said.is_ok(), "the connection ended before `{line}`");
        self.output.read_line(&mut back).expect("ssh writes text");
        assert_eq!(back.trim(), line);
    }
}

impl Drop for Talk {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "an end-to-end test is a user with a machine of their own"
)]
fn command(program: &str, words: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(words).stdin(Stdio::null());
    command
}

#[track_caller]
fn run(program: &str, words: &[&str]) {
    let output = command(program, words)
        .output()
        .expect("the program starts");
    succeeded(program, &output);
}

#[track_caller]
fn succeeded(what: &str, output: &Output) {
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{what} failed: {error}");
}
