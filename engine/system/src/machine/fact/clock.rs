//! The machine's time, and since when it runs.
use super::{state_text, text};
use play_core::Value;
use serde_json::json;
use std::time::{SystemTime, UNIX_EPOCH};

/// `{iso8601, epoch, date, time}`, in UTC.
pub(super) fn date() -> Value {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    describe(now.map_or(0, |now| now.as_secs()))
}

fn describe(epoch: u64) -> Value {
    let (date, time) = (civil(epoch / 86_400), epoch % 86_400);
    let time = format!("{:02}:{:02}:{:02}", time / 3600, time / 60 % 60, time % 60);
    json!({ "iso8601": format!("{date}T{time}Z"), "epoch": epoch, "date": date, "time": time })
}

/// The instant in ISO 8601, UTC.
pub(crate) fn iso8601(epoch: u64) -> String {
    let instant = describe(epoch);
    instant["iso8601"].as_str().unwrap_or_default().to_owned()
}

/// The date of a day since 1970, by eras of 400 years that begin in March, so that the leap day is a year's last.
fn civil(day: u64) -> String {
    let shifted = day + 719_468;
    let era = shifted / 146_097;
    let of_era = shifted % 146_097;
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    format!("{:04}-{month:02}-{day:02}", year + era * 400 + next)
}

/// `{id, uptime_s}`.
pub(super) fn boot() -> Value {
    let uptime = text("/proc/uptime");
    let seconds = uptime
        .split(['.', ' '])
        .next()
        .and_then(|word| word.parse::<u64>().ok());
    json!({ "id": state_text(crate::machine::boot::look()), "uptime_s": seconds })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_dates() {
        assert_eq!(iso8601(0), "1970-01-01T00:00:00Z");
        assert_eq!(iso8601(951_782_400), "2000-02-29T00:00:00Z");
        assert_eq!(iso8601(1_795_337_999), "2026-11-22T08:59:59Z");
        assert_eq!(iso8601(4_107_542_399), "2100-02-28T23:59:59Z");
        assert_eq!(iso8601(4_107_542_400), "2100-03-01T00:00:00Z");
    }
}
