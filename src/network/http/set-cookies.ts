const kept = new WeakMap<Response, readonly string[]>();

/** Keeps an answer's `Set-Cookie` fields beside it: a `Response` made in a browser loses them (Fetch standard, forbidden response-header names). */
export function keepSetCookies(response: Response, headers: Headers): Response {
  const fields = headers.getSetCookie();
  if (fields.length > 0) kept.set(response, fields);
  return response;
}

/** The `Set-Cookie` fields of an answer that an instance has given; a copy (`clone()`) has none. */
export const setCookiesOf = (response: Response): readonly string[] => kept.get(response) ?? [];
