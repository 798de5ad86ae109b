import { describe, expect, it } from "vitest";
import type { HttpRequest } from "../http.ts";
import { canonicalRequest } from "./canonical.ts";
import { signatureOf, signingKey } from "./sign.ts";

/** AWS's Signature Version 4 test suite: its credentials, time and host. */
const SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const TIME = "20150830T123600Z";
const HEADERS = { Host: "example.amazonaws.com", "X-Amz-Date": TIME };

const request = (given: Partial<HttpRequest>): HttpRequest => ({
  method: "GET",
  path: "/",
  query: {},
  headers: HEADERS,
  body: "",
  ...given,
});

async function sign(given: Partial<HttpRequest>, service = "service", signed?: string[]): Promise<string> {
  const whole = request(given);
  const names = signed ?? Object.keys(whole.headers).map((name) => name.toLowerCase());
  const scope = { date: "20150830", region: "us-east-1", service };
  const canonical = await canonicalRequest(whole, [...names].sort());
  return await signatureOf(canonical, await signingKey(SECRET, scope), scope, TIME);
}

describe("AWS's published test vectors", () => {
  it.each<[string, Partial<HttpRequest>, string]>([
    ["get-vanilla", {}, "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"],
    [
      "get-vanilla-query-order-key-case",
      { query: { Param2: "value2", Param1: "value1" } },
      "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
    ],
    [
      "get-vanilla-query-unreserved",
      {
        query: {
          "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz":
            "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
        },
      },
      "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197",
    ],
    [
      "get-vanilla-utf8-query",
      { query: { "\u1234": "bar" } },
      "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04",
    ],
    [
      "get-unreserved",
      { path: "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" },
      "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f",
    ],
    ["get-utf8", { path: "/\u1234" }, "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"],
    ["get-relative", { path: "/example/.." }, "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"],
    ["get-slash", { path: "//" }, "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"],
    ["get-slashes", { path: "//example//" }, "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84"],
    ["get-space", { path: "/example space/" }, "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741"],
    [
      "get-header-value-trim",
      { headers: { ...HEADERS, "My-Header1": " value1", "My-Header2": ' "a   b   c"' } },
      "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
    ],
    ["post-vanilla", { method: "POST" }, "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"],
    [
      "post-vanilla-query",
      { method: "POST", query: { Param1: "value1" } },
      "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11",
    ],
    [
      "post-x-www-form-urlencoded",
      {
        method: "POST",
        headers: { ...HEADERS, "Content-Type": "application/x-www-form-urlencoded" },
        body: "Param1=value1",
      },
      "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
    ],
  ])("%s", async (_, given, signature) => {
    expect(await sign(given)).toBe(signature);
  });

  it("the example of the documentation: ListUsers of IAM", async () => {
    const given = {
      query: { Action: "ListUsers", Version: "2010-05-08" },
      headers: {
        "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
        Host: "iam.amazonaws.com",
        "X-Amz-Date": TIME,
      },
    };
    expect(await sign(given, "iam")).toBe("5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7");
  });
});
