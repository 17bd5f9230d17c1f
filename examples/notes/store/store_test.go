package store

import (
	"path/filepath"
	"testing"
	"time"
)

func TestNotesSurvive(t *testing.T) {
	file := filepath.Join(t.TempDir(), "notes.json")
	first, err := Open(file)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := first.Add("milk", time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}
	if _, err := first.Add("bread", time.Unix(2, 0)); err != nil {
		t.Fatal(err)
	}
	second, err := Open(file)
	if err != nil {
		t.Fatal(err)
	}
	if all := second.All(); len(all) != 2 || all[0].Text != "bread" {
		t.Fatalf("got %v", all)
	}
}
