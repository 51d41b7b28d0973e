//! Archives: what is in them, and unpacking them without leaving the folder they are unpacked to.
pub mod place;
pub mod source;

use crate::Context;
use crate::machine::account;
use play_core::{Effect, Fault, Value};
use serde_json::json;
use sha2::{Digest, Sha256};
use source::{Entry, Kind};
use std::io::Read;
use std::path::PathBuf;

/// An archive that unpacks to more is refused: 64 GiB, a million entries.
const LARGEST: u64 = 64 << 30;
const MOST: usize = 1_000_000;

/// The entries: `path`, `size`, `mode` (without set-id bits), `kind` (`file`, `directory`, `link`, `hard`), `target`, `sha256`.
pub fn entries(archive: &str) -> Result<Value, Fault> {
    let mut entries = Vec::new();
    source::each(archive, &mut |entry, reader| {
        let Some(path) = inside(&entry, 0)? else {
            return Ok(());
        };
        let sha256 = match entry.kind {
            Kind::File => {
                Some(digest(reader).map_err(|error| Fault::file("read", archive, &error))?)
            }
            _ => None,
        };
        let target = match &entry.kind {
            Kind::Link(target) => Some(target.clone()),
            // Another entry, written as `./one` or `one`.
            Kind::HardLink(target) => stripped(target, 0),
            _ => None,
        };
        entries.push(json!({
            "path": path.to_string_lossy(),
            "size": entry.size, "mode": entry.mode, "kind": entry.kind.word(),
            "target": target.map(|target| target.to_string_lossy().into_owned()), "sha256": sha256,
        }));
        bounded(archive, entries.len(), 0)
    })?;
    Ok(Value::Array(entries))
}

/// Unpacks into a folder that is made where there is none; `strip` leading folders of each entry are left off.
pub fn unpack(
    archive: &str,
    directory: &str,
    strip: u32,
    owner: Option<&str>,
    group: Option<&str>,
    context: &Context,
) -> Result<Effect, Fault> {
    let name = owner.or(context.acts_as.as_deref());
    let own_group = || name.and_then(account::find).map(|account| account.gid);
    let whose = place::Whose {
        user: name.map(account::uid).transpose()?,
        group: group.map(account::gid).transpose()?.or_else(own_group),
    };
    let root = place::Root::open(directory, &whose)?;
    let (mut count, mut size) = (0, 0_u64);
    source::each(archive, &mut |entry, reader| {
        context.proceed()?;
        let Some(path) = inside(&entry, strip)? else {
            return Ok(());
        };
        count += 1;
        size = size.saturating_add(entry.size);
        bounded(archive, count, size)?;
        match &entry.kind {
            Kind::Directory => root.directory(&path, entry.mode),
            Kind::File => root.file(&path, entry.mode, reader),
            Kind::Link(target) => root.link(&path, target),
            Kind::HardLink(target) => match stripped(target, strip) {
                Some(target) => root.hard_link(&path, &target),
                None => Err(refused(archive, target)),
            },
        }
    })?;
    root.finish()?;
    Ok(Effect {
        output: json!({ "entries": count }),
    })
}

/// The entry's path below the folder; None where nothing is left of it. A path that would lead out is refused.
fn inside(entry: &Entry, strip: u32) -> Result<Option<PathBuf>, Fault> {
    if entry.path.is_absolute() || !source::plain(&entry.path) {
        return Err(refused("the archive", &entry.path));
    }
    Ok(stripped(&entry.path, strip))
}

fn stripped(path: &std::path::Path, strip: u32) -> Option<PathBuf> {
    use std::path::Component;
    let mut left = strip;
    let kept: PathBuf = path
        .components()
        .filter(|component| matches!(component, Component::Normal(_)))
        .filter(|_| {
            let strips = left > 0;
            left = left.saturating_sub(1);
            !strips
        })
        .collect();
    (!kept.as_os_str().is_empty()).then_some(kept)
}

fn refused(archive: &str, path: &std::path::Path) -> Fault {
    Fault::refused(
        archive,
        format!(
            "its entry {:?} leads out of the folder",
            path.display().to_string()
        ),
    )
}

fn bounded(archive: &str, count: usize, size: u64) -> Result<(), Fault> {
    if count > MOST || size > LARGEST {
        return Err(Fault::refused(
            archive,
            "it unpacks to more than a million entries or 64 GiB",
        ));
    }
    Ok(())
}

fn digest(reader: &mut dyn Read) -> std::io::Result<String> {
    let mut sum = Sha256::new();
    let mut buffer = vec![0; 64 << 10];
    loop {
        let read = reader.read(&mut buffer)?;
        if read == 0 {
            return Ok(format!("{:x}", sum.finalize()));
        }
        sum.update(&buffer[..read]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("play-{name}-{}", std::process::id()));
            drop(std::fs::remove_dir_all(&path));
            std::fs::create_dir_all(&path).expect("made");
            Self(path)
        }
        fn at(&self, name: &str) -> String {
            self.0.join(name).to_string_lossy().into_owned()
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            drop(std::fs::remove_dir_all(&self.0));
        }
    }

    /// Names are written as they are: what a hostile archive would hold.
    fn archive(path: &str, entries: &[(&str, tar::EntryType, &str)]) {
        let gzip = flate2::write::GzEncoder::new(
            std::fs::File::create(path).expect("made"),
            flate2::Compression::fast(),
        );
        let mut builder = tar::Builder::new(gzip);
        for (name, kind, text) in entries {
            let mut header = tar::Header::new_gnu();
            header.as_gnu_mut().expect("gnu").name[..name.len()].copy_from_slice(name.as_bytes());
            header.set_entry_type(*kind);
            header.set_mode(0o4755);
            let body = if kind.is_file() { text.as_bytes() } else { &[] };
            header.set_size(body.len() as u64);
            if !kind.is_file() && !text.is_empty() {
                header.set_link_name_literal(text).expect("target");
            }
            header.set_cksum();
            builder.append(&header, body).expect("written");
        }
        builder.into_inner().expect("tar").finish().expect("gzip");
    }

    #[test]
    fn entries_are_unpacked_as_they_are_listed() {
        use std::os::unix::fs::PermissionsExt;
        use tar::EntryType as T;
        let folder = Folder::new("unpack");
        let path = folder.at("a.tar.gz");
        archive(
            &path,
            &[
                ("top/", T::Directory, ""),
                ("top/bin/run", T::Regular, "hello"),
                ("top/same", T::Link, "./top/bin/run"),
                ("top/link", T::Symlink, "bin/run"),
            ],
        );
        let listed = entries(&path).expect("listed");
        assert_eq!(listed[1]["path"], "top/bin/run");
        assert_eq!(listed[1]["mode"], 0o755);
        assert_eq!(listed[2]["kind"], "hard");
        assert_eq!(listed[2]["target"], "top/bin/run");
        assert!(
            listed[1]["sha256"]
                .as_str()
                .expect("digest")
                .starts_with("2cf24dba")
        );
        let target = folder.at("out");
        unpack(&path, &target, 1, None, None, &Context::default()).expect("unpacked");
        let run = Path::new(&target).join("bin/run");
        assert_eq!(std::fs::read(&run).expect("read"), b"hello");
        assert_eq!(
            run.metadata().expect("there").permissions().mode() & 0o7777,
            0o755
        );
        assert_eq!(
            std::fs::read(folder.at("out/link")).expect("read"),
            b"hello"
        );
        assert_eq!(
            std::fs::read(folder.at("out/same")).expect("read"),
            b"hello"
        );
        unpack(&path, &target, 1, None, None, &Context::default()).expect("unpacked again");
    }

    #[test]
    fn nothing_leaves_the_folder() {
        use tar::EntryType as T;
        let folder = Folder::new("escape");
        let path = folder.at("a.tar.gz");
        let outside = folder.at("outside");
        std::fs::create_dir(&outside).expect("made");
        for entries in [
            vec![("../outside/x", T::Regular, "x")],
            vec![("/tmp/play-escape-x", T::Regular, "x")],
            vec![
                ("out", T::Symlink, outside.as_str()),
                ("out/x", T::Regular, "x"),
            ],
            vec![("up", T::Symlink, ".."), ("up/outside/x", T::Regular, "x")],
            vec![("hard", T::Link, "../../../etc/passwd")],
            vec![("device", T::Char, "")],
        ] {
            archive(&path, &entries);
            let target = folder.at("target");
            let fault = unpack(&path, &target, 0, None, None, &Context::default());
            assert!(fault.is_err(), "{:?}", entries[0].0);
            assert_eq!(std::fs::read_dir(&outside).expect("read").count(), 0);
            std::fs::remove_dir_all(&target).expect("removed");
        }
    }
}
