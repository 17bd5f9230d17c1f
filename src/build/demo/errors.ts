import { defineErrors, exitStatus } from "../../core/errors.ts";

/** The codes of `ballast demo`. */
export const demoErrors = defineErrors({
  "build/go-too-old": {
    exit: exitStatus.dependency,
    what: "This Go is too old for a cache program",
    why: "GOCACHEPROG, by which Go asks another program for its cache, is part of Go since 1.24.",
    todo: "Install Go 1.24 or newer from https://go.dev/dl, or name it in the `toolchain` line of go.mod.",
  },
  "build/demo-no-room": {
    exit: exitStatus.dependency,
    what: "There is no room for the demo's files",
    why: "It keeps five build caches and a server's data in a temporary folder of its own, about 600 MB in all.",
    todo: "Free some space, or set TMPDIR to a folder on a disk that has room and that you may write to.",
  },
  "build/demo-module-unfit": {
    exit: exitStatus.usage,
    what: "The demo cannot build this module",
    why: "The folder is copied alone and built with `go build`: it needs a go.mod, and nothing beside it (no go.work, no `replace` that leads out of it).",
    todo: "Name the folder that holds go.mod with --module, and see that `GOWORK=off go build` works in it.",
  },
  "build/demo-package-unfit": {
    exit: exitStatus.usage,
    what: "The demo needs one package that is a program",
    why: "It compares the binaries of several builds, and only a package called main becomes one.",
    todo: "Name one program with --package, for instance --package ./cmd/server.",
  },
  "build/demo-server-failed": {
    exit: exitStatus.dependency,
    what: "The demo's cache server did not start",
    why: "`ballast serve` on a free port of this machine ended, or did not say within 20 seconds that it was ready.",
    todo: "See what it said above; try `ballast serve --listen 127.0.0.1:0` by hand.",
  },
  "build/demo-build-failed": {
    exit: exitStatus.findings,
    what: "A build of the demo failed that works without Ballast",
    why: "The same build went well natively a moment ago. The disk may be full, or this is a bug in Ballast.",
    todo: "Look at what go said above. Run the demo again with --keep to look at its files; report it if it stays so.",
  },
  "build/demo-nothing-shared": {
    exit: exitStatus.findings,
    what: "A new runner got nothing from the server",
    why: "Something between the two kept them apart, so the figures say nothing about a shared cache.",
    todo: "Run `ballast doctor`; a proxy or a security program that stops connections on 127.0.0.1 is a frequent cause.",
  },
  "build/demo-binaries-differ": {
    exit: exitStatus.findings,
    what: "The builds made different binaries",
    why: "Either the module does not build the same bytes twice (the time in a -ldflags, for instance), or Ballast served something wrong.",
    todo: "Build twice with go alone and compare. If those two are equal, report it as a bug in Ballast.",
  },
});
