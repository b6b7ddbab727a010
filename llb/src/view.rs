//! A graph, to be read by whoever built it.
//!
//! What a vertex says here is taken from the op that travels, so it cannot differ from what the daemon is told.

use std::collections::BTreeMap;

use buildkit_proto::pb;
use buildkit_proto::pb::file_action::Action;
use buildkit_proto::pb::op::Op;

use crate::metadata::CUSTOM_NAME;
use crate::{Definition, Digest, Location};

/// A vertex of a graph.
#[derive(Clone, Copy)]
pub struct View<'a> {
    definition: &'a Definition,
    digest: &'a Digest,
    op: &'a pb::Op,
}

/// What a vertex does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Work<'a> {
    /// Fetches something.
    Source {
        /// What, as a URL.
        identifier: &'a str,
        /// What of it and how.
        attributes: &'a BTreeMap<String, String>,
    },
    /// Runs a process.
    Process {
        /// Its command.
        argv: &'a [String],
        /// Its environment, `NAME=value`.
        env: &'a [String],
        /// The ids of its cache mounts.
        caches: Vec<&'a str>,
        /// The ids of the secrets that it is given, as files or variables.
        secrets: Vec<&'a str>,
        /// The ids of the SSH agents that it is given.
        agents: Vec<&'a str>,
    },
    /// Copies and writes files.
    Files {
        /// The files that are written, with what is in them.
        written: Vec<(&'a str, &'a [u8])>,
        /// What copies are restricted to.
        patterns: Vec<&'a str>,
    },
    /// Something else.
    Other,
}

impl Definition {
    /// The vertices as they can be read, inputs first.
    pub fn views(&self) -> impl Iterator<Item = View<'_>> {
        self.vertices().map(|(digest, op)| View { definition: self, digest, op })
    }
}

impl<'a> View<'a> {
    /// How daemon and clients call it.
    pub fn digest(&self) -> &'a str {
        self.digest.as_str()
    }

    /// The name that it is shown under.
    pub fn name(&self) -> Option<&'a str> {
        let metadata = self.definition.metadata(self.digest)?;
        metadata.description.get(CUSTOM_NAME).map(String::as_str)
    }

    /// Whether it is done even if its result is known.
    pub fn ignores_cache(&self) -> bool {
        self.definition.metadata(self.digest).is_some_and(|metadata| metadata.ignore_cache)
    }

    /// Lines that it came from.
    pub fn locations(&self) -> &'a [Location] {
        self.definition.locations(self.digest)
    }

    /// The digests of the vertices that it starts from.
    pub fn inputs(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.op.inputs.iter().map(|input| input.digest.as_str())
    }

    /// What it does.
    pub fn work(&self) -> Work<'a> {
        match &self.op.op {
            Some(Op::Source(source)) => {
                Work::Source { identifier: &source.identifier, attributes: &source.attrs }
            }
            Some(Op::Exec(exec)) => {
                let meta = exec.meta.as_ref();
                let caches = exec.mounts.iter().filter_map(|mount| mount.cache_opt.as_ref());
                let files = exec.mounts.iter().filter_map(|mount| mount.secret_opt.as_ref());
                let files = files.map(|secret| secret.id.as_str());
                let agents = exec.mounts.iter().filter_map(|mount| mount.ssh_opt.as_ref());
                Work::Process {
                    argv: meta.map_or(&[], |meta| &meta.args),
                    env: meta.map_or(&[], |meta| &meta.env),
                    caches: caches.map(|cache| cache.id.as_str()).collect(),
                    secrets: files.chain(exec.secretenv.iter().map(|secret| secret.id.as_str())).collect(),
                    agents: agents.map(|agent| agent.id.as_str()).collect(),
                }
            }
            Some(Op::File(file)) => {
                let (mut written, mut patterns) = (vec![], vec![]);
                for action in file.actions.iter().filter_map(|action| action.action.as_ref()) {
                    match action {
                        Action::Mkfile(mkfile) => {
                            written.push((mkfile.path.as_str(), mkfile.data.as_slice()));
                        }
                        Action::Copy(copy) => {
                            patterns.extend(copy.include_patterns.iter().map(String::as_str));
                        }
                        _ => {}
                    }
                }
                Work::Files { written, patterns }
            }
            _ => Work::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Work;
    use crate::{Definition, Exec, File, Image, Local, Metadata, Mkfile, Mount, SecretEnv, Sharing};

    #[test]
    fn a_graph_says_what_was_put_into_it() {
        let image = Image::new("registry.example/gcc:15").build();
        let sources = Local::new("context").include_patterns(["*.c"]).build();
        let list = File::scratch().mkfile(Mkfile::new("/list", b"a\n".as_slice())).build();
        let compile = Exec::new(["gcc", "-c", "a.c"])
            .env("LANG", "C")
            .mount(Mount::root(image))
            .mount(Mount::read_only(sources, "/src"))
            .mount(Mount::read_only(list, "/lists"))
            .mount(Mount::cache("/cache", "objects", Sharing::Shared))
            .mount(Mount::secret("/run/token", "token"))
            .secret_env(SecretEnv::new("PASSWORD", "password"))
            .mount(Mount::ssh("/run/agent", "default"))
            .mount(Mount::scratch("/out"))
            .metadata(Metadata::named("compile").ignore_cache())
            .build();
        let definition = Definition::of(&compile.output("/out").unwrap());
        let views: Vec<_> = definition.views().collect();
        let compile = views.last().unwrap();
        assert_eq!((compile.name(), compile.ignores_cache()), (Some("compile"), true));
        let Work::Process { argv, env, caches, secrets, agents } = compile.work() else {
            panic!("a process")
        };
        let variables = ["LANG=C".to_owned(), "SSH_AUTH_SOCK=/run/agent".to_owned()];
        assert_eq!((argv.len(), env, caches), (3, variables.as_slice(), vec!["objects"]));
        assert_eq!((secrets, agents), (vec!["token", "password"], vec!["default"]));
        let inputs: Vec<Work<'_>> = compile
            .inputs()
            .map(|digest| views.iter().find(|view| view.digest() == digest).unwrap().work())
            .collect();
        assert!(matches!(&inputs[0], Work::Source { identifier, .. } if identifier.ends_with("gcc:15")));
        let files = Work::Files { written: vec![("/list", b"a\n".as_slice())], patterns: vec![] };
        assert!(inputs.contains(&files));
    }
}
