import { expect, it } from "vitest";
import { CloudError } from "../../base/errors.ts";
import { onAll } from "./on-all.ts";

it("goes on where one fails, and tells which did", async () => {
  const done: string[] = [];
  const act = async ({ id }: { id: string }) => {
    if (id !== "a") throw new CloudError("IncorrectState", `${id} is busy.`);
    done.push(id);
  };
  await expect(onAll([{ id: "b" }], act)).rejects.toMatchObject({ code: "IncorrectState", message: "b is busy." });
  await expect(onAll([{ id: "b" }, { id: "a" }, { id: "c" }], act)).rejects.toMatchObject({
    code: "IncorrectState",
    message: "2 of 3 failed. b: b is busy. c: c is busy.",
  });
  expect(done).toEqual(["a"]);
  await onAll([{ id: "a" }], act);
});
