import { test as base, expect, type Locator, type Page } from "@playwright/test";
import axe from "axe-core";
import type { Cloud } from "../../../src/api/types.ts";
import { PORTAL_URL, PRETENDED_URL } from "../urls.ts";
import { Watch } from "./watch.ts";

declare global {
  var tabvisor: Cloud;
}

/** The portal in a browser, as a user has it: seen, clicked and typed into. */
export class Portal {
  readonly page: Page;
  readonly watch: Watch;
  readonly #url: string;

  constructor(page: Page, watch: Watch, url: string) {
    this.page = page;
    this.watch = watch;
    this.#url = url;
  }

  async open(fragment = ""): Promise<void> {
    await this.page.goto(this.#url + fragment);
    await this.page.waitForFunction(() => globalThis.tabvisor !== undefined);
  }

  async reload(): Promise<void> {
    await this.page.reload();
    await this.page.waitForFunction(() => globalThis.tabvisor !== undefined);
  }

  /** Goes to a page of the portal without loading it again. */
  async go(fragment: string): Promise<void> {
    await this.page.evaluate((hash) => {
      location.hash = hash;
    }, fragment);
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole("button", { name, exact: typeof name === "string" });
  }

  heading(name: string | RegExp): Locator {
    return this.page.getByRole("heading", { level: 1, name });
  }

  /** One click in the empty portal; gives the instance's id when its prompt is there. */
  async launchByClick(): Promise<string> {
    await this.button("Launch a Linux instance").click();
    await this.prompt();
    return await this.currentId();
  }

  async currentId(): Promise<string> {
    const id = /#\/instances\/(i-[0-9a-f]+)/.exec(this.page.url())?.[1];
    if (id === undefined) throw new Error(`${this.page.url()} is not an instance's page`);
    return id;
  }

  /** Launches through the API, without waiting for the guests. */
  async launch(request: { name?: string; count?: number; type?: string }): Promise<string[]> {
    return await this.page.evaluate(async (wanted) => {
      const launched = await tabvisor.instances.launch({ image: "tiny", ...wanted });
      return launched.map(({ id }) => id);
    }, request);
  }

  /** Through the API. */
  async snapshotOfFirstVolume(): Promise<void> {
    await this.page.evaluate(async () => {
      const [volume] = tabvisor.volumes.list();
      if (volume === undefined) throw new Error("there is no volume");
      await tabvisor.snapshots.create({ volumeId: volume.id, description: "before the upgrade" });
    });
  }

  /** Chooses an action for the one row that has `text`. */
  async chooseFor(text: string, action: string): Promise<Locator> {
    // Not by its place: a message that comes or goes above the table moves it under the pointer.
    for (const checked of await this.page.getByRole("row").getByRole("checkbox", { checked: true }).all()) {
      await checked.dispatchEvent("click");
    }
    const row = this.page.getByRole("row").filter({ hasText: text });
    const box = row.getByRole("radio").or(row.getByRole("checkbox"));
    await box.dispatchEvent("click");
    await expect(box).toBeChecked();
    return await this.choose(action);
  }

  /** Chooses from the menu of actions; gives the dialog, if one opens. */
  async choose(action: string): Promise<Locator> {
    await this.button("Actions").click();
    await this.page.getByRole("menuitem", { name: action, exact: true }).click();
    return this.page.getByRole("dialog");
  }

  /** Waits until a shell's prompt is the last thing in the console. */
  async prompt(): Promise<void> {
    await expect.poll(() => this.screen(), { message: "a shell prompt", timeout: 90_000 }).toMatch(/[$#] *$/);
  }

  /** What the console shows, line by line, without the empty lines below. */
  async screen(): Promise<string> {
    const rows = this.page.locator(".xterm-rows");
    if ((await rows.count()) === 0) return "";
    const lines = await rows.first().evaluate((element) => [...element.children].map((row) => row.textContent ?? ""));
    return lines
      .map((line) => line.replaceAll("\u00a0", " ").trimEnd())
      .join("\n")
      .trimEnd();
  }

  async shows(text: string | RegExp): Promise<void> {
    const pattern = typeof text === "string" ? new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")) : text;
    await expect.poll(() => this.screen(), { message: `${pattern} in the console` }).toMatch(pattern);
  }

  /** Types a command and Enter, wherever the keyboard is. */
  async command(text: string): Promise<void> {
    await this.page.keyboard.type(`${text}\n`);
  }

  /** Runs a command through the agent, not the console. */
  async exec(id: string, command: string): Promise<string> {
    return await this.page.evaluate(
      async ([instance, text]) => {
        const { stdout, stderr, exitCode } = await tabvisor.instances.get(instance).exec(text);
        if (exitCode !== 0) throw new Error(`${text}: ${exitCode} ${stderr}`);
        return stdout.trim();
      },
      [id, command] as const,
    );
  }

  /** Clicks an action and confirms it, which has to name the instances. */
  async act(action: "Stop" | "Reboot" | "Terminate" | "Force stop", names: readonly string[]): Promise<void> {
    await this.button(action).click();
    const dialog = this.page.getByRole("dialog");
    for (const name of names) await expect(dialog).toContainText(name);
    await dialog.getByRole("button", { name: action, exact: true }).click();
    await expect(dialog).toBeHidden();
  }

  /** The state under the heading of an instance's page. */
  async isInState(state: string): Promise<void> {
    await expect(this.page.locator("main").getByText(state, { exact: true }).first()).toBeVisible();
  }

  /** axe's complaints about the page as it is, in short. */
  async accessibilityProblems(): Promise<string[]> {
    await this.page.evaluate(axe.source);
    return await this.page.evaluate(async () => {
      const { violations } = await (globalThis as unknown as { axe: typeof axe }).axe.run();
      return violations.flatMap(({ id, help, nodes }) =>
        nodes.map(({ html, failureSummary }) => `${id}: ${help}\n  ${html.slice(0, 300)}\n  ${failureSummary}`),
      );
    });
  }
}

async function watched(page: Page, url: string, use: (portal: Portal) => Promise<void>): Promise<void> {
  const watch = new Watch(url);
  await watch.watchContext(page.context());
  await use(new Portal(page, watch, url));
  expect(watch.problems, "nothing went wrong behind the scenes").toEqual([]);
}

export const test = base.extend<{ portal: Portal; pretended: Portal }>({
  portal: ({ page }, use) => watched(page, PORTAL_URL, use),
  pretended: ({ page }, use) => watched(page, PRETENDED_URL, use),
});

export { expect };
