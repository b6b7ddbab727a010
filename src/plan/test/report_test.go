package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"io"
	"strings"
	"testing"
)

// told is what a person reads of these events, and the report.
func told(t *testing.T, events ...event) (string, *report) {
	t.Helper()
	var lines, out bytes.Buffer
	for _, e := range events {
		line, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		lines.Write(append(line, '\n'))
	}
	report := newReport(&out)
	if err := report.read(&lines, io.Discard); err != nil {
		t.Fatal(err)
	}
	return out.String(), report
}

func output(name, text string) event {
	return event{Action: "output", Package: "app", Test: name, Output: text}
}

func done(name, action string) event {
	return event{Action: action, Package: "app", Test: name, Elapsed: 0.5}
}

func same(t *testing.T, found, expected string) {
	t.Helper()
	if found != expected {
		t.Errorf("found\n%s\nexpected\n%s", found, expected)
	}
}

func TestWhatPassesIsOneLine(t *testing.T) {
	text, report := told(t,
		output("TestA", "=== RUN   TestA\n"), output("TestA", "chatter\n"), output("TestA", "--- PASS: TestA (0.50s)\n"),
		done("TestA", "pass"), output("", "PASS\n"), output("", "coverage: 83.3% of statements\n"),
		output("", "ok  \tapp\t0.5s\tcoverage: 83.3% of statements\n"), done("", "pass"))
	same(t, text, "ok    app (1 test, 0.50s, 83.3% covered)\n")
	same(t, report.summary(), "1 test passed, in 1 package\n")
}

func TestWhatFailsIsToldWithItsNameAndPlace(t *testing.T) {
	text, report := told(t,
		output("TestA", "=== RUN   TestA\n"), output("TestA/sub", "=== RUN   TestA/sub\n"),
		output("TestA/sub", "    a_test.go:12: got 1, want 2\n"), output("TestA/sub", "    --- FAIL: TestA/sub (0.50s)\n"),
		done("TestA/sub", "fail"), output("TestA", "--- FAIL: TestA (0.50s)\n"), done("TestA", "fail"),
		output("TestB", "fine\n"), done("TestB", "pass"), output("", "FAIL\n"), output("", "FAIL\tapp\t0.5s\n"),
		done("", "fail"))
	same(t, text, "FAIL  app (0.50s)\n--- FAIL: TestA/sub (0.50s)\n    a_test.go:12: got 1, want 2\n")
	same(t, report.summary(), "failed: app TestA/sub at a_test.go:12\n1 of 3 tests failed, in 1 of 1 package\n")
}

func TestWhatDoesNotCompileIsToldOnce(t *testing.T) {
	text, report := told(t,
		event{Action: "build-output", ImportPath: "app [app.test]", Output: "a_test.go:3:1: undefined: x\n"},
		event{Action: "build-fail", ImportPath: "app [app.test]"},
		output("", "FAIL\tapp [build failed]\n"),
		event{Action: "fail", Package: "app", FailedBuild: "app [app.test]"})
	same(t, text, "FAIL  app (0.00s)\na_test.go:3:1: undefined: x\n")
	same(t, report.summary(), "failed: app, outside of its tests\n1 of 1 package failed outside of its tests\n")
}

func TestATestThatNeverEndedHasFailed(t *testing.T) {
	text, _ := told(t, output("TestA", "panic: oops\n"), output("", "exit status 2\n"), done("", "fail"))
	same(t, text, "FAIL  app (0.50s)\n--- FAIL: TestA (0.00s)\npanic: oops\nexit status 2\n")
}

func TestWhatIsNoEventIsPassedOn(t *testing.T) {
	var out bytes.Buffer
	report := newReport(&out)
	if err := report.read(strings.NewReader("# app\nx.go:1: oops\n{\"Action\":\"start\",\"Package\":\"app\"}\nlast"), io.Discard); err != nil {
		t.Fatal(err)
	}
	same(t, out.String(), "# app\nx.go:1: oops\nlast")
}

func TestNoTests(t *testing.T) {
	text, report := told(t, output("", "?   \tapp\t[no test files]\n"), done("", "skip"))
	same(t, text+report.summary(), "there are no tests; 1 package without tests\n")
}

func TestJunit(t *testing.T) {
	_, report := told(t,
		output("TestA", "    a_test.go:12: <got> \x00\n"), done("TestA", "fail"), done("TestB", "skip"),
		done("TestC", "pass"), done("", "fail"), event{Action: "skip", Package: "empty"},
		event{Action: "fail", Package: "broken"})
	text, err := report.junit()
	if err != nil {
		t.Fatal(err)
	}
	var read xmlSuites
	if err := xml.Unmarshal(text, &read); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if read.Tests != 4 || read.Failures != 2 || read.Skipped != 1 || len(read.Suites) != 2 {
		t.Errorf("%+v", read)
	}
	failure := read.Suites[0].Cases[0].Failure
	if failure == nil || failure.Message != "failed at a_test.go:12" || !strings.Contains(failure.Text, "<got>") {
		t.Errorf("%s", text)
	}
}

func TestTheCommandsSayWhatTheFileSays(t *testing.T) {
	s := settings{vet: true, race: true, short: true, cover: true, tags: "a,b", run: "^TestFast$", packages: []string{"./..."}}
	same(t, strings.Join(s.vetCommand(), " "), "vet -tags=a,b -race ./...")
	same(t, strings.Join(s.testCommand("/out/p"), " "),
		"test -json -vet=off -tags=a,b -race -short -run=^TestFast$ -coverprofile=/out/p ./...")
	s = settings{timeout: "5m", packages: []string{"./a"}}
	if s.vetCommand() != nil {
		t.Error("vet was not asked for")
	}
	same(t, strings.Join(s.testCommand(""), " "), "test -json -vet=off -timeout=5m ./a")
}

func TestThePlaceOfATestIsBetterThanThatOfAPanic(t *testing.T) {
	same(t, at("panic: x\n\t/go/testing.go:7 +0x1\n\t/src/a_test.go:38 +0x25\n\t/src/b_test.go:1\n"), " at /src/a_test.go:38")
	same(t, at("no place: 1\n\t/go/testing.go:7\nx.go:\n"), " at /go/testing.go:7")
}
