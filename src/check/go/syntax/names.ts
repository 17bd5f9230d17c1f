/**
 * Texts of identifiers, each kept once for the whole program. A slice of a string keeps that whole string alive in
 * JavaScriptCore; a name that outlives its file must therefore be a copy.
 */
export class NameTable {
  readonly texts: string[] = [""];
  readonly #numbers = new Map<string, number>([["", 0]]);

  /** The number of a text, the same for the same text. */
  number(text: string): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    const copy = Buffer.from(text, "utf8").toString("utf8");
    const number = this.texts.length;
    this.texts.push(copy);
    this.#numbers.set(copy, number);
    return number;
  }
}
