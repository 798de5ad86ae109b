/** The texts of which there is something, without the spaces around them: what is left empty is not asked for. */
export function typed<Names extends string>(
  texts: Readonly<Record<Names, string>>,
): { readonly [N in Names]?: string } {
  const entries = Object.entries<string>(texts).map(([name, text]) => [name, text.trim()]);
  return Object.fromEntries(entries.filter(([, text]) => text !== "")) as { readonly [N in Names]?: string };
}
