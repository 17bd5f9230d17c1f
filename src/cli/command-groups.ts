/** What the commands with a common first word are about; the program's help shows a group in one line. */
export const commandGroups: Readonly<Record<string, string>> = {
  cache: "See what is cached and who wrote it, keep it small, take it back, move it",
  coverage: "Judge a change of test coverage",
  image: "Build container images with Go's caches in them",
  lab: "Find out by experiment why builds and programs behave as they do",
  ledger: "Read the record of what ran",
  policy: "See what rules decide, and test them",
};
