//! Lines of known_hosts: what they say of keys, and what is added to them.
use super::*;

const FIRST: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPqV8q/u3zCI4YMPvHvD9JlxP9Xz3aK2NvIcf1XwW9si";
const SECOND: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIELVykXbN5eZf2at4F5wSV/IYW1ZucZBnhUPf/nAMkjG";
const CURVE: &str = "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBKXg8nA2n332KWNBSM6cZcmZ6ZVvINyOERPCuKgRRIkkmIOVwc8ArXkbfni8SXwA+I0cM21UNhPu7inpNGRqpg8=";

fn key(text: &str) -> PublicKey {
    text.parse().unwrap()
}

fn known(text: &str) -> KnownHosts {
    let mut known = KnownHosts::default();
    known.add(Path::new("kh"), text);
    known
}

fn judged(text: &str, host: &str, port: u16, shown: &str) -> &'static str {
    match known(text).judge(&HostName::new(host, port), &key(shown)) {
        Verdict::Known => "known",
        Verdict::Unknown => "unknown",
        Verdict::Changed { .. } => "changed",
        Verdict::Revoked { .. } => "revoked",
    }
}

#[test]
fn the_policy_table() {
    // Written by `ssh-keygen -H`: hashed.example with the first key, [hashed.example]:2222 with the second.
    let hashed = format!(
        "|1|XJ0fwgp7Qj4adN6ZytStyWJ6NWY=|eBNc12cKWQ4vfwbEbLtiGkfbD5Q= {FIRST}\n\
         |1|lgOrWqTOG3KQNPXSVBCFPR8dn6s=|RE42e2rcEyJCs57CdskoMnQ9kXw= {SECOND}\n"
    );
    let plain = format!("web {FIRST} a comment");
    let listed = format!("web,10.0.0.1,*.example.net,!bad.example.net {FIRST}");
    let port = format!("[web]:2222 {FIRST}");
    let revoked = format!("web {FIRST}\n@revoked * {FIRST}");
    let authority = format!("@cert-authority * {FIRST}");
    let both = format!("web {CURVE}\nweb {FIRST}");
    let noise = format!("# comment\n\nnot a line\nweb ssh-ed25519 AAAA!\n\t web\t{FIRST}\n");
    for (text, host, at, shown, wanted) in [
        (plain.as_str(), "web", 22, FIRST, "known"),
        (&plain, "WEB", 22, FIRST, "known"),
        (&plain, "web", 22, SECOND, "changed"),
        (&plain, "other", 22, FIRST, "unknown"),
        (&plain, "web", 22, CURVE, "changed"),
        (&plain, "web", 2222, FIRST, "known"),
        (&plain, "web", 2222, SECOND, "unknown"),
        (&port, "web", 2222, FIRST, "known"),
        (&port, "web", 2222, SECOND, "changed"),
        (&port, "web", 22, FIRST, "unknown"),
        (&listed, "10.0.0.1", 22, FIRST, "known"),
        (&listed, "a.example.net", 22, FIRST, "known"),
        (&listed, "bad.example.net", 22, FIRST, "unknown"),
        (&hashed, "hashed.example", 22, FIRST, "known"),
        (&hashed, "hashed.example", 22, SECOND, "changed"),
        (&hashed, "hashed.example", 2222, SECOND, "known"),
        (&hashed, "else.example", 22, FIRST, "unknown"),
        (&revoked, "web", 22, FIRST, "revoked"),
        (&authority, "web", 22, FIRST, "unknown"),
        (&both, "web", 22, FIRST, "known"),
        (&both, "web", 22, CURVE, "known"),
        (&noise, "web", 22, FIRST, "known"),
        ("", "web", 22, FIRST, "unknown"),
    ] {
        assert_eq!(
            judged(text, host, at, shown),
            wanted,
            "{host}:{at} in:\n{text}"
        );
    }
}

#[test]
fn a_change_names_file_and_line() {
    let verdict = known(&format!("\nweb {FIRST}")).judge(&HostName::new("web", 22), &key(SECOND));
    let Verdict::Changed { place, .. } = verdict else {
        panic!("{verdict:?}");
    };
    assert_eq!(place, "kh:2");
}

#[test]
fn algorithms_and_authorities_are_found() {
    let name = HostName::new("web", 22);
    let text = known(&format!("@cert-authority *.x,web {SECOND}\nweb {CURVE}"));
    assert_eq!(text.algorithms(&name), [key(CURVE).algorithm()]);
    assert_eq!(text.authorities(&name).len(), 1);
}

#[test]
fn a_written_line_is_found_again() {
    let name = HostName::new("web", 2222);
    for hashed in [false, true] {
        let text = line(&name, &key(FIRST), hashed).unwrap();
        assert_eq!(text.contains("web"), !hashed, "{text}");
        assert_eq!(judged(&text, "web", 2222, FIRST), "known", "{text}");
    }
}

#[tokio::test]
async fn appending_keeps_lines_apart() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("new/known_hosts");
    append(&file, "a b").await.unwrap();
    append(&file, "c d\n").await.unwrap();
    assert_eq!(
        tokio::fs::read_to_string(&file).await.unwrap(),
        "a b\nc d\n"
    );
}
