//! Whom the program runs as: `image.user` of the build file.
//!
//! After the `USER` instruction and the lookup rules of moby's user package. Invariant: an account whose
//! number is known is written as numbers, so that it needs no passwd file and satisfies the
//! `runAsNonRoot` of Kubernetes.

use std::fmt;

/// The largest id that runtimes accept.
const LARGEST: u32 = i32::MAX as u32;
/// The longest account name that Linux tools accept.
const NAME_LIMIT: usize = 32;
/// Accounts with the same name and number, as user and as group, wherever gobuild's bases have them.
pub(super) const KNOWN: [(&str, u32); 3] = [("root", 0), ("nobody", 65534), ("nonroot", 65532)];

/// A user, with or without a group of choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    user: Id,
    group: Option<Id>,
}

/// One half of a [`User`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Id {
    /// A uid or gid.
    Number(u32),
    /// An entry of the image's own passwd or group file.
    Name(String),
}

/// Why a text is not a user, or a user cannot be used here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UserProblem {
    /// Nothing was written, or nothing on one side of the colon.
    Empty,
    /// Neither a number nor a name that an account can have.
    Malformed(String),
    /// A number that no runtime accepts.
    OutOfRange(String),
    /// A name whose number only a base image could tell, where the base has no accounts.
    Unnumbered(String),
}

impl fmt::Display for UserProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(f, "a user is `nonroot`, `root`, a name, a uid, `uid:gid` or `name:group`"),
            Self::Malformed(text) => write!(
                f,
                "`{}` is not an account: write `nonroot`, `root`, a name, a uid, `uid:gid` or `name:group`",
                text.escape_debug()
            ),
            Self::OutOfRange(text) => write!(f, "`{text}` is too large for a uid or gid: at most {LARGEST}"),
            Self::Unnumbered(name) => {
                write!(f, "the base has no account `{name}`: write `nonroot` or a number such as `1001:1001`")
            }
        }
    }
}

impl std::error::Error for UserProblem {}

impl User {
    /// The default: uid and gid 65532, the account that distroless images call `nonroot`.
    pub fn nonroot() -> Self {
        Self { user: Id::Number(65532), group: Some(Id::Number(65532)) }
    }

    /// Reads `user` or `user:group`.
    pub fn parse(text: &str) -> Result<Self, UserProblem> {
        let Self { user, group } = Self::read(text, Id::parse)?;
        let own_group = || Id::known(text).map(Id::Number);
        Ok(Self { user, group: group.or_else(own_group) })
    }

    /// Reads the `User` of an image's config, in which every name is one of its own files.
    pub fn of_image(text: &str) -> Result<Self, UserProblem> {
        Self::read(text, Id::written)
    }

    fn read(text: &str, id: fn(&str) -> Result<Id, UserProblem>) -> Result<Self, UserProblem> {
        let (user, group) = match text.split_once(':') {
            Some((user, group)) => (user, Some(id(group)?)),
            None => (text, None),
        };
        Ok(Self { user: id(user)?, group })
    }

    /// The user half.
    pub fn user(&self) -> &Id {
        &self.user
    }

    /// The group half, where one was written or follows from the name.
    pub fn group(&self) -> Option<&Id> {
        self.group.as_ref()
    }

    /// Uid and gid where they can be told without a base image; a uid alone gets the gid of the same number.
    pub fn uid_gid(&self) -> Option<(u32, u32)> {
        match (&self.user, &self.group) {
            (Id::Number(uid), None) => Some((*uid, *uid)),
            (Id::Number(uid), Some(Id::Number(gid))) => Some((*uid, *gid)),
            _ => None,
        }
    }

    /// Whether it is an account that gobuild's own bases have, with its own group.
    pub fn is_well_known(&self) -> bool {
        self.uid_gid().is_some_and(|(uid, gid)| uid == gid && KNOWN.iter().any(|(_, number)| *number == uid))
    }

    /// Whether it is root by number. What a name stands for is the base image's to say.
    pub fn is_root(&self) -> bool {
        self.user == Id::Number(0)
    }

    /// What goes into the image config's `User`.
    pub fn config_string(&self) -> String {
        self.to_string()
    }
}

impl Default for User {
    fn default() -> Self {
        Self::nonroot()
    }
}

impl fmt::Display for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.group {
            Some(group) => write!(f, "{}:{group}", self.user),
            None => write!(f, "{}", self.user),
        }
    }
}

impl Id {
    fn parse(text: &str) -> Result<Self, UserProblem> {
        Self::known(text).map_or_else(|| Self::written(text), |number| Ok(Self::Number(number)))
    }

    /// The number of a name that is the same in every base of gobuild's.
    fn known(name: &str) -> Option<u32> {
        KNOWN.into_iter().find(|(known, _)| *known == name).map(|(_, number)| number)
    }

    /// A number, or any name.
    fn written(text: &str) -> Result<Self, UserProblem> {
        if text.is_empty() {
            return Err(UserProblem::Empty);
        }
        if text.bytes().all(|b| b.is_ascii_digit()) {
            return match text.parse() {
                Ok(number) if number <= LARGEST => Ok(Self::Number(number)),
                _ => Err(UserProblem::OutOfRange(text.to_owned())),
            };
        }
        let starts_well = text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
        let continues_well =
            text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'));
        if starts_well && continues_well && text.len() <= NAME_LIMIT {
            return Ok(Self::Name(text.to_owned()));
        }
        Err(UserProblem::Malformed(text.to_owned()))
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Name(name) => f.write_str(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepted() {
        let cases = [
            ("nonroot", "65532:65532", Some((65532, 65532))),
            ("root", "0:0", Some((0, 0))),
            ("nobody", "65534:65534", Some((65534, 65534))),
            ("0", "0", Some((0, 0))),
            ("1001", "1001", Some((1001, 1001))),
            ("1001:100", "1001:100", Some((1001, 100))),
            ("nonroot:0", "65532:0", Some((65532, 0))),
            ("1001:root", "1001:0", Some((1001, 0))),
            ("app", "app", None),
            ("app:staff", "app:staff", None),
            ("www-data:33", "www-data:33", None),
            ("1001:staff", "1001:staff", None),
            ("_apt", "_apt", None),
            ("first.last", "first.last", None),
            ("2147483647", "2147483647", Some((2_147_483_647, 2_147_483_647))),
            ("007", "7", Some((7, 7))),
        ];
        for (text, config, uid_gid) in cases {
            let user = User::parse(text).unwrap();
            assert_eq!((user.config_string().as_str(), user.uid_gid()), (config, uid_gid), "{text}");
            assert_eq!(User::parse(&user.config_string()), Ok(user), "{text}");
        }
        assert_eq!(User::parse("nonroot"), Ok(User::default()));
    }

    #[test]
    fn refused() {
        let malformed = |text: &str| UserProblem::Malformed(text.to_owned());
        let long = "a".repeat(33);
        let cases = [
            ("", UserProblem::Empty),
            (":", UserProblem::Empty),
            ("app:", UserProblem::Empty),
            (":100", UserProblem::Empty),
            ("a b", malformed("a b")),
            ("-1", malformed("-1")),
            ("+1", malformed("+1")),
            ("a:b:c", malformed("b:c")),
            ("root\n", malformed("root\n")),
            ("caf\u{e9}", malformed("caf\u{e9}")),
            ("a/b", malformed("a/b")),
            ("${USER}", malformed("${USER}")),
            (long.as_str(), malformed(&long)),
            ("2147483648", UserProblem::OutOfRange("2147483648".to_owned())),
            ("1:99999999999", UserProblem::OutOfRange("99999999999".to_owned())),
        ];
        for (text, problem) in cases {
            assert_eq!(User::parse(text), Err(problem), "{text}");
        }
    }

    #[test]
    fn root_by_any_number() {
        for (text, root) in [("root", true), ("0", true), ("00:5", true), ("nonroot", false), ("app", false)]
        {
            assert_eq!(User::parse(text).map(|user| user.is_root()), Ok(root), "{text}");
        }
    }

    #[test]
    fn of_an_image_names_are_its_own() {
        for (text, expected) in [
            ("nonroot", None),
            ("1000", Some((1000, 1000))),
            ("1000:100", Some((1000, 100))),
            ("node:100", None),
            ("node:nobody", None),
        ] {
            let user = User::of_image(text).unwrap();
            assert_eq!((user.uid_gid(), user.config_string().as_str()), (expected, text));
        }
    }
}
