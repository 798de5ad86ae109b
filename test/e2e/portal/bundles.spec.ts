import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "./fixtures.ts";

let files = "";
test.beforeEach(() => {
  files = mkdtempSync(join(tmpdir(), "bundle-"));
});
test.afterEach(() => rmSync(files, { recursive: true, force: true }));

test("F30 an image is exported to a file and into a folder, and imported from both", async ({ portal }) => {
  test.setTimeout(180_000);
  const { page } = portal;
  // A test cannot work the browser's own dialogs: without the first a file goes into the downloads, and the folder is one
  // of the page's own.
  await page.addInitScript(() => {
    Object.assign(globalThis, { showSaveFilePicker: undefined });
    Object.assign(globalThis, { showDirectoryPicker: () => navigator.storage.getDirectory() });
  });
  await portal.open();
  await portal.go("#/images");
  const exporting = await portal.chooseFor("tiny", "Export bundle…");
  await expect(exporting).toContainText("Unpacked on any static web server");
  const download = page.waitForEvent("download");
  await exporting.getByRole("button", { name: "Export", exact: true }).click();
  const tar = join(files, "tiny.tar");
  await (await download).saveAs(tar);
  await expect(exporting).toBeHidden();
  const folder = join(files, "tiny");
  mkdirSync(folder);
  execFileSync("tar", ["-C", folder, "-xf", tar]);

  const toFolder = await portal.chooseFor("tiny", "Export bundle…");
  await toFolder.getByRole("radio", { name: "A folder" }).check({ force: true });
  await toFolder.getByRole("button", { name: "Export", exact: true }).click();
  await expect(toFolder).toBeHidden({ timeout: 60_000 });

  for (const [kind, source, name] of [
    ["File", tar, "from a file"],
    ["Folder", folder, "from a folder"],
  ] as const) {
    await portal.button("Import a bundle").click();
    const importing = page.getByRole("dialog");
    await importing.getByRole("radio", { name: `A ${kind.toLowerCase()}` }).check({ force: true });
    await importing.getByLabel(`${kind} of the bundle`).setInputFiles(source);
    await importing.getByLabel("Image name").fill(name);
    await importing.getByRole("button", { name: "Import", exact: true }).click();
    await expect(importing).toBeHidden({ timeout: 60_000 });
    await expect(page.getByRole("row").filter({ hasText: name })).toContainText("Available");
  }

  const fromHandle = await page.evaluate(async () => {
    const source = await navigator.storage.getDirectory();
    return (await tabvisor.images.importBundle({ source, name: "from a handle" })).state;
  });
  expect(fromHandle).toBe("available");
  await page.screenshot({ path: test.info().outputPath("images.png") });
  const user = await page.evaluate(async () => {
    const [vm] = await tabvisor.instances.launch({ image: "from a folder" });
    await vm?.ready();
    return (await vm?.exec("id -un ec2-user"))?.stdout.trim();
  });
  expect(user).toBe("ec2-user");
});
