import { defineErrors, exitStatus } from "../../core/errors.ts";

/** The codes of `ballast image build`. */
export const imageErrors = defineErrors({
  "build/image-no-builder": {
    exit: exitStatus.dependency,
    what: "There is nothing here that builds images",
    why: "Neither buildctl with a BuildKit behind BUILDKIT_HOST, nor docker with buildx, nor a docker daemon answers.",
    todo: "Install Docker with buildx, or start buildkitd and set BUILDKIT_HOST; or build in a cluster: `ballast k8s job`.",
  },
  "build/image-dockerfile": {
    exit: exitStatus.usage,
    what: "The Dockerfile cannot be used",
    why: "It is not there, is too large, or is no Dockerfile.",
    todo: "Name it by --file; `ballast image init` writes one.",
  },
  "build/image-failed": {
    exit: exitStatus.dependency,
    what: "The image was not built",
    why: "The builder, or a step of the Dockerfile, ended with a failure; what it said is above.",
    todo: "Mend that step. Steps without a cache from Ballast are built by --carry none.",
  },
  "build/image-needs-buildkit": {
    exit: exitStatus.usage,
    what: "Without BuildKit this Dockerfile cannot be built with Go's cache",
    why: "The classic builder has no mounts. What is left is to compile on this machine and to copy the program into the last stage, and this Dockerfile is not of that shape, or its program needs C.",
    todo: "Install buildx or buildkitd, or write the Dockerfile by `ballast image init`.",
  },
  "build/image-carried-damaged": {
    exit: exitStatus.dependency,
    what: "The folder with Go's caches is damaged",
    why: "An archive in it, or the list of them, is not what the last export wrote.",
    todo: "Nothing: the image is built without it, and the folder is written anew.",
  },
  "build/image-carried-unusable": {
    exit: exitStatus.dependency,
    what: "Go's caches could not be put into the folder",
    why: "It cannot be written, or the disk is full.",
    todo: "Name another folder by --carry-folder; the image itself was built.",
  },
  "build/image-tools": {
    exit: exitStatus.dependency,
    what: "Ballast cannot be handed into the build",
    why: "It is not one executable (started from its sources), or its folder in the user's cache cannot be written.",
    todo: "Use the compiled executable, or name an image that holds /ballast by --tools.",
  },
});
