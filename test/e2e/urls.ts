/** dist/ as `vite preview` serves it, with the policy as a header. */
export const PORTAL_URL = "http://localhost:41790/";

/** The portal over a pretended cloud, for states that a real one is hard to bring into. */
export const PRETENDED_URL = "http://localhost:41791/portal/testing/";
