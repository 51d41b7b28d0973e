//! Whether rules would drop new SSH connections.
use super::script::Script;
use play_core::Fault;

/// Refuses where a chain that decides on incoming packets drops one of the ports, or drops by default and nothing in it accepts it.
///
/// A look at the words only: what it cannot read (sets, maps, variables) it takes to be right, since the armed change is undone
/// where it was not.
pub(super) fn refuse(script: &Script, ports: &[String], table: &str) -> Result<(), Fault> {
    let chains = script.chains();
    for (name, body) in &chains {
        if !is_incoming(body) {
            continue;
        }
        if let Some(port) = ports.iter().find(|port| shuts(body, port, &chains)) {
            return Err(Fault::refused(
                format!("nftables table {table}"),
                format!(
                    "chain {name} drops new SSH connections to port {port}; take that rule out, set `ssh_ports` to the ports in use, or `allow_lockout: true`"
                ),
            ));
        }
        if !drops(body) {
            continue;
        }
        for port in ports {
            if !accepts(body, port, &chains, 0) {
                return Err(Fault::refused(
                    format!("nftables table {table}"),
                    format!(
                        "chain {name} drops by default and has no rule that accepts new SSH connections to port {port}; add `tcp dport {port} accept`, set `ssh_ports` to the ports in use, or `allow_lockout: true`"
                    ),
                ));
            }
        }
    }
    Ok(())
}

fn is_incoming(body: &str) -> bool {
    let words: Vec<&str> = words(body);
    words
        .windows(2)
        .any(|pair| pair[0] == "hook" && matches!(pair[1], "input" | "prerouting" | "ingress"))
}

/// By its policy, or by a last rule without a condition.
fn drops(body: &str) -> bool {
    let policy = words(body)
        .windows(2)
        .any(|pair| pair == ["policy", "drop"]);
    let last = rules(body).last().is_some_and(|rule| {
        let verdict: Vec<&str> = words(rule)
            .into_iter()
            .filter(|word| !matches!(*word, "counter" | "log"))
            .collect();
        matches!(verdict.first(), Some(&("drop" | "reject")))
    });
    policy || last
}

/// A rule for the port alone, with no other condition, that drops it, and none before it that may accept it.
fn shuts(body: &str, port: &str, chains: &[(String, String)]) -> bool {
    for rule in rules(body) {
        if accepts(&rule, port, chains, 0) {
            return false;
        }
        let words = words(&rule);
        let plain = |word: &&&str| !matches!(**word, "counter" | "log" | "ct" | "state" | "new");
        let mut rest = words.iter().filter(plain).skip(2);
        let dropped = words.starts_with(&["tcp", "dport"])
            && names(&words[2..], port)
            && rest
                .find(|word| !word.starts_with(|c: char| c.is_ascii_digit()) && **word != "ssh")
                .is_some_and(|word| matches!(*word, "drop" | "reject"));
        if dropped {
            return true;
        }
    }
    false
}

fn accepts(body: &str, port: &str, chains: &[(String, String)], depth: u8) -> bool {
    rules(body).iter().any(|rule| {
        let words = words(rule);
        if words.first() == Some(&"policy") || !may_be_ssh(rule, &words, port) {
            return false;
        }
        let jumps = words.windows(2).any(|pair| {
            matches!(pair[0], "jump" | "goto")
                && depth < 16
                && chains
                    .iter()
                    .any(|(name, body)| name == pair[1] && accepts(body, port, chains, depth + 1))
        });
        jumps || words.contains(&"accept") || words.contains(&"vmap")
    })
}

/// Whether a new TCP connection to the port from elsewhere can match the rule.
fn may_be_ssh(rule: &str, words: &[&str], port: &str) -> bool {
    let loopback = words
        .windows(2)
        .any(|pair| matches!(pair[0], "iif" | "iifname") && pair[1] == "lo");
    let other = words.iter().any(|word| {
        matches!(
            *word,
            "icmp" | "icmpv6" | "udp" | "ipv6-icmp" | "igmp" | "type" | "esp" | "sport"
        )
    }) && !words.contains(&"tcp");
    let state = words.windows(2).position(|pair| pair == ["ct", "state"]);
    let old_only = state.is_some_and(|at| {
        let rest = words[at + 2..].join(" ");
        rest.starts_with("established")
            || rest.starts_with("related")
            || rest.starts_with("invalid")
            || rest.starts_with("untracked")
    }) && !words.contains(&"new");
    let verdicts_by_state =
        words.contains(&"state") && words.contains(&"vmap") && !rule.contains("new");
    let elsewhere = words
        .iter()
        .position(|word| *word == "dport")
        .is_some_and(|at| !names(&words[at + 1..], port));
    !(loopback || other || old_only || verdicts_by_state || elsewhere)
}

/// Whether the words after `dport` name the port, or may.
fn names(words: &[&str], port: &str) -> bool {
    let wanted: u16 = port.parse().unwrap_or_default();
    if words.first() == Some(&"!=") {
        return !names(&words[1..], port);
    }
    for word in words {
        match *word {
            "accept" | "drop" | "reject" | "jump" | "goto" | "counter" | "limit" | "ct"
            | "comment" | "log" => return false,
            "vmap" => {}
            "ssh" if wanted == 22 => return true,
            word if word.starts_with(['@', '$']) => return true,
            word => {
                let in_range = match word.split_once('-') {
                    Some((from, to)) => {
                        from.parse().is_ok_and(|from| wanted >= from)
                            && to.parse().is_ok_and(|to| wanted <= to)
                    }
                    None => word.parse() == Ok(wanted),
                };
                if in_range {
                    return true;
                }
            }
        }
    }
    false
}

/// Statements of a chain, one a line or a semicolon, braces within a rule kept together.
fn rules(body: &str) -> Vec<String> {
    let (mut all, mut current, mut depth) = (Vec::new(), String::new(), 0_usize);
    for c in body.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 && matches!(c, '\n' | ';') {
            all.push(std::mem::take(&mut current));
        } else {
            current.push(c);
        }
    }
    all.push(current);
    all.retain(|rule| !rule.trim().is_empty());
    all
}

fn words(text: &str) -> Vec<&str> {
    text.split(|c: char| c.is_whitespace() || "{},;:".contains(c))
        .filter(|word| !word.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(rules: &str) -> bool {
        let head = "type filter hook input priority 0; policy drop;\nct state established,related accept\niifname \"lo\" accept\nip protocol icmp accept\n";
        let text = format!("chain ssh {{ tcp dport 22 accept }}\nchain input {{ {head}{rules}\n}}");
        let script = Script::new("inet", "play", &text).unwrap();
        refuse(&script, &["22".into()], "inet play").is_ok()
    }

    #[test]
    fn what_lets_ssh_in_is_seen() {
        for good in [
            "tcp dport 22 accept",
            "tcp dport ssh ct state new accept",
            "tcp dport { 80, 22 } counter accept",
            "tcp dport 20-30 accept",
            "tcp dport $ports accept",
            "tcp dport @ports accept",
            "tcp dport vmap { 22 : accept, 23 : drop }",
            "ip saddr 10.0.0.0/8 accept",
            "jump ssh",
            "accept",
        ] {
            assert!(holds(good), "{good}");
        }
    }

    #[test]
    fn what_does_not_is_seen_too() {
        for bad in [
            "",
            "tcp dport 2222 accept",
            "tcp dport { 80, 443 } accept",
            "tcp dport 22 drop",
            "tcp dport 80 accept comment \"22\"",
            "udp dport 22 accept",
            "jump other",
        ] {
            assert!(!holds(bad), "{bad}");
        }
    }

    #[test]
    fn a_rule_that_drops_ssh_is_seen_under_any_policy() {
        let chain = |rules: &str| {
            let text = format!(
                "chain i {{ type filter hook input priority 0; policy accept;\n{rules}\n}}"
            );
            let script = Script::new("inet", "play", &text).unwrap();
            refuse(&script, &["22".into()], "inet play").is_ok()
        };
        for bad in [
            "tcp dport 22 drop",
            "tcp dport { 22, 80 } counter reject",
            "tcp dport 22 ct state new drop",
        ] {
            assert!(!chain(bad), "{bad}");
        }
        for good in [
            "tcp dport 22 accept\ntcp dport 22 drop",
            "ip saddr 10.0.0.0/8 accept\ntcp dport 22 drop",
            "tcp dport 22 limit rate over 3/minute drop",
            "tcp dport 22 ip saddr 192.0.2.1 drop",
            "ip saddr @watched drop",
            "tcp dport 80 drop",
        ] {
            assert!(chain(good), "{good}");
        }
    }

    #[test]
    fn a_drop_as_last_rule_is_a_policy() {
        let text =
            "chain i { type filter hook input priority 0;\ntcp dport 80 accept\ncounter drop\n}";
        let script = Script::new("inet", "play", text).unwrap();
        assert!(refuse(&script, &["22".into()], "inet play").is_err());
        let forward = Script::new(
            "inet",
            "play",
            "chain f { type filter hook forward priority 0; policy drop; }",
        )
        .unwrap();
        assert!(refuse(&forward, &["22".into()], "inet play").is_ok());
    }
}
