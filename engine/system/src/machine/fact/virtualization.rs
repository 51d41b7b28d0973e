//! Whether this is a machine of its own, a guest or a container.
use super::text;
use play_core::Value;
use serde_json::json;
use std::path::Path;

/// `{type, role}`: `{kvm, guest}`, `{docker, guest}`, `{none, none}` …
pub(super) fn virtualization() -> Value {
    let kind = container().or_else(hypervisor);
    let role = if kind.is_some() { "guest" } else { "none" };
    json!({ "type": kind.unwrap_or_else(|| "none".into()), "role": role })
}

fn container() -> Option<String> {
    let said = text("/run/systemd/container");
    if !said.is_empty() {
        return Some(said);
    }
    if Path::new("/.dockerenv").exists() {
        return Some("docker".into());
    }
    if Path::new("/run/.containerenv").exists() {
        return Some("podman".into());
    }
    // Process 1 is told by the program that made the container.
    let environment = text("/proc/1/environ");
    environment
        .split('\0')
        .find_map(|pair| pair.strip_prefix("container="))
        .map(str::to_owned)
}

fn hypervisor() -> Option<String> {
    let named = ["sys_vendor", "product_name", "bios_vendor"]
        .map(|field| text(&format!("/sys/class/dmi/id/{field}")))
        .join(" ");
    by_firmware(&named).map(str::to_owned).or_else(|| {
        let flagged = text("/proc/cpuinfo").lines().any(|line| {
            line.starts_with("flags") && line.split_whitespace().any(|flag| flag == "hypervisor")
        });
        flagged.then(|| "kvm".to_owned())
    })
}

fn by_firmware(named: &str) -> Option<&'static str> {
    let known = [
        ("VMware", "vmware"),
        ("VirtualBox", "virtualbox"),
        ("innotek", "virtualbox"),
        ("Xen", "xen"),
        ("Virtual Machine", "hyperv"),
        ("Amazon EC2", "kvm"),
        ("QEMU", "kvm"),
        ("KVM", "kvm"),
        ("Google Compute Engine", "kvm"),
        ("OpenStack", "kvm"),
        ("DigitalOcean", "kvm"),
        ("Hetzner", "kvm"),
        ("BHYVE", "bhyve"),
        ("Parallels", "parallels"),
    ];
    known
        .iter()
        .find(|(word, _)| named.contains(word))
        .map(|(_, kind)| *kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn firmware_names_the_hypervisor() {
        assert_eq!(by_firmware("QEMU Standard PC (Q35) SeaBIOS"), Some("kvm"));
        assert_eq!(by_firmware("Dell Inc. PowerEdge R640"), None);
    }
}
