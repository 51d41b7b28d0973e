//! Where paths lead on one host, as far as tasks of the run say it: what is reached through a link is one with what lies where it leads.
use play_core::resource::Kind;
use play_core::touch::What;
use play_core::{Access, Resource, Touch, unknown};
use std::collections::BTreeSet;

/// Links every system has, or nobody misses an order by: the Filesystem Hierarchy Standard's `/var/run`, and a merged `/usr`.
const STANDING: [(&str, &str); 7] = [
    ("/bin", "/usr/bin"),
    ("/lib", "/usr/lib"),
    ("/lib32", "/usr/lib32"),
    ("/lib64", "/usr/lib64"),
    ("/sbin", "/usr/sbin"),
    ("/var/lock", "/run/lock"),
    ("/var/run", "/run"),
];

/// More than that, links lead in a circle: the kernel itself follows 40.
const FURTHEST: usize = 80;

/// The links known of a host: path and target. One that several tasks make leads to each of their targets.
#[derive(Clone, Debug)]
pub(crate) struct Links {
    known: BTreeSet<(String, String)>,
}

impl Default for Links {
    fn default() -> Self {
        let owned = |(path, target): (&str, &str)| (path.to_owned(), target.to_owned());
        Self {
            known: STANDING.into_iter().map(owned).collect(),
        }
    }
}

impl Links {
    /// Takes note of the links a step makes.
    pub(super) fn learn(&mut self, touches: &[Touch]) {
        for touch in touches {
            if let What::Link { path, target } = &touch.what {
                self.known.insert((path.clone(), target.clone()));
            }
        }
    }

    /// What a step touches, and what it touches through links. Where those lead ever further, it may be anything.
    pub(super) fn follow(&self, mut touches: Vec<Touch>) -> Vec<Touch> {
        let most = touches.len() + FURTHEST;
        let mut at = 0;
        while at < touches.len() {
            if touches.len() > most {
                touches.push(Touch::write_every(Kind::File));
                break;
            }
            let more: Vec<Touch> = self.beyond(&touches[at]).collect();
            for touch in more {
                if !touches.contains(&touch) {
                    touches.push(touch);
                }
            }
            at += 1;
        }
        touches
    }

    /// One step through each link a touched path is, or lies below. A link within its own target would lead on for ever.
    fn beyond<'a>(&'a self, touch: &'a Touch) -> impl Iterator<Item = Touch> + 'a {
        let access = touch.access;
        self.known.iter().filter_map(move |(link, target)| {
            let What::One(Resource::File(path)) = &touch.what else {
                return None;
            };
            let rest = path.strip_prefix(link.as_str())?;
            if !(rest.is_empty() || rest.starts_with('/')) || below(target, link) {
                return None;
            }
            Some(reached(access, target, rest))
        })
    }
}

fn below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The path behind a link; any at all, where nobody knows yet where it leads.
fn reached(access: Access, target: &str, rest: &str) -> Touch {
    let what = if unknown::reason(target).is_some() {
        What::Every(Kind::File)
    } else {
        What::One(Resource::File(format!(
            "{}{rest}",
            target.trim_end_matches('/')
        )))
    };
    Touch { access, what }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(links: &Links, path: &str) -> Vec<String> {
        let touches = links.follow(vec![Touch::read(Resource::File(path.into()))]);
        let shown = |touch: &Touch| match &touch.what {
            What::One(resource) => resource.name().to_owned(),
            other => format!("{other:?}"),
        };
        touches.iter().map(shown).collect()
    }

    fn linked(pairs: &[(&str, &str)]) -> Links {
        let mut links = Links::default();
        for (path, target) in pairs {
            links.learn(&[Touch::link((*path).into(), (*target).into())]);
        }
        links
    }

    #[test]
    fn links_are_followed_one_after_the_other() {
        let links = linked(&[("/a", "/b/c"), ("/b", "/d")]);
        assert_eq!(paths(&links, "/a/x"), ["/a/x", "/b/c/x", "/d/c/x"]);
        assert_eq!(paths(&links, "/ab"), ["/ab"]);
        assert_eq!(paths(&links, "/var/run/x"), ["/var/run/x", "/run/x"]);
    }

    #[test]
    fn links_in_a_circle_end() {
        let links = linked(&[("/a", "/b"), ("/b", "/a"), ("/c", "/c/d")]);
        assert_eq!(paths(&links, "/a"), ["/a", "/b"]);
        assert_eq!(paths(&links, "/c"), ["/c"]);
        let growing = linked(&[("/a", "/b/x"), ("/b", "/a")]);
        assert!(paths(&growing, "/a").len() < 100);
    }

    #[test]
    fn a_link_to_what_is_not_known_yet_leads_anywhere() {
        let links = linked(&[("/a", &unknown::mark("a fact"))]);
        assert_eq!(paths(&links, "/a/x"), ["/a/x", "Every(File)"]);
    }
}
