import { defineErrors, exitStatus } from "./errors.ts";

/** The codes of the core floor: flags, settings and processes. */
export const coreErrors = defineErrors({
  "core/flag-unknown": {
    exit: exitStatus.usage,
    what: "there is no such flag",
    why: "Flags are strict: a misspelt one that passed unnoticed would leave a default in force.",
    todo: "Correct the name; `--help` after the command lists its flags.",
  },
  "core/flag-value-missing": {
    exit: exitStatus.usage,
    what: "a flag has no value",
    why: "The flag was the last word, or the next word looks like a flag itself.",
    todo: "Write the value after the flag, or as `--flag=VALUE` where it begins with a dash.",
  },
  "core/flag-value-empty": {
    exit: exitStatus.usage,
    what: "a flag has an empty value",
    why: "An empty value is nearly always a shell variable that was not set.",
    todo: "Give a value, or leave the flag out to get its default.",
  },
  "core/flag-value-invalid": {
    exit: exitStatus.usage,
    what: "a flag has a value that it cannot take",
    why: "The value does not have the form, or is not in the range, that the flag declares.",
    todo: "Correct the value; `--help` after the command says what it may be.",
  },
  "core/flag-repeated": {
    exit: exitStatus.usage,
    what: "a flag is given more than once",
    why: "Only flags that are declared as lists may be repeated; for others one value would silently win.",
    todo: "Keep one of them.",
  },
  "core/settings-invalid": {
    exit: exitStatus.usage,
    what: "the settings are not valid",
    why: "A flag, a BALLAST_* variable or a key of ballast.yaml has a wrong name or a wrong value.",
    todo: "Correct each of the listed places.",
  },
  "core/settings-file-unreadable": {
    exit: exitStatus.usage,
    what: "ballast.yaml cannot be read",
    why: "The file is there, but it is no regular file or may not be opened.",
    todo: "Check the file's kind and permissions, or remove it.",
  },
  "core/settings-file-too-large": {
    exit: exitStatus.usage,
    what: "ballast.yaml is too large",
    why: "The file is read at the start of each build, so its size is limited.",
    todo: "Make the file smaller than 1 MB.",
  },
  "core/settings-file-malformed": {
    exit: exitStatus.usage,
    what: "ballast.yaml is not a YAML mapping",
    why: "The text is not valid YAML, or its top level is not `key: value` lines.",
    todo: "Correct the syntax; an editor that knows the published JSON Schema shows where.",
  },
  "core/process-failed": {
    exit: exitStatus.dependency,
    what: "a program that Ballast started failed",
    why: "It ended with a status other than 0, was ended by a signal, or ran past its deadline.",
    todo: "Read what it printed; run the same command by hand to see the whole output.",
  },
  "core/process-not-started": {
    exit: exitStatus.dependency,
    what: "a program that Ballast needs could not be started",
    why: "It is not installed, not on PATH, not executable, or its working directory does not exist.",
    todo: "Install it or correct PATH, then try again.",
  },
});
