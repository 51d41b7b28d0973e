//! The forms a secret takes on its way through other people's formats.
use base64::Engine;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD, STANDARD, URL_SAFE};

/// Base64 shorter than this is not looked for inside longer base64: it would be found by chance.
const TELLING: usize = 6;

/// A secret as it is, and as it is written inside JSON, URLs, shells, YAML and base64.
pub(super) fn forms(secret: &str) -> Vec<String> {
    let mut forms = vec![secret.to_owned()];
    let json = quoted(secret);
    forms.push(quoted(&json));
    forms.push(json);
    forms.extend([escaped(secret, b"", true), escaped(secret, b"", false)]);
    // A path keeps its slashes, and a form writes blanks as `+`.
    forms.extend([escaped(secret, b"/", true), escaped(secret, b"/", false)]);
    forms.extend([true, false].map(|upper| escaped(secret, b"", upper).replace("%20", "+")));
    forms.extend(["'\\''", "'\"'\"'", "''"].map(|quote| secret.replace('\'', quote)));
    forms.extend(encoded(secret.as_bytes()));
    let mut seen: Vec<String> = Vec::new();
    for form in forms {
        if !form.is_empty() && !seen.contains(&form) {
            seen.push(form);
        }
    }
    seen
}

/// As a JSON text, without its quotes.
fn quoted(text: &str) -> String {
    let json = serde_json::Value::from(text).to_string();
    json[1..json.len() - 1].to_owned()
}

/// Percent encoding: everything but RFC 3986's unreserved characters and those kept.
fn escaped(text: &str, kept: &[u8], upper: bool) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            byte if kept.contains(&byte) => char::from(byte).to_string(),
            byte if upper => format!("%{byte:02X}"),
            byte => format!("%{byte:02x}"),
        })
        .collect()
}

/// Base64 of the secret alone, with a line end behind it, without padding, and of what any text around it leaves as it is (`user:secret` of HTTP).
fn encoded(secret: &[u8]) -> Vec<String> {
    let mut forms = Vec::new();
    let line = [secret, b"\n"].concat();
    for engine in [&STANDARD, &URL_SAFE] {
        forms.extend([engine.encode(secret), engine.encode(&line)]);
    }
    for alphabet in [&alphabet::STANDARD, &alphabet::URL_SAFE] {
        let engine = GeneralPurpose::new(alphabet, NO_PAD);
        forms.push(engine.encode(secret));
        for before in 0..3_usize {
            let text = engine.encode([&[0; 2][..before], secret].concat());
            // Characters that hold bits of a neighbour are not the secret's own.
            let start = [0, 2, 3][before];
            let end = text.len() - usize::from(!(before + secret.len()).is_multiple_of(3));
            if end >= start + TELLING {
                forms.push(text[start..end].to_owned());
            }
        }
    }
    forms
}
