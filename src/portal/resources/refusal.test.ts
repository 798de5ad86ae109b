import { expect, it } from "vitest";
import { CloudError } from "../../base/errors.ts";
import { bySigns, refusalText } from "./refusal.ts";

const fieldOf = bySigns({
  cidrBlock: ["InvalidVpc.Range"],
  target: ["InvalidInternetGatewayID.NotFound", "gatewayId"],
});

it.each<[string, string, Record<string, unknown>, string | undefined]>([
  ["the parameter that it names", "InvalidParameterValue", { parameter: "cidrBlock", gatewayId: "x" }, "cidrBlock"],
  ["its code", "InvalidVpc.Range", { gatewayId: "x" }, "cidrBlock"],
  ["what its details tell of", "InvalidParameterValue", { value: 1, gatewayId: "x" }, "target"],
  ["a field's own name in its details", "InvalidParameterValue", { cidrBlock: "x" }, "cidrBlock"],
  ["nothing", "VpcLimitExceeded", { limit: 5 }, undefined],
])("finds the field of a refusal by %s", (_by, code, details, field) =>
  expect(fieldOf(new CloudError(code, "No.", details))).toBe(field),
);

it("says the code with the words", () =>
  expect(refusalText(new CloudError("InvalidVpc.Range", "The CIDR is invalid."))).toBe(
    "The CIDR is invalid. (InvalidVpc.Range)",
  ));
