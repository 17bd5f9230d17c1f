// Package web shows notes and takes new ones.
package web

import (
	"encoding/json"
	"html/template"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"example.org/notes/store"
)

var page = template.Must(template.New("page").Parse(`<!doctype html>
<meta charset="utf-8">
<title>Notes</title>
<form method="post"><input name="text" maxlength="200" autofocus> <button>Keep</button></form>
<ul>{{range .}}<li>{{.Text}} <small>{{.Written.Format "2 Jan 15:04"}}</small>{{end}}</ul>
`))

// Handler serves the page under / and the notes as JSON under /notes.json.
func Handler(notes *store.Store) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		if err := page.Execute(w, notes.All()); err != nil {
			slog.Error("the page could not be written", "error", err)
		}
	})
	mux.HandleFunc("POST /{$}", func(w http.ResponseWriter, r *http.Request) {
		text := strings.TrimSpace(r.PostFormValue("text"))
		if text == "" || len(text) > 200 {
			http.Error(w, "a note has 1 to 200 characters", http.StatusBadRequest)
			return
		}
		if _, err := notes.Add(text, time.Now()); err != nil {
			http.Error(w, "the note could not be kept", http.StatusInternalServerError)
			return
		}
		http.Redirect(w, r, "/", http.StatusSeeOther)
	})
	mux.HandleFunc("GET /notes.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(notes.All())
	})
	return mux
}
