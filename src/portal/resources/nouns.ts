/** In the singular and plural, as "instance" and "instances". */
export type Noun = readonly [one: string, many: string];

/** "an instance", "a volume", "a user". */
export const articled = (one: string): string => (/^(?!us|uni)[aeiou]/i.test(one) ? `an ${one}` : `a ${one}`);

export const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
