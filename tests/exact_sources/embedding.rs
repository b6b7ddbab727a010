//! Embedded files: the ways to name them, the files that are there to be found, and some that must not be.
//!
//! Invariant: Go accepts every line that comes from here.

use super::random::Random;
use super::repository::join;
use super::text::Embed;

/// Files that a package embeds.
pub(crate) struct Embedding {
    /// The line.
    pub(crate) embed: Embed,
    /// Files beside the package, with their text.
    pub(crate) files: Vec<(String, String)>,
    /// Files that are near and are not embedded.
    pub(crate) beside: Vec<String>,
    /// The directory of which anything may be sent.
    pub(crate) reach: Option<String>,
}

/// Some files in the package directory, under names that the number makes their own. `name` is that of the package.
pub(crate) fn make_up(directory: &str, number: usize, name: &str, random: &mut Random) -> Embedding {
    let n = number;
    let (variable, patterns, files, beside, reach): (&str, String, Vec<String>, Vec<String>, Option<String>);
    let several = "embed.FS";
    let one = "string";
    let tree = || {
        let names = [
            "a.txt",
            "sub/b.html",
            ".hidden",
            "_under",
            "sub/.dot/c",
            "sub/x_test.go",
            "inner/go.mod",
            "inner/d",
        ];
        names.map(|name| format!("assets{n}/{name}")).to_vec()
    };
    (variable, patterns, files, beside, reach) = match random.below(15) {
        0 => (several, format!("assets{n}"), tree(), vec![], Some(format!("assets{n}"))),
        1 => (several, format!("all:assets{n}"), tree(), vec![], Some(format!("assets{n}"))),
        2 => (
            several,
            format!("globs{n}/*.txt  globs{n}/?.md"),
            vec![format!("globs{n}/a.txt"), format!("globs{n}/x_test.txt"), format!("globs{n}/b.md")],
            vec![
                format!("globs{n}/no.html"),
                format!("globs{n}/longer.md"),
                format!("globs{n}/deeper/a.txt"),
            ],
            None,
        ),
        3 => (
            several,
            format!("views{n}/*/page.html"),
            vec![format!("views{n}/a/page.html"), format!("views{n}/.b/page.html")],
            vec![format!("views{n}/a/other.html"), format!("views{n}/page.html")],
            None,
        ),
        4 => (one, format!("version{n}.txt"), vec![format!("version{n}.txt")], vec![], None),
        5 => (one, format!("\"with space {n}.txt\""), vec![format!("with space {n}.txt")], vec![], None),
        6 => (one, format!("`größe {n}.txt`"), vec![format!("größe {n}.txt")], vec![], None),
        7 => (
            several,
            format!("set{n}/[ab]*.dat"),
            vec![format!("set{n}/a.dat"), format!("set{n}/bb.dat")],
            vec![],
            Some(format!("set{n}")),
        ),
        8 => (several, format!("[tT]op{n}.*"), vec![format!("top{n}.dat")], vec![], Some(String::new())),
        9 => (one, format!("odd{n}\\[1].txt"), vec![format!("odd{n}[1].txt")], vec![], Some(String::new())),
        10 => {
            // Go refuses them at the beginning, for fear of options.
            let mark = *random.pick(&["!", "#", "+", "$", "{", "(", "@", "~", "-", "_", "."]);
            let file = format!("mark{n}/{mark}.txt");
            (one, file.clone(), vec![file], vec![format!("mark{n}/other.txt")], None)
        }
        11 => (one, format!("fixture{n}_test.go"), vec![format!("fixture{n}_test.go")], vec![], None),
        12 => (
            several,
            format!("deep{n}/er/*.tmpl deep{n}/er/and"),
            vec![format!("deep{n}/er/a.tmpl"), format!("deep{n}/er/and/er/b_test.go")],
            vec![format!("deep{n}/no.tmpl"), format!("deep{n}/er/no.txt")],
            None,
        ),
        13 => (
            several,
            format!("stars{n}/**/*.txt stars{n}/b**"),
            vec![format!("stars{n}/a/b.txt"), format!("stars{n}/b.txt")],
            vec![format!("stars{n}/a/c.html"), format!("stars{n}/d.txt")],
            Some(format!("stars{n}")),
        ),
        _ => (
            one,
            format!("\"many{n}/\\x61.txt\""),
            vec![format!("many{n}/a.txt")],
            vec![format!("many{n}/b.txt")],
            None,
        ),
    };
    let text = |file: &String| match file.rsplit('/').next() {
        Some("go.mod") => "module example.com/inner\n".to_owned(),
        // Go reads what looks like a test in a package's directory.
        Some(last) if last.ends_with("_test.go") => format!("package {name}\n"),
        _ => format!("{file}\n"),
    };
    Embedding {
        embed: Embed { patterns, variable },
        files: files.iter().map(|file| (join(directory, file), text(file))).collect(),
        beside: beside.iter().map(|file| join(directory, file)).collect(),
        reach: reach.map(|reach| join(directory, &reach)),
    }
}
