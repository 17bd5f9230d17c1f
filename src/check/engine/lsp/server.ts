/**
 * `ballast check --lsp`: diagnostics and fixes in an editor. What is checked is what lies on the disk: at the start, when a
 * file is saved, and when the editor says that files changed. A fix is offered while the editor's text is that text.
 */

import type { Finding } from "../../finding.ts";
import type { CheckOptions } from "../options.ts";
import { runCheck } from "../run-check.ts";
import type { CheckResult } from "../run-check.ts";
import { readTextFile } from "../snapshot.ts";
import type { LspRange, Translator } from "./diagnostics.ts";
import { createTranslator, fileOf, overlaps, uriOf } from "./diagnostics.ts";
import type { RpcMessage } from "./message-stream.ts";
import { encodeMessage, readMessages } from "./message-stream.ts";

export interface LspStreams {
  readonly input: AsyncIterable<Uint8Array>;
  readonly write: (text: string) => void;
}

/** What is known after a check. */
interface Checked {
  readonly result: CheckResult;
  readonly translator: Translator;
  readonly byUri: ReadonlyMap<string, readonly Finding[]>;
}

const methodNotFound = -32601;
const internalError = -32603;

/** Serves until the editor says `exit` or closes the stream, and returns the exit status that the protocol asks for. */
export async function serveEditor(options: CheckOptions, streams: LspStreams): Promise<number> {
  const session = new EditorSession(options, streams.write);
  for await (const message of readMessages(streams.input)) {
    if (message.method === "exit") return session.isShutDown ? 0 : 1;
    await session.handle(message);
  }
  return session.isShutDown ? 0 : 1;
}

class EditorSession {
  isShutDown = false;
  private readonly options: CheckOptions;
  private readonly write: (text: string) => void;
  private paths: readonly string[];
  private checked: Checked | undefined;
  /** The editor's text of what it has open, by URI. */
  private readonly open = new Map<string, string>();
  private published: ReadonlySet<string> = new Set();
  private running: Promise<void> | undefined;
  private isStale = false;

  constructor(options: CheckOptions, write: (text: string) => void) {
    this.options = options;
    this.write = write;
    this.paths = options.paths;
  }

  async handle({ id, method, params }: RpcMessage): Promise<void> {
    if (method === undefined) return; // an answer; this server asks nothing
    try {
      const result = await this.answer(method, (params ?? {}) as Record<string, unknown>);
      if (id === undefined || id === null) return;
      if (result === undefined) this.send({ id, error: { code: methodNotFound, message: `no method ${method}` } });
      else this.send({ id, result });
    } catch (cause) {
      const text = cause instanceof Error ? cause.message : String(cause);
      if (id !== undefined) this.send({ id, error: { code: internalError, message: text } });
      else this.send({ method: "window/logMessage", params: { type: 1, message: text } });
    }
  }

  private send(message: object): void {
    this.write(encodeMessage(message));
  }

  /** `undefined`: there is no such method. `null` is an answer. */
  private async answer(method: string, params: Record<string, unknown>): Promise<unknown> {
    switch (method) {
      case "initialize":
        return this.initialize(params);
      case "initialized":
      case "textDocument/didSave":
      case "workspace/didChangeWatchedFiles":
        this.checkSoon();
        return null;
      case "textDocument/didOpen":
        return this.remember(params, (params["textDocument"] as { text?: unknown } | undefined)?.text);
      case "textDocument/didChange":
        return this.remember(params, (params["contentChanges"] as { text?: unknown }[] | undefined)?.at(-1)?.text);
      case "textDocument/didClose":
        this.open.delete(uriIn(params));
        return null;
      case "textDocument/codeAction":
        await this.running;
        return this.actions(uriIn(params), params["range"] as LspRange);
      case "shutdown":
        this.isShutDown = true;
        await this.running;
        return null;
      default:
        return undefined;
    }
  }

  private initialize({ rootUri }: Record<string, unknown>): object {
    const folder = typeof rootUri === "string" ? fileOf(rootUri) : undefined;
    if (folder !== undefined && this.paths.length === 0) this.paths = [folder];
    return {
      capabilities: {
        // Whole texts: they are only compared with what was checked.
        textDocumentSync: { openClose: true, change: 1, save: true },
        codeActionProvider: { codeActionKinds: ["quickfix"] },
      },
      serverInfo: { name: "ballast", version: this.options.toolVersion },
    };
  }

  private remember(params: Record<string, unknown>, text: unknown): null {
    if (typeof text === "string") this.open.set(uriIn(params), text);
    return null;
  }

  /** One check at a time; what changes meanwhile leads to another. */
  private checkSoon(): void {
    this.isStale = true;
    this.running ??= this.checkWhileStale().finally(() => {
      this.running = undefined;
    });
  }

  private async checkWhileStale(): Promise<void> {
    while (this.isStale) {
      this.isStale = false;
      try {
        this.publish(await runCheck({ ...this.options, paths: this.paths }));
      } catch (cause) {
        const message = cause instanceof Error ? cause.message : String(cause);
        this.send({ method: "window/showMessage", params: { type: 1, message: `ballast: ${message}` } });
      }
    }
  }

  private publish(result: CheckResult): void {
    const { root } = result.scope;
    const translator = createTranslator(root, (path) => readTextFile(root, path));
    const byUri = Map.groupBy(result.findings, ({ path }) => uriOf(root, path));
    this.checked = { result, translator, byUri };
    const uris = new Set([...byUri.keys(), ...this.published]);
    for (const uri of uris) {
      const diagnostics = (byUri.get(uri) ?? []).map((finding) =>
        translator.diagnostic(finding, new URL(finding.rule, this.options.rulesUrl).href),
      );
      this.send({ method: "textDocument/publishDiagnostics", params: { uri, diagnostics } });
    }
    this.published = new Set(byUri.keys());
  }

  private actions(uri: string, range: LspRange): object[] {
    if (this.checked === undefined) return [];
    const { byUri, translator, result } = this.checked;
    const { root } = result.scope;
    const isAsChecked = (path: string): boolean => {
      const text = this.open.get(uriOf(root, path));
      return text === undefined || text === readTextFile(root, path);
    };
    return (byUri.get(uri) ?? [])
      .filter((finding) => overlaps(translator.range(finding), range))
      .flatMap(({ fix, rule }) => {
        if (fix === undefined || !fix.edits.every(({ path }) => isAsChecked(path))) return [];
        const isPreferred = fix.safety === "safe";
        return [{ title: `${fix.title} (${rule})`, kind: "quickfix", isPreferred, edit: translator.edit(fix) }];
      });
  }
}

function uriIn(params: Record<string, unknown>): string {
  const { uri } = (params["textDocument"] ?? {}) as { uri?: unknown };
  return typeof uri === "string" ? uri : "";
}
