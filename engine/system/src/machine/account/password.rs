//! Whether a password fits a crypt(3) hash, by the target's own crypt: it knows every kind of hash its logins use.
use crate::program::Program;
use play_core::{Fault, Value};
use std::time::Duration;

/// Reads password and hash from stdin, each ended by a NUL; neither is ever in argv.
const PERL: &str = r#"local $/ = "\0"; my $password = <STDIN>; my $hash = <STDIN>; chomp($password, $hash);
my $made = crypt($password, $hash); print defined $made && $made eq $hash ? "yes" : "no";"#;

/// True or false. A locked or empty field fits nothing.
pub fn fits(password: &str, hash: &str) -> Result<Value, Fault> {
    if hash.is_empty() || hash.starts_with(['!', '*']) || password.contains('\0') {
        return Ok(Value::Bool(false));
    }
    let limit = Duration::from_secs(30);
    let perl = Program::new("perl")
        .args(["-e", PERL])
        .stdin(format!("{password}\0{hash}\0"))
        .limit(limit)
        .succeed();
    match perl {
        Ok(ended) => return Ok(Value::Bool(ended.out() == "yes")),
        Err(Fault::Unsupported { .. }) => {}
        Err(fault) => return Err(fault),
    }
    let fields: Vec<&str> = hash.split('$').collect();
    let ["", kind @ ("1" | "5" | "6"), salt, _] = fields[..] else {
        return Err(unsupported());
    };
    let ended = Program::new("openssl")
        .args(["passwd", &format!("-{kind}"), "-salt", salt, "-stdin"])
        .stdin(format!("{password}\n"))
        .limit(limit)
        .succeed();
    match ended {
        Ok(ended) => Ok(Value::Bool(ended.out().trim_end() == hash)),
        Err(Fault::Unsupported { .. }) => Err(unsupported()),
        Err(fault) => Err(fault),
    }
}

fn unsupported() -> Fault {
    Fault::Unsupported {
        what: "comparing a password with its hash".into(),
        hint: Some("it needs perl or openssl there; or give the hash itself".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "$6$saltsalt$qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzlB5KiA2/jctKu9YterLp8wwnSq.qc.eoxqOmSuNp2xS0ktL3nh/";

    #[test]
    fn a_password_fits_its_own_hash_only() {
        let made = Program::new("perl")
            .args(["-e", r#"print crypt("password", '$6$saltsalt$')"#])
            .succeed()
            .expect("perl")
            .out();
        assert_eq!(made, HASH);
        assert_eq!(fits("password", HASH).ok(), Some(Value::Bool(true)));
        assert_eq!(fits("passw0rd", HASH).ok(), Some(Value::Bool(false)));
        let locked = format!("!{HASH}");
        assert_eq!(fits("password", &locked).ok(), Some(Value::Bool(false)));
    }
}
