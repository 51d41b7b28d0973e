//! A client of the VPN at the address `outside`: it brings up the configuration that the gateway has made for it.

use crate::testbed::{sh, testbed};

/// The tunnel, until it goes out of scope.
pub(super) struct Tunnel {
    interface: String,
    /// Keeps the configuration until it is not needed any more.
    folder: tempfile::TempDir,
}

impl Tunnel {
    /// # Panics
    /// Where the gateway has no configuration of this name, or wg-quick does not take it.
    pub(super) fn up(client: &str) -> Self {
        let instance = std::env::var("PLAY_TESTBED_INSTANCE").unwrap_or_else(|_| "1".into());
        let tunnel = Self {
            // sockets of wireguard-go are the machine's, not the namespace's
            interface: format!("playwg{instance}"),
            folder: tempfile::tempdir().expect("a folder"),
        };
        tunnel.write(&sh(
            "vps1",
            &format!("cat /etc/wireguard/clients/{client}.conf"),
        ));
        tunnel.script("wg-quick up $file && ip route add default dev $name table 77 && ip rule add to 10.104.0.0/16 ipproto tcp lookup 77");
        tunnel
    }

    fn file(&self) -> String {
        let file = self.folder.path().join(format!("{}.conf", self.interface));
        file.display().to_string()
    }

    /// The client is in the servers' network itself: what goes through the tunnel is chosen by the rule above, and not by
    /// wg-quick's routes, which would lead the tunnel through itself. It has no resolver to configure.
    #[expect(clippy::disallowed_methods, reason = "a file of the test's own folder")]
    fn write(&self, text: &str) {
        let lines = text.lines().filter(|line| !line.starts_with("DNS"));
        let text = lines.collect::<Vec<_>>().join("\n") + "\n";
        let text = text.replace("[Interface]", "[Interface]\nTable = off");
        std::fs::write(self.file(), text).expect("the folder is the test's own");
    }

    fn script(&self, script: &str) {
        let script = format!("file={}; name={}; {script}", self.file(), self.interface);
        let output = testbed(&["outside", "sh", "-ec", &script]);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "`{script}` failed: {error}");
    }
}

impl Drop for Tunnel {
    fn drop(&mut self) {
        self.script("ip rule del to 10.104.0.0/16 ipproto tcp lookup 77 || true; wg-quick down $file || true");
    }
}
