import { describe, expect, it } from "vitest";
import { CookieJar } from "./cookie-jar.ts";

describe("cookies of a guest (RFC 6265)", () => {
  it("are sent where they belong, the longer path first", () => {
    const jar = new CookieJar();
    jar.take(["a=1; Path=/; HttpOnly; SameSite=Lax", "b=x=%20y; Secure"], "/shop/cart?x=/other/");
    jar.take(["c=3; Path=/shop/cart"], "/");
    expect(jar.fieldFor("/shop/cart?q")).toBe("c=3; b=x=%20y; a=1");
    expect(jar.fieldFor("/shopping")).toBe("a=1");
    jar.take(["a=2; Path=/"], "/");
    expect(jar.fieldFor("/")).toBe("a=2");
  });

  it("end in time, or when the server says so", () => {
    let now = 1_000_000;
    const jar = new CookieJar(() => now);
    jar.take(["a=1; Max-Age=10", "b=2; Expires=Thu, 01 Jan 1970 00:30:00 GMT", "c=3"], "/");
    expect(jar.fieldFor("/")).toBe("a=1; b=2; c=3");
    now += 10_000;
    expect(jar.fieldFor("/")).toBe("b=2; c=3");
    jar.take(["b=; Max-Age=0", "c=; Expires=Thu, 01 Jan 1970 00:00:00 GMT"], "/");
    expect(jar.fieldFor("/")).toBe("");
  });

  it("are not without number or end", () => {
    const jar = new CookieJar();
    jar.take([`big=${"x".repeat(5000)}`, "; nothing", ""], "/");
    expect(jar.fieldFor("/")).toBe("");
    for (let index = 0; index < 500; index++) jar.take([`n${index}=1`], "/");
    expect(jar.fieldFor("/").split("; ")).toHaveLength(180);
    expect(jar.fieldFor("/")).toContain("n499=1");
  });
});
