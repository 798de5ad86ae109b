import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { awaitOwnStart, readOwnStart } from "./own-start.ts";

const ID = "i-0123456789abcdef0";
const RESULT = '{\n "v1": {\n  "datasource": "DataSourceEc2Local",\n  "errors": ["late"]\n }\n}\n';

/** As cloud-init writes it. */
const result = (datasource: string, errors: readonly string[]) =>
  JSON.stringify({ v1: { datasource, errors } }, undefined, 1);

describe("what the guest is asked about its own first start", () => {
  let root: string;
  let script: string;
  const file = (...path: string[]) => {
    const whole = join(root, ...path);
    mkdirSync(join(whole, ".."), { recursive: true });
    return whole;
  };
  const mark = (name: string) => writeFileSync(file("var", "lib", "cloud", "instances", ID, "sem", name), "done\n");
  const ran = () => spawnSync("sh", ["-c", script], { encoding: "utf8" }).stdout;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "own-start-"));
    script = awaitOwnStart(ID)
      .replaceAll("/run/cloud-init", file("run", "cloud-init"))
      .replaceAll("/var/lib/cloud", file("var", "lib", "cloud"));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it("F10: it is the agent's where the guest asks no metadata service", () => {
    expect(readOwnStart(ran())).toEqual({ done: false });
  });

  it("F10: it is over when there is a result, and waited for until then", async () => {
    writeFileSync(file("run", "cloud-init", "enabled"), "");
    mark("config_scripts_user");
    // It tells when it has looked, and found nothing.
    const child = spawn("sh", ["-c", `sleep() { echo looked >&2; command sleep "$@"; }\n${script}`]);
    let printed = "";
    child.stdout.on("data", (chunk) => {
      printed += chunk;
    });
    const ended = new Promise<void>((resolve) => child.on("close", () => resolve()));
    await new Promise<void>((resolve) => child.stderr.once("data", () => resolve()));
    expect(printed).toBe("");
    writeFileSync(file("run", "cloud-init", "result.json.new"), RESULT);
    renameSync(file("run", "cloud-init", "result.json.new"), file("run", "cloud-init", "result.json"));
    await ended;
    expect(readOwnStart(printed)).toEqual({ done: true, errors: ["late"] });
  });

  it("F10: what the guest has left undone, or the agent has done before, is the agent's", () => {
    writeFileSync(file("run", "cloud-init", "enabled"), "");
    writeFileSync(file("run", "cloud-init", "result.json"), RESULT);
    expect(readOwnStart(ran())).toEqual({ done: false });
    mark("config_scripts_user");
    expect(readOwnStart(ran())).toEqual({ done: true, errors: ["late"] });
    mark("first-start");
    expect(readOwnStart(ran())).toEqual({ done: false });
  });
});

describe("what the guest answers", () => {
  it.each([
    ["", { done: false }],
    ["done\n", { done: true, errors: [] }],
    [`done\n${result("DataSourceEc2", ["it failed"])}`, { done: true, errors: ["it failed"] }],
    // At a later boot, without a network: what was done was done at the first one.
    [`done\n${result("DataSourceNone", ["no answer"])}`, { done: true, errors: [] }],
  ])("F10: %j", (printed, read) => {
    expect(readOwnStart(printed)).toEqual(read);
  });

  it.each(["done\n{", 'done\n{"v1": {}}', "done\n[]"])("F10: %j is no answer", (printed) => {
    expect(() => readOwnStart(printed)).toThrow(expect.objectContaining({ code: "FirstStart.Failed" }));
  });
});
