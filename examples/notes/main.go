// Notes keeps short texts and shows them on a page. It uses the standard library only, so that it builds without a
// network; `ballast demo` builds it to show what a shared build cache is worth.
package main

import (
	"context"
	"errors"
	"flag"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"time"

	"example.org/notes/export"
	"example.org/notes/store"
	"example.org/notes/web"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:8080", "address to serve on")
	file := flag.String("file", "notes.json", "where the notes are kept")
	archive := flag.String("archive", "", "write all notes to this .tar.gz and exit")
	flag.Parse()

	notes, err := store.Open(*file)
	if err != nil {
		slog.Error("the notes could not be read", "file", *file, "error", err)
		os.Exit(1)
	}
	if *archive != "" {
		if err := export.Archive(*archive, notes.All()); err != nil {
			slog.Error("the archive could not be written", "file", *archive, "error", err)
			os.Exit(1)
		}
		return
	}
	if err := serve(*listen, notes); err != nil {
		slog.Error("the server stopped", "error", err)
		os.Exit(1)
	}
}

func serve(listen string, notes *store.Store) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	server := &http.Server{Addr: listen, Handler: web.Handler(notes), ReadHeaderTimeout: 5 * time.Second}
	go func() {
		<-ctx.Done()
		done, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = server.Shutdown(done)
	}()
	slog.Info("serving", "address", "http://"+listen)
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
