/** Of the package; a test holds it to package.json. */
export const VERSION = "0.1.0";

/** Where people read what this program is. */
export const PRODUCT_URL = "https://example.com/wayleave";

/** How we name ourselves to servers (RFC 9110 §10.1.5), with an address to read about us. */
export const USER_AGENT = `wayleave/${VERSION} (+${PRODUCT_URL})`;
