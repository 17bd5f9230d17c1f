/** Tokens of Go. Up to `Default` the numbers are those of `operators` in kinds.ts, so that a token is a node's operator. */
export const Token = {
  None: 0,
  Add: 1,
  Sub: 2,
  Mul: 3,
  And: 6,
  Or: 7,
  Xor: 8,
  Arrow: 25,
  Inc: 26,
  Dec: 27,
  Assign: 31,
  Not: 32,
  Tilde: 33,
  Define: 37,
  Ellipsis: 38,
  Int: 39,
  Float: 40,
  Imag: 41,
  Char: 42,
  String: 43,
  Chan: 44,
  ReceiveChan: 45,
  SendChan: 46,
  Break: 47,
  Continue: 48,
  Goto: 49,
  Fallthrough: 50,
  Import: 51,
  Const: 52,
  Type: 53,
  Var: 54,
  Case: 55,
  Default: 56,
  LParen: 57,
  RParen: 58,
  LBrack: 59,
  RBrack: 60,
  LBrace: 61,
  RBrace: 62,
  Comma: 63,
  Period: 64,
  Semicolon: 65,
  Colon: 66,
  Ident: 67,
  End: 68,
  Illegal: 69,
  Defer: 70,
  Else: 71,
  For: 72,
  Func: 73,
  Go: 74,
  If: 75,
  Interface: 76,
  Map: 77,
  Package: 78,
  Range: 79,
  Return: 80,
  Select: 81,
  Struct: 82,
  Switch: 83,
} as const;

/** Keywords by their text. */
export const keywords: ReadonlyMap<string, number> = new Map([
  ["break", Token.Break],
  ["case", Token.Case],
  ["chan", Token.Chan],
  ["const", Token.Const],
  ["continue", Token.Continue],
  ["default", Token.Default],
  ["defer", Token.Defer],
  ["else", Token.Else],
  ["fallthrough", Token.Fallthrough],
  ["for", Token.For],
  ["func", Token.Func],
  ["go", Token.Go],
  ["goto", Token.Goto],
  ["if", Token.If],
  ["import", Token.Import],
  ["interface", Token.Interface],
  ["map", Token.Map],
  ["package", Token.Package],
  ["range", Token.Range],
  ["return", Token.Return],
  ["select", Token.Select],
  ["struct", Token.Struct],
  ["switch", Token.Switch],
  ["type", Token.Type],
  ["var", Token.Var],
]);

/** Binary operators' precedence by token, 0 for what is none. */
export const precedences: Uint8Array = Uint8Array.of(
  0,
  4,
  4,
  5,
  5,
  5,
  5,
  4,
  4,
  5,
  5,
  5,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  2,
  1,
  0,
  0,
  0,
  3,
  3,
  3,
  0,
  0,
  0,
  3,
  3,
  3,
);

/** Whether it is an assignment's operator, `=` and `:=` included. */
export function isAssignment(token: number): boolean {
  return (token >= 12 && token <= 22) || token === Token.Assign || token === Token.Define;
}

/** Whether a newline after this token ends the statement. */
export function endsStatement(token: number): boolean {
  switch (token) {
    case Token.Ident:
    case Token.Int:
    case Token.Float:
    case Token.Imag:
    case Token.Char:
    case Token.String:
    case Token.Break:
    case Token.Continue:
    case Token.Fallthrough:
    case Token.Return:
    case Token.Inc:
    case Token.Dec:
    case Token.RParen:
    case Token.RBrack:
    case Token.RBrace:
      return true;
    default:
      return false;
  }
}
