//! An sshd of the test's own on the loopback, and agents that are shell scripts.
use flate2::Compression;
use flate2::write::GzEncoder;
use play_core::Value;
use play_core::message::{Mode, Reply, Request, StepRequest};
use play_runner::{AgentImage, Options, Target};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// Kept in a folder of its own; the child is killed with it.
pub struct Server {
    pub folder: TempDir,
    pub port: u16,
    child: Child,
}

/// Whether there is an sshd at all.
pub fn available() -> bool {
    let there = Path::new("/usr/sbin/sshd").exists();
    if !there {
        eprintln!("skipped: there is no /usr/sbin/sshd");
    }
    there
}

pub fn run(program: &str, words: &[&str]) {
    let status = Command::new(program)
        .args(words)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    assert!(status.unwrap().success(), "{program} {words:?}");
}

pub fn make_key(path: &Path, passphrase: &str) {
    run(
        "ssh-keygen",
        &[
            "-q",
            "-t",
            "ed25519",
            "-N",
            passphrase,
            "-C",
            "test",
            "-f",
            path.to_str().unwrap(),
        ],
    );
}

pub fn write(path: &Path, text: &str, mode: u32) {
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

impl Server {
    /// `extra` are lines of sshd_config. Programs of `folder/bin` come before the system's.
    pub fn start(extra: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        make_key(&at("host"), "");
        make_key(&at("key"), "");
        std::fs::create_dir(at("bin")).unwrap();
        // The script must not take us for root: it would use the machine's own folders.
        write(&at("bin/id"), "#!/bin/sh\necho 12345\n", 0o755);
        std::fs::copy(at("key.pub"), at("authorized")).unwrap();
        write(
            &at("ssh_config"),
            "IdentitiesOnly yes\nIdentityAgent none\nGlobalKnownHostsFile none\n",
            0o600,
        );
        if !Path::new("/run/sshd").exists() {
            let _ = std::fs::create_dir("/run/sshd");
        }
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let here = folder.path().display();
        let config = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {here}/host\nPidFile none\nUsePAM no\nStrictModes no\n\
             AuthorizedKeysFile {here}/authorized\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n\
             LogLevel VERBOSE\nSetEnv PATH={here}/bin:/usr/bin:/bin XDG_CACHE_HOME={here}/cache SHLVL=2\n{extra}\n"
        );
        write(&at("sshd_config"), &config, 0o600);
        let log = std::fs::File::create(at("log")).unwrap();
        let child = Command::new("/usr/sbin/sshd")
            .args(["-D", "-e", "-f"])
            .arg(at("sshd_config"))
            .stderr(log)
            .spawn()
            .unwrap();
        let server = Self {
            folder,
            port,
            child,
        };
        while !server.log().contains("Server listening") {
            std::thread::yield_now();
        }
        server
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.path("log")).unwrap_or_default()
    }

    /// Logins so far.
    pub fn logins(&self) -> usize {
        self.log().matches("Accepted publickey").count()
    }

    /// Kills the processes that serve connections.
    pub fn cut_connections(&self) {
        self.signal_connections("-KILL");
    }

    pub fn signal_connections(&self, signal: &str) {
        assert!(!self.connections().is_empty());
        self.connections()
            .iter()
            .for_each(|child| run("kill", &[signal, child]));
    }

    /// The processes that serve connections.
    pub fn connections(&self) -> Vec<String> {
        let pid = self.child.id();
        let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap();
        children.split_whitespace().map(str::to_owned).collect()
    }

    pub fn target(&self) -> Target {
        let mut target = Target::ssh("web");
        target.host = "127.0.0.1".into();
        target.port = Some(self.port);
        target.user = Some(user());
        target.identity_files = vec![self.path("key")];
        target
    }

    /// Options that know this server's host key.
    pub fn options(&self, agent: AgentImage) -> Options {
        let mut options = Options::new(agent);
        options.ssh_config = Some(self.path("ssh_config"));
        options.known_hosts = Some(vec![self.path("known_hosts")]);
        write(&self.path("known_hosts"), &self.known_line(), 0o600);
        options
    }

    pub fn known_line(&self) -> String {
        let key = std::fs::read_to_string(self.path("host.pub")).unwrap();
        format!("[127.0.0.1]:{} {key}", self.port)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn user() -> String {
    let output = Command::new("id").arg("-un").output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

pub fn begin() -> Request {
    Request::Begin {
        mode: Mode::Check,
        facts: Vec::new(),
        secrets: Vec::new(),
        run: "r".into(),
        confirm_within: None,
        keep_runs: 1,
    }
}

pub fn steps() -> Request {
    Request::Run {
        steps: vec![StepRequest::default()],
    }
}

fn frame(message: &impl serde::Serialize) -> Vec<u8> {
    let body = rmp_serde::to_vec_named(message).unwrap();
    let mut frame = u32::try_from(body.len()).unwrap().to_be_bytes().to_vec();
    frame.extend(body);
    frame
}

fn octal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "\\{byte:03o}");
        text
    })
}

/// An agent that is ready, answers `begin()` with facts, and is killed by its first step. `salt` makes it another program.
pub fn agent(salt: &str) -> AgentImage {
    let ready = octal(&frame(&Reply::Ready {
        build: "b".into(),
        user: "u".into(),
        pending: Vec::new(),
        boot: String::new(),
        undone: Vec::new(),
    }));
    let facts = octal(&frame(&Reply::Facts {
        facts: Value::from(7),
    }));
    let (first, second) = (frame(&begin()).len(), frame(&steps()).len());
    let text = format!(
        "#!/bin/sh\n# {salt}\nif [ \"$1\" = confirm ]; then [ \"$2\" = good ] && exit 0; \
         echo no such token >&2; exit 4; fi\n\
         printf '\\nplay-agent-speaks-frames\\n{ready}'\n\
         [ \"$(head -c {first} | wc -c)\" = {first} ] || exit 0\nprintf '{facts}'\n\
         [ \"$(head -c {second} | wc -c)\" = {second} ] || exit 0\necho last words >&2\nkill -9 $$\n"
    );
    image(text.as_bytes())
}

pub fn image(program: &[u8]) -> AgentImage {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(program).unwrap();
    let digest = Sha256::digest(program);
    let sha256 = digest.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    });
    AgentImage {
        gzip: gzip.finish().unwrap().leak(),
        sha256: sha256.leak(),
    }
}
