import type { Breather } from "../../base/breather.ts";
import { concat, toBase64 } from "../../base/bytes.ts";
import type { ListShape, Operation, Shape, StructureShape } from "./shape.ts";

const NAMESPACE = "http://ec2.amazonaws.com/doc/2016-11-15/";
const PROLOGUE = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** What cannot stand in XML 1.0 in any form (§2.2 Char). */
export const NOT_XML = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u;
const ALL_NOT_XML = new RegExp(NOT_XML, "gu");

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  // A parser makes a line feed of a bare one (XML 1.0 §2.11).
  "\r": "&#xD;",
};

/** ASCII that means nothing in XML: nearly all that there is to say, in a list of a thousand instances above all. */
const PLAIN = /^[\t\n !#-%'-;=?-~]*$/;

/** A text for XML. What XML cannot say is U+FFFD: one bad name must not make a whole list unreadable. */
export const escapeText = (text: string): string =>
  PLAIN.test(text)
    ? text
    : text.replaceAll(ALL_NOT_XML, "\uFFFD").replaceAll(/[&<>"\r]/g, (character) => ENTITIES[character] ?? "");

/**
 * An operation's answer, in UTF-8. Members of `output` that the operation does not have are not sent. A list of thousands
 * is written in several goes: others run between them.
 */
export async function encodeOutput(
  { name, output: shape }: Operation,
  output: object,
  requestId: string,
  breather: Breather,
): Promise<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder();
  const bytes: Uint8Array<ArrayBuffer>[] = [];
  let text = `${PROLOGUE}<${name}Response xmlns="${NAMESPACE}"><requestId>${requestId}</requestId>`;
  if (shape === null) text += "<return>true</return>";
  else {
    for (const part of parts(shape, output)) {
      text += part;
      if (text.length >= CHUNK) {
        bytes.push(encoder.encode(text));
        text = "";
      }
      await breather.breathe();
    }
  }
  bytes.push(encoder.encode(`${text}</${name}Response>`));
  return concat(bytes);
}

/** So many characters are made bytes at a time: a millisecond's work. */
const CHUNK = 65_536;

/** Of more than this many, the items are written one by one. */
const LONG_LIST = 50;

/** A structure's members, in parts: one for each item of a long list. */
function* parts(shape: StructureShape, value: unknown): Generator<string> {
  const values = value as Readonly<Record<string, unknown>>;
  for (const { name, shape: of, element } of shape.members) {
    const part = values[name];
    if (of.kind !== "list" || !isLong(of, part)) yield encode(of, part, element);
    else {
      yield `<${element}>`;
      yield* itemParts(of, part);
      yield `</${element}>`;
    }
  }
}

function* itemParts({ member, itemElement }: ListShape, items: readonly unknown[]): Generator<string> {
  for (const item of items) {
    if (member.kind !== "structure" || !hasLong(member, item)) yield encode(member, item, itemElement);
    else {
      yield `<${itemElement}>`;
      yield* parts(member, item);
      yield `</${itemElement}>`;
    }
  }
}

const isLong = ({ member }: ListShape, value: unknown): value is readonly unknown[] =>
  Array.isArray(value) &&
  (value.length > LONG_LIST || (member.kind === "structure" && value.some((item) => hasLong(member, item))));

/** Whether one of its own lists is long: DescribeInstances has its instances within reservations. */
function hasLong(shape: StructureShape, value: unknown): boolean {
  const values = value as Readonly<Record<string, unknown>> | null | undefined;
  return shape.members.some(({ name, shape: of }) => {
    const part = values?.[name];
    return of.kind === "list" && Array.isArray(part) && part.length > LONG_LIST;
  });
}

/** An error, as EC2 sends it (F78). */
export function encodeError(code: string, message: string, requestId: string): string {
  const error = `<Code>${escapeText(code)}</Code><Message>${escapeText(message)}</Message>`;
  return `${PROLOGUE}<Response><Errors><Error>${error}</Error></Errors><RequestID>${requestId}</RequestID></Response>`;
}

function members(shape: StructureShape, value: object): string {
  const values = value as Readonly<Record<string, unknown>>;
  let text = "";
  for (const member of shape.members) {
    const part = values[member.name];
    // Most of what there could be is not there.
    if (part !== undefined) text += encode(member.shape, part, member.element);
  }
  return text;
}

/** Nothing for what is not there; an empty list is an empty element, which clients take for an empty list. */
function encode(shape: Shape, value: unknown, element: string): string {
  if (value === undefined || value === null) return "";
  return `<${element}>${content(shape, value)}</${element}>`;
}

function content(shape: Shape, value: unknown): string {
  switch (shape.kind) {
    case "structure":
      return members(shape, value as object);
    case "list":
      return (value as readonly unknown[]).map((item) => encode(shape.member, item, shape.itemElement)).join("");
    case "timestamp":
      return (value as Date).toISOString();
    case "blob":
      return toBase64(value as Uint8Array);
    case "string":
      return escapeText(String(value));
    default:
      return String(value);
  }
}
