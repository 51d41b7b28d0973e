//! Files for real, in a folder of their own.
use super::*;
use crate::Blobs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::PathBuf;
use std::sync::Arc;

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_string_lossy().into_owned()
    }

    fn names(&self) -> Vec<String> {
        list(&self.0.path().to_string_lossy()).expect("listed")
    }
}

fn ours(mut file: File) -> State {
    use crate::machine::account::database::{group_name, user_name};
    file.owner = user_name(rustix::process::geteuid().as_raw());
    file.group = group_name(rustix::process::getegid().as_raw());
    State::File(file)
}

/// Puts, and sees that the path is then exactly as asked and that nothing else was left beside it.
fn settles(path: &str, after: &State) {
    let before = look(path).expect("looked");
    put(path, &before, after).unwrap_or_else(|fault| panic!("{path}: {fault}"));
    assert_eq!(&look(path).expect("looked"), after);
    let folder = Path::new(path).parent().expect("a folder");
    let left = list(&folder.to_string_lossy()).expect("listed");
    assert!(!left.iter().any(|name| name.starts_with('.')), "{left:?}");
}

#[test]
fn every_kind_is_made_from_every_other() {
    let folder = Folder::new();
    let path = folder.path("it");
    let kinds = [
        State::Absent,
        ours(File::regular("one\n", 0o640)),
        ours(File::directory(0o2750)),
        ours(File::link("/nowhere")),
        ours(File::regular("two\n", 0o4755)),
        ours(File::regular("two\n", 0o600)),
        ours(File::link("elsewhere")),
    ];
    for first in &kinds {
        for second in &kinds {
            settles(&path, first);
            settles(&path, second);
        }
    }
    settles(&path, &State::Absent);
    assert!(folder.names().is_empty());
}

#[test]
fn a_mode_is_changed_without_writing_the_file_anew() {
    let folder = Folder::new();
    let path = folder.path("it");
    settles(&path, &ours(File::regular("text", 0o644)));
    let inode = std::fs::metadata(&path).expect("status").ino();
    settles(&path, &ours(File::regular("text", 0o600)));
    assert_eq!(std::fs::metadata(&path).expect("status").ino(), inode);
    settles(&path, &ours(File::regular("other", 0o600)));
    assert_ne!(std::fs::metadata(&path).expect("status").ino(), inode);
}

#[test]
fn a_tree_goes_and_what_its_links_lead_to_stays() {
    let folder = Folder::new();
    std::fs::create_dir_all(folder.path("tree/deep/deeper")).expect("made");
    std::fs::write(folder.path("tree/deep/file"), "x").expect("written");
    std::fs::create_dir(folder.path("outside")).expect("made");
    std::fs::write(folder.path("outside/kept"), "x").expect("written");
    std::os::unix::fs::symlink(folder.path("outside"), folder.path("tree/deep/way")).expect("link");
    settles(&folder.path("tree"), &State::Absent);
    assert!(Path::new(&folder.path("outside/kept")).exists());
}

#[test]
fn a_missing_folder_is_named_and_nothing_is_made() {
    let folder = Folder::new();
    let path = folder.path("no/such/file");
    assert_eq!(look(&path).ok(), Some(State::Absent));
    let fault = put(&path, &State::Absent, &ours(File::regular("x", 0o644))).expect_err("fault");
    assert!(matches!(fault, Fault::Missing { .. }), "{fault}");
    settles(&path, &State::Absent);
    assert!(folder.names().is_empty());
}

#[test]
fn a_directory_the_plan_did_not_see_is_kept() {
    let folder = Folder::new();
    let path = folder.path("it");
    std::fs::create_dir(&path).expect("made");
    let file = ours(File::regular("x", 0o644));
    let fault = put(&path, &State::Absent, &file).expect_err("refused");
    assert!(matches!(fault, Fault::Refused { .. }), "{fault}");
    assert_eq!(folder.names(), ["it"]);
}

#[test]
fn an_unknown_never_reaches_the_disk() {
    let folder = Folder::new();
    let path = folder.path("it");
    let text = format!("key = {}", unknown::mark("wg genkey"));
    let file = ours(File::regular(text, 0o644));
    let fault = put(&path, &State::Absent, &file).expect_err("a bug");
    assert!(matches!(fault, Fault::Bug { .. }), "{fault}");
    assert!(folder.names().is_empty());
}

#[test]
fn a_missing_owner_is_told_before_anything_is_written() {
    let folder = Folder::new();
    let mut file = File::regular("x", 0o644);
    file.owner = "no-such-account".into();
    let fault = put(&folder.path("it"), &State::Absent, &State::File(file)).expect_err("missing");
    assert!(fault.to_string().contains("no-such-account"), "{fault}");
    assert!(folder.names().is_empty());
}

#[test]
fn a_planted_link_leads_nowhere() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let folder = Folder::new();
    std::fs::create_dir(folder.path("secret")).expect("made");
    let link = folder.path("way");
    std::os::unix::fs::symlink(folder.path("secret"), &link).expect("link");
    std::os::unix::fs::lchown(&link, Some(65534), Some(65534)).expect("given away");
    let path = folder.path("way/file");
    let file = ours(File::regular("x", 0o644));
    let fault = put(&path, &State::Absent, &file).expect_err("refused");
    assert!(matches!(fault, Fault::Refused { .. }), "{fault}");
    std::os::unix::fs::chown(folder.path("secret"), Some(65534), None).expect("given away");
    put(&path, &State::Absent, &file).expect("its own folder");
}

struct One(PathBuf);

impl Blobs for One {
    fn fetch(&self, _: &str) -> Result<PathBuf, Fault> {
        Ok(self.0.clone())
    }
}

#[test]
fn large_content_is_copied_and_its_digest_is_checked() {
    let folder = Folder::new();
    let bytes = vec![7_u8; 3 << 20];
    let blob = folder.path("blob");
    std::fs::write(&blob, &bytes).expect("written");
    let (size, sha256) = look::digest(&mut bytes.as_slice()).expect("digest");
    let kind = FileKind::Regular(Content::Large {
        size,
        sha256: sha256.clone(),
    });
    let mut file = File::regular("", 0o640);
    file.kind = kind;
    let after = ours(file);
    let context = Context {
        blobs: Arc::new(One(blob.clone().into())),
        ..Context::default()
    };
    let path = folder.path("it");
    let change = Change::put(Resource::File(path.clone()), State::Absent, after.clone());
    put_blob(&change, &sha256, &context).expect("put");
    assert_eq!(look(&path).ok(), Some(after));
    std::fs::remove_file(&path).expect("removed");
    std::fs::write(&blob, "something else").expect("written");
    let fault = put_blob(&change, &sha256, &context).expect_err("not the content");
    assert!(fault.to_string().contains("SHA-256"), "{fault}");
    assert_eq!(folder.names(), ["blob"]);
}

#[test]
fn a_pipe_is_named_and_not_read() {
    let folder = Folder::new();
    let path = folder.path("pipe");
    let kind = rustix::fs::FileType::Fifo;
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    rustix::fs::mknodat(rustix::fs::CWD, path.as_str(), kind, mode, 0).expect("made");
    let Ok(State::File(file)) = look(&path) else {
        panic!("a file")
    };
    assert_eq!(file.kind, FileKind::Other("pipe".into()));
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o622)).expect("mode");
    settles(&path, &State::Absent);
}

/// acl(5) as the kernel stores it: version 2, then tag, permissions and number of each entry.
fn access_list() -> Vec<u8> {
    let none = u32::MAX;
    let entries: [(u16, u16, u32); 5] = [
        (1, 6, none),
        (2, 6, 65534),
        (4, 4, none),
        (16, 6, none),
        (32, 0, none),
    ];
    let mut bytes = 2_u32.to_le_bytes().to_vec();
    for (tag, permissions, number) in entries {
        bytes.extend(tag.to_le_bytes());
        bytes.extend(permissions.to_le_bytes());
        bytes.extend(number.to_le_bytes());
    }
    bytes
}

#[test]
fn new_content_keeps_the_access_list() {
    let folder = Folder::new();
    let path = folder.path("shared");
    std::fs::write(&path, "old\n").expect("written");
    let name = "system.posix_acl_access";
    let flags = rustix::fs::XattrFlags::empty();
    rustix::fs::setxattr(&path, name, &access_list(), flags).expect("access lists are supported");
    let State::File(file) = look(&path).expect("looked") else {
        panic!("a file is there");
    };
    assert_eq!(file.mode, 0o660, "the middle digit is the mask");
    let kind = FileKind::Regular(Content::from("new\n"));
    settles(&path, &State::File(File { kind, ..file }));
    let mut kept = [0_u8; 256];
    let length = rustix::fs::getxattr(&path, name, &mut kept[..]).expect("it is kept");
    assert_eq!(&kept[..length], access_list());
}
