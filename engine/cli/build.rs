//! Builds the agent as a static program for the hosts and packs it, so that one `play` is all there is to install.
#![expect(clippy::disallowed_methods, reason = "a build script builds")]

use sha2::{Digest, Sha256};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

fn main() {
    let root = Path::new(&env("CARGO_MANIFEST_DIR")).join("../..");
    for watched in [
        "engine/agent",
        "engine/core/src",
        "engine/system",
        "modules",
        "Cargo.toml",
        "Cargo.lock",
    ] {
        println!("cargo:rerun-if-changed={}", root.join(watched).display());
    }
    println!("cargo:rerun-if-env-changed=RUSTC_WORKSPACE_WRAPPER");
    // Under clippy nothing is run, so nothing need be packed.
    let program = if std::env::var_os("RUSTC_WORKSPACE_WRAPPER").is_some() {
        Vec::new()
    } else {
        build(&root)
    };
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packed.write_all(&program).expect("packs into memory");
    let packed = packed.finish().expect("packs into memory");
    std::fs::write(Path::new(&env("OUT_DIR")).join("agent.gz"), packed)
        .expect("writes into OUT_DIR");
    println!(
        "cargo:rustc-env=PLAY_AGENT_SHA256={:x}",
        Sha256::digest(&program)
    );
}

/// The agent's bytes. `--target` is needed for `crt-static`: without it procedural macros would be linked static, too.
fn build(root: &Path) -> Vec<u8> {
    let target = env("TARGET");
    let profile = if env("PROFILE") == "release" {
        "agent"
    } else {
        "agent-dev"
    };
    // OUT_DIR is <target>/<profile>/build/<crate>/out.
    let folder: PathBuf = Path::new(&env("OUT_DIR"))
        .ancestors()
        .nth(4)
        .expect("OUT_DIR lies in the target folder")
        .join("agent");
    let status = Command::new(env("CARGO"))
        .current_dir(root)
        .args([
            "build",
            "--quiet",
            "--package",
            "play-agent",
            "--profile",
            profile,
            "--target",
            &target,
            "--target-dir",
        ])
        .arg(&folder)
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env_remove("CARGO_MAKEFLAGS")
        .env("RUSTFLAGS", "-C target-feature=+crt-static")
        .status()
        .expect("cargo runs");
    assert!(status.success(), "the agent does not build");
    let program = folder.join(&target).join(profile).join("play-agent");
    std::fs::read(program).expect("cargo has built the agent")
}

fn env(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("cargo sets {name}"))
}
