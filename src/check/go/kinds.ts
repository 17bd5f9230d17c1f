/**
 * The vocabulary of Go's syntax trees: kinds of nodes, named after go/ast, and the role that a node has in its parent.
 * The numbers are also what the typed front end writes: append, never renumber.
 */

/**
 * Kinds of nodes. In brackets the roles of the children, in the order of the source; `?` may be absent, `*` any number.
 * `op` and `name` are texts of the node itself: `tree.op(n)`, `tree.name(n)`.
 */
export const Kind = {
  /** Node 0: [file*] */
  Package: 0,
  /** [name decl*] */
  File: 1,
  /** What could not be parsed; reported in `pkg.partial` as well. Nothing is known of what it holds. */
  Bad: 2,

  /** name */
  Ident: 3,
  /** name: the literal as written; op: "INT" "FLOAT" "IMAG" "CHAR" "STRING" */
  BasicLit: 4,
  /** [type? elt*]; the type is absent inside another literal, where Go allows leaving it out */
  CompositeLit: 5,
  /** [type body] */
  FuncLit: 6,
  /** [x] */
  ParenExpr: 7,
  /** [x sel]; also qualified identifiers: x is then an Ident whose symbol is of kind "pkg" */
  SelectorExpr: 8,
  /** [x index+]; more than one index: type arguments */
  IndexExpr: 9,
  /** [x low? high? max?] */
  SliceExpr: 10,
  /** [x type?]; without type: `x.(type)` */
  TypeAssertExpr: 11,
  /** [fun arg*]; op: "..." if the last argument is spread. Also conversions, builtins: see `pkg.callOf`. */
  CallExpr: 12,
  /** [x]; a dereference or a pointer type */
  StarExpr: 13,
  /** [x]; op: "+" "-" "!" "^" "*" "&" "<-" "~" */
  UnaryExpr: 14,
  /** [x y]; op */
  BinaryExpr: 15,
  /** [key value] */
  KeyValueExpr: 16,
  /** [len? elem]; without len: a slice; `[...]T`: len is an Ellipsis */
  ArrayType: 17,
  /** [fields] */
  StructType: 18,
  /** [typeParams? params results?] each a FieldList */
  FuncType: 19,
  /** [fields]: methods have a name and a FuncType, embedded types and unions only a type */
  InterfaceType: 20,
  /** [key value] */
  MapType: 21,
  /** [elem]; op: "chan" (both ways) "<-chan" (receive) "chan<-" (send) */
  ChanType: 22,
  /** [elem?] */
  Ellipsis: 23,
  /** [name* type tag?]; no name: embedded field or unnamed parameter */
  Field: 24,
  /** [field*] */
  FieldList: 25,

  /** [decl] */
  DeclStmt: 26,
  EmptyStmt: 27,
  /** [label stmt] */
  LabeledStmt: 28,
  /** [x] */
  ExprStmt: 29,
  /** [chan value] */
  SendStmt: 30,
  /** [x]; op: "++" "--" */
  IncDecStmt: 31,
  /** [lhs+ rhs+]; op: "=" ":=" "+=" … */
  AssignStmt: 32,
  /** [call] */
  GoStmt: 33,
  /** [call] */
  DeferStmt: 34,
  /** [result*] */
  ReturnStmt: 35,
  /** [label?]; op: "break" "continue" "goto" "fallthrough" */
  BranchStmt: 36,
  /** [stmt*] */
  BlockStmt: 37,
  /** [init? cond body else?]; else is an IfStmt or a BlockStmt */
  IfStmt: 38,
  /** [expr* stmt*]; op: "case" "default". In a type switch the exprs are types. */
  CaseClause: 39,
  /** [init? tag? body]; the body's stmts are CaseClauses */
  SwitchStmt: 40,
  /** [init? assign body]; assign is `x := y.(type)` or an ExprStmt with `y.(type)` */
  TypeSwitchStmt: 41,
  /** [comm? stmt*]; op: "case" "default"; comm is a SendStmt, ExprStmt or AssignStmt */
  CommClause: 42,
  /** [body]; the body's stmts are CommClauses */
  SelectStmt: 43,
  /** [init? cond? post? body] */
  ForStmt: 44,
  /** [key? value? x body]; op: ":=" "=" or "" */
  RangeStmt: 45,

  /** [path] with [name?] */
  ImportSpec: 46,
  /** [name+ type? value*] */
  ValueSpec: 47,
  /** [name typeParams? type]; op: "=" for an alias */
  TypeSpec: 48,
  /** [spec*]; op: "import" "const" "type" "var" */
  GenDecl: 49,
  /** [recv? name type body?] */
  FuncDecl: 50,
} as const;

export type Kind = (typeof Kind)[keyof typeof Kind];

/** The role that a node has in its parent. */
export const Role = {
  None: 0,
  Name: 1,
  Type: 2,
  Body: 3,
  X: 4,
  Y: 5,
  Sel: 6,
  Index: 7,
  Low: 8,
  High: 9,
  Max: 10,
  Fun: 11,
  Arg: 12,
  Elt: 13,
  Key: 14,
  Value: 15,
  Len: 16,
  Elem: 17,
  Fields: 18,
  TypeParams: 19,
  Params: 20,
  Results: 21,
  Tag: 22,
  Field: 23,
  Decl: 24,
  Spec: 25,
  Label: 26,
  Stmt: 27,
  Chan: 28,
  Lhs: 29,
  Rhs: 30,
  Call: 31,
  Result: 32,
  Init: 33,
  Cond: 34,
  Post: 35,
  Else: 36,
  Expr: 37,
  Assign: 38,
  Comm: 39,
  Path: 40,
  Recv: 41,
  File: 42,
} as const;

export type Role = (typeof Role)[keyof typeof Role];

/** Texts of `tree.op(n)`, by the number in the tree's array. */
export const operators = [
  "",
  "+",
  "-",
  "*",
  "/",
  "%",
  "&",
  "|",
  "^",
  "<<",
  ">>",
  "&^",
  "+=",
  "-=",
  "*=",
  "/=",
  "%=",
  "&=",
  "|=",
  "^=",
  "<<=",
  ">>=",
  "&^=",
  "&&",
  "||",
  "<-",
  "++",
  "--",
  "==",
  "<",
  ">",
  "=",
  "!",
  "~",
  "!=",
  "<=",
  ">=",
  ":=",
  "...",
  "INT",
  "FLOAT",
  "IMAG",
  "CHAR",
  "STRING",
  "chan",
  "<-chan",
  "chan<-",
  "break",
  "continue",
  "goto",
  "fallthrough",
  "import",
  "const",
  "type",
  "var",
  "case",
  "default",
] as const;

export type Operator = (typeof operators)[number];

/** The kind's name, for messages of tests and dumps. */
export function kindName(kind: Kind): string {
  return Object.entries(Kind).find(([, number]) => number === kind)?.[0] ?? `kind ${kind}`;
}
