import * as v from "valibot";
import { CloudError } from "../../base/errors.ts";
import { IMAGE_NAME } from "./image-name.ts";
import { PRODUCT_CODE } from "./own-image-record.ts";

/** Whose an image of the page is: EC2's aliases for its own images, and for those of the marketplace (F27). */
export const OWNER_ALIASES = ["amazon", "aws-marketplace"] as const;
export type OwnerAlias = (typeof OWNER_ALIASES)[number];

/** Folders below the catalogue's: no scheme, no leading slash, no "..". */
const path = v.pipe(
  v.string(),
  v.regex(/^(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9._/-]*$/, "expected a folder beside the catalogue, such as tiny"),
  v.transform((text) => text.replace(/\/+$/, "")),
);
const moment = v.pipe(
  v.string(),
  v.check((text) => /^\d{4}-\d{2}-\d{2}/.test(text) && !Number.isNaN(Date.parse(text)), "expected a date (ISO 8601)"),
  v.transform((text) => Date.parse(text)),
);
const productCode = v.pipe(v.string(), v.regex(PRODUCT_CODE, "expected 4 to 25 of a-z and 0-9"));
const category = v.pipe(v.string(), v.minLength(1), v.maxLength(64));

const entrySchema = v.pipe(
  v.strictObject({
    name: v.pipe(v.string(), v.regex(IMAGE_NAME, "expected 3 to 128 letters, digits, spaces and ( ) [ ] . / - ' @ _")),
    path,
    owner: v.picklist(OWNER_ALIASES),
    description: v.optional(v.pipe(v.string(), v.maxLength(255)), ""),
    categories: v.optional(v.array(category), []),
    productCodes: v.optional(v.array(productCode), []),
    date: moment,
    deprecationTime: v.optional(v.nullable(moment), null),
    minimumType: v.optional(v.nullable(v.string()), null),
  }),
  v.check(
    ({ owner, productCodes, categories }) =>
      owner !== "aws-marketplace" || (productCodes.length > 0 && categories.length > 0),
    "an image of the marketplace needs productCodes and categories",
  ),
  v.check(
    ({ owner, productCodes }) => owner === "aws-marketplace" || productCodes.length === 0,
    "only images of the marketplace have productCodes",
  ),
);

const fileSchema = v.pipe(
  v.strictObject({ formatVersion: v.literal(1), images: v.array(entrySchema) }),
  v.check(
    ({ images }) => new Set(images.map((image) => image.path)).size === images.length,
    "two images have the same path",
  ),
);

/** An image that the catalogue lists; times are epoch ms. `images/CATALOGUE.md` says what each member is for. */
export type CatalogueEntry = v.InferOutput<typeof entrySchema>;

/** Reads the text of a `catalogue.json`; throws `Image.CatalogueMalformed`, which says at which place it is wrong. */
export function parseCatalogueFile(text: string, origin: string): readonly CatalogueEntry[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    const what = `${origin} is not JSON: ${(error as Error).message}`;
    throw new CloudError("Image.CatalogueMalformed", what, { origin }, error);
  }
  const parsed = v.safeParse(fileSchema, json);
  if (parsed.success) return parsed.output.images;
  const issues = parsed.issues.map((issue) => `${v.getDotPath(issue) ?? "the file"}: ${issue.message}`);
  const what = `${origin} is not a valid catalogue of images: ${issues.join("; ")}`;
  throw new CloudError("Image.CatalogueMalformed", what, { origin, issues });
}

/** What is known of an image that was named without a catalogue: a folder. */
export const plainEntry = (name: string): CatalogueEntry => ({
  name,
  path: encodeURIComponent(name),
  owner: "amazon",
  description: "",
  categories: [],
  productCodes: [],
  date: 0,
  deprecationTime: null,
  minimumType: null,
});
