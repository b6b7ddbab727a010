//! The graphs of the golden files, built in Rust.
//!
//! Each function says the same as the one of the same name in `golden/generate/main.go`; the two are read side by
//! side. Where Go's client takes options in an order that does not travel, the order here differs on purpose.

use std::sync::Arc;

use buildkit_llb::{
    ContentCache, Copy, Definition, Differ, Digest, Exec, ExportCache, File, Git, Http, Image, LineRange,
    Local, Location, Merge, Metadata, Mkdir, Mkfile, Mount, Network, OciLayout, Output, Platform,
    ProgressGroup, ProxyEnv, ResolveMode, Rm, SecretEnv, Sharing, SourceFile, Symlink,
};
use buildkit_proto::pb;

const TOOLCHAIN: &str =
    "registry.example/toolchain:1@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const SESSION: &str = "6dnvx4ukfkkb6gv1kt1jsvrg2";

/// A name and what builds the graph.
pub(crate) type Graph = (&'static str, fn() -> Output);

/// Every graph.
pub(crate) const ALL: &[Graph] = &[
    ("build_file", build_file),
    ("exec_binds", exec_binds),
    ("exec_caches", exec_caches),
    ("exec_environment", exec_environment),
    ("exec_outputs", exec_outputs),
    ("exec_secrets", exec_secrets),
    ("file_chain", file_chain),
    ("file_copy", file_copy),
    ("file_nested", file_nested),
    ("file_on_image", file_on_image),
    ("git_https", git_https),
    ("git_options", git_options),
    ("git_ssh", git_ssh),
    ("http", http),
    ("image", image),
    ("local_filters", local_filters),
    ("local_metadata", local_metadata),
    ("merge", merge),
    ("metadata", metadata),
    ("metadata_merged", metadata_merged),
    ("oci_layout", oci_layout),
    ("shared_in_diamond", shared_in_diamond),
    ("source_locations", source_locations),
];

/// The graph with this name.
pub(crate) fn named(name: &str) -> Output {
    let graph = ALL.iter().find(|(known, _)| *known == name);
    graph.expect("a graph").1()
}

fn amd64() -> Platform {
    Platform::new("linux", "amd64", "")
}

fn armv7() -> Platform {
    Platform::new("linux", "arm", "v7")
}

fn base() -> Output {
    Image::new(TOOLCHAIN).platform(&amd64()).metadata(Metadata::named("toolchain")).build()
}

fn local(name: &str) -> Output {
    Local::new(name).shared_key_hint(name).session(SESSION).build()
}

fn exec(argv: &[&str]) -> Exec {
    Exec::new(argv.iter().copied()).platform(&amd64())
}

/// A writable root, which is what a process of Go's client has unless told.
fn on_base(argv: &[&str]) -> Exec {
    exec(argv).mount(Mount::root_writable(base()))
}

fn root(exec: Exec) -> Output {
    output(exec, "/")
}

fn output(exec: Exec, dest: &str) -> Output {
    exec.build().output(dest).expect("a writable mount")
}

fn build_file() -> Output {
    Local::new("dockerfile")
        .session(SESSION)
        .follow_paths(["gobuild.yaml", "gobuild.yaml.dockerignore"])
        .shared_key_hint("dockerfile")
        .differ(Differ::None)
        .metadata(Metadata::named("[internal] load build definition from gobuild.yaml"))
        .build()
}

fn local_filters() -> Output {
    Local::new("context")
        .follow_paths(["go.mod", "cmd"])
        .exclude_patterns(["vendor", "!vendor/modules.txt", "é\u{2028}\"\\"])
        .include_patterns(["**/*.go", "a b", "<&>"])
        .session(SESSION)
        .differ(Differ::Metadata)
        .shared_key_hint("context")
        .metadata(Metadata::named("[internal] load build context"))
        .build()
}

fn local_metadata() -> Output {
    Local::new("context")
        .session(SESSION)
        .shared_key_hint("context-metadata")
        .metadata_transfer(["go.mod", "**/go.mod"])
        .build()
}

fn image() -> Output {
    Image::new("registry.example/base:1")
        .resolve_mode(ResolveMode::Pull)
        .platform(&armv7())
        .metadata(Metadata::named("base"))
        .build()
}

fn oci_layout() -> Output {
    OciLayout::new("layout@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        .store(SESSION, "layout")
        .platform(&amd64())
        .build()
}

fn git_https() -> Output {
    Git::new("https://user@git.example:8443/group/project.git").build()
}

fn git_options() -> Output {
    Git::new("git.example/group/project.git")
        .subdir("sub/dir")
        .reference("v1.2.3")
        .auth_header_secret("HEADER")
        .auth_token_secret("TOKEN")
        .fetch_by_commit()
        .mtime_commit()
        .skip_submodules()
        .checksum("0123456789012345678901234567890123456789")
        .keep_git_dir()
        .build()
}

fn git_ssh() -> Output {
    Git::new("git@git.example:group/project.git")
        .reference("main")
        .ssh_socket("deploy")
        .known_ssh_host("git.example ssh-ed25519 AAAA")
        .build()
}

fn http() -> Output {
    Http::new("https://files.example/archive.tar.gz")
        .mode(0o640)
        .filename("context")
        .checksum(&Digest::of("archive"))
        .metadata(Metadata::named("[internal] load remote build context"))
        .build()
}

fn exec_binds() -> Output {
    let src = local("context");
    let other = Image::new("registry.example/other:1").platform(&amd64()).build();
    let exec = exec(&["/bin/build", "-o", "/out/app", "with space", ""])
        .cwd("/src")
        .mount(Mount::read_only(src.clone(), "/unkeyed").content_cache(ContentCache::Off))
        .mount(Mount::read_only(other, "/keyed").content_cache(ContentCache::On))
        .mount(Mount::scratch("/out"))
        .mount(Mount::discard(src.clone(), "/scratchpad"))
        .mount(Mount::writable(src.clone(), "/copy"))
        .mount(Mount::root(base()))
        .mount(Mount::read_only(src, "/src").selector("/sub"));
    output(exec, "/out")
}

fn exec_caches() -> Output {
    let seed = File::scratch()
        .mkdir(Mkdir::new("/cache").mode(0o700).owner(65532, 65532))
        .metadata(Metadata::named("[internal] setting cache mount permissions"))
        .build();
    let exec = exec(&["true"])
        .mount(Mount::root(base()))
        .mount(Mount::scratch("/out"))
        .mount(Mount::tmpfs("/dev/shm").size(64 << 20))
        .mount(Mount::tmpfs("/tmp"))
        .mount(Mount::cache("/private", "private", Sharing::Private).input(seed).selector("/cache"))
        .mount(Mount::cache("/go/pkg/mod", "//go/pkg/mod", Sharing::Locked))
        .mount(Mount::cache("/root/.cache/go-build", "//root/.cache/go-build", Sharing::Shared));
    output(exec, "/out")
}

fn exec_secrets() -> Output {
    let exec = exec(&["true"])
        .env("B", "2")
        .mount(Mount::ssh("/run/agent", "default"))
        .mount(Mount::ssh("/run/agent2", "other").uid(1).gid(2).mode(0o666).optional())
        .mount(Mount::secret("/run/secrets/netrc", "netrc").uid(1000).gid(1001).mode(0o440).optional())
        .mount(Mount::secret("/root/.netrc", "z"))
        .secret_env(SecretEnv::new("TOKEN", "token"))
        .secret_env(SecretEnv::new("KEY", "key").optional())
        .mount(Mount::root_writable(base()));
    root(exec)
}

fn exec_environment() -> Output {
    let proxy = ProxyEnv {
        http_proxy: "http://p:1".to_owned(),
        https_proxy: "http://p:2".to_owned(),
        ftp_proxy: "f".to_owned(),
        no_proxy: "n".to_owned(),
        all_proxy: "a".to_owned(),
    };
    let exec = on_base(&["/bin/sh", "-c", "echo $A"])
        .platform(&armv7())
        .proxy_env(proxy)
        .valid_exit_codes([0, 3])
        .cgroup_parent("/builds")
        .ulimit("nofile", 1024, 2048)
        .ulimit("nproc", -1, -1)
        .extra_host("one.example", "192.0.2.1")
        .extra_host("two.example", "2001:db8::1")
        .network(Network::None)
        .hostname("builder")
        .user("1000:1000")
        .env("Z", "last")
        .env("A", "first=1")
        .env("EMPTY", "")
        .env("Z", "moved")
        .cwd("/work");
    root(exec)
}

fn exec_outputs() -> Output {
    let run = on_base(&["true"])
        .network(Network::Host)
        .mount(Mount::scratch("/z"))
        .mount(Mount::scratch("/a"))
        .build();
    let output = |dest| run.output(dest).expect("a writable mount");
    File::scratch()
        .copy(Copy::new(output("/z"), "/x", "/z"))
        .copy(Copy::new(output("/a"), "/x", "/a"))
        .copy(Copy::new(output("/"), "/etc/os-release", "/"))
        .build()
}

fn file_chain() -> Output {
    let made = 1_700_000_000_000_000_005;
    File::scratch()
        .mkdir(Mkdir::new("etc/app").make_parents().owner(0, 0).timestamp(made))
        .mkdir(Mkdir::new("/tmp").mode(0o1777))
        .mkfile(Mkfile::new("/etc/passwd", "root:x:0:0::/:/sbin/nologin\n").timestamp(made))
        .mkfile(Mkfile::new("/etc/empty", "").mode(0o600).owner(65532, 65532))
        .symlink(Symlink::new("../usr/lib/os-release", "/etc/os-release").owner(1, 2).timestamp(made))
        .symlink(Symlink::new("a", "b"))
        .rm(Rm::new("/etc/app/old*").allow_not_found().allow_wildcard())
        .rm(Rm::new("gone"))
        .metadata(Metadata::named("make"))
        .build()
}

fn file_copy() -> Output {
    let (src, other) = (local("context"), local("other"));
    let sources = Copy::new(src.clone(), "/", "/")
        .contents_only()
        .include_patterns(["**/*.go", "go.mod"])
        .exclude_patterns(["**/testdata"])
        .mode(0o644);
    let programs = Copy::new(other.clone(), "./bin/*", "/usr/bin/")
        .allow_wildcard()
        .allow_empty_wildcard()
        .create_dest_path()
        .follow_symlinks()
        .owner(65532, 65532)
        .timestamp(0);
    File::scratch()
        .copy(sources)
        .copy(programs)
        .copy(Copy::new(src, "archive.tar", "/unpacked/.").unpack())
        .copy(Copy::new(other, "x", "y"))
        .build()
}

fn file_nested() -> Output {
    let deepest = File::scratch().mkdir(Mkdir::new("/made").mode(0o700));
    let inner = File::scratch()
        .mkdir(Mkdir::new("/app").timestamp(0))
        .copy(Copy::new(local("binaries"), "/server", "/app/server").timestamp(0))
        .copy(Copy::new(deepest, "/made", "/app/made"));
    let nested = Copy::new(inner, "/", "/srv").contents_only().timestamp(0);
    File::on(base()).mkdir(Mkdir::new("/srv")).copy(nested).build()
}

fn file_on_image() -> Output {
    File::on(base())
        .mkdir(Mkdir::new("/app"))
        .copy(Copy::new(local("context"), "/app", "/app/app"))
        .copy(Copy::new(base(), "/etc/hosts", "/hosts"))
        .build()
}

fn merge() -> Output {
    let layer = |name: &str| File::scratch().mkfile(Mkfile::new(name, name)).build();
    Merge::new([base(), layer("one"), layer("two"), layer("one")]).metadata(Metadata::named("stack")).build()
}

fn metadata() -> Output {
    let group = |weak| ProgressGroup { id: "group".to_owned(), name: "shown together".to_owned(), weak };
    let said = Metadata::default().progress_group(group(true)).description("com.example.key", "value");
    let src = Local::new("context").session(SESSION).metadata(said).build();
    let resources = pb::LinuxResources {
        memory: 1 << 30,
        memory_swap: 2 << 30,
        cpu_shares: 512,
        cpu_period: 100_000,
        cpu_quota: 50_000,
        cpuset_cpus: "0-1".to_owned(),
        cpuset_mems: "0".to_owned(),
    };
    let said = Metadata::named("run")
        .ignore_cache()
        .export_cache(ExportCache::Forbid)
        .progress_group(group(false))
        .linux_resources(resources);
    let run = root(on_base(&["true"]).mount(Mount::read_only(src, "/src")).metadata(said));
    let said = Metadata::default().export_cache(ExportCache::Force);
    File::on(run).mkdir(Mkdir::new("/x")).metadata(said).build()
}

fn metadata_merged() -> Output {
    let dir = |said| File::scratch().mkdir(Mkdir::new("/x")).metadata(said).build();
    let one = dir(Metadata::named("one").export_cache(ExportCache::Force));
    let two = dir(Metadata::named("two").ignore_cache());
    let exec = on_base(&["true"]).mount(Mount::read_only(two, "/two")).mount(Mount::read_only(one, "/one"));
    root(exec)
}

fn source_locations() -> Output {
    let yaml = Arc::new(SourceFile {
        filename: "gobuild.yaml".to_owned(),
        language: "YAML".to_owned(),
        data: b"a: 1\nb: 2\nc: 3\n".to_vec(),
        definition: Some(Definition::of(&build_file())),
    });
    let ignore = Arc::new(SourceFile {
        filename: "gobuild.yaml.dockerignore".to_owned(),
        language: "Ignore List".to_owned(),
        data: b"vendor\n".to_vec(),
        definition: None,
    });
    let at = |file: &Arc<SourceFile>, ranges| Location { file: Arc::clone(file), ranges };
    let said = Metadata::default().at(at(&ignore, vec![LineRange::line(1)]));
    let src = Local::new("context").session(SESSION).metadata(said).build();
    let said = Metadata::default()
        .at(at(&yaml, vec![LineRange::lines(2, 3)]))
        .at(at(&yaml, vec![LineRange::line(1), LineRange::line(3)]));
    root(on_base(&["true"]).mount(Mount::read_only(src, "/src")).metadata(said))
}

fn shared_in_diamond() -> Output {
    let shared = root(on_base(&["shared"]));
    let side = |name| {
        let exec = exec(&[name]).mount(Mount::scratch("/out")).mount(Mount::root_writable(shared.clone()));
        output(exec, "/out")
    };
    Merge::new([side("left"), side("right")]).build()
}
