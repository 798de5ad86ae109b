import type { FakeCloud } from "../../../src/portal/testing/fake-cloud.ts";
import { PRETENDED_URL } from "../urls.ts";
import { expect, type Portal, test } from "./fixtures.ts";

type Change = Parameters<ReturnType<FakeCloud["instances"]["list"]>[number]["set"]>[0];

/** Brings the nth instance of the pretended cloud into any state. */
async function set(portal: Portal, index: number, change: Change): Promise<void> {
  await portal.page.evaluate(
    ([at, wanted]) => {
      const { instances } = globalThis.tabvisor as unknown as FakeCloud;
      instances.list()[at]?.set(wanted);
    },
    [index, change] as const,
  );
}

test.describe("the pages over a pretended cloud", () => {
  test("a boot shows its phases and the download until the console speaks", async ({ pretended }) => {
    await pretended.open();
    await pretended.button("Launch a Linux instance").click();
    await expect(pretended.page.getByText("Load the processor")).toBeVisible();
    await expect(pretended.page.getByRole("progressbar", { name: "Download" })).toBeVisible();
    await expect(pretended.page.getByText(/[\d.]+ of 5\.6 MiB/)).toBeVisible();
    await pretended.prompt();
    await expect(pretended.page.getByText("Load the processor")).toBeHidden();
    await pretended.command("echo typed at once");
    await pretended.shows(/^typed at once$/m);
  });

  test("the table shows how far a boot is, and states as they change", async ({ pretended }) => {
    await pretended.open();
    await pretended.launch({ name: "web", count: 2 });
    const row = pretended.page.getByRole("row", { name: /web-2/ });
    await expect(row).toContainText("Pending");
    await expect(row).toContainText(/Download the image: [\d.]+ of 5\.6 MiB/);
    await expect(row).toContainText("Running");
    await expect(row).toContainText("Passed");
    await set(pretended, 1, { state: "stopping" });
    await expect(row).toContainText("Stopping");
  });

  test("F48 a passphrase is set, locks, is asked for on every page, and opens", async ({ pretended }) => {
    await pretended.open("#/storage");
    const { page } = pretended;
    await pretended.button("Set passphrase").click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("New passphrase").fill("correct horse battery");
    await dialog.getByLabel("The same again").fill("correct horse");
    await expect(dialog.getByText("The two are not the same.")).toBeVisible();
    await expect(dialog.getByRole("button", { name: "Set a passphrase" })).toBeDisabled();
    await dialog.getByLabel("The same again").fill("correct horse battery");
    await dialog.getByRole("button", { name: "Set a passphrase" }).click();
    await expect(dialog).toBeHidden();
    await pretended.button("Lock").click();
    await pretended.go("#/volumes");
    await page.getByRole("button", { name: "Unlock" }).click();
    await dialog.getByLabel("Passphrase").fill("wrong horse battery");
    await dialog.getByRole("button", { name: "Unlock" }).click();
    await expect(dialog.getByText("InvalidKey.Passphrase")).toBeVisible();
    await dialog.getByLabel("Passphrase").fill("correct horse battery");
    await dialog.getByRole("button", { name: "Unlock" }).click();
    await expect(page.getByText("Encryption is locked")).toBeHidden();
    await pretended.button("Create volume").click();
    await dialog.getByLabel("Name").fill("sealed");
    await dialog.getByRole("checkbox", { name: "Encrypted" }).check({ force: true });
    await dialog.getByRole("button", { name: "Create volume" }).click();
    await expect(page.getByRole("row").filter({ hasText: "sealed" })).toContainText("Yes");
  });

  test("a batch reports each failure and does the rest", async ({ pretended }) => {
    await pretended.open();
    await pretended.launch({ name: "web", count: 3 });
    await expect(pretended.page.getByText("Passed")).toHaveCount(3);
    await pretended.page.getByRole("checkbox", { name: "Select all instances" }).check({ force: true });
    await pretended.button("Reboot").click();
    // Between question and answer one of them stops by itself.
    await set(pretended, 1, { state: "stopped" });
    await pretended.page.getByRole("dialog").getByRole("button", { name: "Reboot", exact: true }).click();
    const flash = pretended.page.getByText("Could not reboot web-2");
    await expect(flash).toBeVisible();
    await expect(pretended.page.getByText("(IncorrectInstanceState)", { exact: true })).toBeVisible();
    await expect(pretended.page.getByText("Could not reboot")).toHaveCount(1);
    await pretended.page.getByRole("button", { name: /^Dismiss: Could not reboot web-2/ }).click();
    await expect(flash).toBeHidden();
  });

  test("an impaired, a failed and a crashed instance say why and what to do", async ({ pretended }) => {
    await pretended.open();
    await pretended.button("Launch a Linux instance").click();
    await pretended.prompt();
    const reason = (code: string, text: string) => ({ code, message: `${code}: ${text}` });
    await set(pretended, 0, {
      status: {
        state: "impaired",
        reason: reason("Image.ChunkCorrupt", "A chunk of the image is wrong"),
        impairedSince: new Date(),
      },
    });
    await expect(pretended.page.getByText("A chunk of the image is wrong. Reboot it")).toBeVisible();
    await set(pretended, 0, { state: "stopped", stateReason: reason("Client.GuestPanicked", "Kernel panic") });
    await expect(pretended.page.getByText("The instance stopped by itself")).toBeVisible();
    await pretended.button("Start the instance").click();
    await expect(pretended.page.getByText("The instance stopped by itself")).toBeHidden();
    await set(pretended, 0, { state: "terminated", stateReason: reason("Image.Unavailable", "Offline") });
    await expect(pretended.page.getByText("Offline. Check that you are online, then try again.")).toBeVisible();
    await expect(pretended.button("Start")).toBeDisabled();
    await expect(pretended.button("Terminate")).toBeDisabled();
  });

  test("a stop that takes its time can be forced", async ({ pretended }) => {
    await pretended.open();
    const [id] = await pretended.launch({});
    await pretended.go(`#/instances/${id}`);
    await pretended.prompt();
    await set(pretended, 0, { state: "stopping" });
    await pretended.act("Force stop", [id ?? ""]);
    await pretended.isInState("Stopped");
  });

  for (const [code, header] of [
    ["Cloud.InUse", "Tabvisor is open in another tab"],
    ["Cloud.VersionMismatch", "Another tab has another version of Tabvisor"],
    ["Store.Unavailable", "This browser does not let the page store data"],
    ["Cloud.InsecureContext", "The page was not loaded in a secure way"],
    ["Something.Else", "Something is in the way"],
  ] as const) {
    test(`a cloud that does not open (${code}) says why, and opens when it can`, async ({ pretended }) => {
      await pretended.page.goto(`${PRETENDED_URL}?fail=${code}`);
      await expect(pretended.heading("The cloud could not be opened")).toBeVisible();
      await expect(pretended.page.getByText(header)).toBeVisible();
      expect(await pretended.accessibilityProblems()).toEqual([]);
      await pretended.button("Try again").click();
      await expect(pretended.heading("Instances")).toBeVisible();
    });
  }

  test("errors that nobody caught are shown", async ({ pretended }) => {
    pretended.watch.allow(/nobody caught this/);
    await pretended.open();
    await pretended.page.evaluate(() => {
      setTimeout(() => {
        throw new Error("nobody caught this error");
      });
      void Promise.reject(new Error("nobody caught this promise"));
    });
    await expect(pretended.page.getByText("nobody caught this error")).toBeVisible();
    await expect(pretended.page.getByText("nobody caught this promise")).toBeVisible();
  });

  test("the keyboard reaches everything and gets out of the console", async ({ pretended }) => {
    await pretended.open();
    await pretended.button("Launch a Linux instance").focus();
    await pretended.page.keyboard.press("Enter");
    await pretended.prompt();
    const focused = () => pretended.page.evaluate(() => document.activeElement?.getAttribute("aria-label"));
    await expect.poll(focused).toMatch(/^Console of/);
    // Tab is the guest's.
    await pretended.page.keyboard.press("Tab");
    expect(await focused()).toMatch(/^Console of/);
    await pretended.page.keyboard.press("Control+Shift+X");
    await expect(pretended.button("Skip past the console")).toBeFocused();
    await pretended.page.keyboard.press("Enter");
    await expect(pretended.button("Copy the selection, or everything")).toBeFocused();
    await pretended.button("Skip past the console").focus();
    await pretended.page.keyboard.press("Shift+Tab");
    await expect(pretended.page.getByRole("tabpanel", { name: "Console" })).toBeFocused();
    await pretended.page.keyboard.press("Shift+Tab");
    await expect(pretended.page.getByRole("tab", { name: "Console" })).toBeFocused();
  });

  test("a new page takes the keyboard to its heading and names the document", async ({ pretended }) => {
    await pretended.open();
    await expect(pretended.page).toHaveTitle("Instances – Tabvisor");
    await pretended.page.getByRole("link", { name: "Launch instances" }).click();
    await expect(pretended.heading("Launch instances")).toBeFocused();
    await expect(pretended.page).toHaveTitle("Launch instances – Tabvisor");
    await pretended.go("#/instances/i-00000000000000000");
    await expect(pretended.heading("There is no such instance")).toBeFocused();
    await pretended.go("#/nowhere");
    await expect(pretended.heading("There is no such page")).toBeFocused();
  });

  test("a state that changes is announced", async ({ pretended }) => {
    await pretended.open();
    await pretended.launch({ name: "web" });
    await expect(pretended.page.locator("[aria-live=polite]", { hasText: "web is running." })).toHaveCount(1);
  });

  test("the form says what is wrong where it is wrong", async ({ pretended }) => {
    await pretended.open("#/launch");
    await pretended.page.getByLabel("Number of instances").fill("0");
    await pretended.button("Launch").click();
    await expect(pretended.page.getByText("Enter a whole number of at least 1.")).toBeVisible();
    await pretended.page.getByLabel("Number of instances").fill("2");
    await expect(pretended.page.getByText("Enter a whole number of at least 1.")).toBeHidden();
    await pretended.page.getByLabel("Name").fill("pair");
    await pretended.page.keyboard.press("Enter");
    await expect(pretended.page.getByRole("row", { name: /pair-2/ })).toBeVisible();
  });

  test("dark mode follows the system while the page is open", async ({ pretended }) => {
    await pretended.page.emulateMedia({ colorScheme: "light" });
    await pretended.open();
    const colour = () => pretended.heading("Instances").evaluate((heading) => getComputedStyle(heading).color);
    const light = await colour();
    await pretended.page.emulateMedia({ colorScheme: "dark" });
    await expect.poll(colour).not.toBe(light);
    await pretended.page.emulateMedia({ colorScheme: "light" });
    await expect.poll(colour).toBe(light);
  });
});

test.describe("on a phone", () => {
  test.use({ viewport: { width: 412, height: 839 }, hasTouch: true, isMobile: true });

  test("there are keys that its keyboard does not have, and axe finds nothing of ours", async ({ pretended }) => {
    await pretended.open();
    await pretended.button("Launch a Linux instance").tap();
    await pretended.prompt();
    await pretended.page.keyboard.type("yes");
    await pretended.button("Ctrl+C").tap();
    await pretended.shows(/yes\^C\n/);
    // Cloudscape's own toolbar on narrow screens carries an aria-orientation that a navigation landmark must not have.
    const problems = await pretended.accessibilityProblems();
    expect(problems.filter((problem) => !problem.includes("awsui_mobile-toolbar-nav"))).toEqual([]);
  });
});
