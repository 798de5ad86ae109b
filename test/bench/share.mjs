import { using } from "./boot.mjs";

const LOOP = "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done";

/** The CPU share of the small types, as a program in the guest sees it: time at full share ÷ time in this type. */
export async function benchShare({ session, add }) {
  const loop = async (type) =>
    using(session.portal(), async ({ page }) => {
      await page.evaluate((name) => globalThis.bench.boot(name), type);
      await page.evaluate(() => globalThis.bench.ready());
      await page.evaluate((text) => globalThis.bench.run(text), LOOP);
      return (await page.evaluate((text) => globalThis.bench.run(text), LOOP)).ms;
    });
  const full = await loop("v1.small");
  for (const [type, share] of [
    ["v1.nano", 0.25],
    ["v1.micro", 0.5],
  ]) {
    const ms = await loop(type);
    add("share", `${type}: shell loop, beside v1.small`, ms, full, "ms", {
      ratio: full / ms,
      target: `${share} ± 20 %`,
    });
  }
}
