import { StaticHost } from "../machine/server.ts";
import { PORTAL_URL } from "../urls.ts";
import { expect, Portal, test } from "./fixtures.ts";
import { Watch } from "./watch.ts";

test.describe("hosting", () => {
  test("`vite preview` sends the policy, long-lived chunks, and 404 for what is not there", async ({ request }) => {
    const page = await request.get(PORTAL_URL);
    const policy = page.headers()["content-security-policy"] ?? "";
    expect(policy).toContain("default-src 'none'");
    // Instances' web pages are shown at origins of their own, and nobody shows the portal.
    const rest = policy.replace("; frame-src http://*.localhost:*", "").replace("; frame-ancestors 'none'", "");
    expect(rest).not.toMatch(/'unsafe-eval'|script-src[^;]*'unsafe-inline'|https?:|\*|frame/);
    expect(await page.text()).toContain(policy.replace("; frame-ancestors 'none'", ""));

    for (const path of ["no/such/file", "images/tiny/chunks/none", "instances"]) {
      expect((await request.get(PORTAL_URL + path)).status(), path).toBe(404);
    }
    const manifest = await request.get(`${PORTAL_URL}images/tiny/image.json`);
    expect(manifest.headers()["cache-control"]).toBe("no-cache");
    const { disk } = (await manifest.json()) as { disk: { chunks: ({ sha256: string } | null)[] } };
    const chunk = disk.chunks.find((entry) => entry !== null);
    const response = await request.get(`${PORTAL_URL}images/tiny/chunks/${chunk?.sha256}`);
    expect(response.headers()["cache-control"]).toContain("immutable");
    expect(response.headers()["content-encoding"]).toBeUndefined();
  });

  test("a plain static host at a sub-path gives a shell, without a request to anyone else", async ({ page }) => {
    const host = await StaticHost.open("/some/where/");
    const watch = new Watch(host.url);
    await watch.watchContext(page.context());
    const portal = new Portal(page, watch, host.url);
    await portal.open();
    await portal.launchByClick();
    await portal.command("echo at a sub''path");
    await portal.shows(/^at a subpath$/m);
    expect(host.requests.filter((path) => !path.startsWith("/some/where/"))).toEqual([]);
    expect(watch.problems).toEqual([]);
    await host.close();
  });

  test("the page's policy bites", async ({ portal }) => {
    portal.watch.allow(/policy violation|Content Security Policy|Refused|another origin/);
    await portal.open();
    const outcomes = await portal.page.evaluate(async () => {
      // Meta element and header say the same, so each breach is told twice.
      const violations = new Set<string>();
      addEventListener("securitypolicyviolation", (event) => violations.add(event.effectiveDirective));
      const script = document.createElement("script");
      script.textContent = "globalThis.inlineRan = true";
      document.body.append(script);
      const fetched = await fetch("http://127.0.0.1:9/").then(
        () => "fetched",
        () => "refused",
      );
      await new Promise((resolve) => setTimeout(resolve, 100));
      return { violations: [...violations].sort(), fetched, inlineRan: "inlineRan" in globalThis };
    });
    expect(outcomes).toEqual({
      violations: ["connect-src", "script-src-elem"],
      fetched: "refused",
      inlineRan: false,
    });
  });
});
