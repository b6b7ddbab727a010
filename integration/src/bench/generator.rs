//! Go packages made up by rule: as much code of a repository's own as a benchmark needs.
//!
//! Packages lie in layers; each imports `base` and some of the layer below. Invariant: no randomness and no clock, so
//! the same shape gives the same bytes on every machine.

use std::fmt::Write as _;

/// How much code.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Packages besides `base` and `all`.
    pub packages: usize,
    /// Layers that they lie in.
    pub layers: usize,
    /// Functions of each.
    pub functions: usize,
}

/// A generated file: its path in the tree and its text.
pub type File = (String, String);

/// Packages of the layer below that one imports.
const IMPORTS: usize = 5;

/// The value of the constant that edits change.
pub const REVISION: &str = "const revision = \"r0\"";

/// The packages of a shape, in a module.
pub fn packages(module: &str, shape: Shape) -> Vec<File> {
    let mut files = vec![package(module, "base", &[], shape.functions)];
    let width = shape.packages.div_ceil(shape.layers);
    for number in 0..shape.packages {
        let layer = number / width;
        let mut below: Vec<String> = Vec::new();
        if layer > 0 {
            let start = (layer - 1) * width;
            for step in 0..IMPORTS.min(width) {
                // Strides without a common divisor reach every package of the layer.
                let choice = name(start + (number * 3 + step * 7) % width);
                if !below.contains(&choice) {
                    below.push(choice);
                }
            }
        }
        below.sort();
        files.push(package(module, &name(number), &below, shape.functions));
    }
    let top: Vec<String> = (shape.packages.saturating_sub(width)..shape.packages).map(name).collect();
    files.push(all(module, &top));
    files
}

/// A service of the monorepo.
pub fn service(module: &str, name: &str) -> File {
    let text = format!(
        "// The {name} of the repository.\npackage main\n\nimport (\n\t\"log\"\n\n\t\"{module}/internal/all\"\n\t\"{module}/internal/web\"\n)\n\n\
         // Set by the linker.\nvar commit = \"unknown\"\n\n{REVISION}\n\n\
         func main() {{\n\tlog.Fatal(web.Serve(\"{name}\", commit+\" \"+revision+\" \"+all.Describe()))\n}}\n"
    );
    (format!("services/{name}/main.go"), text)
}

fn name(number: usize) -> String {
    format!("p{:03}", number + 1)
}

/// The package that programs import: it reaches all the others.
fn all(module: &str, top: &[String]) -> File {
    let mut text = String::from("// Package all reaches every generated package.\npackage all\n\nimport (\n");
    for package in top {
        let _ = writeln!(text, "\t\"{module}/internal/{package}\"");
    }
    text.push_str(")\n\n// Describe says what there is.\nfunc Describe() string {\n\treturn \"\"");
    for package in top {
        let _ = write!(text, " +\n\t\t{package}.Describe(1)");
    }
    text.push_str("\n}\n");
    ("internal/all/all.go".to_owned(), text)
}

fn package(module: &str, name: &str, below: &[String], functions: usize) -> File {
    let mut text = format!("// Package {name} is one of many.\npackage {name}\n\nimport (\n");
    text.push_str("\t\"errors\"\n\t\"fmt\"\n\t\"sort\"\n\t\"strconv\"\n\t\"strings\"\n");
    if name != "base" {
        let _ = write!(text, "\n\t\"{module}/internal/base\"\n");
    }
    for package in below {
        let _ = writeln!(text, "\t\"{module}/internal/{package}\"");
    }
    let _ = write!(
        text,
        ")\n\n{REVISION}\n\nvar errEmpty = errors.New(\"{name}: nothing there\")\n\n\
         // Record is what the package works on.\ntype Record struct {{\n\tID int\n\tName string\n\tTags []string\n\t\
         Weights map[string]float64\n\tChildren []*Record\n}}\n\n\
         // Revision names what this package was made of.\nfunc Revision() string {{ return \"{name} \" + revision }}\n\n"
    );
    describe(&mut text, name, below, functions);
    for number in 0..functions {
        function(&mut text, number);
    }
    (format!("internal/{name}/{name}.go"), text)
}

/// Calls every function, so that the linker keeps them.
fn describe(text: &mut String, name: &str, below: &[String], functions: usize) {
    text.push_str(
        "// Describe says what the package is and what it was made of.\nfunc Describe(depth int) string {\n",
    );
    text.push_str("\tif depth < 0 {\n\t\treturn revision\n\t}\n\tvar out strings.Builder\n\tout.WriteString(Revision())\n");
    if name != "base" {
        text.push_str("\tout.WriteString(base.Revision())\n");
    }
    for package in below {
        let _ = write!(
            text,
            "\tout.WriteString({package}.Revision())\n\tout.WriteString({package}.Describe(depth - 1))\n"
        );
    }
    text.push_str("\trecord := &Record{ID: depth, Name: out.String(), Weights: map[string]float64{}}\n");
    for number in 0..functions {
        let _ = write!(
            text,
            "\tif text, err := work{number:02}(record, depth+{number}); err == nil {{\n\t\tout.WriteString(text)\n\t}}\n"
        );
    }
    text.push_str("\treturn out.String()\n}\n\n");
}

fn function(text: &mut String, number: usize) {
    let factor = number * 13 + 7;
    let limit = number % 9 + 3;
    let body = match number % 5 {
        0 => format!(
            "\tkept := make([]*Record, 0, len(record.Children))\n\tfor index, child := range record.Children {{\n\t\t\
             if child != nil && (child.ID+index)%{limit} == seed%{limit} {{\n\t\t\tkept = append(kept, child)\n\t\t}}\n\t}}\n\t\
             sort.Slice(kept, func(a, b int) bool {{\n\t\tif kept[a].ID != kept[b].ID {{\n\t\t\treturn kept[a].ID < kept[b].ID\n\t\t}}\n\t\t\
             return kept[a].Name < kept[b].Name\n\t}})\n\tif len(kept) == 0 {{\n\t\treturn \"\", errEmpty\n\t}}\n\t\
             return fmt.Sprintf(\"%d of %d, first %q\", len(kept), len(record.Children), kept[0].Name), nil\n"
        ),
        1 => format!(
            "\tvar words []string\n\tfor _, field := range strings.FieldsFunc(record.Name, func(r rune) bool {{ return r == ',' || r == ' ' }}) {{\n\t\t\
             switch {{\n\t\tcase strings.HasPrefix(field, \"-\"):\n\t\t\twords = append(words, strings.ToUpper(field[1:]))\n\t\t\
             case strings.Contains(field, \"=\"):\n\t\t\tkey, value, _ := strings.Cut(field, \"=\")\n\t\t\twords = append(words, value+key)\n\t\t\
             case len(field) > {limit}:\n\t\t\twords = append(words, field[:{limit}])\n\t\tdefault:\n\t\t\twords = append(words, strconv.Itoa(seed*{factor}+len(field)))\n\t\t}}\n\t}}\n\t\
             return strings.Join(words, \"{number}\"), nil\n"
        ),
        2 => format!(
            "\tsums := map[string]int{{}}\n\tfor _, tag := range record.Tags {{\n\t\tvalue, err := strconv.Atoi(strings.TrimSpace(tag))\n\t\t\
             if err != nil {{\n\t\t\treturn \"\", fmt.Errorf(\"tag %q of %d: %w\", tag, record.ID, err)\n\t\t}}\n\t\t\
             sums[tag[:len(tag)/2]] += value * {factor}\n\t}}\n\tkeys := make([]string, 0, len(sums))\n\tfor key := range sums {{\n\t\tkeys = append(keys, key)\n\t}}\n\t\
             sort.Strings(keys)\n\tvar out strings.Builder\n\tfor _, key := range keys {{\n\t\tfmt.Fprintf(&out, \"%s=%d;\", key, sums[key]+seed)\n\t}}\n\treturn out.String(), nil\n"
        ),
        3 => format!(
            "\ttype pair struct {{\n\t\tkey string\n\t\tvalue float64\n\t}}\n\tvar pairs []pair\n\tfor key, value := range record.Weights {{\n\t\t\
             pairs = append(pairs, pair{{key, value * {factor}}})\n\t}}\n\tsort.Slice(pairs, func(a, b int) bool {{ return pairs[a].value > pairs[b].value }})\n\t\
             apply := func(change func(pair) pair) {{\n\t\tfor index := range pairs {{\n\t\t\tpairs[index] = change(pairs[index])\n\t\t}}\n\t}}\n\t\
             apply(func(p pair) pair {{ return pair{{p.key + \"{number}\", p.value / {limit}}} }})\n\t\
             apply(func(p pair) pair {{ return pair{{strings.ToLower(p.key), p.value - float64(seed)}} }})\n\t\
             if len(pairs) > {limit} {{\n\t\tpairs = pairs[:{limit}]\n\t}}\n\treturn fmt.Sprint(pairs), nil\n"
        ),
        _ => format!(
            "\tvar grid [{limit}][{limit}]int\n\tfor row := range grid {{\n\t\tfor column := range grid[row] {{\n\t\t\t\
             grid[row][column] = (row*{factor} + column*seed + record.ID) % 97\n\t\t}}\n\t}}\n\tbest := 0\n\tfor row := range grid {{\n\t\tsum := 0\n\t\t\
             for column := range grid[row] {{\n\t\t\tif row > 0 {{\n\t\t\t\tgrid[row][column] += grid[row-1][({limit}+column-1)%{limit}]\n\t\t\t}}\n\t\t\tsum += grid[row][column]\n\t\t}}\n\t\t\
             best = max(best, sum)\n\t}}\n\tif best == 0 {{\n\t\treturn \"\", fmt.Errorf(\"record %d: %w\", record.ID, errEmpty)\n\t}}\n\treturn strconv.Itoa(best), nil\n"
        ),
    };
    let _ = write!(text, "func work{number:02}(record *Record, seed int) (string, error) {{\n{body}}}\n\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_import_only_what_is_below() {
        let shape = Shape { packages: 8, layers: 2, functions: 1 };
        let files = packages("example.com/m", shape);
        assert_eq!(files.len(), 10);
        let text = |path: &str| &files.iter().find(|(name, _)| name == path).unwrap().1;
        assert!(
            !text("internal/p004/p004.go").contains("internal/p00"),
            "the lowest layer imports base alone"
        );
        assert!(text("internal/p005/p005.go").contains("internal/p00"));
        assert!(!text("internal/p005/p005.go").contains("internal/p006"));
        assert!(text("internal/all/all.go").contains("internal/p008"));
        assert_eq!(files, packages("example.com/m", shape));
    }
}
