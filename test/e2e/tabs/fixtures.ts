import type { BrowserContext } from "@playwright/test";
import { test as base, CloudPage, expect } from "../machine/fixtures.ts";

/** Tabs of one browser with the same cloud. */
export class Tabs {
  readonly #context: BrowserContext;
  readonly #first: CloudPage;

  constructor(context: BrowserContext, first: CloudPage) {
    this.#context = context;
    this.#first = first;
  }

  /** Another tab; it is open when its cloud is. */
  async another(): Promise<CloudPage> {
    const tab = new CloudPage(await this.#context.newPage(), this.#first.host);
    await tab.open();
    return tab;
  }
}

/** Resolves when the tab owns the cloud; gives what `onRoleChange` told. */
export async function becomesOwner(tab: CloudPage): Promise<string[]> {
  return await tab.page.evaluate(
    () =>
      new Promise<string[]>((resolve) => {
        if (tabvisor.role === "owner") resolve([]);
        else tabvisor.onRoleChange(({ stoppedInstanceIds }) => resolve([...stoppedInstanceIds]));
      }),
  );
}

export const roleOf = (tab: CloudPage): Promise<string> => tab.page.evaluate(() => tabvisor.role);

export const test = base.extend<{ tabs: Tabs }>({
  tabs: async ({ context, cloud }, use) => {
    await use(new Tabs(context, cloud));
  },
});

export { expect };
