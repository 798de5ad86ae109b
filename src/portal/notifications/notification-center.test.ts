import { describe, expect, it } from "vitest";
import { CloudError } from "../../base/errors.ts";
import { NotificationCenter } from "./notification-center.ts";

describe("NotificationCenter", () => {
  it("shows an error with code, message and what to do", () => {
    const center = new NotificationCenter();
    center.showError("Could not launch", new CloudError("InvalidAMIID.NotFound", "The image does not exist"));
    expect(center.items).toMatchObject([
      {
        kind: "error",
        header: "Could not launch",
        code: "InvalidAMIID.NotFound",
        message: "The image does not exist",
        advice: expect.stringContaining("launch form"),
      },
    ]);
  });

  it("shows what is not a CloudError too", () => {
    const center = new NotificationCenter();
    center.showError("Something went wrong", new TypeError("x is undefined"));
    expect(center.items[0]).toMatchObject({ code: "InternalError", message: "x is undefined" });
  });

  it("counts the same message up, newest first, and keeps ten", () => {
    const center = new NotificationCenter();
    let changes = 0;
    center.onChange(() => changes++);
    for (let index = 0; index < 12; index++) center.showError(`header ${index}`, new Error("same"));
    center.showError("header 11", new Error("same"));
    expect(center.items).toHaveLength(10);
    expect(center.items[0]).toMatchObject({ header: "header 11", count: 2 });
    expect(changes).toBe(13);
  });

  it("dismisses", () => {
    const center = new NotificationCenter();
    center.showError("one", new Error("x"));
    center.showError("two", new Error("x"));
    center.dismiss(center.items[0]?.id ?? "");
    expect(center.items.map(({ header }) => header)).toEqual(["one"]);
  });
});
