//! The account files of an image that starts from nothing: `/etc/passwd` and `/etc/group`.
//!
//! Without them Go's `user.Current` fails and `HOME` is unset. Invariant: every account of distroless'
//! static image that a program can run as is here under the same number, so a build file moves between the
//! two bases unchanged.

use super::user::{Id, KNOWN, User, UserProblem};

/// The name of a numeric account that has none.
const UNNAMED: &str = "app";

/// The contents of the two files, and the home directory of the user they were made for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accounts {
    /// `/etc/passwd`.
    pub passwd: String,
    /// `/etc/group`.
    pub group: String,
    /// The directory that has to exist and belong to the user.
    pub home: String,
}

impl Accounts {
    /// The files for a program that runs as `user`. Names that only a base image could number are refused.
    pub fn for_user(user: &User) -> Result<Self, UserProblem> {
        let Some((uid, gid)) = user.uid_gid() else {
            let name = [Some(user.user()), user.group()].into_iter().flatten().find_map(|id| match id {
                Id::Name(name) => Some(name.clone()),
                Id::Number(_) => None,
            });
            return Err(UserProblem::Unnumbered(name.unwrap_or_default()));
        };

        let known = |number| KNOWN.into_iter().find(|(_, other)| *other == number).map(|(name, _)| name);
        let mut passwd: String = KNOWN.map(|(name, number)| passwd_line(name, number, number)).concat();
        let mut group: String = KNOWN.map(|(name, number)| group_line(name, number)).concat();
        if known(uid).is_none() {
            passwd += &passwd_line(UNNAMED, uid, gid);
        }
        if known(gid).is_none() {
            group += &group_line(UNNAMED, gid);
        }
        Ok(Self { passwd, group, home: home(known(uid).unwrap_or(UNNAMED)) })
    }
}

fn passwd_line(name: &str, uid: u32, gid: u32) -> String {
    let home = home(name);
    // A base of this kind has no shell to log in with.
    format!("{name}:x:{uid}:{gid}:{name}:{home}:/sbin/nologin\n")
}

fn group_line(name: &str, gid: u32) -> String {
    format!("{name}:x:{gid}:\n")
}

fn home(name: &str) -> String {
    match name {
        "root" => "/root".to_owned(),
        // By convention nobody's home must not exist.
        "nobody" => "/nonexistent".to_owned(),
        _ => format!("/home/{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWD: &str = "root:x:0:0:root:/root:/sbin/nologin\n\
        nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin\n\
        nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n";
    const GROUP: &str = "root:x:0:\nnobody:x:65534:\nnonroot:x:65532:\n";

    #[test]
    fn files() {
        let cases = [
            ("nonroot", "", "", "/home/nonroot"),
            ("root", "", "", "/root"),
            ("nobody", "", "", "/nonexistent"),
            ("65532", "", "", "/home/nonroot"),
            ("nonroot:100", "", "app:x:100:\n", "/home/nonroot"),
            ("1001", "app:x:1001:1001:app:/home/app:/sbin/nologin\n", "app:x:1001:\n", "/home/app"),
            ("1001:0", "app:x:1001:0:app:/home/app:/sbin/nologin\n", "", "/home/app"),
        ];
        for (user, passwd, group, home) in cases {
            let want = Accounts {
                passwd: format!("{PASSWD}{passwd}"),
                group: format!("{GROUP}{group}"),
                home: home.to_owned(),
            };
            assert_eq!(Accounts::for_user(&User::parse(user).unwrap()), Ok(want), "{user}");
        }
    }

    #[test]
    fn names_without_a_number() {
        for (user, name) in [("app", "app"), ("app:100", "app"), ("1001:staff", "staff")] {
            let problem = UserProblem::Unnumbered(name.to_owned());
            assert_eq!(Accounts::for_user(&User::parse(user).unwrap()), Err(problem), "{user}");
        }
    }
}
