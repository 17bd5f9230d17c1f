import { accessSync, constants } from "node:fs";
import { basename } from "node:path";

import { splitQuotedWords } from "../../../go/quoted-words.ts";
import { ownCommand } from "../../../core/own-command.ts";
import type { CheckResult, DoctorCheck, DoctorContext } from "../check.ts";

export const check: DoctorCheck = {
  id: "gocacheprog",
  title: "GOCACHEPROG is free, or names Ballast",
  run: async (context) => {
    const go = await context.go();
    const value = (go.state === "found" ? go.values["GOCACHEPROG"] : undefined) ?? context.env["GOCACHEPROG"] ?? "";
    if (value.trim() === "") return { status: "ok", found: "not set; `ballast go` sets it for each run" };
    const place = context.env["GOCACHEPROG"] ? "in the environment" : "by `go env -w`";
    const words = splitQuotedWords(value);
    const [program] = words ?? [];
    if (words === undefined || program === undefined) return malformed(place);
    const whole = programTrouble(program, context);
    if (whole !== undefined) return cannotStart(program, place, whole);
    if (namesBallast(words)) return { status: "ok", found: `${program}, set ${place}` };
    return {
      status: "warning",
      // Further words may hold another tool's token.
      found: `${program}, set ${place}`,
      why: "Plain go commands use that program and not Ballast; `ballast go` overrides it for its own runs.",
      todo: `Remove it ${place === "in the environment" ? "from the environment" : "with `go env -u GOCACHEPROG`"}, or replace it by what \`ballast env\` prints.`,
    };
  },
};

/** `ballast cacheprog`, under any name of the executable that is running now, or `bun …/main.ts cacheprog`. */
function namesBallast(words: readonly string[]): boolean {
  const own = ownCommand();
  const isOwn = own.every((word, index) => words[index] === word) && words[own.length] === "cacheprog";
  return isOwn || (basename(words[0] ?? "").startsWith("ballast") && words[1] === "cacheprog");
}

function programTrouble(program: string, { env }: DoctorContext): string | undefined {
  if (!program.includes("/")) {
    return Bun.which(program, { PATH: env["PATH"] ?? "" }) === null ? "it is not in PATH" : undefined;
  }
  try {
    accessSync(program, constants.X_OK);
    return undefined;
  } catch {
    return "there is no such program, or it may not be run";
  }
}

function malformed(place: string): CheckResult {
  return {
    status: "problem",
    found: `a quote is not closed in the value, set ${place}`,
    why: "Go splits the value into words itself, knows quotes but no escapes, and refuses to start.",
    todo: "Set it to what `ballast env` prints, or unset it.",
  };
}

function cannotStart(program: string, place: string, trouble: string): CheckResult {
  return {
    status: "problem",
    found: `${program}, set ${place}: ${trouble}`,
    why: "Every go command that needs the cache fails when it cannot start this program.",
    todo: "Correct the path, set it to what `ballast env` prints, or unset it.",
  };
}
