import { describe, expect, it } from "vitest";
import { formatRoute, type Route } from "../routing/route.ts";
import { PAGES, parseRoute } from "./page-table.ts";

describe("routes", () => {
  it.each<[string, Route]>([
    ["", { page: "instances" }],
    ["#", { page: "instances" }],
    ["#/", { page: "instances" }],
    ["#/instances", { page: "instances" }],
    ["#/launch", { page: "launch" }],
    ["#/launch/ami-1", { page: "launch", id: "ami-1" }],
    ["#/volumes", { page: "volumes" }],
    ["#/volumes/vol-1", { page: "volumes", id: "vol-1" }],
    ["#/instances/i-1", { page: "instances", id: "i-1" }],
    ["#/instances/i-1/details", { page: "instances", id: "i-1", tab: "details" }],
    ["#/instances/a%2Fb", { page: "instances", id: "a/b" }],
  ])("reads %s", (hash, route) => expect(parseRoute(hash)).toEqual(route));

  it.each([
    "#/nowhere",
    "#/constructor",
    "#/launch/x/y",
    "#/instances/i-1/other",
    "#/instances/i-1/details/x",
    "#/instances/%E0%A4%A",
    "#/volumes/vol-1/x",
    "#/snapshots/snap-1",
  ])("does not know %s", (hash) => expect(parseRoute(hash)).toBeNull());

  it.each<Route>([
    { page: "launch", id: "ami-0123456789abcdef0" },
    { page: "volumes", id: "vol-0123456789abcdef0" },
    { page: "instances", id: "i-0123456789abcdef0", tab: "console" },
    { page: "instances", id: "a/b #?%", tab: "details" },
  ])("reads what it writes: %j", (route) => expect(parseRoute(formatRoute(route))).toEqual(route));

  it.each(Object.keys(PAGES) as (keyof typeof PAGES)[])("reads the link to the page %s", (page) =>
    expect(parseRoute(formatRoute({ page }))).toEqual({ page }),
  );
});
