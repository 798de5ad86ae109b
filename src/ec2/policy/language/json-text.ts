import { malformed } from "./malformed.ts";

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;

/** Has no prototype, so that no name in it means anything else. */
export interface JsonObject {
  readonly [name: string]: JsonValue;
}

/** Policies nest five levels: document, statements, statement, operator, values. */
const MAX_DEPTH = 16;

const WHITE_SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;

/**
 * Reads JSON (RFC 8259). Unlike `JSON.parse` it refuses an element that is given twice (the first would be lost, and with it
 * perhaps what denies), refuses `__proto__`, and says where it stopped. Throws `MalformedPolicyDocument`.
 */
export function readJson(text: string): JsonValue {
  return new JsonReader(text).read();
}

export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

class JsonReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): JsonValue {
    const value = this.#value(0);
    this.#skipSpace();
    if (this.#at < this.#text.length) throw this.#error("the document ends before this");
    return value;
  }

  #value(depth: number): JsonValue {
    this.#skipSpace();
    if (depth > MAX_DEPTH) throw this.#error(`nested more than ${MAX_DEPTH} levels deep`);
    const next = this.#text[this.#at];
    if (next === "{") return this.#object(depth);
    if (next === "[") return this.#array(depth);
    if (next === '"') return this.#string();
    const token = this.#take(NUMBER) || this.#take(WORD);
    if (token === "") throw this.#error("a value is expected");
    return JSON.parse(token) as JsonValue;
  }

  #object(depth: number): JsonObject {
    const object: Record<string, JsonValue> = Object.create(null);
    this.#at++;
    if (this.#takeIf("}")) return object;
    do {
      this.#skipSpace();
      const start = this.#at;
      if (this.#text[start] !== '"') throw this.#error("the name of an element is expected, in double quotes");
      const name = this.#string();
      if (name === "__proto__") throw this.#error('there is no element "__proto__"', start);
      if (name in object) throw this.#error(`the element "${name}" is given twice`, start);
      this.#expect(":");
      object[name] = this.#value(depth + 1);
    } while (this.#takeIf(","));
    this.#expect("}");
    return object;
  }

  #array(depth: number): readonly JsonValue[] {
    const values: JsonValue[] = [];
    this.#at++;
    if (this.#takeIf("]")) return values;
    do values.push(this.#value(depth + 1));
    while (this.#takeIf(","));
    this.#expect("]");
    return values;
  }

  #string(): string {
    const start = this.#at;
    let end = start + 1;
    while (end < this.#text.length && this.#text[end] !== '"') end += this.#text[end] === "\\" ? 2 : 1;
    this.#at = end + 1;
    try {
      return JSON.parse(this.#text.slice(start, this.#at)) as string;
    } catch {
      throw this.#error("a string that is not closed, or has a line break or a bad escape in it", start);
    }
  }

  #take(token: RegExp): string {
    token.lastIndex = this.#at;
    const found = token.exec(this.#text)?.[0] ?? "";
    this.#at += found.length;
    return found;
  }

  #takeIf(character: string): boolean {
    this.#skipSpace();
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #expect(character: string): void {
    if (!this.#takeIf(character)) throw this.#error(`"${character}" is expected`);
  }

  #skipSpace(): void {
    this.#take(WHITE_SPACE);
  }

  #error(problem: string, at = this.#at): Error {
    const before = this.#text.slice(0, at).split("\n");
    const line = before.length;
    const column = (before.at(-1) ?? "").length + 1;
    return malformed(`line ${line}, column ${column}`, problem, undefined, { line, column });
  }
}
