import { describe, expect, it } from "vitest";
import { formatRoute, parseRoute, type Route } from "./route.ts";

describe("routes", () => {
  it.each<[string, Route]>([
    ["", { page: "instances" }],
    ["#", { page: "instances" }],
    ["#/", { page: "instances" }],
    ["#/instances", { page: "instances" }],
    ["#/launch", { page: "launch" }],
    ["#/instances/i-1", { page: "instance", id: "i-1", tab: "console" }],
    ["#/instances/i-1/details", { page: "instance", id: "i-1", tab: "details" }],
    ["#/instances/a%2Fb", { page: "instance", id: "a/b", tab: "console" }],
  ])("reads %s", (hash, route) => expect(parseRoute(hash)).toEqual(route));

  it.each(["#/nowhere", "#/launch/x", "#/instances/i-1/other", "#/instances/i-1/details/x", "#/instances/%E0%A4%A"])(
    "does not know %s",
    (hash) => expect(parseRoute(hash)).toEqual({ page: "not-found", path: hash.slice(1) }),
  );

  it.each<Route>([
    { page: "instances" },
    { page: "launch" },
    { page: "instance", id: "i-0123456789abcdef0", tab: "console" },
    { page: "instance", id: "a/b #?%", tab: "details" },
    { page: "not-found", path: "/nowhere" },
  ])("reads what it writes: %j", (route) => expect(parseRoute(formatRoute(route))).toEqual(route));
});
