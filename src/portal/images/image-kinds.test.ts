import { describe, expect, it } from "vitest";
import type { Image } from "../../api/types.ts";
import { FakeCloud } from "../testing/fake-cloud.ts";
import { KINDS, ownerOf, sharingOf } from "./image-kinds.ts";

const [TINY] = (await new FakeCloud().images.list()) as [Image];
const OWN: Image = {
  ...TINY,
  kind: "own",
  ownerAlias: null,
  ownerId: "123456789012",
  public: false,
  launchPermissions: [],
};

const kindsOf = (image: Image) => KINDS.filter(({ has }) => has(image)).map(({ kind }) => kind);

describe("F27 the images' tabs", () => {
  it.each<[string, Image, string[], string, string]>([
    ["one of the page", TINY, ["all", "public"], "This page", "Everybody"],
    [
      "one of the marketplace",
      { ...TINY, ownerAlias: "aws-marketplace" },
      ["all", "marketplace"],
      "Marketplace",
      "Everybody",
    ],
    ["one's own", OWN, ["all", "own"], "This account", "Nobody else"],
    [
      "one's own for others",
      { ...OWN, launchPermissions: ["210987654321"] },
      ["all", "own"],
      "This account",
      "1 account",
    ],
    ["one's own for all", { ...OWN, public: true }, ["all", "own"], "This account", "Everybody"],
    ["another's", { ...OWN, shared: true, ownerId: "210987654321" }, ["all", "shared"], "210987654321", "You"],
    [
      "another's for all",
      { ...OWN, shared: true, public: true, ownerId: "210987654321" },
      ["all", "public"],
      "210987654321",
      "Everybody",
    ],
  ])("have %s where it belongs", (_, image, kinds, owner, sharing) => {
    expect(kindsOf(image)).toEqual(kinds);
    expect([ownerOf(image), sharingOf(image)]).toEqual([owner, sharing]);
  });
});
