//! A number for a new system account or group.
use play_core::{Fault, View};
use std::collections::BTreeSet;

/// Debian's range for what packages and administrators add (`FIRST_SYSTEM_UID`, `LAST_SYSTEM_UID`).
const FIRST: u32 = 100;
const LAST: u32 = 999;

/// A number that no account and no group has. It begins with a digest of the name: a check and the run that follows it,
/// and host after host, choose the same, however many accounts one play adds.
pub(crate) fn choose(view: &dyn View, name: &str) -> Result<u32, Fault> {
    let mut taken = BTreeSet::new();
    for file in ["/etc/passwd", "/etc/group"] {
        let text = view.text(file)?.unwrap_or_default();
        taken.extend(
            text.lines()
                .filter_map(|line| line.split(':').nth(2)?.parse::<u32>().ok()),
        );
    }
    let count = LAST - FIRST + 1;
    // FNV-1a: short, and the same on every host.
    let digest = name.bytes().fold(0x811c_9dc5_u32, |digest, byte| {
        (digest ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    (0..count)
        .map(|step| FIRST + (digest % count + step) % count)
        .find(|number| !taken.contains(number))
        .ok_or_else(|| {
            Fault::refused(
                format!("a system number for {name}"),
                "all from 100 to 999 are taken",
            )
        })
}
