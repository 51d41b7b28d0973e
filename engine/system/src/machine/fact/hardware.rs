//! Processor, memory and kernel.
use super::text;
use play_core::Value;
use serde_json::json;

pub(super) fn architecture() -> String {
    rustix::system::uname()
        .machine()
        .to_string_lossy()
        .into_owned()
}

/// The kernel's release, as `uname -r` says it.
pub(super) fn kernel() -> String {
    rustix::system::uname()
        .release()
        .to_string_lossy()
        .into_owned()
}

/// `{count, model}`; the processors this machine may use.
pub(super) fn cpu() -> Value {
    let information = text("/proc/cpuinfo");
    let model = ["model name", "Model", "Hardware", "cpu model"]
        .into_iter()
        .find_map(|name| field(&information, name));
    let count = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    json!({ "count": count, "model": model })
}

fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        (key.trim() == name).then(|| value.trim())
    })
}

/// `{total_mb, free_mb, swap_mb}`; free is what programs can have without swapping.
pub(super) fn memory() -> Value {
    let information = text("/proc/meminfo");
    let free = megabytes(&information, "MemAvailable");
    json!({
        "total_mb": megabytes(&information, "MemTotal"),
        "free_mb": free,
        "swap_mb": megabytes(&information, "SwapTotal"),
    })
}

/// `{total_mb, free_mb}`.
pub(super) fn swap() -> Value {
    let information = text("/proc/meminfo");
    json!({
        "total_mb": megabytes(&information, "SwapTotal"),
        "free_mb": megabytes(&information, "SwapFree"),
    })
}

fn megabytes(information: &str, name: &str) -> u64 {
    field(information, name)
        .and_then(|value| value.split(' ').next()?.parse::<u64>().ok())
        .map_or(0, |kilobytes| kilobytes / 1024)
}

/// `{status}`: `disabled`, `permissive` or `enforcing`.
pub(super) fn selinux() -> Value {
    let status = match text("/sys/fs/selinux/enforce").as_str() {
        "1" => "enforcing",
        "0" => "permissive",
        _ => "disabled",
    };
    json!({ "status": status })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_in_megabytes() {
        let information = "MemTotal:       24612345 kB\nMemAvailable:    2048 kB\n";
        assert_eq!(megabytes(information, "MemAvailable"), 2);
        assert_eq!(megabytes(information, "SwapTotal"), 0);
    }
}
