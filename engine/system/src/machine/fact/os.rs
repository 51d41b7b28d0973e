//! The distribution, by os-release(5).
use play_core::Value;
use serde_json::json;
use std::collections::HashMap;

/// `{family, name, distribution, id, release, version, major_version}`; names as Ansible's users know them.
pub(super) fn os() -> Value {
    describe(&release())
}

pub(super) fn distribution() -> String {
    let fields = release();
    title(fields.get("ID").map_or("", String::as_str), &fields)
}

fn release() -> HashMap<String, String> {
    let text = ["/etc/os-release", "/usr/lib/os-release"]
        .into_iter()
        .find_map(|path| std::fs::read_to_string(path).ok());
    parse(&text.unwrap_or_default())
}

fn parse(text: &str) -> HashMap<String, String> {
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once('='))
        .map(|(key, value)| (key.to_owned(), value.trim_matches(['"', '\'']).to_owned()))
        .collect()
}

fn describe(fields: &HashMap<String, String>) -> Value {
    let field = |name: &str| fields.get(name).map_or("", String::as_str);
    let id = field("ID");
    // Debian's testing has no number yet.
    let version = match field("VERSION_ID") {
        "" => field("VERSION_CODENAME"),
        version => version,
    };
    json!({
        "family": family(id, field("ID_LIKE")),
        "name": field("PRETTY_NAME"),
        "distribution": title(id, fields),
        "id": id,
        "release": field("VERSION_CODENAME"),
        "version": version,
        "major_version": version.split('.').next(),
    })
}

fn family(id: &str, like: &str) -> String {
    let families = [
        ("debian", "Debian"),
        ("ubuntu", "Debian"),
        ("rhel", "RedHat"),
        ("fedora", "RedHat"),
        ("centos", "RedHat"),
        ("suse", "Suse"),
        ("opensuse", "Suse"),
        ("arch", "Archlinux"),
        ("alpine", "Alpine"),
        ("gentoo", "Gentoo"),
    ];
    std::iter::once(id)
        .chain(like.split_whitespace())
        .find_map(|word| families.iter().find(|(known, _)| *known == word))
        .map_or_else(|| capital(id), |(_, family)| (*family).to_owned())
}

fn title(id: &str, fields: &HashMap<String, String>) -> String {
    let known = [
        ("rhel", "RedHat"),
        ("centos", "CentOS"),
        ("almalinux", "AlmaLinux"),
        ("ol", "OracleLinux"),
        ("linuxmint", "Linux Mint"),
        ("arch", "Archlinux"),
        ("opensuse-leap", "openSUSE Leap"),
    ];
    match known.iter().find(|(known, _)| *known == id) {
        Some((_, title)) => (*title).to_owned(),
        None if id.is_empty() => fields.get("NAME").cloned().unwrap_or_default(),
        None => capital(id),
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distributions_and_their_families() {
        let debian = "PRETTY_NAME=\"Debian GNU/Linux 13 (trixie)\"\nVERSION_ID=\"13\"\nVERSION_CODENAME=trixie\nID=debian\n";
        let os = describe(&parse(debian));
        assert_eq!(
            (&os["family"], &os["distribution"]),
            (&"Debian".into(), &"Debian".into())
        );
        assert_eq!(
            (&os["release"], &os["major_version"]),
            (&"trixie".into(), &"13".into())
        );
        let mint = describe(&parse(
            "ID=linuxmint\nID_LIKE=\"ubuntu debian\"\nVERSION_ID=22.1\n",
        ));
        assert_eq!(
            (&mint["family"], &mint["major_version"]),
            (&"Debian".into(), &"22".into())
        );
        assert_eq!(
            describe(&parse("ID=rocky\nID_LIKE=\"rhel centos fedora\"\n"))["family"],
            "RedHat"
        );
        assert_eq!(describe(&parse("ID=void\n"))["family"], "Void");
    }
}
