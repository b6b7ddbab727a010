//! The account files of an image, `/etc/passwd` and `/etc/group`, and whom a user is in them.
//!
//! Without an account Go's `user.Current` fails and `HOME` is unset. Invariant: whom a program runs as is told in numbers,
//! so that nothing but the program itself looks at the files, and `runAsNonRoot` of Kubernetes is satisfied.

use super::user::{Id, KNOWN, User, UserProblem};

/// The name of a numeric account that has none.
const UNNAMED: &str = "app";
/// The first number of an account that only has a name: not one that a host gives to people.
const FIRST_NEW: u32 = 10_001;

/// The contents of the two files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accounts {
    /// `/etc/passwd`.
    pub passwd: String,
    /// `/etc/group`.
    pub group: String,
}

/// Whom a program runs as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The number of the user.
    pub uid: u32,
    /// The number of the group.
    pub gid: u32,
    /// The home directory.
    pub home: String,
    /// What goes into the image config's `User`.
    pub config: String,
}

impl Accounts {
    /// Those of an image that starts from nothing: the accounts of distroless' static image that a program can run as, so
    /// that a build file moves between the two bases unchanged.
    pub fn ours() -> Accounts {
        Accounts {
            passwd: KNOWN.map(|(name, number)| passwd_line(name, number, number)).concat(),
            group: KNOWN.map(|(name, number)| group_line(name, number)).concat(),
        }
    }

    /// Who `user` is here; who is not gets lines of their own.
    pub fn settle(&mut self, user: &User) -> Account {
        let known = self.user(user.user());
        let config = |uid: u32, gid: u32| match (user.group(), user.user(), &known) {
            // Without a group, runtimes add the others that the account is in.
            (None, Id::Number(_), _) | (None, Id::Name(_), Some(_)) => uid.to_string(),
            _ => format!("{uid}:{gid}"),
        };
        if let Some((uid, primary, home)) = known.clone() {
            let gid = user.group().map_or(primary, |group| self.gid(group, uid));
            return Account { uid, gid, home, config: config(uid, gid) };
        }
        let (name, uid) = match user.user() {
            Id::Number(uid) => (self.unused_name(*uid), *uid),
            Id::Name(name) => (name.as_str(), self.free()),
        };
        let gid = match user.group() {
            Some(group) => self.gid(group, uid),
            None => self.gid_called(name, uid),
        };
        append(&mut self.passwd, &passwd_line(name, uid, gid));
        Account { uid, gid, home: home(name), config: config(uid, gid) }
    }

    /// The name of a number that has none here.
    fn unused_name(&self, uid: u32) -> &'static str {
        let known = KNOWN.into_iter().find(|(_, number)| *number == uid).map(|(name, _)| name);
        known.filter(|name| self.user(&Id::Name((*name).to_owned())).is_none()).unwrap_or(UNNAMED)
    }

    /// Uid, gid and home of an account.
    fn user(&self, id: &Id) -> Option<(u32, u32, String)> {
        self.passwd.lines().find_map(|line| {
            let fields: Vec<&str> = line.trim().split(':').collect();
            let [name, _, uid, gid, _, home, ..] = fields.as_slice() else { return None };
            let uid = uid.parse().ok()?;
            let meant = match id {
                Id::Number(number) => uid == *number,
                Id::Name(wanted) => name == wanted,
            };
            meant.then(|| Some((uid, gid.parse().ok()?, (*home).to_owned())))?
        })
    }

    /// The number of a group, which gets a line if it has none; `uid` is that of its user.
    fn gid(&mut self, group: &Id, uid: u32) -> u32 {
        match group {
            Id::Name(name) => self.gid_called(name, uid),
            Id::Number(gid) => {
                if !self.groups().any(|(_, known)| known == *gid) {
                    append(&mut self.group, &group_line(UNNAMED, *gid));
                }
                *gid
            }
        }
    }

    fn gid_called(&mut self, name: &str, uid: u32) -> u32 {
        let known = self.groups().find(|(known, _)| *known == name && name != UNNAMED).map(|(_, gid)| gid);
        if let Some(gid) = known {
            return gid;
        }
        let taken = self.groups().any(|(_, gid)| gid == uid);
        if taken && name == UNNAMED {
            return uid;
        }
        let gid = if taken { self.free() } else { uid };
        append(&mut self.group, &group_line(name, gid));
        gid
    }

    fn groups(&self) -> impl Iterator<Item = (&str, u32)> {
        self.group.lines().filter_map(|line| {
            let mut fields = line.trim().split(':');
            Some((fields.next()?, fields.nth(1)?.parse().ok()?))
        })
    }

    /// A number that neither a user nor a group has.
    fn free(&self) -> u32 {
        let taken = |id: u32| self.user(&Id::Number(id)).is_some() || self.groups().any(|(_, gid)| gid == id);
        (FIRST_NEW..=u32::MAX).find(|id| !taken(*id)).expect("files are shorter than numbers are many")
    }
}

impl User {
    /// Whom the program runs as where nobody knows of accounts: numbers only.
    pub fn numbered(&self) -> Result<Account, UserProblem> {
        let Some((uid, gid)) = self.uid_gid() else {
            let name = [Some(self.user()), self.group()].into_iter().flatten().find_map(|id| match id {
                Id::Name(name) => Some(name.clone()),
                Id::Number(_) => None,
            });
            return Err(UserProblem::Unnumbered(name.unwrap_or_default()));
        };
        let known = KNOWN.into_iter().find(|(_, number)| *number == uid);
        let home = known.map_or_else(|| "/".to_owned(), |(name, _)| home(name));
        Ok(Account { uid, gid, home, config: self.config_string() })
    }
}

/// A line at the end of a file, which may not end in one.
fn append(file: &mut String, line: &str) {
    if !file.is_empty() && !file.ends_with('\n') {
        file.push('\n');
    }
    file.push_str(line);
}

fn passwd_line(name: &str, uid: u32, gid: u32) -> String {
    let home = home(name);
    // Nobody is to log in.
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

    fn settled(accounts: &Accounts, user: &str) -> (Accounts, Account) {
        let mut accounts = accounts.clone();
        let account = accounts.settle(&User::parse(user).unwrap());
        (accounts, account)
    }

    #[test]
    fn of_an_image_that_starts_from_nothing() {
        let cases = [
            ("nonroot", "", "", (65532, 65532), "/home/nonroot", "65532:65532"),
            ("root", "", "", (0, 0), "/root", "0:0"),
            ("nobody", "", "", (65534, 65534), "/nonexistent", "65534:65534"),
            ("65532", "", "", (65532, 65532), "/home/nonroot", "65532"),
            ("nonroot:100", "", "app:x:100:\n", (65532, 100), "/home/nonroot", "65532:100"),
            (
                "1001",
                "app:x:1001:1001:app:/home/app:/sbin/nologin\n",
                "app:x:1001:\n",
                (1001, 1001),
                "/home/app",
                "1001",
            ),
            ("1001:0", "app:x:1001:0:app:/home/app:/sbin/nologin\n", "", (1001, 0), "/home/app", "1001:0"),
            (
                "web",
                "web:x:10001:10001:web:/home/web:/sbin/nologin\n",
                "web:x:10001:\n",
                (10_001, 10_001),
                "/home/web",
                "10001:10001",
            ),
            (
                "web:staff",
                "web:x:10001:10001:web:/home/web:/sbin/nologin\n",
                "staff:x:10001:\n",
                (10_001, 10_001),
                "/home/web",
                "10001:10001",
            ),
        ];
        for (user, passwd, group, (uid, gid), home, config) in cases {
            let accounts = Accounts { passwd: format!("{PASSWD}{passwd}"), group: format!("{GROUP}{group}") };
            let account = Account { uid, gid, home: home.to_owned(), config: config.to_owned() };
            assert_eq!(settled(&Accounts::ours(), user), (accounts, account), "{user}");
        }
    }

    #[test]
    fn of_a_base_that_has_some() {
        let base = Accounts {
            passwd: "root:x:0:0:root:/root:/bin/sh\nwww:x:33:33:www:/var/www:/bin/false\nold:x:10001:7::/:"
                .to_owned(),
            group: "root:x:0:\nwww:x:33:\nstaff:x:50:www\n".to_owned(),
        };
        for (user, config, home) in
            [("www", "33", "/var/www"), ("www:staff", "33:50", "/var/www"), ("www:100", "33:100", "/var/www")]
        {
            let (accounts, account) = settled(&base, user);
            assert_eq!((account.config.as_str(), account.home.as_str()), (config, home), "{user}");
            assert_eq!(accounts.passwd, base.passwd, "{user}");
        }
        let (accounts, account) = settled(&base, "app");
        assert_eq!(account.config, "10002:10002");
        let line = "\napp:x:10002:10002:app:/home/app:/sbin/nologin\n";
        assert_eq!(accounts.passwd, format!("{}{line}", base.passwd));
        assert_eq!(accounts.group, format!("{}app:x:10002:\n", base.group));
    }

    #[test]
    fn names_without_a_number() {
        for (user, name) in [("app", "app"), ("app:100", "app"), ("1001:staff", "staff")] {
            let problem = UserProblem::Unnumbered(name.to_owned());
            assert_eq!(User::parse(user).unwrap().numbered(), Err(problem), "{user}");
        }
    }

    #[test]
    fn a_known_number_gets_its_name_unless_the_base_has_another_of_that_name() {
        let base = |name: &str| Accounts {
            passwd: format!("root:x:0:0:root:/root:/bin/sh\n{name}:x:1000:1000::/home/{name}:/bin/sh\n"),
            group: "root:x:0:\n".to_owned(),
        };
        for (of_base, home) in [("node", "/home/nonroot"), ("nonroot", "/home/app")] {
            let (_, account) = settled(&base(of_base), "nonroot");
            assert_eq!((account.uid, account.gid, account.home.as_str()), (65532, 65532, home), "{of_base}");
        }
    }
}
