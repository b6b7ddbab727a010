//! Processes.
//!
//! Mounts travel sorted by destination, and outputs are numbered in that order (`client/llb/exec.go`), so the order
//! in which mounts are given never shows.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::Arc;

use buildkit_proto::pb;

use crate::mount::Kind;
use crate::vertex::{Inputs, Vertex};
use crate::{Metadata, Mount, Output, Platform, caps};

/// A process being described. It needs a root mount to run.
#[derive(Clone, Debug, Default)]
pub struct Exec {
    meta: pb::Meta,
    env: Vec<(String, String)>,
    network: Network,
    secret_env: Vec<SecretEnv>,
    mounts: Vec<Mount>,
    platform: Option<Platform>,
    metadata: Metadata,
    caps: Vec<&'static str>,
}

/// A process of the graph.
#[derive(Clone)]
pub struct ExecVertex {
    vertex: Arc<Vertex>,
    outputs: BTreeMap<String, i64>,
}

/// The network a process sees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Network {
    /// One of its own, with a way out.
    #[default]
    Sandbox,
    /// That of the daemon's host, which the client must allow.
    Host,
    /// Only itself.
    None,
}

/// Proxy settings. They are in the environment of the process and not in the cache key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProxyEnv {
    /// `HTTP_PROXY`
    pub http_proxy: String,
    /// `HTTPS_PROXY`
    pub https_proxy: String,
    /// `FTP_PROXY`
    pub ftp_proxy: String,
    /// `NO_PROXY`
    pub no_proxy: String,
    /// `ALL_PROXY`
    pub all_proxy: String,
}

/// A secret of the client as an environment variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretEnv {
    name: String,
    id: String,
    optional: bool,
}

impl SecretEnv {
    /// The variable `name` with the secret `id`.
    pub fn new(name: impl Into<String>, id: impl Into<String>) -> Self {
        Self { name: name.into(), id: id.into(), optional: false }
    }

    /// Go on without the variable if the client has no such secret.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.optional = true;
        self
    }
}

impl Exec {
    /// The program and its arguments; no shell is involved.
    pub fn new(argv: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let mut exec = Self::default();
        exec.meta.args = argv.into_iter().map(Into::into).collect();
        exec.meta.cwd.push('/');
        exec.meta.remove_mount_stubs_recursive = true;
        exec
    }

    /// The platform the process runs on; without it the daemon takes its own.
    #[must_use]
    pub fn platform(mut self, platform: &Platform) -> Self {
        self.platform = Some(platform.clone());
        self
    }

    /// The working directory, absolute; `/` unless told.
    #[must_use]
    pub fn cwd(mut self, path: impl Into<String>) -> Self {
        self.meta.cwd = path.into();
        self
    }

    /// One variable of the environment. The order stays; a name given again moves to the end, as in Go's client.
    /// Without a `PATH` the daemon sets its default.
    #[must_use]
    pub fn env(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let name = name.into();
        self.env.retain(|(known, _)| *known != name);
        self.env.push((name, value.into()));
        self
    }

    /// `uid`, `uid:gid`, or names from the root file system; root unless told.
    #[must_use]
    pub fn user(mut self, user: impl Into<String>) -> Self {
        self.meta.user = user.into();
        self
    }

    /// The network it sees.
    #[must_use]
    pub fn network(mut self, network: Network) -> Self {
        self.network = network;
        self
    }

    /// A line of the hosts file.
    #[must_use]
    pub fn extra_host(mut self, host: impl Into<String>, ip: impl Display) -> Self {
        self.meta.extra_hosts.push(pb::HostIp { host: host.into(), ip: ip.to_string() });
        self
    }

    /// The name of the container.
    #[must_use]
    pub fn hostname(mut self, name: impl Into<String>) -> Self {
        self.meta.hostname = name.into();
        self
    }

    /// A resource limit, `nofile` or such.
    #[must_use]
    pub fn ulimit(mut self, name: impl Into<String>, soft: i64, hard: i64) -> Self {
        self.meta.ulimit.push(pb::Ulimit { name: name.into(), soft, hard });
        self.caps.push(caps::EXEC_META_ULIMIT);
        self
    }

    /// The control group the container goes under.
    #[must_use]
    pub fn cgroup_parent(mut self, parent: impl Into<String>) -> Self {
        self.meta.cgroup_parent = parent.into();
        self.caps.push(caps::EXEC_META_CGROUP_PARENT);
        self
    }

    /// Exit codes that are no failure, instead of 0 alone.
    #[must_use]
    pub fn valid_exit_codes(mut self, codes: impl IntoIterator<Item = i32>) -> Self {
        self.meta.valid_exit_codes = codes.into_iter().collect();
        self.caps.push(caps::EXEC_VALID_EXIT_CODE);
        self
    }

    /// Proxy settings.
    #[must_use]
    pub fn proxy_env(mut self, proxy: ProxyEnv) -> Self {
        let ProxyEnv { http_proxy, https_proxy, ftp_proxy, no_proxy, all_proxy } = proxy;
        self.meta.proxy_env = Some(pb::ProxyEnv { http_proxy, https_proxy, ftp_proxy, no_proxy, all_proxy });
        self.caps.push(caps::EXEC_META_PROXY);
        self
    }

    /// A secret as an environment variable; may be called for each of several.
    #[must_use]
    pub fn secret_env(mut self, secret: SecretEnv) -> Self {
        self.secret_env.push(secret);
        self
    }

    /// A mount; may be called for each of several.
    #[must_use]
    pub fn mount(mut self, mount: Mount) -> Self {
        self.mounts.push(mount);
        self
    }

    /// What is said about it.
    #[must_use]
    pub fn metadata(mut self, metadata: Metadata) -> Self {
        self.metadata = metadata;
        self
    }

    /// The process, whose outputs are its writable mounts.
    pub fn build(mut self) -> ExecVertex {
        // Secrets and agents keep the order they were given in, after all the others.
        self.mounts.sort_by(|a, b| match (a.rank(), b.rank()) {
            (0, 0) => a.dest.cmp(&b.dest),
            (a, b) => a.cmp(&b),
        });
        let caps = self.required();

        let mut inputs = Inputs::default();
        let mut outputs = BTreeMap::new();
        let mut next = 0;
        let mut mounts = Vec::new();
        for mount in &self.mounts {
            let input = mount.input.clone().map_or(-1, |output| inputs.index_of(output));
            let mut output = -1;
            if matches!(mount.kind, Kind::Writable) {
                output = next;
                next += 1;
                outputs.entry(mount.dest.clone()).or_insert(output);
            }
            mounts.push(mount.to_proto(input, output));
        }

        let agent = self.mounts.iter().find(|mount| matches!(mount.kind, Kind::Ssh(_)));
        if let Some(agent) = agent
            && !self.env.iter().any(|(name, _)| name == "SSH_AUTH_SOCK")
        {
            self.env.push(("SSH_AUTH_SOCK".to_owned(), agent.dest.clone()));
        }
        self.meta.env = self.env.into_iter().map(|(name, value)| format!("{name}={value}")).collect();

        let network = match self.network {
            Network::Sandbox => pb::NetMode::Unset,
            Network::Host => pb::NetMode::Host,
            Network::None => pb::NetMode::None,
        };
        let secretenv = self.secret_env.into_iter().map(|SecretEnv { name, id, optional }| pb::SecretEnv {
            id,
            name,
            optional,
        });
        let kind = pb::op::Op::Exec(pb::ExecOp {
            meta: Some(self.meta),
            mounts,
            network: network.into(),
            secretenv: secretenv.collect(),
            ..pb::ExecOp::default()
        });
        let vertex = Vertex::build(kind, self.platform.as_ref(), inputs, self.metadata, caps);
        ExecVertex { vertex, outputs }
    }

    fn required(&self) -> Vec<&'static str> {
        let mut needed = vec![caps::EXEC_META_BASE, caps::EXEC_META_SETS_DEFAULT_PATH];
        needed.extend(&self.caps);
        needed.extend(self.mounts.iter().flat_map(Mount::caps));
        if self.network != Network::Sandbox {
            needed.push(caps::EXEC_META_NETWORK);
        }
        if !self.secret_env.is_empty() {
            // Both, as Go's client has it: a secret variable counts as a secret mount too.
            needed.extend([caps::EXEC_MOUNT_SECRET, caps::EXEC_SECRET_ENV]);
        }
        if self.metadata.proto.linux_resources.is_some() {
            needed.push(caps::EXEC_META_LINUX_RESOURCES);
        }
        needed
    }
}

impl ExecVertex {
    /// What the process makes of the mount at `dest`; none if that mount is no output, or if there is none.
    pub fn output(&self, dest: &str) -> Option<Output> {
        let index = self.outputs.get(dest)?;
        Some(Output::new(Arc::clone(&self.vertex), *index))
    }

    /// The vertex, as progress, warnings and errors name it.
    pub fn digest(&self) -> &crate::Digest {
        &self.vertex.digest
    }
}
