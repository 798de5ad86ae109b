import { describe, expect, it } from "vitest";
import { formatRoute, parseRoute, type Route } from "./route.ts";

describe("routes", () => {
  it.each<[string, Route]>([
    ["", { page: "instances" }],
    ["#", { page: "instances" }],
    ["#/", { page: "instances" }],
    ["#/instances", { page: "instances" }],
    ["#/launch", { page: "launch" }],
    ["#/launch/ami-1", { page: "launch", imageId: "ami-1" }],
    ["#/volumes", { page: "volumes" }],
    ["#/volumes/vol-1", { page: "volume", id: "vol-1" }],
    ["#/snapshots", { page: "snapshots" }],
    ["#/images", { page: "images" }],
    ["#/backups", { page: "backups" }],
    ["#/storage", { page: "storage" }],
    ["#/users", { page: "users" }],
    ["#/policies", { page: "policies" }],
    ["#/audit", { page: "audit" }],
    ["#/instances/i-1", { page: "instance", id: "i-1", tab: "console" }],
    ["#/instances/i-1/details", { page: "instance", id: "i-1", tab: "details" }],
    ["#/instances/a%2Fb", { page: "instance", id: "a/b", tab: "console" }],
  ])("reads %s", (hash, route) => expect(parseRoute(hash)).toEqual(route));

  it.each([
    "#/nowhere",
    "#/launch/x/y",
    "#/instances/i-1/other",
    "#/instances/i-1/details/x",
    "#/instances/%E0%A4%A",
    "#/volumes/vol-1/x",
    "#/snapshots/snap-1",
  ])("does not know %s", (hash) => expect(parseRoute(hash)).toEqual({ page: "not-found", path: hash.slice(1) }));

  it.each<Route>([
    { page: "instances" },
    { page: "launch" },
    { page: "launch", imageId: "ami-0123456789abcdef0" },
    { page: "volumes" },
    { page: "volume", id: "vol-0123456789abcdef0" },
    { page: "snapshots" },
    { page: "images" },
    { page: "instance", id: "i-0123456789abcdef0", tab: "console" },
    { page: "instance", id: "a/b #?%", tab: "details" },
    { page: "not-found", path: "/nowhere" },
  ])("reads what it writes: %j", (route) => expect(parseRoute(formatRoute(route))).toEqual(route));
});
