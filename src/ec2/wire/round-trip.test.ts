import * as sdk from "@aws-sdk/client-ec2";
import type { StaticOperationSchema } from "@smithy/types";
import { beforeEach, describe, expect, it } from "vitest";
import { Breather } from "../../base/breather.ts";
import { decodeInput } from "./decode.ts";
import { parseParameters } from "./parameters.ts";
import { type Operation, operationOf, type Shape, type StructureShape } from "./shape.ts";
import { encodeOutput } from "./xml.ts";

/** Smithy's number for an operation among the schemas that the SDK exports. */
const OPERATION = 9;
const isOperation = (value: unknown): value is StaticOperationSchema => Array.isArray(value) && value[0] === OPERATION;
const operations = Object.values(sdk).filter(isOperation).map(operationOf);

const commands = sdk as unknown as Record<string, new (input: object) => sdk.DescribeRegionsCommand>;

let count: number;

/** A value of the shape: every member, two of each list, no two the same; a structure not within itself. */
function sample(shape: Shape, within: readonly Shape[] = []): unknown {
  count++;
  switch (shape.kind) {
    case "structure":
      return sampleStructure(shape, within);
    case "list":
      return [sample(shape.member, within), sample(shape.member, within)].filter((item) => item !== undefined);
    case "string":
      return `s${count} <&"'é>\r\n\t]]>\u{1F600}`;
    case "boolean":
      return count % 2 === 0;
    case "number":
      return count;
    case "timestamp":
      return new Date(1.7e12 + count * 1000 + 7);
    case "blob":
      return Uint8Array.of(count % 256, 255, 0);
  }
}

function sampleStructure(shape: StructureShape, within: readonly Shape[]): object | undefined {
  if (within.includes(shape)) return undefined;
  const entries = shape.members
    .map(({ name, shape: member }) => [name, sample(member, [...within, shape])] as const)
    // The protocol has no empty lists in requests, and no empty structures.
    .filter(([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0));
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

let current: { readonly operation: Operation; readonly output: object; received?: unknown };
const client = new sdk.EC2Client({
  region: "us-east-1",
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
  maxAttempts: 1,
  requestHandler: {
    handle: async (request: { readonly body: string }) => {
      const { operation, output } = current;
      const parameters = parseParameters(request.body);
      parameters.children.delete("Action");
      parameters.children.delete("Version");
      current.received = decodeInput(operation.input, parameters);
      const body = await encodeOutput(operation, output, "id", new Breather());
      return { response: { statusCode: 200, headers: {}, body } as never };
    },
  },
});

/** What an operation's input and output become between the real client and us. */
async function exchange(operation: Operation, input: object, output: object) {
  current = { operation, output };
  const Command = commands[`${operation.name}Command`];
  if (Command === undefined) throw new Error(`the SDK has no ${operation.name}Command`);
  const { $metadata, ...answer } = await client.send(new Command(input));
  return { received: current.received, answer };
}

beforeEach(() => {
  count = 0;
});

describe("every operation of the pinned SDK", () => {
  it("is there: an SDK whose schemas look different is noticed", () => {
    expect(operations.length).toBeGreaterThan(800);
  });

  it.each(operations.map((operation) => [operation.name, operation] as const))(
    "%s comes and goes whole",
    async (_, operation) => {
      const input = sampleStructure(operation.input, []) ?? {};
      const output = operation.output === null ? {} : (sampleStructure(operation.output, []) ?? {});
      const { received, answer } = await exchange(operation, input, output);
      expect(received).toEqual(input);
      expect(answer).toEqual(output);
    },
  );
});
