/** Bounds of what a check takes in. Whatever is left out because of one is reported as partly checked. */

/** What is larger was generated, or is there to hurt. */
export const fileLimitBytes = 5_000_000;

export const fileLimitCount = 200_000;
