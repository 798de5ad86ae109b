import { describe, expect, it } from "vitest";
import { allow, policyOf, variable } from "../../../../test/support/policy-lab.ts";
import { CloudError } from "../../../base/errors.ts";
import { MAX_DOCUMENT_LENGTH, parsePolicyDocument, policySize } from "./policy-document.ts";

function refusal(text: string): CloudError {
  try {
    parsePolicyDocument(text);
  } catch (error) {
    if (error instanceof CloudError) return error;
    throw error;
  }
  throw new Error(`taken: ${text}`);
}

const one = (statement: object) => policyOf(statement);
const conditioned = (condition: unknown) => one(allow("ec2:*", "*", condition as object));
const ok = '"Effect": "Allow", "Action": "*", "Resource": "*"';

describe("policies that are taken", () => {
  it.each([
    ["P4 without a version", `{"Statement": [{${ok}}]}`],
    ["P4 the older version", `{"Version": "2008-10-17", "Statement": [{${ok}}]}`],
    ["P5 one statement, not in a list", `{"Version": "2012-10-17", "Statement": {${ok}}}`],
    ["an Id", `{"Version": "2012-10-17", "Id": "x y", "Statement": {${ok}}}`],
    ["P6 empty Sids, which need not differ", one({ Sid: "", Effect: "Allow", Action: "*", Resource: "*" })],
    [
      "P5 NotAction and NotResource",
      one({ Effect: "Deny", NotAction: "iam:*", NotResource: "arn:aws:ec2:*:*:volume/*" }),
    ],
    ["P7 any action, any service", one(allow(["*", "*:*", "s3:Get*", "EC2:runinstances"]))],
    ["P8 partitions", one(allow("*", ["arn:aws-cn:ec2:*:*:*", "arn:*:ec2:*:*:*", "arn:aws-us-gov:s3:::b"]))],
    ["P13 incomplete ARNs", one(allow("*", ["arn:aws:ec2", "arn:aws:ec2:us-east-1"]))],
    ["P9 no condition at all", conditioned({})],
    [
      "P9 numbers and booleans",
      conditioned({ Bool: { "ec2:Encrypted": true }, NumericLessThan: { "ec2:VolumeSize": 100 } }),
    ],
    [
      "P9 variables in strings and ARNs",
      conditioned({ ArnLike: { "aws:PrincipalArn": variable("aws:PrincipalArn") } }),
    ],
    [
      "P24 a default value",
      conditioned({ StringEquals: { "aws:username": variable("aws:PrincipalTag/team, 'a}b'") } }),
    ],
    ["P20 a dollar sign", conditioned({ StringEquals: { "aws:username": "5$ {x}" } })],
  ])("%s", (_, text) => {
    expect(() => parsePolicyDocument(text)).not.toThrow();
  });

  it("P9 has every operator that IAM has, with all prefixes and suffixes", () => {
    const values = {
      Numeric: "1",
      Date: "2026-01-01T00:00:00Z",
      Bool: "true",
      Binary: "QUJD",
      Ip: "10.0.0.0/8",
      Arn: "arn:aws:ec2:*:*:*",
    };
    const comparisons = ["Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"];
    const operators = [
      ...["Equals", "NotEquals", "EqualsIgnoreCase", "NotEqualsIgnoreCase", "Like", "NotLike"].map((s) => `String${s}`),
      ...comparisons.flatMap((s) => [`Numeric${s}`, `Date${s}`]),
      ...["Bool", "BinaryEquals", "IpAddress", "NotIpAddress", "ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"],
    ];
    expect(operators).toHaveLength(26);
    for (const operator of operators) {
      const [, value = "x"] =
        Object.entries(values).find(([kind]) => operator.replace("Not", "").startsWith(kind)) ?? [];
      for (const set of ["", "ForAllValues:", "ForAnyValue:"]) {
        for (const suffix of ["", "IfExists"]) {
          expect(() =>
            parsePolicyDocument(conditioned({ [`${set}${operator}${suffix}`]: { "a:b": value } })),
          ).not.toThrow();
        }
      }
    }
  });

  it("P1 is compiled once, and cannot be changed by who gave the text", () => {
    const { version, statements } = parsePolicyDocument(
      one({ Sid: "A1", Effect: "Deny", NotAction: ["a:B"], Resource: "*" }),
    );
    expect(version).toBe("2012-10-17");
    expect(statements[0]).toMatchObject({
      sid: "A1",
      effect: "Deny",
      actions: { negated: true },
      resources: { negated: false },
    });
  });

  it("P61 size does not count white space", () => {
    expect(policySize('{ "a":\n\t1 }')).toBe(7);
  });
});

const SYNTAX = "Syntax errors in policy.";
const NO_VENDOR = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.";
const NO_PRINCIPAL = "Policy document should not specify a principal.";

describe("P2 what is refused, in IAM's words and with the place", () => {
  it.each<[string, string, string, string]>([
    ["P1 nothing", "", SYNTAX, "line 1, column 1"],
    ["P1 no JSON", "no policy", SYNTAX, "line 1, column 1"],
    ["P1 half of it", `{"Version": "2012-10-17",\n "Statement": [`, SYNTAX, "line 2, column 16"],
    ["P1 a comma too many", `{"Version": "2012-10-17",}`, SYNTAX, "line 1, column 26"],
    ["P1 more behind it", "{} x", SYNTAX, "line 1, column 4"],
    ["P1 a string that does not end", '{"Version', SYNTAX, "line 1, column 2"],
    ["P1 a bad escape", '{"\\x": 1}', SYNTAX, "line 1, column 2"],
    ["P1 an element twice", `{"Version": "2012-10-17", "Version": "2008-10-17"}`, SYNTAX, "line 1, column 27"],
    ["P1 __proto__", `{"__proto__": {}, "Statement": {${ok}}}`, SYNTAX, "line 1, column 2"],
    ["P1 __proto__, disguised", `{"\\u005f_proto__": {}, "Statement": {${ok}}}`, SYNTAX, "line 1, column 2"],
    ["P1 too deep", "[".repeat(50_000), SYNTAX, "line 1, column 18"],
    ["P1 too long", " ".repeat(MAX_DOCUMENT_LENGTH + 1), SYNTAX, "document"],
    ["P1 characters", `{"Id": "Ω", "Statement": {${ok}}}`, SYNTAX, "character 9"],
    ["P1 a list", "[]", SYNTAX, "document"],
    ["P1 null", "null", SYNTAX, "document"],
    ["P3 unknown element", `{"Comment": "x", "Statement": {${ok}}}`, SYNTAX, "document"],
    ["P3 an element that objects have", `{"constructor": "x", "Statement": {${ok}}}`, SYNTAX, "document"],
    ["P3 unknown in a statement", one({ Effect: "Allow", Actions: "*", Resource: "*" }), SYNTAX, "Statement[0]"],
    [
      "P3 Principal",
      one({ Effect: "Allow", Principal: "*", Action: "*", Resource: "*" }),
      NO_PRINCIPAL,
      "Statement[0]",
    ],
    [
      "P3 NotPrincipal",
      one({ Effect: "Deny", NotPrincipal: "*", Action: "*", Resource: "*" }),
      NO_PRINCIPAL,
      "Statement[0]",
    ],
    ["P4 version", `{"Version": "2012-10-18", "Statement": {${ok}}}`, SYNTAX, "document.Version"],
    ["P4 a version that is no string", `{"Version": 20121017, "Statement": {${ok}}}`, SYNTAX, "document.Version"],
    ["P5 no statement", `{"Version": "2012-10-17"}`, SYNTAX, "document.Statement"],
    ["P5 no statements", `{"Version": "2012-10-17", "Statement": []}`, SYNTAX, "document.Statement"],
    ["P5 statements that are none", `{"Version": "2012-10-17", "Statement": ["x"]}`, SYNTAX, "Statement[0]"],
    ["P5 no effect", one({ Action: "*", Resource: "*" }), SYNTAX, "Statement[0].Effect"],
    ["P5 effect in small letters", one({ Effect: "allow", Action: "*", Resource: "*" }), SYNTAX, "Statement[0].Effect"],
    ["P5 no action", one({ Effect: "Allow", Resource: "*" }), "Policy statement must contain actions.", "Statement[0]"],
    [
      "P5 empty actions",
      one({ Effect: "Allow", Action: [], Resource: "*" }),
      "Policy statement must contain actions.",
      "Statement[0]",
    ],
    [
      "P5 no resource",
      one({ Effect: "Allow", Action: "*" }),
      "Policy statement must contain resources.",
      "Statement[0]",
    ],
    ["P5 both", one({ Effect: "Allow", Action: "*", NotAction: "*", Resource: "*" }), SYNTAX, "Statement[0]"],
    ["P5 both", one({ Effect: "Allow", Action: "*", NotResource: "*", Resource: "*" }), SYNTAX, "Statement[0]"],
    [
      "P5 actions that are numbers",
      one({ Effect: "Allow", Action: [1], Resource: "*" }),
      SYNTAX,
      "Statement[0].Action",
    ],
    [
      "P6 Sid",
      one({ Sid: "a b", Effect: "Allow", Action: "*", Resource: "*" }),
      "Statement IDs (SID) must be alpha-numeric.",
      "Statement[0].Sid",
    ],
    [
      "P6 Sid twice",
      policyOf({ Sid: "a", ...allow("*") }, { Sid: "b", ...allow("*") }, { Sid: "a", ...allow("*") }),
      "Statement IDs (SID) in a single policy must be unique.",
      "Statement[2].Sid",
    ],
    ["P7 no vendor", one(allow("RunInstances")), NO_VENDOR, "Statement[0].Action"],
    ["P7 no vendor, in a list", one(allow(["ec2:*", "RunInstances"])), NO_VENDOR, "Statement[0].Action[1]"],
    ["P7 colons", one(allow("ec2:a:b")), "Actions/Condition can contain only one colon.", "Statement[0].Action"],
    ["P7 vendor", one(allow("e*:Run")), "Vendor e* is not valid", "Statement[0].Action"],
    ["P7 no name", one(allow("ec2:")), SYNTAX, "Statement[0].Action"],
    ["P8 no ARN", one(allow("*", "i-123")), 'Resource i-123 must be in ARN format or "*".', "Statement[0].Resource"],
    ["P8 empty", one(allow("*", "")), 'Resource  must be in ARN format or "*".', "Statement[0].Resource"],
    [
      "P8 partition",
      one(allow("*", "arn:asw:ec2:::x")),
      'Partition "asw" is not valid for resource "arn:asw:ec2:::x".',
      "Statement[0].Resource",
    ],
    [
      "P8 partition, incomplete",
      one(allow("*", "arn:x")),
      'Partition "x" is not valid for resource "arn:x:*:*:*:*".',
      "Statement[0].Resource",
    ],
    [
      "P8 vendor",
      one(allow("*", "arn:aws:e*:::x")),
      "Resource vendor must be fully qualified and cannot contain regexes.",
      "Statement[0].Resource",
    ],
    [
      "P8 no vendor",
      one(allow("*", "arn:aws")),
      "Resource vendor must be fully qualified and cannot contain regexes.",
      "Statement[0].Resource",
    ],
    [
      "P8 variable as account",
      one(allow("*", `arn:aws:ec2:*:${variable("aws:PrincipalAccount")}:instance/*`)),
      SYNTAX,
      "Statement[0].Resource",
    ],
    [
      "P20 variable that does not end",
      one(allow("*", `arn:aws:ec2:*:*:instance/${variable("a:b").slice(0, -1)}`)),
      SYNTAX,
      "Statement[0].Resource",
    ],
    [
      "P20 variable without a name",
      one(allow("*", `arn:aws:ec2:*:*:instance/${variable("")}`)),
      SYNTAX,
      "Statement[0].Resource",
    ],
    [
      "P24 default without quotes",
      one(allow("*", `arn:aws:ec2:*:*:instance/${variable("a:b, x")}`)),
      SYNTAX,
      "Statement[0].Resource",
    ],
    ["P9 conditions as a list", one(allow("*", "*", [] as object)), SYNTAX, "Statement[0].Condition"],
    ["P9 operator", conditioned({ StringMatches: { "a:b": "x" } }), SYNTAX, "Statement[0].Condition"],
    ["P9 operator that objects have", conditioned({ constructor: { "a:b": "x" } }), SYNTAX, "Statement[0].Condition"],
    ["P9 set operator", conditioned({ "ForEachValue:StringEquals": { "a:b": "x" } }), SYNTAX, "Statement[0].Condition"],
    ["P9 NullIfExists", conditioned({ NullIfExists: { "a:b": "true" } }), SYNTAX, "Statement[0].Condition"],
    [
      "P9 key",
      conditioned({ StringEquals: { username: "x" } }),
      NO_VENDOR,
      'Statement[0].Condition.StringEquals["username"]',
    ],
    ["P9 keys as text", conditioned({ StringEquals: "x" }), SYNTAX, "Statement[0].Condition.StringEquals"],
    ["P9 value", conditioned({ StringEquals: { "a:b": null } }), SYNTAX, 'Statement[0].Condition.StringEquals["a:b"]'],
    [
      "P9 number",
      conditioned({ NumericEquals: { "a:b": "x" } }),
      SYNTAX,
      'Statement[0].Condition.NumericEquals["a:b"]',
    ],
    [
      "P20 a variable as a number",
      conditioned({ NumericEquals: { "a:b": variable("a:c") } }),
      SYNTAX,
      'Statement[0].Condition.NumericEquals["a:b"]',
    ],
    [
      "P9 date",
      conditioned({ DateLessThan: { "a:b": "2026-02-30" } }),
      SYNTAX,
      'Statement[0].Condition.DateLessThan["a:b"]',
    ],
    ["P9 boolean", conditioned({ Bool: { "a:b": "yes" } }), SYNTAX, 'Statement[0].Condition.Bool["a:b"]'],
    [
      "P9 address",
      conditioned({ IpAddress: { "a:b": ["10.0.0.0/8", "10.0.0/8"] } }),
      SYNTAX,
      'Statement[0].Condition.IpAddress["a:b"]',
    ],
    ["P9 binary", conditioned({ BinaryEquals: { "a:b": "*" } }), SYNTAX, 'Statement[0].Condition.BinaryEquals["a:b"]'],
    ["P9 ARN", conditioned({ ArnLike: { "a:b": "user/x" } }), SYNTAX, 'Statement[0].Condition.ArnLike["a:b"]'],
    ["P9 Null", conditioned({ Null: { "a:b": "maybe" } }), SYNTAX, 'Statement[0].Condition.Null["a:b"]'],
  ])("%s", (_, text, iamSays, path) => {
    const { code, message, details } = refusal(text);
    expect(code).toBe("MalformedPolicyDocument");
    expect(message.startsWith(`${iamSays} ${path}: `)).toBe(true);
    expect(details.path).toBe(path);
  });
});
