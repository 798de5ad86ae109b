/** Assigned by IANA. */
export const SSH_PORT = 22;
