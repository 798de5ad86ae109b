import type { Page } from "@playwright/test";

/** A Chromium of our own on a profile that outlives it, with an empty page; `kill` ends it and all its processes by SIGKILL. */
export function startBrowser(profile: string): Promise<{ page: Page; kill(): void; gone: Promise<unknown> }>;
