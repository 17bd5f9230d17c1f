/** The code of the failure that `work` ends in; its text where it has none. */
export async function codeOf(work: () => Promise<unknown>): Promise<string> {
  try {
    await work();
    return "no failure";
  } catch (cause) {
    return (cause as { code?: string }).code ?? String(cause);
  }
}
