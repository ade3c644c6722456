/** The largest request body that either listener reads. */
export const BODY_LIMIT_BYTES = 64 * 1024
