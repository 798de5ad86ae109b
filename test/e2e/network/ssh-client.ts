import type { Locator } from "@playwright/test";
import { expect, type Portal } from "../portal/fixtures.ts";

/** Goes to an instance's SSH client and gives it the key. */
export async function connectBySsh(portal: Portal, id: string, privateKey: string): Promise<Locator> {
  const { page } = portal;
  await portal.go(`#/instances/${id}/connect`);
  await page.getByRole("tab", { name: "SSH client" }).click();
  await expect(page.getByRole("textbox", { name: "User name" })).toHaveValue("ec2-user");
  await page.getByRole("textbox", { name: "Private key" }).fill(privateKey);
  await expect(page.getByText(/^ssh-ed25519 SHA256:/)).toBeVisible();
  await page.locator("main").getByRole("button", { name: "Connect", exact: true }).click();
  return page.getByRole("dialog");
}
