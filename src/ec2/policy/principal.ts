/** Who calls. */
export type Principal = RootPrincipal | UserPrincipal;

/** The account itself: allowed everything (P43). */
export interface RootPrincipal {
  readonly type: "root";
  readonly accountId: string;
}

export interface UserPrincipal {
  readonly type: "user";
  readonly accountId: string;
  readonly userName: string;
  /** `AIDA…`. */
  readonly userId: string;
  /** `/` or `/division/team/`. */
  readonly path: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** `arn:aws:iam::123456789012:user/alice`. */
export function principalArn(principal: Principal): string {
  const name = principal.type === "root" ? "root" : `user${principal.path}${principal.userName}`;
  return `arn:aws:iam::${principal.accountId}:${name}`;
}
