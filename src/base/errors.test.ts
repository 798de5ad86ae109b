import { describe, expect, it } from "vitest";
import { CloudError, hasCode, toCloudError } from "./errors.ts";

describe("CloudError", () => {
  it("keeps code, message and details", () => {
    const error = new CloudError("InvalidInstanceID.NotFound", "gone", { id: "i-1" });
    expect(error).toMatchObject({
      name: "CloudError",
      code: "InvalidInstanceID.NotFound",
      message: "gone",
      details: { id: "i-1" },
    });
    expect(hasCode(error, "InvalidInstanceID.NotFound")).toBe(true);
  });

  it("wraps what is not one, with its cause", () => {
    const cause = new TypeError("boom");
    const error = toCloudError(cause, "Server.InternalError");
    expect(error).toMatchObject({ code: "Server.InternalError", message: "boom", cause });
    expect(toCloudError(error)).toBe(error);
    expect(toCloudError("text").message).toBe("text");
  });
});
