import { defineErrors, exitStatus } from "../core/errors.ts";

/** The codes of the command line itself. */
export const cliErrors = defineErrors({
  "cli/command-unknown": {
    exit: exitStatus.usage,
    what: "there is no such command",
    why: "The words after `ballast` do not name a command.",
    todo: "Correct the name; `ballast --help` lists the commands.",
  },
  "cli/command-incomplete": {
    exit: exitStatus.usage,
    what: "the command is not complete",
    why: "The word names a group of commands, and which of them is meant was not said.",
    todo: "Add one of the group's verbs.",
  },
  "cli/argument-unexpected": {
    exit: exitStatus.usage,
    what: "there is a word too many",
    why: "The command takes no arguments besides its flags, or fewer of them.",
    todo: "Remove the word; `--help` after the command shows what it takes.",
  },
  "cli/argument-invalid": {
    exit: exitStatus.usage,
    what: "an argument is missing or not one of those that the command takes",
    why: "The command needs to know which one is meant, and does not guess.",
    todo: "Give one of those that `--help` after the command names.",
  },
  "cli/bug": {
    exit: exitStatus.bug,
    what: "this is a bug in Ballast",
    why: "Something failed in a way for which Ballast has no code.",
    todo: "Report it with the lines above; they say where it happened.",
  },
});
