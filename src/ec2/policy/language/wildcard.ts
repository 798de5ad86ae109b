/** A pattern, or a text to hold against one: Unicode code points, with the wildcards as negative numbers. */
export type Pattern = readonly number[];

/** `*`: any number of characters, none too. */
export const ANY_RUN = -1;
/** `?`: exactly one character. */
export const ANY_ONE = -2;

/** The pattern that describes `text` and nothing else. */
export const literally = (text: string): Pattern => Array.from(text, (character) => character.codePointAt(0) as number);

/** The text that a pattern without wildcards describes. */
export const asText = (pattern: Pattern): string => String.fromCodePoint(...pattern);

const STAR = "*".codePointAt(0);
const QUESTION_MARK = "?".codePointAt(0);

/** The pattern that `text` means where `*` and `?` are wildcards. */
export function withWildcards(text: string): Pattern {
  return literally(text).map((point) => (point === STAR ? ANY_RUN : point === QUESTION_MARK ? ANY_ONE : point));
}

/**
 * Says whether `pattern` describes the whole of `text`, in at most (pattern + 1) × (text + 1) steps whatever they are.
 *
 * When a character does not fit, only the last `*` is made to take one more: what an earlier one took was the shortest that
 * let the pattern go on, and a longer one would leave less text for the rest of it. A regular expression would try them all.
 */
export function matchesPattern(pattern: ArrayLike<number>, text: ArrayLike<number>): boolean {
  let inPattern = 0;
  let inText = 0;
  let afterRun = -1;
  let runEnd = 0;
  while (inText < text.length) {
    const wanted = inPattern < pattern.length ? pattern[inPattern] : undefined;
    if (wanted === ANY_RUN) {
      afterRun = ++inPattern;
      runEnd = inText;
    } else if (wanted !== undefined && (wanted === ANY_ONE || wanted === text[inText])) {
      inPattern++;
      inText++;
    } else if (afterRun >= 0) {
      inPattern = afterRun;
      inText = ++runEnd;
    } else {
      return false;
    }
  }
  while (pattern[inPattern] === ANY_RUN) inPattern++;
  return inPattern === pattern.length;
}
