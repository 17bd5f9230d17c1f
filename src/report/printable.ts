/** Text of a repository made fit to be shown: it may hold what steers a terminal or breaks a format. */

/** Without control characters and without those that change the direction of what follows; tabs stay. */
export function printable(text: string): string {
  // eslint-disable-next-line no-control-regex -- these are what is taken out
  return text.replace(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "\ufffd");
}

/** Escaped for XML 1.0, without the characters that it cannot hold at all. */
export function xmlText(text: string): string {
  const allowed = text
    .toWellFormed()
    // eslint-disable-next-line no-control-regex -- XML 1.0 has no place for them
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\ufffd");
  return allowed.replace(/[&<>"'\t\n\r]/g, (character) => xmlEscapes[character] ?? character);
}

const xmlEscapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
  "\t": "&#9;",
  "\n": "&#10;",
  "\r": "&#13;",
};
