//! What daemons can do, as `Ping` says it; graphs that ask for more are refused (`solver/llbsolver/vertex.go`).
//!
//! The lists are those of BuildKit 0.8.3 and 0.32.2, without what is for exporters and clients.

use buildkit_proto::caps::ApiCap;

/// How old a daemon is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Generation {
    /// BuildKit 0.32.
    Current,
    /// BuildKit 0.8, which is in Docker 20.10.
    Old,
    /// It says nothing about what it can do, and refuses nothing.
    Silent,
}

/// `solver/pb/caps.go` of 0.8.
const LLB_OLD: [&str; 42] = [
    "constraints",
    "exec.cgroup",
    "exec.meta.base",
    "exec.meta.network",
    "exec.meta.proxyenv",
    "exec.meta.security",
    "exec.meta.security.devices.v1",
    "exec.meta.setsdefaultpath",
    "exec.mount.bind",
    "exec.mount.bind.readwrite-nooutput",
    "exec.mount.cache",
    "exec.mount.cache.sharing",
    "exec.mount.secret",
    "exec.mount.selector",
    "exec.mount.ssh",
    "exec.mount.tmpfs",
    "file.base",
    "file.rm.wildcard",
    "meta.description",
    "meta.exportcache",
    "meta.ignorecache",
    "platform",
    "source.buildop.llbfilename",
    "source.git",
    "source.git.fullurl",
    "source.git.httpauth",
    "source.git.keepgitdir",
    "source.git.knownsshhosts",
    "source.git.mountsshsock",
    "source.http",
    "source.http.checksum",
    "source.http.perm",
    "soruce.http.uidgid",
    "source.image",
    "source.image.resolvemode",
    "source.local",
    "source.local.excludepatterns",
    "source.local.followpaths",
    "source.local.includepatterns",
    "source.local.sessionid",
    "source.local.sharedkeyhint",
    "source.local.unique",
];

/// What came to it until 0.32.
const LLB_NEW: [&str; 25] = [
    "diffop",
    "exec.meta.cgroup.parent",
    "exec.meta.linux.resources",
    "exec.meta.removemountstubs.recursive",
    "exec.meta.ulimit",
    "exec.mount.cache.content",
    "exec.mount.tmpfs.size",
    "exec.secretenv",
    "exec.validexitcode",
    "file.copy.alwaysreplaceexistingdestpaths",
    "file.copy.includeexcludepatterns",
    "file.copy.modestring",
    "file.copy.requiredpaths",
    "file.symlink.create",
    "mergeop",
    "source.git.checksum",
    "source.git.fetchbycommit",
    "source.git.mtime",
    "source.git.skipsubmodules",
    "source.git.subdir",
    "source.image.checksum",
    "source.image.layerlimit",
    "source.local.differ",
    "source.local.metadatatransfer",
    "source.ocilayout",
];

/// `frontend/gateway/pb/caps.go` of 0.8.
const FRONTEND_OLD: [&str; 17] = [
    "frontend.caps",
    "frontend.inputs",
    "gateway.exec",
    "gateway.solve.evaluate",
    "gateway.solve.metadata",
    "importcaches",
    "proto.refarray",
    "readdir",
    "readfile",
    "reference.output",
    "resolveimage",
    "resolveimage.resolvemode",
    "return",
    "returnmap",
    "solve.base",
    "solve.inlinereturn",
    "statfile",
];

/// What came to it until 0.32.
const FRONTEND_NEW: [&str; 4] =
    ["gateway.evaluate", "gateway.warnings", "reference.attestations", "source.metaresolver"];

impl Generation {
    /// What graphs may use; nothing said means everything.
    pub(super) fn of_graphs(self) -> Vec<ApiCap> {
        match self {
            Generation::Current => caps(&[&LLB_OLD, &LLB_NEW]),
            Generation::Old => caps(&[&LLB_OLD]),
            Generation::Silent => Vec::new(),
        }
    }

    /// What frontends may call.
    pub(super) fn of_calls(self) -> Vec<ApiCap> {
        match self {
            Generation::Current => caps(&[&FRONTEND_OLD, &FRONTEND_NEW]),
            Generation::Old => caps(&[&FRONTEND_OLD]),
            Generation::Silent => Vec::new(),
        }
    }

    /// The words in which it refuses a graph that uses something else.
    pub(super) fn refuses(self, cap: &str) -> Option<String> {
        let known = self == Generation::Silent || self.of_graphs().iter().any(|known| known.id == cap);
        (!known).then(|| {
            format!(
                "requested experimental feature {cap}  is not supported by build server, please update buildkit"
            )
        })
    }
}

fn caps(lists: &[&[&str]]) -> Vec<ApiCap> {
    let cap = |id: &&str| ApiCap { id: (*id).to_owned(), enabled: true, ..ApiCap::default() };
    lists.iter().copied().flatten().map(cap).collect()
}
