/** The functions of a Go source file and where they lie, by the parser that the checker has. */

import { Kind, Role } from "../../check/go/kinds.ts";
import { SourceFile } from "../../check/go/source-file.ts";
import { receiverBase } from "../../check/go/syntax/declarations.ts";
import { NameTable } from "../../check/go/syntax/names.ts";
import { parseFile } from "../../check/go/syntax/parse-file.ts";
import { TreeBuilder } from "../../check/go/syntax/tree-builder.ts";
import { GoTree, type NodeId } from "../../check/go/tree.ts";
import type { FunctionPlace } from "./record.ts";

export interface SourceFunctions {
  readonly isGenerated: boolean;
  readonly functions: readonly FunctionPlace[];
}

/** Reads files one after another. */
export type ReadFunctions = (path: string, text: string) => SourceFunctions;

export function createFunctionReader(): ReadFunctions {
  const build = new TreeBuilder(new NameTable());
  return (path, text) => {
    const { root } = parseFile(text, build);
    const tree = new GoTree(build.finish(root));
    const file = new SourceFile({ path, text }, 0, "");
    const functions = tree.list(0, Role.Decl).flatMap((node) => {
      const body = tree.kind(node) === Kind.FuncDecl ? tree.child(node, Role.Body) : undefined;
      if (body === undefined) return [];
      const start = file.position(tree.from(body));
      const end = file.position(tree.to(body));
      const name = functionName(tree, node);
      return [{ name, startLine: start.line, startColumn: start.column, endLine: end.line, endColumn: end.column }];
    });
    return { isGenerated: file.isGenerated, functions };
  };
}

/** As Go's own coverage data has it: `F`, `T.M`, `*T.M`. */
function functionName(tree: GoTree, node: NodeId): string {
  const nameNode = tree.child(node, Role.Name);
  const name = nameNode === undefined ? "" : tree.name(nameNode);
  const receiver = tree.child(node, Role.Recv);
  const base = receiver === undefined ? undefined : receiverBase(tree, receiver);
  return base === undefined ? name : `${base.isPointer ? "*" : ""}${tree.name(base.name)}.${name}`;
}
