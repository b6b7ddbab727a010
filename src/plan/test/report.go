// Runs `go vet` and `go test`, says what failed in words, and leaves reports for programs.
//
// Events of `go test -json` are read as they come, so that a package is told of when it is done, and written down as
// they are. Invariant: what fails is printed whole, with its name, and what passes is one line; only this program
// decides whether the step fails.
package main

import (
	"bufio"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// event is a line of `go test -json` (cmd/test2json); build output is of Go 1.24 and later.
type event struct {
	Action      string
	Package     string
	ImportPath  string
	Test        string
	Elapsed     float64
	Output      string
	FailedBuild string
}

// test is a test, a subtest, an example or a fuzz target.
type test struct {
	name    string
	result  string
	seconds float64
	output  strings.Builder
}

// suite is a package.
type suite struct {
	name     string
	result   string
	seconds  float64
	tests    []*test
	byName   map[string]*test
	output   strings.Builder
	coverage string
	cached   bool
}

// report is everything that was said so far.
type report struct {
	out    io.Writer
	suites []*suite
	byName map[string]*suite
	// What the compiler said, by import path.
	builds map[string]*strings.Builder
	// Whether go vet found something.
	vetted bool
}

func newReport(out io.Writer) *report {
	return &report{out: out, byName: map[string]*suite{}, builds: map[string]*strings.Builder{}}
}

func (r *report) suite(name string) *suite {
	s := r.byName[name]
	if s == nil {
		s = &suite{name: name, byName: map[string]*test{}}
		r.byName[name] = s
		r.suites = append(r.suites, s)
	}
	return s
}

func (s *suite) test(name string) *test {
	t := s.byName[name]
	if t == nil {
		t = &test{name: name}
		s.byName[name] = t
		s.tests = append(s.tests, t)
	}
	return t
}

// read takes all events. What is no event is of the go command itself, and is passed on.
func (r *report) read(in io.Reader, raw io.Writer) error {
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			var e event
			if json.Unmarshal(line, &e) == nil && e.Action != "" {
				if _, err := raw.Write(line); err != nil {
					return err
				}
				r.take(e)
			} else {
				r.out.Write(line)
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (r *report) take(e event) {
	if e.Action == "build-output" {
		if r.builds[e.ImportPath] == nil {
			r.builds[e.ImportPath] = &strings.Builder{}
		}
		r.builds[e.ImportPath].WriteString(e.Output)
		return
	}
	if e.Package == "" {
		return
	}
	s := r.suite(e.Package)
	if e.Test == "" {
		s.take(e)
		switch e.Action {
		case "pass", "fail", "skip":
			r.finish(s, e.FailedBuild)
		}
		return
	}
	t := s.test(e.Test)
	switch e.Action {
	case "output":
		if !isProgress(e.Output) {
			t.output.WriteString(e.Output)
		}
	case "pass", "fail", "skip":
		t.result, t.seconds = e.Action, e.Elapsed
	}
}

func (s *suite) take(e event) {
	switch e.Action {
	case "output":
		text := strings.TrimSpace(e.Output)
		switch {
		case text == "PASS" || text == "FAIL" || isProgress(e.Output):
		case strings.HasPrefix(text, "coverage: "):
			s.coverage = strings.Fields(text)[1]
		case strings.HasPrefix(text, "ok  \t"), strings.HasPrefix(text, "?   \t"), strings.HasPrefix(text, "FAIL\t"):
			// What this program says itself; a test that passed before says so here only.
			s.cached = s.cached || strings.Contains(text, "\t(cached)")
		case strings.HasPrefix(text, s.name+"\t"):
			// A package without tests whose coverage is measured.
		default:
			s.output.WriteString(e.Output)
		}
	case "pass", "fail", "skip":
		s.result, s.seconds = e.Action, e.Elapsed
	}
}

// isProgress is true of lines that say which test is at work, and of those that repeat its result.
func isProgress(line string) bool {
	line = strings.TrimLeft(line, " ")
	for _, prefix := range []string{"=== RUN ", "=== PAUSE ", "=== CONT ", "=== NAME ", "--- PASS: ", "--- FAIL: ", "--- SKIP: "} {
		if strings.HasPrefix(line, prefix) {
			return true
		}
	}
	return false
}

// finish tells of a package that is done.
func (r *report) finish(s *suite, build string) {
	for _, t := range s.tests {
		// The process ended before it did: a panic, a timeout, os.Exit.
		if t.result == "" {
			t.result = "pass"
			if s.result == "fail" {
				t.result = "fail"
			}
		}
	}
	if said := r.builds[build]; build != "" && said != nil {
		s.output.WriteString(said.String())
	}
	if s.result != "fail" {
		if len(s.tests) > 0 {
			note := ""
			if s.coverage != "" {
				note = ", " + s.coverage + " covered"
			}
			if s.cached {
				note += ", as before"
			}
			fmt.Fprintf(r.out, "ok    %s (%s, %.2fs%s)\n", s.name, count(len(s.tests), "test"), s.seconds, note)
		}
		return
	}
	fmt.Fprintf(r.out, "FAIL  %s (%.2fs)\n", s.name, s.seconds)
	for _, t := range s.failed() {
		fmt.Fprintf(r.out, "--- FAIL: %s (%.2fs)\n%s", t.name, t.seconds, ended(t.output.String()))
	}
	io.WriteString(r.out, ended(s.output.String()))
}

// ended is a text that ends in a line break, if it is there at all.
func ended(text string) string {
	if text == "" || strings.HasSuffix(text, "\n") {
		return text
	}
	return text + "\n"
}

func (s *suite) with(result string) []*test {
	var found []*test
	for _, t := range s.tests {
		if t.result == result {
			found = append(found, t)
		}
	}
	return found
}

// failed leaves out tests that failed only because a subtest did, and said nothing themselves.
func (s *suite) failed() []*test {
	var failed []*test
	for _, t := range s.with("fail") {
		subtest := false
		for _, other := range s.with("fail") {
			subtest = subtest || strings.HasPrefix(other.name, t.name+"/")
		}
		if !subtest || t.output.Len() > 0 {
			failed = append(failed, t)
		}
	}
	return failed
}

// summary is the last thing that people read: what failed by name, and the numbers.
func (r *report) summary() string {
	var text strings.Builder
	tests, failed, skipped, packages, broken, untested := 0, 0, 0, 0, 0, 0
	if r.vetted {
		text.WriteString("failed: go vet\n")
	}
	for _, s := range r.suites {
		if s.result == "fail" {
			broken++
			names := s.failed()
			for _, t := range names {
				fmt.Fprintf(&text, "failed: %s %s%s\n", s.name, t.name, at(t.output.String()))
			}
			if len(names) == 0 {
				fmt.Fprintf(&text, "failed: %s, outside of its tests\n", s.name)
			}
			failed += len(names)
		} else if len(s.tests) == 0 {
			untested++
			continue
		}
		packages++
		tests += len(s.tests)
		skipped += len(s.with("skip"))
	}
	switch {
	case broken > 0 && failed == 0:
		fmt.Fprintf(&text, "%d of %s failed outside of its tests", broken, count(packages, "package"))
	case broken > 0:
		fmt.Fprintf(&text, "%d of %s failed, in %d of %s", failed, count(tests, "test"), broken, count(packages, "package"))
	case tests > 0:
		fmt.Fprintf(&text, "%s passed, in %s", count(tests-skipped, "test"), count(packages, "package"))
	default:
		text.WriteString("there are no tests")
	}
	if skipped > 0 {
		fmt.Fprintf(&text, "; %d skipped", skipped)
	}
	if untested > 0 {
		fmt.Fprintf(&text, "; %s without tests", count(untested, "package"))
	}
	return text.String() + "\n"
}

// at is the first place that a test names, one in a test if there is one: ` at store_test.go:12`.
func at(output string) string {
	place := ""
	for _, line := range strings.Split(output, "\n") {
		file, rest, found := strings.Cut(strings.TrimSpace(line), ".go:")
		digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
		if !found || digits == 0 || strings.ContainsAny(file, " \t") {
			continue
		}
		if place == "" || strings.HasSuffix(file, "_test") {
			place = " at " + file + ".go:" + rest[:digits]
		}
		if strings.HasSuffix(file, "_test") {
			break
		}
	}
	return place
}

func count(number int, noun string) string {
	if number == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", number, noun)
}

// The form that CI systems read; there is no standard, and this is what all of them agree on.
type (
	xmlSuites struct {
		XMLName  xml.Name   `xml:"testsuites"`
		Tests    int        `xml:"tests,attr"`
		Failures int        `xml:"failures,attr"`
		Skipped  int        `xml:"skipped,attr"`
		Time     string     `xml:"time,attr"`
		Suites   []xmlSuite `xml:"testsuite"`
	}
	xmlSuite struct {
		Name     string    `xml:"name,attr"`
		Tests    int       `xml:"tests,attr"`
		Failures int       `xml:"failures,attr"`
		Errors   int       `xml:"errors,attr"`
		Skipped  int       `xml:"skipped,attr"`
		Time     string    `xml:"time,attr"`
		Cases    []xmlCase `xml:"testcase"`
	}
	xmlCase struct {
		Class   string   `xml:"classname,attr"`
		Name    string   `xml:"name,attr"`
		Time    string   `xml:"time,attr"`
		Failure *xmlText `xml:"failure"`
		Skipped *xmlText `xml:"skipped"`
	}
	xmlText struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

func (r *report) junit() ([]byte, error) {
	all := xmlSuites{}
	total := 0.0
	for _, s := range r.suites {
		x := xmlSuite{Name: s.name, Time: fmt.Sprintf("%.3f", s.seconds)}
		for _, t := range s.tests {
			c := xmlCase{Class: s.name, Name: t.name, Time: fmt.Sprintf("%.3f", t.seconds)}
			switch t.result {
			case "fail":
				x.Failures++
				c.Failure = &xmlText{"failed" + at(t.output.String()), t.output.String()}
			case "skip":
				x.Skipped++
				c.Skipped = &xmlText{"skipped" + at(t.output.String()), t.output.String()}
			}
			x.Cases = append(x.Cases, c)
		}
		// It did not compile, or it failed before or after its tests.
		if s.result == "fail" && x.Failures == 0 {
			x.Failures++
			failure := &xmlText{"the package failed outside of its tests", s.output.String()}
			x.Cases = append(x.Cases, xmlCase{Class: s.name, Name: "package", Time: x.Time, Failure: failure})
		}
		if len(x.Cases) == 0 {
			continue
		}
		x.Tests = len(x.Cases)
		all.Tests += x.Tests
		all.Failures += x.Failures
		all.Skipped += x.Skipped
		total += s.seconds
		all.Suites = append(all.Suites, x)
	}
	all.Time = fmt.Sprintf("%.3f", total)
	text, err := xml.MarshalIndent(all, "", "  ")
	return append([]byte(xml.Header), append(text, '\n')...), err
}

// settings are what the build file says.
type settings struct {
	vet, race, short, cover, only bool
	tags, run, timeout, count     string
	packages                      []string
}

// flags are those that both commands take: they decide which files there are.
func (s *settings) flags() []string {
	var flags []string
	if s.tags != "" {
		flags = append(flags, "-tags="+s.tags)
	}
	if s.race {
		flags = append(flags, "-race")
	}
	return flags
}

// vetCommand is nil if it is not to run.
func (s *settings) vetCommand() []string {
	if !s.vet {
		return nil
	}
	return append(append([]string{"vet"}, s.flags()...), s.packages...)
}

func (s *settings) testCommand(profile string) []string {
	command := append([]string{"test", "-json", "-vet=off"}, s.flags()...)
	if s.short {
		command = append(command, "-short")
	}
	for _, flag := range [][2]string{{"-run=", s.run}, {"-timeout=", s.timeout}, {"-count=", s.count}} {
		if flag[1] != "" {
			command = append(command, flag[0]+flag[1])
		}
	}
	if s.cover {
		command = append(command, "-coverprofile="+profile)
	}
	return append(command, s.packages...)
}

// work is the whole step; it returns whether all is well.
func (s *settings) work(output string) (bool, error) {
	began := time.Now()
	report := newReport(os.Stdout)
	if arguments := s.vetCommand(); arguments != nil {
		command := exec.Command("go", arguments...)
		command.Stdout, command.Stderr = os.Stdout, os.Stdout
		report.vetted = command.Run() != nil
	}
	raw, err := os.Create(filepath.Join(output, "test.json"))
	if err != nil {
		return false, err
	}
	defer raw.Close()
	profile := filepath.Join(output, "coverage.out")
	command := exec.Command("go", s.testCommand(profile)...)
	command.Stderr = os.Stdout
	events, err := command.StdoutPipe()
	if err != nil {
		return false, err
	}
	if err := command.Start(); err != nil {
		return false, err
	}
	if err := report.read(events, raw); err != nil {
		return false, err
	}
	well := command.Wait() == nil && !report.vetted
	junit, err := report.junit()
	if err != nil {
		return false, err
	}
	if err := os.WriteFile(filepath.Join(output, "junit.xml"), junit, 0o644); err != nil {
		return false, err
	}
	if _, err := os.Stat(profile); s.cover && err == nil {
		command := exec.Command("go", "tool", "cover", "-html="+profile, "-o", filepath.Join(output, "coverage.html"))
		command.Stdout, command.Stderr = os.Stdout, os.Stdout
		// Of what does not compile there is no page.
		if err := command.Run(); err != nil && well {
			return false, err
		}
	}
	fmt.Printf("\n%sit took %.1fs\n", report.summary(), time.Since(began).Seconds())
	return well, nil
}

func main() {
	s := settings{}
	flag.BoolVar(&s.vet, "vet", false, "run go vet first")
	flag.BoolVar(&s.race, "race", false, "as of go test")
	flag.BoolVar(&s.short, "short", false, "as of go test")
	flag.BoolVar(&s.cover, "cover", false, "measure coverage")
	flag.BoolVar(&s.only, "report-only", false, "do not fail if a test does")
	flag.StringVar(&s.tags, "tags", "", "as of go test")
	flag.StringVar(&s.run, "run", "", "as of go test")
	flag.StringVar(&s.timeout, "timeout", "", "as of go test")
	flag.StringVar(&s.count, "count", "", "as of go test")
	flag.Parse()
	s.packages = flag.Args()
	well, err := s.work(os.Getenv("GOBUILD_OUTPUT"))
	if err != nil {
		fmt.Println(err)
		os.Exit(2)
	}
	if !well && !s.only {
		os.Exit(1)
	}
}
