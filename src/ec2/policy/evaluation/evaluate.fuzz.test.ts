import { expect } from "vitest";
import { type FuzzRandom, fuzz } from "../../../../test/fuzz/harness.ts";
import { INSTANCE, isAllowed, policyOf, variable } from "../../../../test/support/policy-lab.ts";
import { CloudError } from "../../../base/errors.ts";
import { parsePolicyDocument } from "../language/policy-document.ts";

const ACTIONS = ["ec2:StopInstances", "ec2:StartInstances", "ec2:DescribeInstances", "iam:CreateUser"];
const RESOURCES = [INSTANCE, "arn:aws:ec2:eu-west-1:1:volume/vol-1", "*"];
const ACTION_PATTERNS = ["*", "ec2:*", "ec2:St*Instances", "EC2:Describe*", "iam:*", ...ACTIONS];
const RESOURCE_PATTERNS = [
  "*",
  "arn:aws:ec2:*:*:instance/*",
  "arn:aws:ec2:us-*",
  INSTANCE,
  `arn:aws:ec2:*:*:*/${variable("a:one")}`,
];
const KEYS = ["a:one", "a:many", "a:number", "a:none"];
const VALUES = ["x", "y*", "?", "10", variable("a:one"), variable("a:none, 'x'")];
const OPERATORS = [
  "StringEquals",
  "StringNotLike",
  "StringLikeIfExists",
  "ForAllValues:StringLike",
  "ForAnyValue:StringNotEquals",
];

const some = <T>(random: FuzzRandom, choices: readonly T[]): T[] =>
  Array.from({ length: random.between(1, 3) }, () => random.pick(choices));

function anyStatement(random: FuzzRandom, effect = random.pick(["Allow", "Deny"])): object {
  const condition = (): object => ({
    [random.pick(OPERATORS)]: { [random.pick(KEYS)]: some(random, VALUES) },
    ...(random.chance(0.3) ? { NumericLessThan: { "a:number": random.between(1, 20) } } : {}),
    ...(random.chance(0.3) ? { Null: { [random.pick(KEYS)]: random.chance(0.5) } } : {}),
  });
  return {
    Effect: effect,
    [random.chance(0.8) ? "Action" : "NotAction"]: some(random, ACTION_PATTERNS),
    [random.chance(0.8) ? "Resource" : "NotResource"]: some(random, RESOURCE_PATTERNS),
    ...(random.chance(0.5) ? { Condition: condition() } : {}),
  };
}

function anyQuestion(random: FuzzRandom) {
  const context = {
    "a:one": random.pick(["x", "y1", "*"]),
    "a:many": some(random, ["x", "y2", ""]),
    "a:number": String(random.between(1, 20)),
  };
  const known = Object.entries(context).filter(() => random.chance(0.8));
  return [random.pick(ACTIONS), random.pick(RESOURCES), Object.fromEntries(known)] as const;
}

function shuffled<T>(random: FuzzRandom, items: readonly T[]): T[] {
  const rest = [...items];
  return items.map(() => rest.splice(random.int(rest.length), 1)[0] as T);
}

fuzz("P45 decisions are monotone", { runs: 3, steps: 300, fullRuns: 20 }, async ({ random, steps, log }) => {
  const seen = { allowed: 0, denied: 0, changed: 0 };
  for (let step = 0; step < steps; step++) {
    const statements = Array.from({ length: random.between(0, 5) }, () => anyStatement(random));
    const question = anyQuestion(random);
    const [denying, allowing] = [anyStatement(random, "Deny"), anyStatement(random, "Allow")];
    log(JSON.stringify({ statements, denying, allowing, question }));
    const decided = (list: readonly object[]) => list.length > 0 && isAllowed(policyOf(...list), ...question);
    const before = decided(statements);
    const [withDeny, withAllow] = [decided([...statements, denying]), decided([...statements, allowing])];
    if (withDeny) expect(before).toBe(true);
    if (before) expect(withAllow).toBe(true);
    expect(decided(shuffled(random, statements))).toBe(before);
    // In policies of their own it is the same.
    expect(
      isAllowed(
        statements.map((statement) => policyOf(statement)),
        ...question,
      ),
    ).toBe(before);
    seen[before ? "allowed" : "denied"]++;
    if (withDeny !== before || withAllow !== before) seen.changed++;
  }
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(steps / 50);
});

/** Breaks a document's text: characters gone, doubled, swapped for others, pieces moved. */
function damaged(random: FuzzRandom, text: string): string {
  const at = random.int(text.length);
  const end = Math.min(text.length, at + random.between(1, 12));
  const noise = random.pick([
    '"',
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\\",
    "$",
    "*",
    "null",
    "1e999",
    '"__proto__":1,',
    "\u0000",
    "é",
    "Ω",
  ]);
  return random.pick([
    text.slice(0, at) + text.slice(end),
    text.slice(0, at) + noise + text.slice(at),
    text.slice(0, at) + noise + text.slice(end),
    text.slice(0, end) + text.slice(at),
    text.slice(0, at),
  ]);
}

fuzz(
  "P2 whatever the text, it is a policy or MalformedPolicyDocument",
  { runs: 3, steps: 400, fullRuns: 20 },
  async ({ random, steps, log }) => {
    const seen = { taken: 0, refused: 0 };
    for (let step = 0; step < steps; step++) {
      let text = policyOf(anyStatement(random), anyStatement(random));
      for (let times = random.int(4); times > 0 && text.length > 0; times--) text = damaged(random, text);
      log(text);
      try {
        parsePolicyDocument(text);
        seen.taken++;
      } catch (error) {
        expect(error).toBeInstanceOf(CloudError);
        expect(error).toMatchObject({ code: "MalformedPolicyDocument", details: { path: expect.any(String) } });
        seen.refused++;
      }
    }
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(steps / 20);
  },
);
