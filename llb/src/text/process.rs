//! A process as text.

use std::fmt::{self, Formatter};

use buildkit_proto::pb;

use super::{Aliases, word};

pub(super) fn write(
    f: &mut Formatter<'_>,
    aliases: &Aliases<'_>,
    op: &pb::Op,
    exec: &pb::ExecOp,
) -> fmt::Result {
    let meta = exec.meta.clone().unwrap_or_default();
    let argv: Vec<String> = meta.args.iter().map(|arg| word(arg)).collect();
    writeln!(f, "  run {}", argv.join(" "))?;
    writeln!(f, "  cwd {}", meta.cwd)?;
    meta.env.iter().try_for_each(|entry| writeln!(f, "  env {}", word(entry)))?;
    for pb::SecretEnv { id, name, optional } in &exec.secretenv {
        writeln!(f, "  env {name} = secret {id}{}", if *optional { " optional" } else { "" })?;
    }
    match exec.network() {
        pb::NetMode::Unset => {}
        pb::NetMode::Host => writeln!(f, "  network host")?,
        pb::NetMode::None => writeln!(f, "  network none")?,
    }
    if exec.security() == pb::SecurityMode::Insecure {
        writeln!(f, "  security insecure")?;
    }
    container(f, &meta)?;
    exec.mounts.iter().try_for_each(|mount| writeln!(f, "  mount {}", self::mount(aliases, op, mount)))
}

/// What is seldom set.
fn container(f: &mut Formatter<'_>, meta: &pb::Meta) -> fmt::Result {
    let words = [("user", &meta.user), ("hostname", &meta.hostname), ("cgroup parent", &meta.cgroup_parent)];
    for (name, value) in words.into_iter().filter(|(_, value)| !value.is_empty()) {
        writeln!(f, "  {name} {value}")?;
    }
    for pb::HostIp { host, ip } in &meta.extra_hosts {
        writeln!(f, "  host {host} = {ip}")?;
    }
    for pb::Ulimit { name, soft, hard } in &meta.ulimit {
        writeln!(f, "  ulimit {name} = {soft}:{hard}")?;
    }
    if !meta.valid_exit_codes.is_empty() {
        writeln!(f, "  valid exit codes {:?}", meta.valid_exit_codes)?;
    }
    let Some(proxy) = &meta.proxy_env else {
        return Ok(());
    };
    let pb::ProxyEnv { http_proxy, https_proxy, ftp_proxy, no_proxy, all_proxy } = proxy;
    let settings = [
        ("http", http_proxy),
        ("https", https_proxy),
        ("ftp", ftp_proxy),
        ("no", no_proxy),
        ("all", all_proxy),
    ];
    let mut settings = settings.into_iter().filter(|(_, value)| !value.is_empty());
    settings.try_for_each(|(name, value)| writeln!(f, "  {name} proxy {value}"))
}

/// Destination, kind, where it comes from, and where it goes.
fn mount(aliases: &Aliases<'_>, op: &pb::Op, mount: &pb::Mount) -> String {
    let mut words = vec![mount.dest.clone()];
    let mut say = |text: String| words.push(text);
    match mount.mount_type() {
        pb::MountType::Bind if mount.readonly => say("ro".to_owned()),
        pb::MountType::Bind if mount.output < 0 => say("rw, discarded".to_owned()),
        pb::MountType::Bind => say("rw".to_owned()),
        pb::MountType::Cache => {
            let cache = mount.cache_opt.clone().unwrap_or_default();
            let sharing = match cache.sharing() {
                pb::CacheSharingOpt::Shared => "shared",
                pb::CacheSharingOpt::Private => "private",
                pb::CacheSharingOpt::Locked => "locked",
            };
            say(format!("{sharing} cache {}", cache.id));
        }
        pb::MountType::Tmpfs => match mount.tmpfs_opt.as_ref().map_or(0, |tmpfs| tmpfs.size) {
            0 => say("tmpfs".to_owned()),
            size => say(format!("tmpfs of {size} bytes")),
        },
        pb::MountType::Secret => {
            let file = mount.secret_opt.clone().unwrap_or_default();
            say(credential("secret", &file.id, file.mode, (file.uid, file.gid), file.optional));
        }
        pb::MountType::Ssh => {
            let file = mount.ssh_opt.clone().unwrap_or_default();
            say(credential("ssh agent", &file.id, file.mode, (file.uid, file.gid), file.optional));
        }
    }
    match mount.mount_type() {
        pb::MountType::Bind => say(format!("from {}", aliases.input(op, mount.input))),
        pb::MountType::Cache if mount.input >= 0 => {
            say(format!("seeded from {}", aliases.input(op, mount.input)));
        }
        _ => {}
    }
    if !mount.selector.is_empty() {
        say(format!("path {}", mount.selector));
    }
    match mount.content_cache() {
        pb::MountContentCache::Default => {}
        pb::MountContentCache::On => say("keyed by content".to_owned()),
        pb::MountContentCache::Off => say("keyed by definition".to_owned()),
    }
    if mount.mount_type() == pb::MountType::Bind && !mount.readonly && mount.output >= 0 {
        say(format!("as output {}", mount.output));
    }
    words.join(" ")
}

fn credential(kind: &str, id: &str, mode: u32, (uid, gid): (u32, u32), optional: bool) -> String {
    let owner = if (uid, gid) == (0, 0) { String::new() } else { format!(" owner {uid}:{gid}") };
    format!("{kind} {id} mode {mode:04o}{owner}{}", if optional { " optional" } else { "" })
}
