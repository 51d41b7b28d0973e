//! A download: beside its place, checked, then put in place at once.
use super::checksum::{self, Sum, Written};
use super::{client, shown};
use crate::Context;
use crate::machine::account;
use play_core::{Change, Effect, Fault, State, state};
use rustix::fs::{Mode, OFlags};
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;
use ureq::http::Response;
use ureq::{Agent, Body};

/// More than this is no download but a mistake, or an attack on the disk: 64 GiB.
const LARGEST: u64 = 64 << 30;
/// A list of checksums.
const LIST: u64 = 4 << 20;
const LIMIT: Duration = Duration::from_secs(600);

/// Fetches a URL to a path. Without a checksum what came is taken as it is; with one that does not fit nothing is left behind.
pub fn download(
    url: &str,
    path: &str,
    checksum: Option<&str>,
    headers: &[(String, String)],
    timeout: u64,
    change: &Change,
    context: &Context,
) -> Result<Effect, Fault> {
    let limit = if timeout == 0 {
        LIMIT
    } else {
        Duration::from_secs(timeout)
    };
    let agent = client::agent(limit, true, true)?;
    let wanted = match checksum.map(checksum::read).transpose()? {
        None => None,
        Some(Written::Digest(kind, digest)) => Some((kind, digest)),
        Some(Written::List(kind, list)) => Some(listed(&agent, &list, url, path, kind)?),
    };
    let answer = fetch(&agent, url, headers)?;
    let status = answer.status().as_u16();
    let staged = Staged::beside(Path::new(path))?;
    let kind = wanted
        .as_ref()
        .map_or(checksum::Kind::Sha256, |(kind, _)| *kind);
    let (size, digest) = staged.fill(answer, url, kind, context)?;
    if let Some((_, expected)) = wanted.filter(|(_, expected)| *expected != digest) {
        return Err(Fault::refused(
            shown(url),
            format!("its checksum is {digest}, not {expected}"),
        ));
    }
    let after = change.leaves.iter().find_map(|leaf| match &leaf.after {
        State::File(file) if leaf.resource.name() == path => Some(file),
        _ => None,
    });
    staged.put(path, after)?;
    Ok(Effect {
        output: serde_json::json!({ "status_code": status, "size": size, "checksum": digest }),
    })
}

fn fetch(agent: &Agent, url: &str, headers: &[(String, String)]) -> Result<Response<Body>, Fault> {
    let failed = |words: String| Fault::stated(format!("{}: {words}", shown(url)));
    let request = client::build("GET", url, headers, None, None)?;
    let answer = agent
        .run(request)
        .map_err(|error| failed(client::words(&error)))?;
    if answer.status().is_success() {
        Ok(answer)
    } else {
        Err(failed(format!("status {}", answer.status().as_u16())))
    }
}

fn listed(
    agent: &Agent,
    list: &str,
    url: &str,
    path: &str,
    kind: Option<checksum::Kind>,
) -> Result<(checksum::Kind, String), Fault> {
    let mut sums = String::new();
    fetch(agent, list, &[])?
        .into_body()
        .into_reader()
        .take(LIST)
        .read_to_string(&mut sums)
        .map_err(|error| Fault::stated(format!("{}: {error}", shown(list))))?;
    let base = |name: &str| {
        shown(name)
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    let names = [base(url), base(path)];
    checksum::listed(&sums, &[&names[0], &names[1]], kind)
        .ok_or_else(|| Fault::stated(format!("{} has no checksum of {}", shown(list), names[0])))
}

/// A file that is not in place yet; gone again unless it is put there.
struct Staged {
    path: PathBuf,
}

impl Drop for Staged {
    fn drop(&mut self) {
        drop(std::fs::remove_file(&self.path));
    }
}

impl Staged {
    fn beside(target: &Path) -> Result<Self, Fault> {
        let name = target.file_name().ok_or_else(|| {
            Fault::arguments(format!("not a path of a file: {}", target.display()))
        })?;
        let name = format!(".{}.play-{}", name.to_string_lossy(), std::process::id());
        Ok(Self {
            path: target.with_file_name(name),
        })
    }

    fn fault(&self, error: &dyn std::fmt::Display) -> Fault {
        Fault::file("write", &self.path.to_string_lossy(), error)
    }

    /// Writes what comes, durable; its size and digest.
    fn fill(
        &self,
        answer: Response<Body>,
        url: &str,
        kind: checksum::Kind,
        context: &Context,
    ) -> Result<(u64, String), Fault> {
        drop(std::fs::remove_file(&self.path));
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let opened = rustix::fs::open(&self.path, flags, Mode::RUSR | Mode::WUSR);
        let mut file = File::from(opened.map_err(|error| self.fault(&error))?);
        let promised = answer.body().content_length();
        let mut reader = answer.into_body().into_reader();
        let mut sum = Sum::new(kind);
        let mut size = 0;
        let mut buffer = vec![0; 64 << 10];
        loop {
            context.proceed()?;
            let read = reader
                .read(&mut buffer)
                .map_err(|error| Fault::stated(format!("{}: {error}", shown(url))))?;
            if read == 0 {
                break;
            }
            size += read as u64;
            if size > LARGEST {
                return Err(Fault::refused(shown(url), "it is larger than 64 GiB"));
            }
            sum.update(&buffer[..read]);
            file.write_all(&buffer[..read])
                .map_err(|error| self.fault(&error))?;
        }
        if promised.is_some_and(|promised| promised != size) {
            return Err(Fault::stated(format!(
                "{}: the transfer broke off",
                shown(url)
            )));
        }
        file.sync_all().map_err(|error| self.fault(&error))?;
        Ok((size, sum.digest()))
    }

    /// Owner, then mode, then the name: nobody sees it half done.
    fn put(self, path: &str, after: Option<&state::File>) -> Result<(), Fault> {
        if let Some(after) = after {
            let (user, group) = (account::uid(&after.owner)?, account::gid(&after.group)?);
            std::os::unix::fs::lchown(&self.path, Some(user), Some(group))
                .map_err(|error| self.fault(&error))?;
        }
        let mode = Mode::from_raw_mode(after.map_or(0o644, |after| after.mode));
        rustix::fs::chmod(&self.path, mode).map_err(|error| self.fault(&error))?;
        std::fs::rename(&self.path, path).map_err(|error| Fault::file("write", path, &error))?;
        let folder = Path::new(path).parent().unwrap_or(Path::new("/"));
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(|error| Fault::file("write", path, &error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::http::tests::serve;
    use play_core::Act;

    fn fetch_to(path: &str, checksum: Option<&str>) -> Result<Effect, Fault> {
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello".to_vec();
        let (url, _) = serve(answer);
        let change = Change::new(Act::DaemonReload);
        download(&url, path, checksum, &[], 5, &change, &Context::default())
    }

    #[test]
    fn only_what_fits_its_checksum_is_put_in_place() {
        let folder = std::env::temp_dir().join(format!("play-download-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("made");
        let path = folder.join("file").to_string_lossy().into_owned();
        let wrong = format!("sha256:{}", "0".repeat(64));
        let fault = fetch_to(&path, Some(&wrong)).expect_err("refused");
        assert!(
            fault.to_string().contains("its checksum is 2cf24dba"),
            "{fault}"
        );
        assert_eq!(std::fs::read_dir(&folder).expect("read").count(), 0);
        let right = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
        fetch_to(&path, Some(right)).expect("fetched");
        assert_eq!(std::fs::read(&path).expect("read"), b"hello");
        std::fs::remove_dir_all(&folder).expect("removed");
    }
}
