//! Sizes of memory and disks as people write them: `768m`, `2 GiB`.
use super::{Flow, Helper, helper};
use play_core::Value;

pub(super) const TABLE: &[Helper] = &[
    helper(
        "human_to_bytes",
        "human_to_bytes size [unit]",
        "The bytes of `768m`, `2 GiB` or `10.5K`, in steps of 1024; a number without a unit is bytes, or of the unit given.",
        Flow::Opaque,
        |a| {
            let default = a.text_option("default_unit", 1, "");
            bytes(&a.text(0)?, &default).map(Value::from)
        },
    ),
    helper(
        "human_readable",
        "human_readable bytes",
        "Bytes as people read them: `1.50 GB`, in steps of 1024.",
        Flow::Opaque,
        |a| Ok(readable(a.integer(0)?).into()),
    ),
];

const UNITS: &str = "KMGTPE";

fn bytes(text: &str, default: &str) -> Result<i64, String> {
    let text = text.trim();
    let wrong = || format!("`{text}` is no size: write 512m, 2G or 10.5 KiB");
    let digits = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let unit = match unit.trim() {
        "" => default,
        unit => unit,
    };
    let unit = unit.to_uppercase();
    let letter = unit.trim_end_matches('B').trim_end_matches('I');
    let power = match letter {
        "" => 0,
        letter if letter.len() == 1 => 1 + UNITS.find(letter).ok_or_else(wrong)?,
        _ => return Err(wrong()),
    };
    let factor = 1_i64 << (10 * power);
    if let Ok(whole) = number.parse::<i64>() {
        return whole.checked_mul(factor).ok_or_else(wrong);
    }
    let number: f64 = number.parse().map_err(|_| wrong())?;
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "a fraction of a size is no exact thing"
    )]
    Ok((number * factor as f64).round() as i64)
}

fn readable(bytes: i64) -> String {
    let mut power = 0;
    while power < UNITS.len() && bytes.unsigned_abs() >= 1 << (10 * (power + 1)) {
        power += 1;
    }
    if power == 0 {
        return format!("{bytes} B");
    }
    #[expect(clippy::cast_precision_loss, reason = "it is shown with two digits")]
    let number = bytes as f64 / (1_i64 << (10 * power)) as f64;
    format!("{number:.2} {}B", &UNITS[power - 1..power])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_as_people_write_them() {
        let cases: [(&str, i64); 6] = [
            ("768m", 768 << 20),
            ("2 GiB", 2 << 30),
            ("1.5k", 1536),
            ("10", 10),
            ("1T", 1 << 40),
            ("64KB", 64 << 10),
        ];
        for (text, size) in cases {
            assert_eq!(bytes(text, ""), Ok(size), "{text}");
        }
        assert_eq!(bytes("10", "M"), Ok(10 << 20));
        for text in ["", "many", "1x", "1..2g", "-3m", "9999999E"] {
            assert!(bytes(text, "").is_err(), "{text}");
        }
        assert_eq!(readable(1_610_612_736), "1.50 GB");
        assert_eq!(readable(12), "12 B");
    }
}
