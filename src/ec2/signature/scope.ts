export const ALGORITHM = "AWS4-HMAC-SHA256";

/** For what, where and when a signing key is good. */
export interface Scope {
  /** "20260131" */
  readonly date: string;
  readonly region: string;
  readonly service: string;
}

export const scopeText = ({ date, region, service }: Scope): string => `${date}/${region}/${service}/aws4_request`;
