// Package store keeps notes in a JSON file.
package store

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"slices"
	"sync"
	"time"
)

// Note is one text.
type Note struct {
	ID      string    `json:"id"`
	Text    string    `json:"text"`
	Written time.Time `json:"written"`
}

// Store holds notes and writes them to its file.
type Store struct {
	mu    sync.Mutex
	file  string
	notes map[string]Note
}

// Open reads file; a file that is not there yet holds no notes.
func Open(file string) (*Store, error) {
	s := &Store{file: file, notes: map[string]Note{}}
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return nil, err
	}
	return s, json.Unmarshal(data, &s.notes)
}

// Add keeps a text; the same text twice is one note.
func (s *Store) Add(text string, now time.Time) (Note, error) {
	sum := sha256.Sum256([]byte(text))
	note := Note{ID: hex.EncodeToString(sum[:8]), Text: text, Written: now}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.notes[note.ID] = note
	data, err := json.MarshalIndent(s.notes, "", "  ")
	if err != nil {
		return Note{}, err
	}
	return note, os.WriteFile(s.file, data, 0o600)
}

// All returns the notes, the newest first.
func (s *Store) All() []Note {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]Note, 0, len(s.notes))
	for _, note := range s.notes {
		all = append(all, note)
	}
	slices.SortFunc(all, func(a, b Note) int { return cmp.Or(b.Written.Compare(a.Written), cmp.Compare(a.ID, b.ID)) })
	return all
}
