import { beforeEach, describe, expect, it } from "vitest";
import { rejects } from "../../../test/support/cloud-calls.ts";
import { CloudLab } from "../../../test/support/cloud-lab.ts";
import { imageManifest } from "../../../test/support/image-manifest.ts";
import { parseCatalogueFile } from "./catalogue-file.ts";

const TINY = { name: "tiny", path: "tiny", owner: "amazon", date: "2026-11-21T00:00:00Z" };
const WEB = {
  name: "web server",
  path: "web",
  owner: "aws-marketplace",
  description: "serves a page at once",
  categories: ["Web servers"],
  productCodes: ["tvwebserver"],
  date: "2026-11-20T00:00:00Z",
};

let lab: CloudLab;

beforeEach(() => {
  lab = new CloudLab();
});

const catalogue = (...images: object[]) => JSON.stringify({ formatVersion: 1, images });
const manifest = (change: object = {}) => JSON.stringify({ ...imageManifest(), name: "web", ...change });

describe("F27 the catalogue of a deployment", () => {
  it("lists what is public and what is marketplace, with what they are for", async () => {
    lab.catalogueJson = catalogue(TINY, WEB);
    lab.otherImages.web = manifest();
    const cloud = await lab.open();
    const [tiny, web] = await cloud.images.list();
    expect(tiny).toMatchObject({
      name: "tiny",
      ownerAlias: "amazon",
      public: true,
      productCodes: [],
      createTime: new Date(TINY.date),
    });
    expect(web).toMatchObject({
      name: "web server",
      ownerAlias: "aws-marketplace",
      public: true,
      description: "serves a page at once",
      categories: ["Web servers"],
      productCodes: ["tvwebserver"],
    });
    expect((await cloud.images.get("web server")).id).toBe(web?.id);
  });

  it("gives each image the id of its content, in whatever catalogue it is", async () => {
    const alone = (await (await lab.open()).images.list()).map(({ id }) => id);
    const other = new CloudLab();
    other.catalogueJson = catalogue({ ...TINY, name: "small", description: "d" });
    expect((await (await other.open()).images.list()).map(({ id }) => id)).toEqual(alone);
  });

  it("leaves out an image whose files are not there; launching it says how to install it", async () => {
    lab.catalogueJson = catalogue(TINY, WEB);
    lab.otherImages.web = null;
    const cloud = await lab.open();
    expect((await cloud.images.list()).map(({ name }) => name)).toEqual(["tiny"]);
    const launch = cloud.instances.launch({ image: "web server" });
    await rejects(launch, "InvalidAMIID.Unavailable", "npm run image -- web");
  });

  it("asks for what is not there once, until the page is opened again", async () => {
    lab.catalogueJson = catalogue(TINY, WEB);
    lab.otherImages.web = null;
    const cloud = await lab.open();
    await cloud.images.list();
    lab.otherImages.web = manifest();
    expect(await cloud.images.list()).toHaveLength(1);
    expect(await (await lab.open()).images.list()).toHaveLength(2);
  });

  it("has the newest of a name for that name", async () => {
    lab.catalogueJson = catalogue({ ...TINY, date: "2026-01-01" }, { ...TINY, path: "newer", date: "2026-02-01" });
    lab.otherImages.newer = manifest({ version: "2" });
    const cloud = await lab.open();
    expect(await cloud.images.get("tiny")).toMatchObject({ version: "2" });
  });

  it("says the smallest type: what has less memory is refused", async () => {
    lab.catalogueJson = catalogue({ ...TINY, minimumType: "v1.small" });
    const cloud = await lab.open();
    await expect(cloud.instances.launch({ image: "tiny", type: "v1.nano" })).rejects.toMatchObject({
      code: "InvalidParameterValue",
    });
    await cloud.instances.launch({ image: "tiny", type: "v1.small" });
  });

  it("is as it was last without a network, and tiny alone on a server that has none", async () => {
    lab.catalogueJson = catalogue(TINY, WEB);
    lab.otherImages.web = manifest();
    const before = await lab.open();
    await before.instances.launch({ image: "web server" });
    lab.catalogueJson = new Error("offline");
    expect((await (await lab.open()).images.list()).map(({ name }) => name)).toEqual(["tiny", "web server"]);
    const other = new CloudLab();
    expect((await (await other.open()).images.list()).map(({ name }) => name)).toEqual(["tiny"]);
  });

  it("keeps no own image from being launched when it is malformed", async () => {
    const cloud = await lab.open();
    const { id } = await cloud.images.copy({ image: "tiny", name: "mine" });
    lab.catalogueJson = "{";
    const again = await lab.open();
    await expect(again.images.list()).rejects.toMatchObject({ code: "Image.CatalogueMalformed" });
    await again.instances.launch({ image: id });
  });

  it.each<[string, object, string]>([
    ["an unknown owner", { ...TINY, owner: "me" }, "images.0.owner"],
    ["a path that leads away", { ...TINY, path: "../x" }, "images.0.path"],
    ["no date", { ...TINY, date: "soon" }, "images.0.date"],
    ["a member that there is not", { ...TINY, product: "x" }, "images.0.product"],
    ["a marketplace image without a code", { ...WEB, productCodes: [] }, "images.0: an image of the marketplace"],
    ["a name that is none", { ...TINY, name: "x" }, "images.0.name"],
  ])("says where it is wrong: %s", (_, image, where) => {
    expect(() => parseCatalogueFile(catalogue(image), "catalogue.json")).toThrow(where);
  });

  it("says that a path is there twice", () => {
    expect(() => parseCatalogueFile(catalogue(TINY, TINY), "catalogue.json")).toThrow("the same path");
  });
});
