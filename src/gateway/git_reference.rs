//! The URL of a repository as clients take it for a context, and what it says of the checkout.
//!
//! `https://host/a.git#ref:subdir` and `?ref=…&subdir=…` mean what they mean for Dockerfiles
//! (`frontend/dockerfile/dfgitutil`). Invariant: the source is byte for byte that of BuildKit's own frontend, which has
//! loaded it already; only what leads out of the repository is refused here.

use super::options::boolean;
use super::url::{Redacted, Spaces, decoded};
use buildkit_llb::{Git, Metadata, Output};

/// A repository, and what of it is meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct GitReference {
    /// As it was written, without what is secret.
    pub(super) shown: String,
    /// The URL without query and fragment.
    remote: String,
    /// A branch, a tag or a commit; empty for the default branch.
    reference: String,
    /// Empty for the root.
    pub(super) subdir: String,
    /// The commit that it must be.
    checksum: String,
    keep_git_directory: bool,
    without_submodules: bool,
    /// `checkout` or `commit`.
    times: Option<String>,
    fetch_by_commit: bool,
}

/// What the daemon and the client say of every checkout.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Checkout {
    /// `.git` stays.
    pub(super) keep_git_directory: bool,
    /// Files have the time of the commit, unless the URL says otherwise.
    pub(super) times_of_commit: bool,
}

/// Keys of the query that need no value.
const FLAGS: [&str; 3] = ["fetch-by-commit", "keep-git-dir", "submodules"];
/// Those that do.
const KEYS: [&str; 7] = ["branch", "checksum", "commit", "mtime", "ref", "subdir", "tag"];

fn accepted() -> String {
    KEYS.into_iter().chain(FLAGS).collect::<Vec<_>>().join(", ")
}

impl GitReference {
    /// A reference if this is the URL of a repository, or what is wrong with it.
    pub(super) fn parse(url: &str) -> Option<Result<GitReference, String>> {
        let (bare, fragment) = url.split_once('#').map_or((url, None), |(bare, rest)| (bare, Some(rest)));
        let (bare, query) = bare.split_once('?').map_or((bare, None), |(bare, rest)| (bare, Some(rest)));
        let spaces = if is_repository(bare)? == Form::Scp { None } else { Some(Spaces::Percent) };
        let fragment = match (fragment, spaces) {
            (Some(fragment), Some(spaces)) => decoded(fragment, spaces),
            (fragment, _) => Some(fragment.unwrap_or_default().to_owned()),
        };
        let mut found = GitReference {
            shown: Redacted(url).to_string(),
            remote: bare.to_owned(),
            ..GitReference::default()
        };
        Some(found.read(fragment, query.unwrap_or_default()).map(|()| found))
    }

    fn read(&mut self, fragment: Option<String>, query: &str) -> Result<(), String> {
        let fragment = fragment.ok_or("what follows `#` is not percent-encoded text")?;
        let (reference, subdir) = fragment.split_once(':').unwrap_or((&fragment, ""));
        reference.clone_into(&mut self.reference);
        self.subdir = inside(subdir)?;
        let (mut tag, mut branch) = (None, None);
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            let text =
                |text| decoded(text, Spaces::Plus).ok_or("the query is not percent-encoded text".to_owned());
            let (key, value) = (text(key)?, text(value)?);
            let is_flag = FLAGS.contains(&key.as_str());
            let is_known = is_flag || KEYS.contains(&key.as_str());
            // A token that somebody has put there is not shown.
            if !is_known {
                return Err(format!(
                    "its query has a key that says nothing of a repository; accepted: {}",
                    accepted()
                ));
            }
            if value.is_empty() && !is_flag {
                return Err(format!("`{key}` has no value"));
            }
            let flag = || match value.as_str() {
                "" => Ok(true),
                value => {
                    boolean(value).ok_or_else(|| format!("`{key}={value}` is neither `true` nor `false`"))
                }
            };
            match key.as_str() {
                "ref" => agree(&mut self.reference, value, &key)?,
                "tag" => tag = Some(qualified("refs/tags/", value)),
                "branch" => branch = Some(qualified("refs/heads/", value)),
                "subdir" => agree(&mut self.subdir, inside(&value)?, &key)?,
                "checksum" | "commit" => agree(&mut self.checksum, value, &key)?,
                "keep-git-dir" => self.keep_git_directory = flag()?,
                "submodules" => self.without_submodules = !flag()?,
                "fetch-by-commit" => self.fetch_by_commit = flag()?,
                "mtime" if ["checkout", "commit"].contains(&value.as_str()) => self.times = Some(value),
                "mtime" => return Err(format!("`mtime={value}` is neither `checkout` nor `commit`")),
                _ => {}
            }
        }
        if let (Some(_), Some(_)) = (&tag, &branch) {
            return Err("`tag` and `branch` both say what is checked out; keep one".to_owned());
        }
        if let Some((key, value)) = tag.map(|tag| ("tag", tag)).or(branch.map(|branch| ("branch", branch))) {
            agree(&mut self.reference, value, key)?;
        }
        if self.reference.starts_with('-') {
            return Err("no branch, tag or commit starts with `-`".to_owned());
        }
        Ok(())
    }

    /// The commit, where the URL says it in full.
    pub(super) fn commit(&self) -> Option<&str> {
        [self.checksum.as_str(), self.reference.as_str()].into_iter().find(|name| is_commit(name))
    }

    /// The tag that is checked out: what the URL says is one, or what is called like a release.
    pub(super) fn tag(&self) -> Option<&str> {
        let said = self.reference.strip_prefix("refs/tags/").filter(|name| !name.is_empty());
        said.or(Some(self.reference.as_str()).filter(|name| is_release(name)))
    }

    /// The checkout.
    pub(super) fn source(&self, checkout: Checkout) -> Output {
        self.without_subdir(checkout).subdir(&self.subdir).build()
    }

    /// The checkout of the whole repository.
    pub(super) fn whole(&self, checkout: Checkout) -> Output {
        self.without_subdir(checkout).build()
    }

    fn without_subdir(&self, checkout: Checkout) -> Git {
        let name = format!("[internal] load git source {}", self.shown);
        let mut git = Git::new(&self.remote)
            .reference(&self.reference)
            .checksum(&self.checksum)
            .metadata(Metadata::named(name));
        if self.keep_git_directory || checkout.keep_git_directory {
            git = git.keep_git_dir();
        }
        if self.without_submodules {
            git = git.skip_submodules();
        }
        let of_commit = self.times.as_deref().map_or(checkout.times_of_commit, |times| times == "commit");
        if of_commit {
            git = git.mtime_commit();
        }
        if self.fetch_by_commit { git.fetch_by_commit() } else { git }
    }
}

/// Whether this is the full name of a commit.
pub(super) fn is_commit(name: &str) -> bool {
    matches!(name.len(), 40 | 64) && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Whether this is what releases are called (semver.org, with or without a `v`). Branches are called `v1` and `1.2`.
fn is_release(name: &str) -> bool {
    let numbers = name.strip_prefix('v').unwrap_or(name);
    let numbers = numbers.split(['-', '+']).next().unwrap_or_default();
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    numbers.split('.').count() == 3 && numbers.split('.').all(is_number)
}

/// How the URL of a repository is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Url,
    Scp,
}

/// Whether this is a repository: over HTTP it says so by its name.
fn is_repository(url: &str) -> Option<Form> {
    if url.starts_with("github.com/") {
        return Some(Form::Url);
    }
    if let Some((scheme, rest)) = url.split_once("://") {
        return match scheme.to_lowercase().as_str() {
            "git" | "ssh" => Some(Form::Url),
            "http" | "https" => {
                let path = rest.split_once('/').map_or("", |(_, path)| path);
                decoded(path, Spaces::Percent)?.ends_with(".git").then_some(Form::Url)
            }
            _ => None,
        };
    }
    let (user, rest) = url.split_once('@')?;
    let (host, _) = rest.split_once(':')?;
    let word = |text: &str, more: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c))
    };
    (word(user, "-_") && word(host, "-.")).then_some(Form::Scp)
}

/// Two ways of saying the same must say the same.
fn agree(known: &mut String, value: String, key: &str) -> Result<(), String> {
    if !(known.is_empty() || *known == value) {
        return Err(format!("`{key}` is `{value}` and `{known}`; keep one"));
    }
    *known = value;
    Ok(())
}

fn qualified(prefix: &str, name: String) -> String {
    if name.starts_with(prefix) { name } else { format!("{prefix}{name}") }
}

/// A directory of the repository, cleaned.
fn inside(path: &str) -> Result<String, String> {
    let mut elements: Vec<&str> = Vec::new();
    for element in path.split('/') {
        match element {
            "" | "." => {}
            ".." => {
                elements
                    .pop()
                    .ok_or_else(|| format!("the directory `{path}` is outside of the repository"))?;
            }
            name => elements.push(name),
        }
    }
    Ok(elements.join("/"))
}

#[cfg(test)]
mod tests {
    use super::{Checkout, GitReference};
    use buildkit_llb::Definition;

    fn read(url: &str) -> GitReference {
        GitReference::parse(url).expect("a repository").unwrap()
    }

    #[test]
    fn repositories_are_told_from_other_urls() {
        for url in [
            "https://example.org/a.git",
            "http://example.org/a.git?ref=v1",
            "git://example.org/a",
            "ssh://git@example.org/a",
            "git@example.org:a/b.git#main",
            "github.com/owner/name",
        ] {
            assert!(GitReference::parse(url).is_some(), "{url}");
        }
        for url in [
            "https://example.org/a.tar.gz",
            "https://example.org/a.git/archive.zip",
            "http://buildkit-session/x",
            "ftp://example.org/a.git",
            "example.org/a.git",
            "./a@b:c",
            "a.git",
        ] {
            assert!(GitReference::parse(url).is_none(), "{url}");
        }
    }

    #[test]
    fn fragment_and_query_say_the_same() {
        let by_fragment = read("https://example.org/a.git#v1:svc/api");
        let by_query = read("https://example.org/a.git?ref=v1&subdir=svc%2Fapi");
        assert_eq!(by_fragment.source(Checkout::default()), by_query.source(Checkout::default()));
        assert_eq!((by_fragment.reference.as_str(), by_fragment.subdir.as_str()), ("v1", "svc/api"));
        let more = read(
            "https://example.org/a.git?tag=v1&subdir=/svc/../api/&keep-git-dir&submodules=0&mtime=commit",
        );
        assert_eq!((more.reference.as_str(), more.subdir.as_str()), ("refs/tags/v1", "api"));
        assert!(more.keep_git_directory && more.without_submodules);
        assert_eq!(more.times.as_deref(), Some("commit"));
    }

    #[test]
    fn a_full_commit_is_known() {
        let commit = "0123456789abcdef0123456789abcdef01234567";
        assert_eq!(read(&format!("https://example.org/a.git#{commit}")).commit(), Some(commit));
        assert_eq!(
            read(&format!("https://example.org/a.git?ref=main&commit={commit}")).commit(),
            Some(commit)
        );
        assert_eq!(read("https://example.org/a.git#0123456").commit(), None);
    }

    #[test]
    fn a_tag_is_known_where_the_url_says_so_or_its_name_does() {
        for (url, tag) in [
            ("#refs/tags/v1.2.3", Some("v1.2.3")),
            ("#refs/tags/svc/v1.2.3:svc", Some("svc/v1.2.3")),
            ("#refs/tags/nightly", Some("nightly")),
            ("?tag=v1.2", Some("v1.2")),
            ("?ref=refs/tags/v1.2.3", Some("v1.2.3")),
            ("#v1.2.3", Some("v1.2.3")),
            ("#1.2.3-rc.1+build", Some("1.2.3-rc.1+build")),
            ("#v1", None),
            ("#v1.2.x", None),
            ("#release/v1.2.3", None),
            ("#refs/heads/v1.2.3", None),
            ("?branch=v1.2.3", None),
            ("#refs/tags/", None),
            ("", None),
        ] {
            assert_eq!(read(&format!("https://example.org/a.git{url}")).tag(), tag, "{url}");
        }
    }

    #[test]
    fn what_cannot_be_is_refused() {
        for (url, reason) in [
            ("https://example.org/a.git#main:../x", "the directory `../x` is outside of the repository"),
            (
                "https://example.org/a.git?subdir=x/../../y",
                "the directory `x/../../y` is outside of the repository",
            ),
            ("https://example.org/a.git#--upload-pack=x", "no branch, tag or commit starts with `-`"),
            ("https://example.org/a.git?ref=a#b", "`ref` is `a` and `b`; keep one"),
            (
                "https://example.org/a.git?tag=a&branch=b",
                "`tag` and `branch` both say what is checked out; keep one",
            ),
            ("https://example.org/a.git?ref=", "`ref` has no value"),
            ("https://example.org/a.git?submodules=x", "`submodules=x` is neither `true` nor `false`"),
            ("https://example.org/a.git?ref=%zz", "the query is not percent-encoded text"),
        ] {
            assert_eq!(GitReference::parse(url).expect("a repository").unwrap_err(), reason, "{url}");
        }
    }

    /// The text form of the graph says everything that travels.
    #[test]
    fn the_source_is_that_of_other_frontends() {
        let source = read("https://me:secret@example.org/a.git#main:svc")
            .source(Checkout { keep_git_directory: true, times_of_commit: true });
        let text = Definition::of(&source).to_string();
        let expected = "\
git1: [internal] load git source https://xxxxx@example.org/a.git#main:svc
  from git://example.org/a.git#main:svc
  git.authheadersecret = GIT_AUTH_HEADER
  git.authtokensecret = GIT_AUTH_TOKEN
  git.fullurl = https://me:secret@example.org/a.git
  git.keepgitdir = true
  git.mtime = commit

result: git1:0
";
        assert_eq!(text, expected);
    }
}
