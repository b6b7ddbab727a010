//! Modules that not everybody may have: what a Dockerfile lets Go in with.
//!
//! Invariant: only the ids of secrets are carried over, no secret and no build arg that holds one.

use super::super::draft::{Draft, Value};
use super::builder::plain;
use super::stage::Stages;
use std::collections::BTreeSet;

/// Says which hosts are private and how they are reached.
pub(super) fn read(draft: &mut Draft, stages: &Stages, needed: &BTreeSet<usize>) {
    let runs: Vec<_> = needed.iter().flat_map(|index| &stages.all[*index].runs).collect();
    let mut hosts: BTreeSet<String> = BTreeSet::new();
    let mut line = None;
    for run in &runs {
        let said = ["GOPRIVATE", "GONOSUMDB", "GONOPROXY", "GONOSUMCHECK"];
        let assigned = run.commands.iter().flat_map(|command| &command.words);
        let assigned = assigned.filter_map(|word| word.split_once('='));
        let values = said.iter().filter_map(|name| run.env.get(*name).map(String::as_str));
        let values = values.chain(assigned.filter(|(name, _)| said.contains(name)).map(|(_, value)| value));
        for host in values.flat_map(|value| value.split(',')) {
            let host = host.trim().trim_start_matches("*.").trim_end_matches("/*").trim_end_matches('/');
            if !host.is_empty() && host.contains('.') {
                hosts.insert(host.to_owned());
                line.get_or_insert(run.line);
            }
        }
        for command in &run.commands {
            let words = plain(command);
            if let [git, config, ..] = words
                && (git.as_str(), config.as_str()) == ("git", "config")
            {
                if words.iter().any(|word| word.contains("insteadOf") && word.contains("${")) {
                    draft.note(
                        Some(run.line),
                        "a token in a build arg or in git's configuration is seen by whoever has the image's history: give it \
                         as a secret, `modules: {private: [{host: …, token: github_token}]}`",
                    );
                }
                let urls = words.iter().flat_map(|word| word.split("://").skip(1));
                for url in urls {
                    let host = url.rsplit('@').next().unwrap_or(url);
                    let host: String = host
                        .chars()
                        .take_while(|c| c.is_ascii_alphanumeric() || ".-_/".contains(*c))
                        .collect();
                    let host = host.trim_end_matches("/.insteadOf").trim_end_matches(".insteadOf");
                    let host = host.trim_end_matches('/');
                    let within = |known: &String| known.starts_with(&format!("{host}/"));
                    if host.contains('.') && !hosts.iter().any(within) {
                        hosts.insert(host.to_owned());
                        line.get_or_insert(run.line);
                    }
                }
            }
        }
    }
    if hosts.is_empty() {
        return;
    }
    let mounts: Vec<_> = runs.iter().flat_map(|run| &run.mounts).collect();
    let of_kind =
        |kind: &str| mounts.iter().find(|mount| mount.get("type").is_some_and(|known| known == kind));
    let way = match (of_kind("ssh"), of_kind("secret")) {
        (Some(agent), _) => {
            let id = agent.get("id").cloned().unwrap_or_else(|| "default".to_owned());
            Some(("ssh", id))
        }
        (None, Some(secret)) => {
            let target = secret.get("target").or_else(|| secret.get("dst")).map_or("", String::as_str);
            let id = secret.get("id").cloned();
            let id = id.unwrap_or_else(|| target.rsplit('/').next().unwrap_or_default().to_owned());
            let kind = if target.ends_with("netrc") || id.contains("netrc") { "netrc" } else { "token" };
            Some((kind, id))
        }
        (None, None) => None,
    };
    let entry = |host: &String| {
        // Of others somebody has to say which keys they have.
        let known = |host: &str| {
            ["bitbucket.org", "github.com", "gitlab.com"].iter().any(|known| host.starts_with(known))
        };
        let way = way.iter().filter(|(key, _)| *key != "ssh" || known(host));
        let host = ("host".to_owned(), Value::text(host));
        let way = way.map(|(key, id)| ((*key).to_owned(), Value::text(id)));
        Value::Map(std::iter::once(host).chain(way).collect())
    };
    draft.set(&["modules", "private"], Value::List(hosts.iter().map(entry).collect()));
    if way.as_ref().is_some_and(|(key, _)| *key == "ssh") {
        draft.note(line, "a host that is asked over SSH and is not GitHub, GitLab or Bitbucket needs `ssh` and `known-hosts`");
    }
    if way.is_none() {
        draft.note(line, "private hosts have no key here: `token`, `netrc` or `ssh` beside `host` names a secret of the client");
    }
}
