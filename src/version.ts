/** Of the package; a test holds it to package.json. */
export const VERSION = "0.1.0";

/** The page that describes this program. */
export const PRODUCT_URL = "https://example.com/wayleave";

/** The proxy's User-Agent (RFC 9110 §10.1.5), with the address of its description. */
export const USER_AGENT = `wayleave/${VERSION} (+${PRODUCT_URL})`;
