import { NormalizedSchema } from "@smithy/core/schema";
import type { SchemaTraitsObject, StaticOperationSchema, StaticStructureSchema } from "@smithy/types";

/** A shape of the SDK's schemas (Smithy), as EC2's Query protocol sees it. */
export type Shape = ScalarShape | ListShape | StructureShape;

export interface ScalarShape {
  readonly kind: "string" | "boolean" | "number" | "timestamp" | "blob";
}

export interface ListShape {
  readonly kind: "list";
  readonly member: Shape;
  /** The element of each item in XML, mostly "item". Requests number the items instead: "InstanceId.1". */
  readonly itemElement: string;
}

export interface StructureShape {
  readonly kind: "structure";
  readonly members: readonly Member[];
  /** By their names in requests. */
  readonly byKey: ReadonlyMap<string, Member>;
}

export interface Member {
  /** In the SDK's objects, e.g. "InstanceIds". */
  readonly name: string;
  /** In requests, e.g. "InstanceId". */
  readonly key: string;
  /** In XML, e.g. "instancesSet". */
  readonly element: string;
  readonly required: boolean;
  readonly shape: Shape;
}

/** An operation of EC2's API. */
export interface Operation {
  readonly name: string;
  readonly input: StructureShape;
  /** Null for one that only answers `<return>true</return>`. */
  readonly output: StructureShape | null;
}

const NOTHING: StructureShape = { kind: "structure", members: [], byKey: new Map() };

/** Reads an operation's schema as the SDK ships it; its shapes are read when they are first needed. */
export function operationOf(schema: StaticOperationSchema): Operation {
  const [, , name, , input, output] = schema;
  const structure = (ref: typeof input) => {
    const normalized = NormalizedSchema.of(ref);
    return normalized.isUnitSchema() ? undefined : structureOf(normalized);
  };
  return { name, input: structure(input) ?? NOTHING, output: structure(output) ?? null };
}

/** Some structures contain themselves: each is made once, and knows its members' shapes when asked. */
const structures = new WeakMap<object, StructureShape>();

function shapeOf(schema: NormalizedSchema): Shape {
  if (schema.isStructSchema()) return structureOf(schema);
  if (schema.isListSchema()) return listOf(schema);
  if (schema.isStringSchema()) return { kind: "string" };
  if (schema.isBooleanSchema()) return { kind: "boolean" };
  if (schema.isNumericSchema()) return { kind: "number" };
  if (schema.isTimestampSchema()) return { kind: "timestamp" };
  if (schema.isBlobSchema()) return { kind: "blob" };
  throw new TypeError(`EC2's protocol has no form for ${schema.getName(true)}: the SDK has something new`);
}

function listOf(schema: NormalizedSchema): ListShape {
  const item = schema.getValueSchema();
  let member: Shape | undefined;
  return {
    kind: "list",
    itemElement: traitsOf(item).xmlName ?? "member",
    get member() {
      member ??= shapeOf(item);
      return member;
    },
  };
}

function structureOf(schema: NormalizedSchema): StructureShape {
  const source = schema.getSchema() as StaticStructureSchema;
  const known = structures.get(source);
  if (known !== undefined) return known;
  // Smithy schemas list the required members first, and say in their last slot how many there are.
  const requiredCount = source[6] ?? 0;
  const members = [...schema.structIterator()].map(([name, member], index) =>
    memberOf(name, member, index < requiredCount),
  );
  const structure: StructureShape = {
    kind: "structure",
    members,
    byKey: new Map(members.map((member) => [member.key, member])),
  };
  structures.set(source, structure);
  return structure;
}

function memberOf(name: string, schema: NormalizedSchema, required: boolean): Member {
  let shape: Shape | undefined;
  return {
    name,
    key: requestKey(name, traitsOf(schema)),
    element: (schema.getMemberTraits() as Traits).xmlName ?? name,
    required,
    get shape() {
      shape ??= shapeOf(schema);
      return shape;
    },
  };
}

interface Traits extends SchemaTraitsObject {
  readonly ec2QueryName?: string;
}

const traitsOf = (schema: NormalizedSchema): Traits => schema.getMergedTraits() as Traits;

/** Smithy, "AWS EC2 query protocol", "Query key resolution". */
function requestKey(name: string, { ec2QueryName, xmlName = name }: Traits): string {
  return ec2QueryName ?? xmlName.charAt(0).toUpperCase() + xmlName.slice(1);
}
