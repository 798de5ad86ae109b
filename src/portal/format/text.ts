/** A text as a sentence that others may follow: it ends in a full stop, or in what it ends in already. */
export function sentence(text: string): string {
  return /[.!?…]$/.test(text.trimEnd()) ? text.trimEnd() : `${text.trimEnd()}.`;
}
