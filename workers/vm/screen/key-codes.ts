/**
 * What a terminal sends, as keys of a US keyboard: scan codes of set 1 (IBM PS/2 Hardware Interface Technical Reference,
 * "Keyboard"). A release is the code with its highest bit set.
 */
const RELEASE = 0x80;
const EXTENDED = 0xe0;
const SHIFT = 0x2a;
const CONTROL = 0x1d;
const ALT = 0x38;

/** Rows of keys from a code on: without and with Shift. */
const ROWS: readonly (readonly [from: number, plain: string, shifted: string])[] = [
  [0x02, "1234567890-=", "!@#$%^&*()_+"],
  [0x10, "qwertyuiop[]", "QWERTYUIOP{}"],
  [0x1e, "asdfghjkl;'`", 'ASDFGHJKL:"~'],
  [0x2b, "\\zxcvbnm,./", "|ZXCVBNM<>?"],
  [0x39, " ", ""],
];

const ENTER = 0x1c;
const KEYS: Readonly<Record<string, number>> = {
  "\x1b": 0x01,
  "\x7f": 0x0e,
  "\b": 0x0e,
  "\t": 0x0f,
  "\r": ENTER,
  "\n": ENTER,
};

/** Keys with control sequences (xterm, "PC-Style Function Keys"); the numbers of the grey ones have the prefix. */
const grey = (code: number) => [EXTENDED, code];
const LETTERS: Readonly<Record<string, readonly number[]>> = {
  ...{ A: grey(0x48), B: grey(0x50), C: grey(0x4d), D: grey(0x4b), H: grey(0x47), F: grey(0x4f) },
  ...{ P: [0x3b], Q: [0x3c], R: [0x3d], S: [0x3e] },
};
const NUMBERS: Readonly<Record<string, readonly number[]>> = {
  ...{ 1: grey(0x47), 2: grey(0x52), 3: grey(0x53), 4: grey(0x4f), 5: grey(0x49), 6: grey(0x51) },
  ...{ 11: [0x3b], 12: [0x3c], 13: [0x3d], 14: [0x3e], 15: [0x3f], 17: [0x40], 18: [0x41], 19: [0x42], 20: [0x43] },
  ...{ 21: [0x44], 23: [0x57], 24: [0x58] },
};
const BACK_TAB = "Z";
/** CSI or SS3, parameters, a final byte. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control sequences begin with one
const SEQUENCE = /^\x1b[[O](\d*)(?:;(\d+))?([A-Za-z~])/;
/** Bits of a sequence's second parameter, less one. */
const MODIFIERS: readonly (readonly [bit: number, code: number])[] = [
  [1, SHIFT],
  [2, ALT],
  [4, CONTROL],
];

const CHARACTERS: ReadonlyMap<string, readonly number[]> = new Map([
  ...ROWS.flatMap(([from, plain, shifted]) => [
    ...[...plain].map((character, index) => [character, press([from + index])] as const),
    ...[...shifted].map((character, index) => [character, press([from + index], [SHIFT])] as const),
  ]),
  ...Object.entries(KEYS).map(([character, code]) => [character, press([code])] as const),
]);

/** One key after the other, each as the codes of its press and its release. What no US keyboard has is left out. */
export function keyCodes(text: string): (readonly number[])[] {
  const keys: (readonly number[])[] = [];
  for (let at = 0; at < text.length; ) {
    const sequence = SEQUENCE.exec(text.slice(at));
    if (sequence !== null) {
      const codes = sequenceCodes(sequence);
      if (codes !== undefined) keys.push(codes);
      at += sequence[0].length;
      continue;
    }
    const character = String.fromCodePoint(text.codePointAt(at) as number);
    const next = text[at + 1];
    // ESC and a character in one piece is what a terminal sends for Alt and that key.
    if (character === "\x1b" && next !== undefined && next !== "\x1b") {
      const codes = CHARACTERS.get(next);
      if (codes !== undefined) keys.push([ALT, ...codes, ALT | RELEASE]);
      at += 2;
      continue;
    }
    const codes = CHARACTERS.get(character) ?? controlCodes(character);
    if (codes !== undefined) keys.push(codes);
    at += character.length;
  }
  return keys;
}

function press(key: readonly number[], held: readonly number[] = []): number[] {
  const code = key.at(-1) as number;
  const prefix = key.slice(0, -1);
  return [
    ...held,
    ...prefix,
    code,
    ...prefix,
    code | RELEASE,
    ...[...held].reverse().map((modifier) => modifier | RELEASE),
  ];
}

/** 01 to 1F are Control and a key: @, letters, [ \ ] ^ _. */
function controlCodes(character: string): readonly number[] | undefined {
  const code = character.charCodeAt(0);
  if (code >= 0x20) return undefined;
  const key = CHARACTERS.get(String.fromCharCode(code + 0x40).toLowerCase());
  return key && [CONTROL, ...key, CONTROL | RELEASE];
}

function sequenceCodes([, number = "", modifier = "1", final = ""]: RegExpExecArray): readonly number[] | undefined {
  if (final === BACK_TAB) return press([KEYS["\t"] as number], [SHIFT]);
  const key = final === "~" ? NUMBERS[number] : LETTERS[final];
  const bits = Number(modifier) - 1;
  return (
    key &&
    press(
      key,
      MODIFIERS.filter(([bit]) => (bits & bit) !== 0).map(([, code]) => code),
    )
  );
}
