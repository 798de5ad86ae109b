import type { IncomingMessage } from "node:http";
import { describe, expect, it } from "vitest";
import { checkLoopback } from "./loopback-guard.ts";

const requestTo = (host: string, origin = `http://${host}`) =>
  ({ url: "/", rawHeaders: ["Host", host, "Origin", origin], headers: { host, origin } }) as unknown as IncomingMessage;

// Over HTTP the guard is tested in http-front.test.ts; port 80 is for root only.
describe("a server on port 80", () => {
  it.each(["localhost", "127.0.0.1", "[::1]", "localhost:80"])("is called %s", (host) => {
    expect(() => checkLoopback(requestTo(host), 80)).not.toThrow();
  });

  it("is not called by other names, nor for other sites", () => {
    expect(() => checkLoopback(requestTo("evil.example"), 80)).toThrow(/Host header/);
    expect(() => checkLoopback(requestTo("localhost", "http://evil.example"), 80)).toThrow(/other sites/);
    expect(() => checkLoopback(requestTo("localhost"), 8080)).toThrow(/Host header/);
  });
});
