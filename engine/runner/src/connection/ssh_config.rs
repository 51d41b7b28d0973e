//! ~/.ssh/config without an `ssh` program: the subset people use; what it cannot read it refuses rather than guesses.
use super::{ConnectFault, pattern};
use std::path::{Path, PathBuf};

/// The files a path (with wildcards in its last part) names, with their text. An absent file is no file.
pub(crate) type ReadFiles<'a> = dyn Fn(&Path) -> Vec<(PathBuf, String)> + 'a;

/// Includes nest no deeper, as in OpenSSH.
const DEEPEST: usize = 16;

/// `keyword value` lines that hold for `host`, keywords in lower case, in the order that makes the first one win.
pub(crate) fn lines(
    files: &[PathBuf],
    host: &str,
    home: &Path,
    read: &ReadFiles<'_>,
) -> Result<Vec<(String, String)>, ConnectFault> {
    let mut reader = Reader {
        host,
        home,
        read,
        lines: Vec::new(),
    };
    for file in files {
        reader.file(file, true, 0)?;
    }
    Ok(reader.lines)
}

struct Reader<'a> {
    host: &'a str,
    home: &'a Path,
    read: &'a ReadFiles<'a>,
    lines: Vec<(String, String)>,
}

impl Reader<'_> {
    fn file(&mut self, path: &Path, applies: bool, depth: usize) -> Result<(), ConnectFault> {
        for (path, text) in (self.read)(path) {
            let mut applies = applies;
            let outer = applies;
            for (number, line) in text.lines().enumerate() {
                let place = format!("{}:{}", path.display(), number + 1);
                let Some((keyword, words)) = split(line) else {
                    continue;
                };
                match keyword.as_str() {
                    "host" => {
                        let names = words.iter().map(String::as_str);
                        applies = outer && pattern::any(names, self.host);
                    }
                    "match" => return Err(no_match(place)),
                    "include" if applies => self.include(&words, &path, depth, &place)?,
                    "include" => {}
                    _ if applies => self.lines.push((keyword, words.join(" "))),
                    _ => {}
                }
            }
        }
        Ok(())
    }

    fn include(
        &mut self,
        words: &[String],
        from: &Path,
        depth: usize,
        place: &str,
    ) -> Result<(), ConnectFault> {
        if depth >= DEEPEST {
            return Err(ConnectFault::Configuration {
                place: place.to_owned(),
                message: "Include nests too deeply; does a file include itself?".into(),
            });
        }
        for word in words {
            let path = match word.strip_prefix("~/") {
                Some(rest) => self.home.join(rest),
                None if from.starts_with("/etc/ssh") => Path::new("/etc/ssh").join(word),
                None => self.home.join(".ssh").join(word),
            };
            self.file(&path, true, depth + 1)?;
        }
        Ok(())
    }
}

fn no_match(place: String) -> ConnectFault {
    ConnectFault::Configuration {
        place,
        message: "`Match` is read by the `ssh` program only, and there is none here; install openssh-client, \
                  or point --ssh-config at a file without Match"
            .into(),
    }
}

/// The keyword in lower case and its words, quotes removed; `Keyword=value` too.
fn split(line: &str) -> Option<(String, Vec<String>)> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return None;
    }
    let end = line.find(|letter: char| letter.is_whitespace() || letter == '=')?;
    let rest = line[end..].trim_start();
    let rest = rest.strip_prefix('=').unwrap_or(rest).trim();
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quoted = false;
    for letter in rest.chars() {
        match letter {
            '"' => quoted = !quoted,
            letter if letter.is_whitespace() && !quoted => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            '#' if !quoted && word.is_empty() => break,
            letter => word.push(letter),
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    Some((line[..end].to_ascii_lowercase(), words))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAIN: &str = "\
# a comment
Include conf.d/*
User=fallback
Host web* !web9
    HostName %h.example.net
    Port 2222
    IdentityFile ~/.ssh/web
    IdentityFile \"~/my keys/second\"   # trailing
Host *
    User last
    ProxyJump bastion
";

    fn read(path: &Path) -> Vec<(PathBuf, String)> {
        match path.to_str() {
            Some("/h/.ssh/config") => vec![(path.to_owned(), MAIN.to_owned())],
            Some("/h/.ssh/conf.d/*") => {
                vec![(
                    "/h/.ssh/conf.d/a".into(),
                    "Host db\n  User postgres\n".to_owned(),
                )]
            }
            Some("/h/.ssh/match") => {
                vec![(path.to_owned(), "\nMatch user x\n Port 1\n".to_owned())]
            }
            Some("/h/.ssh/loop") => vec![(path.to_owned(), "Include loop\n".to_owned())],
            _ => Vec::new(),
        }
    }

    fn first(host: &str, keyword: &str) -> Option<String> {
        let lines = lines(&["/h/.ssh/config".into()], host, Path::new("/h"), &read).unwrap();
        lines
            .into_iter()
            .find(|(key, _)| key == keyword)
            .map(|(_, value)| value)
    }

    #[test]
    fn the_first_value_wins_and_patterns_exclude() {
        for (host, keyword, wanted) in [
            ("web1", "port", Some("2222")),
            ("web9", "port", None),
            ("web1", "user", Some("fallback")),
            ("db", "user", Some("postgres")),
            ("db", "proxyjump", Some("bastion")),
            ("web1", "hostname", Some("%h.example.net")),
            ("web1", "identityfile", Some("~/.ssh/web")),
        ] {
            assert_eq!(first(host, keyword).as_deref(), wanted, "{host} {keyword}");
        }
    }

    #[test]
    fn quotes_and_comments_are_understood() {
        let all = lines(&["/h/.ssh/config".into()], "web1", Path::new("/h"), &read).unwrap();
        assert!(
            all.contains(&("identityfile".into(), "~/my keys/second".into())),
            "{all:?}"
        );
    }

    #[test]
    fn what_cannot_be_read_is_refused_with_its_place() {
        for (file, place) in [
            ("/h/.ssh/match", "/h/.ssh/match:2"),
            ("/h/.ssh/loop", "/h/.ssh/loop:1"),
        ] {
            let fault = lines(&[file.into()], "a", Path::new("/h"), &read).unwrap_err();
            assert!(fault.to_string().starts_with(place), "{fault}");
        }
    }
}
