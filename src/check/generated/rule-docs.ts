// Written by `npm run generate`; do not edit.

/** Each rule's page, as its doc.md has it. */
export const ruleDocs: Readonly<Record<string, string>> = {};
