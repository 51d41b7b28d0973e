//! File modes as users write them.
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use std::borrow::Cow;

/// Permission bits asked for: octal (`"0644"`, or `0644` unquoted) or symbolic (`u=rwX,g=rX,o=`), chmod(1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum FileMode {
    /// The bits themselves.
    Bits(u32),
    /// Clauses to be applied to the mode there is.
    Symbolic(String),
}

impl FileMode {
    /// Reads what a user wrote.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if !text.is_empty() && text.chars().all(|c| ('0'..='7').contains(&c)) && text.len() <= 5 {
            let bits = u32::from_str_radix(text, 8).map_err(|error| error.to_string())?;
            return if bits <= 0o7777 {
                Ok(Self::Bits(bits))
            } else {
                Err(refusal(text))
            };
        }
        apply(text, 0, false).map(|_| Self::Symbolic(text.to_owned()))
    }

    /// The bits, given the ones there are (0 for something new) and whether it is a directory (for `X`).
    pub fn bits(&self, current: u32, directory: bool) -> u32 {
        match self {
            Self::Bits(bits) => *bits,
            Self::Symbolic(text) => apply(text, current, directory).unwrap_or(current),
        }
    }
}

fn refusal(text: &str) -> String {
    format!("not a file mode: `{text}` (write it as \"0644\" or u=rw,g=r,o=r)")
}

/// Applies symbolic clauses, chmod(1): `[ugoa]*([-+=][rwxXst]*)+` with commas between.
fn apply(text: &str, current: u32, directory: bool) -> Result<u32, String> {
    let mut mode = current;
    for clause in text.split(',') {
        let split = clause.find(['+', '-', '=']).ok_or_else(|| refusal(text))?;
        let (who, rest) = clause.split_at(split);
        if !who.chars().all(|c| "ugoa".contains(c)) {
            return Err(refusal(text));
        }
        let who = if who.is_empty() || who.contains('a') {
            "ugo"
        } else {
            who
        };
        mode = clause_bits(rest, who, mode, directory).ok_or_else(|| refusal(text))?;
    }
    Ok(mode)
}

fn clause_bits(rest: &str, who: &str, mut mode: u32, directory: bool) -> Option<u32> {
    let mut operator = '=';
    let mut bits = 0;
    let mut begun = false;
    for character in rest.chars().chain(std::iter::once('\0')) {
        match character {
            '+' | '-' | '=' | '\0' => {
                if begun {
                    mode = operate(operator, who, bits, mode);
                }
                (operator, bits, begun) = (character, 0, true);
            }
            'r' => bits |= 0o444,
            'w' => bits |= 0o222,
            'x' => bits |= 0o111,
            'X' if directory || mode & 0o111 != 0 => bits |= 0o111,
            'X' => {}
            's' => bits |= 0o6000,
            't' => bits |= 0o1000,
            _ => return None,
        }
    }
    Some(mode)
}

fn operate(operator: char, who: &str, bits: u32, mode: u32) -> u32 {
    let mut reach = 0;
    for (name, mask) in [('u', 0o4700), ('g', 0o2070), ('o', 0o1007)] {
        if who.contains(name) {
            reach |= mask;
        }
    }
    match operator {
        '+' => mode | (bits & reach),
        '-' => mode & !(bits & reach),
        _ => (mode & !(reach & 0o777) & !(reach & bits & 0o7000)) | (bits & reach),
    }
}

/// A number is what YAML 1.1 made of `0644`, or a mistake: `644` in decimal is mode 01204.
fn from_number(number: u64) -> Result<FileMode, String> {
    let decimal = number.to_string();
    let sensible = |bits: u32| bits <= 0o7777 && (bits & 0o400 != 0 || bits == 0);
    let bits = u32::try_from(number).map_err(|_| refusal(&decimal))?;
    if !sensible(bits) {
        return Err(format!(
            "mode {decimal} is decimal and would mean 0{bits:o}; write \"0{decimal}\""
        ));
    }
    Ok(FileMode::Bits(bits))
}

impl<'de> Deserialize<'de> for FileMode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match crate::Value::deserialize(deserializer)? {
            crate::Value::String(text) => Self::parse(&text).map_err(serde::de::Error::custom),
            crate::Value::Number(number) => number
                .as_u64()
                .ok_or_else(|| refusal(&number.to_string()))
                .and_then(from_number)
                .map_err(serde::de::Error::custom),
            other => Err(serde::de::Error::custom(refusal(&other.to_string()))),
        }
    }
}

impl JsonSchema for FileMode {
    fn schema_name() -> Cow<'static, str> {
        "FileMode".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": ["string", "integer"],
            "format": "mode",
            "description": "permission bits: \"0644\" or u=rw,g=r,o=r"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octal_and_symbolic() {
        assert_eq!(FileMode::parse("0644"), Ok(FileMode::Bits(0o644)));
        assert_eq!(
            FileMode::parse("u=rw,g=r,o=").map(|m| m.bits(0o777, false)),
            Ok(0o640)
        );
        assert_eq!(
            FileMode::parse("a+X").map(|m| m.bits(0o644, true)),
            Ok(0o755)
        );
        assert_eq!(
            FileMode::parse("g-w").map(|m| m.bits(0o664, false)),
            Ok(0o644)
        );
        assert!(FileMode::parse("rwx").is_err());
    }

    #[test]
    fn a_decimal_mode_is_refused_with_the_hint() {
        let error = serde_json::from_str::<FileMode>("644").expect_err("refused");
        assert!(error.to_string().contains("write \"0644\""), "{error}");
        assert_eq!(
            serde_json::from_str::<FileMode>("420").ok(),
            Some(FileMode::Bits(0o644))
        );
    }
}
