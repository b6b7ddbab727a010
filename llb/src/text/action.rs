//! Changes to a file system as text.

use std::fmt::{self, Formatter};

use buildkit_proto::pb;
use buildkit_proto::pb::file_action::Action;

use super::{Aliases, quoted, word};
use crate::vertex::number;

/// More data than this is only measured.
const SHOWN: usize = 4096;

pub(super) fn write(
    f: &mut Formatter<'_>,
    aliases: &Aliases<'_>,
    op: &pb::Op,
    file: &pb::FileOp,
) -> fmt::Result {
    for (index, action) in file.actions.iter().enumerate() {
        // A change to what the one before left need not say so.
        if index == 0 || action.input != number(op.inputs.len() + index) - 1 {
            writeln!(f, "  on {}", operand(aliases, op, action.input))?;
        }
        match &action.action {
            Some(Action::Copy(copy)) => {
                writeln!(f, "  copy {} {}", operand(aliases, op, action.secondary_input), self::copy(copy))?;
            }
            Some(Action::Mkfile(file)) => {
                let facts = facts(file.mode, file.owner.as_ref(), file.timestamp);
                writeln!(f, "  mkfile {}{facts} {}", word(&file.path), content(&file.data))?;
            }
            Some(Action::Mkdir(dir)) => {
                let facts = facts(dir.mode, dir.owner.as_ref(), dir.timestamp);
                let parents = if dir.make_parents { " with parents" } else { "" };
                writeln!(f, "  mkdir {}{facts}{parents}", word(&dir.path))?;
            }
            Some(Action::Symlink(link)) => {
                let facts = facts(-1, link.owner.as_ref(), link.timestamp);
                writeln!(f, "  symlink {} -> {}{facts}", word(&link.newpath), word(&link.oldpath))?;
            }
            Some(Action::Rm(rm)) => {
                let missing = if rm.allow_not_found { " if there" } else { "" };
                let wildcard = if rm.allow_wildcard { " wildcard" } else { "" };
                writeln!(f, "  rm {}{wildcard}{missing}", word(&rm.path))?;
            }
            None => writeln!(f, "  unknown action")?,
        }
    }
    let used =
        |input| file.actions.iter().any(|action| [action.input, action.secondary_input].contains(&input));
    for input in (0..op.inputs.len()).map(number).filter(|input| !used(*input)) {
        writeln!(f, "  after {}", aliases.input(op, input))?;
    }
    Ok(())
}

/// An input, or what an earlier change left.
fn operand(aliases: &Aliases<'_>, op: &pb::Op, index: i64) -> String {
    let change = index - number(op.inputs.len());
    if change < 0 { aliases.input(op, index) } else { format!("change {}", change + 1) }
}

fn copy(copy: &pb::FileActionCopy) -> String {
    let paths = format!("{} -> {}", word(&copy.src), word(&copy.dest));
    let mut clauses = vec![paths + &facts(copy.mode, copy.owner.as_ref(), copy.timestamp)];
    if !copy.mode_str.is_empty() {
        clauses.push(format!("mode {}", copy.mode_str));
    }
    let flags = [
        (copy.follow_symlink, "follow symlinks"),
        (copy.dir_copy_contents, "contents only"),
        (copy.attempt_unpack_docker_compatibility, "unpack"),
        (copy.create_dest_path, "create path"),
        (copy.allow_wildcard, "wildcard"),
        (copy.allow_empty_wildcard, "may be empty"),
        (copy.always_replace_existing_dest_paths, "replace"),
    ];
    clauses.extend(flags.into_iter().filter(|(set, _)| *set).map(|(_, name)| name.to_owned()));
    let lists = [
        ("include", &copy.include_patterns),
        ("exclude", &copy.exclude_patterns),
        ("required", &copy.required_paths),
    ];
    for (name, items) in lists.into_iter().filter(|(_, items)| !items.is_empty()) {
        let items: Vec<String> = items.iter().map(|item| word(item)).collect();
        clauses.push(format!("{name} {}", items.join(" ")));
    }
    clauses.join(", ")
}

/// Mode, owner and time, where they are set.
fn facts(mode: i32, owner: Option<&pb::ChownOpt>, timestamp: i64) -> String {
    let mode = if mode < 0 { String::new() } else { format!(" mode {mode:04o}") };
    let owner = owner.map_or_else(String::new, |owner| {
        let group = owner.group.as_ref().map_or_else(String::new, |group| format!(":{}", user(Some(group))));
        format!(" owner {}{group}", user(owner.user.as_ref()))
    });
    let time = if timestamp < 0 { String::new() } else { format!(" time {timestamp}") };
    mode + &owner + &time
}

fn user(user: Option<&pb::UserOpt>) -> String {
    match user.and_then(|user| user.user.as_ref()) {
        Some(pb::user_opt::User::ByName(named)) => named.name.clone(),
        Some(pb::user_opt::User::ById(id)) => id.to_string(),
        None => String::new(),
    }
}

fn content(data: &[u8]) -> String {
    match std::str::from_utf8(data) {
        Ok(text) if text.len() <= SHOWN => quoted(text),
        _ => format!("of {} bytes", data.len()),
    }
}
