//! What is said of what is wrong: words, place and way out.
use crate::memory::mistakes;

fn of(text: &str) -> Vec<String> {
    mistakes(&[("site.yml", text)])
}

/// The one mistake of a playbook whose only task this is.
fn of_task(task: &str) -> Vec<String> {
    of(&format!("- hosts: web\n  tasks:\n    - {}\n", task.replace('\n', "\n      ")))
}

#[test]
fn unknown_keys_with_the_nearest() {
    assert_eq!(of("- hosts: web\n  taks: []\n"), ["site.yml:2:3: unknown key `taks` in play (did you mean `tasks`?)"]);
    assert_eq!(
        of_task("command: ls\nwehn: true"),
        ["site.yml:4:7: unknown key `wehn` in task (did you mean `when`?)"]
    );
}

#[test]
fn one_mistake_hides_no_other() {
    let text = "- hosts: wbe\n  tasks:\n    - fil: {path: /x}\n    - command: ls\n      notfy: x\n    - name: nothing\n";
    assert_eq!(
        of(text),
        [
            "site.yml:1:10: no host or group `wbe` in the inventory (did you mean `web`?)",
            "site.yml:3:7: unknown module `fil` (did you mean `file`?)",
            "site.yml:5:7: unknown key `notfy` in task (did you mean `notify`?)",
            "site.yml:6:7: task has no module (a task names one module, such as `copy:` or `command:`)",
        ]
    );
}
