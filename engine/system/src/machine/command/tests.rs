//! Programs for real.
use super::*;
use std::time::Instant;

fn shell(line: &str) -> Command {
    Command {
        argv: vec!["/bin/sh".into(), "-c".into(), line.into()],
        ..Command::default()
    }
}

fn ran(command: &Command) -> Value {
    run(command, &Context::default()).expect("ran").output
}

#[test]
fn it_says_what_it_said_and_how_it_ended() {
    let mut command = shell("cat; echo $WORD; pwd; echo loud >&2; exit 3");
    command.stdin = Some("in\n".into());
    command.environment = vec![("WORD".into(), "out".into())];
    command.directory = Some("/".into());
    command.accepts = vec![0, 3];
    let output = ran(&command);
    assert_eq!(output["rc"], 3);
    assert_eq!(
        output["stdout_lines"],
        serde_json::json!(["in", "out", "/"])
    );
    assert_eq!(output["stderr"], "loud");
}

#[test]
fn an_exit_code_nobody_accepted_is_a_fault_with_its_output() {
    let fault = run(&shell("echo why >&2; exit 4"), &Context::default()).expect_err("a fault");
    let Fault::Program {
        words,
        output,
        status,
        ..
    } = fault
    else {
        panic!("{fault}")
    };
    assert_eq!((words.as_str(), status.as_str()), ("why", "exit code 4"));
    assert_eq!(
        (&output["rc"], &output["cmd"][0]),
        (&4.into(), &"/bin/sh".into())
    );
}

#[test]
fn a_script_is_run_and_gone() {
    let mut command = Command {
        script: Some("#!/bin/sh\necho \"$0\"\n".into()),
        ..Command::default()
    };
    let output = ran(&command);
    let path = output["stdout"].as_str().expect("its path");
    assert!(!std::path::Path::new(path).exists(), "{path}");
    command.argv = vec!["/bin/sh".into()];
    assert_ne!(ran(&command)["stdout"], path);
}

#[test]
fn time_is_up_for_the_whole_group_and_what_it_held_open() {
    let begun = Instant::now();
    let mut command = shell("sleep 60 & sleep 60");
    command.timeout = Some(1);
    let fault = run(&command, &Context::default()).expect_err("time is up");
    assert!(
        matches!(fault, Fault::Timeout { seconds: 1, .. }),
        "{fault}"
    );
    assert!(begun.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_program_left_in_the_background_does_not_swallow_what_was_said() {
    let output = ran(&shell("echo said; sleep 20 &"));
    assert_eq!(output["stdout"], "said");
}

#[test]
fn half_a_line_is_kept_although_something_holds_the_pipe_open() {
    let output = ran(&shell("printf half; sleep 20 &"));
    assert_eq!(output["stdout"], "half");
}

#[test]
fn a_flood_is_read_to_its_end_and_its_middle_left_out() {
    let output = ran(&shell(
        "echo first; head -c 300000000 /dev/zero | tr '\\0' x; echo; echo last",
    ));
    let said = output["stdout"].as_str().expect("text");
    assert!(said.starts_with("first\nxxx") && said.ends_with("xxx\nlast"));
    assert!(said.contains(" bytes are left out here …\n") && said.len() < 5 << 20);
}

#[test]
fn what_is_missing_is_named() {
    let mut command = shell("true");
    command.directory = Some("/no/such/directory".into());
    let fault = run(&command, &Context::default()).expect_err("missing");
    assert!(fault.to_string().contains("/no/such/directory"), "{fault}");
    let command = Command {
        argv: vec!["no-such-program".into()],
        ..Command::default()
    };
    let fault = run(&command, &Context::default()).expect_err("missing");
    assert!(matches!(fault, Fault::Unsupported { .. }), "{fault}");
    let context = Context {
        acts_as: Some("no-such-account".into()),
        ..Context::default()
    };
    let fault = run(&shell("true"), &context).expect_err("missing");
    assert!(matches!(fault, Fault::Missing { .. }), "{fault}");
}

#[test]
fn another_account_runs_it_with_its_own_groups_and_files() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let context = Context {
        acts_as: Some("nobody".into()),
        ..Context::default()
    };
    let output = run(&shell("id -un; echo $HOME $USER"), &context)
        .expect("ran")
        .output;
    let home = account::find("nobody").expect("nobody").home;
    assert_eq!(output["stdout"], format!("nobody\n{home} nobody"));
    let script = Command {
        script: Some("#!/bin/sh\nid -u\n".into()),
        ..Command::default()
    };
    let output = run(&script, &context).expect("ran").output;
    assert_eq!(output["stdout"], "65534");
    let missing = Command {
        argv: vec!["no-such-program".into()],
        ..Command::default()
    };
    let fault = run(&missing, &context).expect_err("missing");
    assert!(matches!(fault, Fault::Unsupported { .. }), "{fault}");
}
