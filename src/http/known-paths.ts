/** RFC 8615: the path at which a signature agent's origin publishes its keys. */
export const WELL_KNOWN_DIRECTORY = "/.well-known/http-message-signatures-directory";

/** RFC 9309 §2.3 */
export const ROBOTS = "/robots.txt";

/** The sitemap of a site whose robots.txt names none. */
export const SITEMAP = "/sitemap.xml";

/** The target of one of the files that a sitemap of ours lists, if it is too long for one. @param number from 1 */
export function partTarget(number: number): string {
  return `${SITEMAP}?part=${number}`;
}

/** The most such files. */
export const MOST_PARTS = 99;

/** The folder of the proxy's own endpoints. */
export const OWN_FOLDER = "/.wayleave";
export const PURGE = `${OWN_FOLDER}/purge`;
export const WARM = `${OWN_FOLDER}/warm`;
/** Below this are the endpoints of the ledger. */
export const LEDGER = `${OWN_FOLDER}/ledger`;
export const METRICS = `${OWN_FOLDER}/metrics`;

/** The endpoints that the key `health` switches on. */
export const HEALTHZ = "/healthz";
export const READYZ = "/readyz";

/** How the name of an address begins that the proxy invents to learn how a site's error pages look. */
export const INVENTED = "wayleave-check-";
