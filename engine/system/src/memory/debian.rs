//! A bare Debian host in memory: what `connection: simulated` starts from.
use super::Memory;
use play_core::state::{Active, Enabled, File, Group, Package, Unit, User};
use play_core::{Resource, State};
use serde_json::json;

const DIRECTORIES: &[&str] = &[
    "/etc/apt/sources.list.d",
    "/etc/apt/keyrings",
    "/etc/cron.d",
    "/etc/default",
    "/etc/ssh/sshd_config.d",
    "/etc/sudoers.d",
    "/etc/sysctl.d",
    "/etc/systemd/system",
    "/etc/systemd/network",
    "/home",
    "/opt",
    "/root/.ssh",
    "/run",
    "/srv",
    "/tmp",
    "/usr/bin",
    "/usr/lib/sysctl.d",
    "/usr/local/bin",
    "/usr/local/sbin",
    "/usr/share/zoneinfo/Etc",
    "/usr/share/zoneinfo/Europe",
    "/var/lib",
    "/var/log",
    "/var/cache",
    "/var/spool/cron/crontabs",
];

const OS_RELEASE: &str = "PRETTY_NAME=\"Debian GNU/Linux 13 (trixie)\"\nNAME=\"Debian GNU/Linux\"\nVERSION_ID=\"13\"\nVERSION=\"13 (trixie)\"\nVERSION_CODENAME=trixie\nID=debian\n";

const SSHD_CONFIG: &str = "Include /etc/ssh/sshd_config.d/*.conf\nKbdInteractiveAuthentication no\nUsePAM yes\nX11Forwarding yes\nPrintMotd no\nAcceptEnv LANG LC_*\nSubsystem sftp /usr/lib/openssh/sftp-server\n";

const SOURCES: &str = "Types: deb\nURIs: http://mirror.example/debian\nSuites: trixie trixie-updates\nComponents: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n";

const PACKAGES: &[(&str, &str)] = &[
    ("apt", "3.0.3"),
    ("base-files", "13.8"),
    ("bash", "5.2.37-2"),
    ("ca-certificates", "20250419"),
    ("coreutils", "9.7-3"),
    ("cron", "3.0pl1-197"),
    ("iproute2", "6.15.0-1"),
    ("iputils-ping", "3:20240905-3"),
    ("kmod", "34.2-2"),
    ("openssh-server", "1:10.0p1-7"),
    ("passwd", "1:4.17.4-2"),
    ("procps", "2:4.0.4-9"),
    ("sudo", "1.9.16p2-3"),
    ("systemd", "257.13-1"),
    ("systemd-sysv", "257.13-1"),
    ("util-linux", "2.41-5"),
];

const UNITS: &[&str] = &[
    "cron.service",
    "dbus.service",
    "ssh.service",
    "systemd-journald.service",
    "systemd-logind.service",
];

/// The host `name` with one address on its network.
pub fn bare(name: &str, address: &str) -> Memory {
    let mut host = Memory {
        simulated: true,
        facts: facts(name, address),
        ..Memory::default()
    }
    .file("/etc/hostname", &format!("{name}\n"))
    .file(
        "/etc/hosts",
        &format!("127.0.0.1 localhost\n127.0.1.1 {name}\n"),
    )
    .file("/etc/os-release", OS_RELEASE)
    .file("/etc/ssh/sshd_config", SSHD_CONFIG)
    .file("/etc/apt/sources.list.d/debian.sources", SOURCES)
    .file("/usr/share/zoneinfo/Etc/UTC", "")
    .file("/usr/share/zoneinfo/Europe/Berlin", "")
    .with(
        Resource::File("/etc/localtime".into()),
        State::File(File::link("/usr/share/zoneinfo/Etc/UTC")),
    )
    .with(Resource::Hostname, State::Text(name.into()))
    .with(
        Resource::Boot,
        State::Text("00000000-0000-4000-8000-000000000000".into()),
    );
    for directory in DIRECTORIES {
        host = host.with(
            Resource::File((*directory).into()),
            State::File(File::directory(0o755)),
        );
    }
    for (package, version) in PACKAGES {
        let state = Package {
            version: (*version).into(),
            held: false,
        };
        host = host.with(Resource::Package((*package).into()), State::Package(state));
    }
    for unit in UNITS {
        let state = Unit {
            active: Active::Active,
            enabled: Enabled::Enabled,
            stale: false,
        };
        host = host.with(Resource::Unit((*unit).into()), State::Unit(state));
    }
    accounts(host)
}

fn accounts(mut host: Memory) -> Memory {
    for (name, gid) in [
        ("root", 0),
        ("adm", 4),
        ("sudo", 27),
        ("users", 100),
        ("crontab", 101),
        ("nogroup", 65534),
    ] {
        let group = State::Group(Group { gid: Some(gid) });
        host = host.with(Resource::Group(name.into()), group);
    }
    let root = User {
        system: true,
        uid: Some(0),
        group: "root".into(),
        groups: Vec::new(),
        home: "/root".into(),
        shell: "/bin/bash".into(),
        comment: "root".into(),
        password: Some("*".into()),
    };
    host.with(Resource::User("root".into()), State::User(root))
}

fn facts(name: &str, address: &str) -> play_core::Value {
    json!({
        "os": { "family": "Debian", "name": "Debian GNU/Linux 13 (trixie)", "distribution": "Debian", "release": "trixie", "version": "13", "major_version": "13" },
        "architecture": "x86_64", "kernel": "6.12.0-simulated", "hostname": name, "fqdn": name, "domain": "",
        "cpu": { "count": 2, "model": "simulated" },
        "memory": { "total_mb": 8192, "free_mb": 7168, "swap_mb": 0 },
        "mounts": [{ "mount": "/", "device": "/dev/vda1", "fstype": "ext4", "size_mb": 40960, "free_mb": 36864 }],
        "network": {
            "default": { "address": address, "interface": "eth0", "gateway": "" },
            "addresses": [address],
            "interfaces": { "eth0": { "addresses": [address], "mac": "02:00:00:00:00:01", "up": true } },
        },
        "service_manager": "systemd", "package_manager": "apt", "user": { "name": "root", "uid": 0, "home": "/root" },
        "virtualization": { "type": "simulated", "role": "guest" }, "boot": { "id": "00000000-0000-4000-8000-000000000000", "uptime_s": 0 },
        "date": { "iso8601": "2026-01-01T00:00:00Z", "epoch": 1_767_225_600, "date": "2026-01-01", "time": "00:00:00" },
        "environment": {}, "users": ["root"], "packages": {}, "services": {}, "swap": { "total_mb": 0 }, "selinux": { "status": "disabled" },
    })
}
