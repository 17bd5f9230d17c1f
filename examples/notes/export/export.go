// Package export writes notes to an archive.
package export

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"os"

	"example.org/notes/store"
)

// Archive writes a .tar.gz with one file for each note.
func Archive(path string, notes []store.Note) (err error) {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	packed := gzip.NewWriter(file)
	archive := tar.NewWriter(packed)
	defer func() { err = errors.Join(err, archive.Close(), packed.Close(), file.Close()) }()
	for _, note := range notes {
		head := &tar.Header{Name: note.ID + ".txt", Mode: 0o600, Size: int64(len(note.Text)), ModTime: note.Written}
		if err := archive.WriteHeader(head); err != nil {
			return err
		}
		if _, err := archive.Write([]byte(note.Text)); err != nil {
			return err
		}
	}
	return nil
}
