import { defineErrors, exitStatus } from "../../../core/errors.ts";

/** The codes of `ballast lab drift`. */
export const driftErrors = defineErrors({
  "lab/factor-unknown": {
    exit: exitStatus.usage,
    what: "there is no such factor, or its levels are not two",
    why: "A factor is a built-in one, a flag of `go build` or an environment variable, with two different levels.",
    todo: "Write `--factor NAME`, `--factor NAME=A,B`, `--factor=-gcflags=A,B` or `--factor VARIABLE=A,B`.",
  },
  "lab/factor-not-applicable": {
    exit: exitStatus.usage,
    what: "a factor that was asked for cannot be varied here",
    why: "It needs something that is not on this machine or not in this module.",
    todo: "Leave the factor out, or install what it needs.",
  },
  "lab/module-does-not-build": {
    exit: exitStatus.dependency,
    what: "the module does not build",
    why: "Nothing can be said of what changes a binary when there is none.",
    todo: "Make `go build` succeed there first; a build that needs flags gets them by --build-flag.",
  },
  "lab/no-main-package": {
    exit: exitStatus.usage,
    what: "it is not clear which program to build",
    why: "The folder holds no main package, or several.",
    todo: "Name one with --package.",
  },
  "lab/module-too-large": {
    exit: exitStatus.usage,
    what: "the module's repository is too large to be copied",
    why: "Each experiment builds two copies in two places, so that the working directory can be varied.",
    todo: "Start in a smaller checkout, for instance one without build results.",
  },
  "lab/not-a-program": {
    exit: exitStatus.usage,
    what: "this file is no Go program that says how it was built",
    why: "It is no ELF file, was not built by Go 1.18 or newer, or its build information was taken out.",
    todo: "Give the file as `go build` wrote it, for Linux or another platform that uses ELF.",
  },
  "lab/image-no-buildkit": {
    exit: exitStatus.dependency,
    what: "there is no BuildKit to build images with",
    why: "buildctl is not on PATH, or no daemon answers at BUILDKIT_HOST.",
    todo: "Start buildkitd and set BUILDKIT_HOST; or compare two images that are there already: --image ONE --image TWO.",
  },
  "lab/image-does-not-build": {
    exit: exitStatus.dependency,
    what: "the image does not build",
    why: "Nothing can be said of what changes an image when there is none.",
    todo: "Make `buildctl build` succeed there first; a base that is not pulled is named by --build-context.",
  },
  "lab/image-unreadable": {
    exit: exitStatus.usage,
    what: "this is no image archive that can be compared",
    why: "It is no tar archive of the OCI layout or of `docker save`, it is damaged, or it is too large.",
    todo: "Write it by `docker save -o FILE IMAGE` or by BuildKit's `type=oci` or `type=docker` output.",
  },
});
