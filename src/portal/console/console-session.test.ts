import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FakeCloud } from "../testing/fake-cloud.ts";
import type { FakeInstance } from "../testing/fake-instance.ts";
import { ConsoleSession, type SessionTerminal } from "./console-session.ts";

const encode = (text: string) => new TextEncoder().encode(text);

/** A terminal that writes down what happens to it; its size is what the test says. */
class PaperTerminal implements SessionTerminal {
  size = { columns: 80, rows: 24 };
  next = this.size;
  shown = "";
  readOnly = false;
  resets = 0;
  /** Held writes do not resolve until they are released. */
  hold: Promise<void> | null = null;

  async write(text: string): Promise<void> {
    await this.hold;
    this.shown += text;
  }
  async replay(text: string): Promise<void> {
    await this.write(`<${text}>`);
  }
  async softReset(): Promise<void> {
    this.resets++;
  }
  fit(): boolean {
    const changed = this.next !== this.size;
    this.size = this.next;
    return changed;
  }
  setReadOnly(readOnly: boolean): void {
    this.readOnly = readOnly;
  }
}

async function running(): Promise<FakeInstance> {
  const { instances } = new FakeCloud({ instant: true });
  await instances.launch({ image: "tiny" });
  return instances.list()[0] as FakeInstance;
}

function connect(instance: FakeInstance) {
  const terminal = new PaperTerminal();
  const errors: string[] = [];
  let outputs = 0;
  const session = new ConsoleSession(instance, terminal, {
    onOutput: () => outputs++,
    onError: (header) => errors.push(header),
  });
  return { terminal, session, errors, outputs: () => outputs };
}

/** Everything that is due without a timer. */
const settle = () => vi.advanceTimersByTimeAsync(0);

describe("ConsoleSession", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("shows the history, then what comes, and nothing twice", async () => {
    const instance = await running();
    await instance.console.print("old");
    const history = instance.console.history();
    const { terminal, outputs } = connect(instance);
    await instance.console.print("new");
    await settle();
    expect(terminal.shown).toBe(`<${history}>new`);
    expect(outputs()).toBe(1);
  });

  it("holds the guest back until the terminal has taken its output", async () => {
    const instance = await running();
    const { terminal } = connect(instance);
    await settle();
    let release = () => {};
    terminal.hold = new Promise((resolve) => {
      release = resolve;
    });
    let taken = false;
    const printing = instance.console.print("much").then(() => {
      taken = true;
    });
    await settle();
    expect(taken).toBe(false);
    release();
    await printing;
  });

  it("tells the guest the size: at once, when it has settled after a change, and after each boot", async () => {
    const instance = await running();
    const { terminal, session } = connect(instance);
    expect(instance.console.sizes).toEqual([[80, 24]]);
    session.resized();
    terminal.next = { columns: 100, rows: 30 };
    session.resized();
    expect(instance.console.sizes).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1_000);
    session.resized();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(instance.console.sizes.slice(1)).toEqual([[100, 30]]);
    await instance.stop();
    await instance.start();
    const afterBoot = instance.console.sizes.slice(2);
    expect(afterBoot.length).toBeGreaterThan(0);
    expect(new Set(afterBoot.map(String))).toEqual(new Set(["100,30"]));
  });

  it("is read-only while the machine is off, and leaves a dead program's modes", async () => {
    const instance = await running();
    const { terminal, session, errors } = connect(instance);
    expect(terminal.readOnly).toBe(false);
    await instance.stop();
    expect(terminal).toMatchObject({ readOnly: true, resets: 1 });
    session.send(encode("ls\r"));
    await settle();
    expect(errors).toEqual([]);
    expect(terminal.shown).not.toContain("starts again");
    await instance.start();
    expect(terminal).toMatchObject({ readOnly: false, resets: 1 });
    expect(terminal.shown).toMatch(/── starts again ──[^─]*Welcome/);
  });

  it("marks where a reboot begins anew", async () => {
    const instance = await running();
    const { terminal } = connect(instance);
    await instance.reboot();
    await settle();
    expect(terminal.shown.match(/starts again/g)).toHaveLength(1);
  });

  it("sends what is typed, also what still waits when its page goes away", async () => {
    const instance = await running();
    const { session } = connect(instance);
    session.send(encode("echo one\r"));
    session.send(encode("echo two\r"));
    session.dispose();
    session.send(encode("echo three\r"));
    await settle();
    expect(instance.console.history()).toMatch(/one\r\n[\s\S]*two\r\n/);
    expect(instance.console.history()).not.toContain("three");
  });

  it("says so when typing fails while the machine runs", async () => {
    const instance = await running();
    const { session, errors } = connect(instance);
    vi.spyOn(instance.console, "write").mockRejectedValue(new Error("worker gone"));
    session.send(encode("x"));
    await settle();
    expect(errors).toEqual(["Could not type into the console"]);
  });

  it("hears nothing after its end", async () => {
    const instance = await running();
    const { terminal, session } = connect(instance);
    await settle();
    const before = terminal.shown;
    session.dispose();
    await instance.console.print("later");
    await instance.stop();
    expect(terminal.shown).toBe(before);
    expect(terminal.resets).toBe(0);
  });
});
