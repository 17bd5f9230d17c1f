/**
 * The shape of every failure that Ballast reports.
 *
 * A room declares its codes once with `defineErrors`; a generated file assembles all rooms into the one
 * table that `docs/reference/errors.md` is checked against. Code branches on `code`, never on a message.
 */

/** Process exit statuses. `ballast go` is the one exception: it exits as `go` does. */
export const exitStatus = { ok: 0, findings: 1, usage: 2, dependency: 3, bug: 70 } as const;

export type ExitStatus = (typeof exitStatus)[keyof typeof exitStatus];

/** One row of the error table. The three sentences are for a person who has never seen the code. */
export interface ErrorSpec {
  readonly exit: ExitStatus;
  /** The status an HTTP client gets, where this failure can reach one. */
  readonly httpStatus?: number;
  readonly what: string;
  readonly why: string;
  readonly todo: string;
}

export type ErrorTable = Readonly<Record<`${string}/${string}`, ErrorSpec>>;

/** A failure with a code from the table. `message` says what happened this time, with the values at hand. */
export class BallastError extends Error {
  override readonly name = "BallastError";
  readonly code: string;
  readonly spec: ErrorSpec;

  constructor(code: string, spec: ErrorSpec, detail: string, options?: ErrorOptions) {
    super(detail, options);
    this.code = code;
    this.spec = spec;
  }
}

/** A room's codes, and the one way to make an error of them. */
export interface RoomErrors<Table extends ErrorTable> {
  readonly table: Table;
  error(code: keyof Table & string, detail: string, options?: ErrorOptions): BallastError;
}

export function defineErrors<const Table extends ErrorTable>(table: Table): RoomErrors<Table> {
  return {
    table,
    error: (code, detail, options) => new BallastError(code, table[code] as ErrorSpec, detail, options),
  };
}

/** Whether `cause` is the failure `code`; the only way in which code tells failures apart. */
export function hasCode(cause: unknown, code: string): cause is BallastError {
  return cause instanceof BallastError && cause.code === code;
}
