package about

import "testing"

func TestLine(t *testing.T) {
	t.Setenv("QUEUE", "q")
	t.Setenv("LOG", "l")
	if got, want := Line("api"), "api unknown queue=q log=l\n"; got != want {
		t.Errorf("Line = %q, want %q", got, want)
	}
}
