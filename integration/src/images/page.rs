//! `docs/images.md`.
//!
//! Invariant: written from the results alone, and every verdict is computed here.

use std::cmp::Ordering;
use std::fmt::Write as _;

use super::difference::Difference;
use super::measured::{Health, Measured};
use super::results::{ByKo, Original, Results, Row};
use crate::frontend_image::megabytes;

const HEAD: &str = "\
# Images

<!-- Written by `cargo bench -p integration --bench images`; do not edit. -->

Each example as this frontend builds it, and below it what a [Dockerfile](../integration/benches/originals) makes of the same
files: for the first five folders the one that the program was published with, with its flags and its user, and for the others one
as one writes it who has read about small images. docker/dockerfile builds those, on the same daemon.
";

const COLUMNS: &str = "
- **compressed**: all layers as the registry has them, gzip everywhere; **unpacked**: the bytes of their files.
- **health check**: what comes of it when a container is asked; *none* where the image has none.
- **Go inside**: how many files of a toolchain or of sources there are.
- **static**: whether the program names no loader.
- **packages**: what a scanner finds: modules of the programs, the Go release, packages of the distribution.
- **locked**: whether it runs and answers with `--read-only --cap-drop=ALL --security-opt=no-new-privileges`.
- **same again**: whether the manifest has the same digest when the image is built anew after `docker buildx prune --all`, which
  takes all steps and cache mounts, from a copy of the files in another folder. Both without attestations, which tell when a
  build was, and without the state of a git repository, which would be another input.
- **no larger**: whether this frontend's image is at most as large as the Dockerfile's, compressed.
";

/// The page.
pub fn write(results: &Results) -> String {
    let mut page = String::from(HEAD);
    summary(&mut page, results);
    side_by_side(&mut page, results);
    by_ko(&mut page, &results.ko);
    promises(&mut page, results);
    page.push_str("\n## One by one\n\nWhere files differ, the bytes of each side are those of the files that are different or missing.\n");
    for row in &results.rows {
        details(&mut page, row);
    }
    foot(&mut page, results);
    page
}

/// How this frontend's image compares.
fn verdict(ours: &Measured, theirs: &Measured) -> Ordering {
    ours.compressed().cmp(&theirs.compressed())
}

/// How many are smaller, and by what the others are larger.
fn summary(page: &mut String, results: &Results) {
    let pairs: Vec<(&Row, &Original)> = results
        .rows
        .iter()
        .flat_map(|row| row.originals.iter().map(move |original| (row, original)))
        .collect();
    let count =
        |wanted| pairs.iter().filter(|(row, other)| verdict(&row.ours, &other.image) == wanted).count();
    let _ = writeln!(
        page,
        "\nOf {} comparisons, {} find this frontend's image smaller, {} of equal size, and {} larger.",
        pairs.len(),
        count(Ordering::Less),
        count(Ordering::Equal),
        count(Ordering::Greater),
    );
    let larger = pairs.iter().filter(|(row, other)| verdict(&row.ours, &other.image) == Ordering::Greater);
    for (number, (row, original)) in larger.enumerate() {
        if number == 0 {
            page.push_str("Larger are:\n\n");
        }
        larger_by(page, row, original);
    }
}

/// Why an image is larger, in bytes.
fn larger_by(page: &mut String, row: &Row, original: &Original) {
    let (ours, theirs) = (row.ours.compressed(), original.image.compressed());
    let more = original.differences.iter().filter(|place| place.ours > place.theirs);
    let more: Vec<String> = more
        .map(|place| {
            let bytes = place.ours.unwrap_or_default() - place.theirs.unwrap_or_default();
            format!("{} ({})", code(&place.what), size(bytes))
        })
        .collect();
    let _ = write!(
        page,
        "- **{}** by {} compressed, {} of {}. Unpacked it has more: {}.",
        row.name,
        size(ours - theirs),
        percent(ours - theirs, theirs),
        size(theirs),
        more.join(", ")
    );
    if let Some(bare) = row.bare {
        let compared = match bare.cmp(&theirs) {
            Ordering::Less => format!("smaller by {}", size(theirs - bare)),
            Ordering::Equal => "of the Dockerfile's size".to_owned(),
            Ordering::Greater => format!("still larger by {}", size(bare - theirs)),
        };
        let _ = write!(
            page,
            " With `ca-certificates`, `timezones`, `tmp` and `accounts` switched off it has {} and is {compared}.",
            size(bare)
        );
    }
    page.push('\n');
}

fn side_by_side(page: &mut String, results: &Results) {
    page.push_str("\n## Side by side\n");
    page.push_str(COLUMNS);
    page.push_str(
        "\n| image | by | compressed | unpacked | layers | user | health check | Go inside | static | packages | locked | same again | no larger |\n\
         | --- | --- | ---: | ---: | ---: | --- | --- | ---: | --- | ---: | --- | --- | --- |\n",
    );
    for Row { name, ours, originals, .. } in &results.rows {
        let all = originals.iter().all(|original| verdict(ours, &original.image) != Ordering::Greater);
        line(page, name, "gobuild", ours, if all { "yes" } else { "**no**" });
        for original in originals {
            line(page, "", "Dockerfile", &original.image, "");
        }
    }
}

fn line(page: &mut String, name: &str, by: &str, image: &Measured, verdict: &str) {
    let _ = writeln!(
        page,
        "| {name} | {by} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {verdict} |",
        size(image.compressed()),
        size(image.unpacked),
        image.layers.len(),
        if image.user == "root" || image.user.starts_with("0:") { "**root**" } else { &image.user },
        health(image),
        image.sources,
        word(image.is_static),
        image.packages.len(),
        image.refuses.as_ref().map_or("runs".to_owned(), |why| format!("**no**: {}", code(why))),
        word(image.is_reproducible()),
    );
}

fn health(image: &Measured) -> String {
    match (&image.health, &image.shell) {
        (Health::None, _) => "none".to_owned(),
        (Health::Healthy, None) => "works, without a shell".to_owned(),
        (Health::Healthy, Some(_)) => "works".to_owned(),
        (Health::Fails(why), _) => format!("**fails**: {}", code(why)),
    }
}

fn by_ko(page: &mut String, programs: &[ByKo]) {
    page.push_str(
        "\n## Beside ko\n\nThe same programs with the same tags and linker flags, on the very layers of the same base.\n\n\
         | program | by | compressed | unpacked | packages | same again | no larger | no more packages |\n\
         | --- | --- | ---: | ---: | ---: | --- | --- | --- |\n",
    );
    for ByKo { name, ours, ko } in programs {
        let smaller = word(verdict(ours, ko) != Ordering::Greater);
        let fewer = word(ours.packages.len() <= ko.packages.len());
        for (name, by, image, verdicts) in [
            (name.as_str(), "gobuild", ours, format!("{smaller} | {fewer}")),
            ("", "ko", ko, " | ".to_owned()),
        ] {
            let _ = writeln!(
                page,
                "| {name} | {by} | {} | {} | {} | {} | {verdicts} |",
                size(image.compressed()),
                size(image.unpacked),
                image.packages.len(),
                word(image.is_reproducible()),
            );
        }
    }
    page.push('\n');
    for ByKo { name, ours, ko } in programs {
        let list = |packages: Vec<&String>| {
            let packages: Vec<String> = packages.into_iter().map(|package| code(package)).collect();
            if packages.is_empty() { "nothing".to_owned() } else { packages.join(", ") }
        };
        let _ = writeln!(
            page,
            "- {name}: found in both {}; here alone {}; in ko's alone {}.",
            list(ours.packages.intersection(&ko.packages).collect()),
            list(ours.packages.difference(&ko.packages).collect()),
            list(ko.packages.difference(&ours.packages).collect()),
        );
    }
}

fn promises(page: &mut String, results: &Results) {
    page.push_str(
        "\n## Promises\n\nWhat an image may have unpacked: as much as was published of the one built by hand, or 10 MB. *Unchanged* is a build in which\n\
         nothing has changed, in seconds of the daemon's, push included; *edited* is what runs after an edit of the main package.\n\n\
         | image | unpacked, of at most | answers | `--check` | unchanged | edited | modules then |\n\
         | --- | --- | ---: | --- | --- | --- | --- |\n",
    );
    for row in &results.rows {
        let unchanged = row.unchanged.map(|seconds| format!("all cached, {seconds:.1} s"));
        let edited: Vec<String> = row.edited.iter().map(|step| code(step)).collect();
        let _ = writeln!(
            page,
            "| {} | {} of {}, {} | {} | {} | {} | {} | {} |",
            row.name,
            size(row.ours.unpacked),
            size(row.largest),
            if row.ours.unpacked <= row.largest { "kept" } else { "**not kept**" },
            row.answers,
            if row.findings == 0 { "nothing found".to_owned() } else { format!("**{}**", row.findings) },
            unchanged.as_deref().unwrap_or("**something ran**"),
            edited.join(", "),
            match row.downloaded {
                None => "there are none",
                Some(false) => "cached",
                Some(true) => "**downloaded**",
            },
        );
    }
    page.push_str("\n| example | promise | tried by | found | kept |\n| --- | --- | --- | --- | --- |\n");
    for promise in &results.promises {
        let _ = writeln!(
            page,
            "| {} | {} | {} | {} | {} |",
            promise.example,
            promise.text,
            promise.tried,
            promise.found.replace('|', "\\|"),
            word(promise.kept)
        );
    }
}

/// What an image says and is made of, and what it has and another has not.
fn details(page: &mut String, row: &Row) {
    let _ = writeln!(page, "\n### {}\n", row.name);
    let images: Vec<(&str, &Measured)> = std::iter::once(("gobuild", &row.ours))
        .chain(row.originals.iter().map(|original| (original.name.as_str(), &original.image)))
        .collect();
    let names: Vec<&str> = images.iter().map(|(name, _)| *name).collect();
    let _ = writeln!(page, "| | {} |\n| --- |{}", names.join(" | "), " --- |".repeat(names.len()));
    let mut line = |name: &str, cell: fn(&Measured) -> String| {
        let cells: Vec<String> = images.iter().map(|(_, image)| cell(image)).collect();
        let _ = writeln!(page, "| {name} | {} |", cells.join(" | "));
    };
    line("starts", |image| code(&image.command.join(" ")));
    line("ports", |image| or_none(&image.ports.join(", ")));
    line("shell", |image| or_none(image.shell.as_deref().unwrap_or_default()));
    line("layers", |image| {
        let layers = image.layers.iter().map(|layer| format!("{} {}", size(layer.size), code(&layer.what)));
        layers.collect::<Vec<_>>().join("<br>")
    });
    for original in &row.originals {
        let _ = writeln!(page, "\n| differs | gobuild | {} |\n| --- | ---: | ---: |", original.name);
        let shown = |bytes: Option<u64>| bytes.map_or("–".to_owned(), size);
        for Difference { what, ours, theirs } in &original.differences {
            let _ = writeln!(page, "| {} | {} | {} |", code(what), shown(*ours), shown(*theirs));
        }
    }
}

fn foot(page: &mut String, results: &Results) {
    let _ = write!(
        page,
        "\n## Where and when\n\n{}: {}\n\n\
         Base images and those with Go are stand-ins that the lab makes of Debian packages: alpine is busybox alone, and static\n\
         has neither a list of its packages nor all time zone files. They are the same for all that is compared.\n\n\
         ## Look for yourself\n\n```sh\n\
         cargo bench -p integration --bench images             # some twenty minutes\n\
         cargo bench -p integration --bench images -- report   # this page anew, of what was found before\n```\n\n\
         What was found is in [images.json](images.json). A test fails when this page says something else, or leaves out an example.\n",
        results.date, results.machine
    );
}

/// Bytes, in the unit that suits them.
fn size(bytes: u64) -> String {
    match bytes {
        0..1000 => format!("{bytes} B"),
        1000..1_000_000 => format!("{}.{} kB", bytes / 1000, bytes % 1000 / 100),
        _ => megabytes(bytes),
    }
}

fn percent(part: u64, whole: u64) -> String {
    format!("{}.{} %", part * 100 / whole.max(1), part * 1000 / whole.max(1) % 10)
}

fn word(yes: bool) -> &'static str {
    if yes { "yes" } else { "**no**" }
}

fn or_none(text: &str) -> String {
    if text.is_empty() { "none".to_owned() } else { text.to_owned() }
}

/// A text as code in a table's cell; a long one is cut.
fn code(text: &str) -> String {
    const LONGEST: usize = 100;
    let text = text.replace('|', "\\|").replace('`', "'");
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("`{}…`", &text[..end]),
        None => format!("`{text}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::examples::EXAMPLES;
    use crate::lab::Lab;
    use std::fs;

    #[test]
    fn page_is_what_was_found_of_every_example() {
        let docs = Lab::open().unwrap().workspace().join("docs");
        let results = Results::read(&docs.join("images.json")).unwrap();
        let names: Vec<&str> = results.rows.iter().map(|row| row.name.as_str()).collect();
        let examples = EXAMPLES.map(|example| example.name());
        assert_eq!(names, examples, "run `cargo bench -p integration --bench images`");
        for (row, example) in results.rows.iter().zip(EXAMPLES) {
            let originals: Vec<&str> = row.originals.iter().map(|original| original.name.as_str()).collect();
            assert_eq!(originals, example.originals);
        }
        let page = fs::read_to_string(docs.join("images.md")).unwrap();
        assert!(
            page == write(&results),
            "docs/images.md is out of date: cargo bench -p integration --bench images -- report"
        );
    }

    #[test]
    fn sizes_have_units() {
        assert_eq!([999, 1000, 241_339, 4_412_000].map(size), ["999 B", "1.0 kB", "241.3 kB", "4.41 MB"]);
        assert_eq!(percent(241, 4410), "5.4 %");
    }

    #[test]
    fn a_cell_stays_a_cell() {
        assert_eq!(code("a | `b`\n  c"), "`a \\| 'b' c`");
        assert!(code(&"x".repeat(200)).chars().count() < 110);
    }
}
