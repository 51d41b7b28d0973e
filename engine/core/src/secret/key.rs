//! Private keys in texts of a host: made there, so that no vault knows them, and told by the form they are written in.

/// The lines of private keys in PEM (RFC 7468; OpenSSH's too), and the keys of WireGuard's configurations.
pub fn keys(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut within = false;
    for line in text.lines().map(str::trim) {
        if line.starts_with("-----") {
            within = line.starts_with("-----BEGIN ") && line.ends_with("PRIVATE KEY-----");
        } else if within {
            found.push(line.to_owned());
        } else if let Some((name, value)) = line.split_once('=')
            && matches!(name.trim(), "PrivateKey" | "PresharedKey")
        {
            found.push(value.trim().to_owned());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_told_by_their_form() {
        let text = "x\n-----BEGIN EC PRIVATE KEY-----\nMIGHAgEA\nMBMGByqG\n-----END EC PRIVATE KEY-----\n\
                    -----BEGIN CERTIFICATE-----\nMIIB4D\n-----END CERTIFICATE-----\n\
                    [Interface]\nPrivateKey = yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=\nListenPort = 51820\n";
        assert_eq!(
            keys(text),
            [
                "MIGHAgEA",
                "MBMGByqG",
                "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk="
            ]
        );
    }
}
