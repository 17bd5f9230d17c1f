/** What `--verify` found, as a document. */

import { sectionOf, tableBlock } from "../../../../report/document-blocks.ts";
import type { LabReport } from "../../../lab.ts";
import { whereBlocks } from "../where-report.ts";
import type { NamedFactor, VerifyAnalysis } from "./verify-binary.ts";

export function verifyReport(analysis: VerifyAnalysis): LabReport {
  const { factors, attempts, where } = analysis;
  return {
    isFinding: !analysis.isEqual,
    document: {
      title: `Rebuild of ${analysis.binary}`,
      verdict: verdictOf(analysis),
      facts: [
        ["package", analysis.package],
        ["go", analysis.go],
        ["rebuilt by", analysis.command],
      ],
      sections: [
        ...(factors.length === 0 ? [] : [sectionOf("What was otherwise", factorTable(factors))]),
        ...(where === undefined
          ? []
          : [sectionOf("Where it differs from the build as recorded", ...whereBlocks(where))]),
        ...(attempts.length < 2
          ? []
          : [
              sectionOf(
                "Tried",
                tableBlock(
                  ["build", "program"],
                  attempts.map(({ name, outcome }) => [name, outcome]),
                ),
              ),
            ]),
      ],
    },
  };
}

function factorTable(factors: readonly NamedFactor[]) {
  const rows = factors.map(({ factor, was, now, isProven }) => [
    factor,
    was,
    now,
    isProven ? "rebuilt with it: the same program" : "read from the program",
  ]);
  return tableBlock(["factor", "then", "now", "known from"], rows);
}

function verdictOf({ isEqual, factors, where }: VerifyAnalysis): string {
  if (isEqual) return "Reproduced: a build by the program's own information gives the same bytes.";
  const [first] = factors;
  if (first?.isProven === true) {
    return `Not reproduced as recorded; with ${first.factor} ${first.was} instead of ${first.now} it is the same program.`;
  }
  if (factors.length > 0) return `Not reproduced: ${factors.map(({ factor }) => factor).join(", ")} differ from was.`;
  return `Not reproduced, and the program does not say why. ${guessOf(where?.kind)}`;
}

/** What leaves no trace in the module information (Go leaves -ldflags and the cgo flags out under -trimpath). */
function guessOf(kind: string | undefined): string {
  if (kind === "build-id") {
    return "The program is the same but for its build id: the link step was told something else, such as another name of the C compiler.";
  }
  if (kind === "code") {
    return "The code differs: other sources, or compiler flags that -trimpath keeps out of the program.";
  }
  return "No code differs: other strings in the sources, or -ldflags=-X, which -trimpath keeps out of the program.";
}
