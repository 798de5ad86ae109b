import type { Image } from "../../api/types.ts";

/** How EC2's console parts images (F27). */
export type ImageKind = "all" | "public" | "marketplace" | "own" | "shared";

interface KindModel {
  readonly kind: ImageKind;
  readonly label: string;
  readonly has: (image: Image) => boolean;
  /** What stands there when there are none. */
  readonly empty: string;
}

export const KINDS: readonly KindModel[] = [
  { kind: "all", label: "All", has: () => true, empty: "No image can be had at the moment." },
  {
    kind: "public",
    label: "Public",
    has: ({ ownerAlias, shared, public: isPublic }) => ownerAlias === "amazon" || (shared && isPublic),
    empty: "No public image can be had at the moment.",
  },
  {
    kind: "marketplace",
    label: "Marketplace",
    has: ({ ownerAlias }) => ownerAlias === "aws-marketplace",
    empty: "None is installed here: “npm run image -- NAME” builds those that have recipes.",
  },
  {
    kind: "own",
    label: "My images",
    has: ({ kind, shared }) => kind === "own" && !shared,
    empty: "There are none. Create one of an instance, register a snapshot, or import a bundle.",
  },
  {
    kind: "shared",
    label: "Shared with me",
    has: ({ shared, public: isPublic }) => shared && !isPublic,
    empty: "Nobody has shared an image with this account.",
  },
];

export function ownerOf({ ownerAlias, ownerId, shared }: Image): string {
  if (ownerAlias === "aws-marketplace") return "Marketplace";
  if (ownerAlias !== null) return "This page";
  return shared ? ownerId : "This account";
}

/** Who may launch it, in words. */
export function sharingOf({ launchPermissions, public: isPublic, shared }: Image): string {
  if (isPublic) return "Everybody";
  if (shared) return "You";
  const count = launchPermissions.length;
  return count === 0 ? "Nobody else" : `${count} ${count === 1 ? "account" : "accounts"}`;
}
